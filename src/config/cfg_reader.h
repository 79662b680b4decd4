// Reads HAProxy's own spelling: lines to directives, with conditional blocks resolved and variables
// expanded. A last line without its line feed is read like any other.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/diagnostics.h"
#include "config/directive.h"
#include "config/environment.h"
#include "config/lexer.h"

namespace sluice::config {

/// The file's text cut into lines; both readers begin with it.
[[nodiscard]] std::shared_ptr<const base::SourceFile> make_source(std::string name,
                                                                  std::string_view text);

/// `environment` is written by setenv and its kin, so that later lines and files see it.
/// Expansion::Verbatim keeps variables and conditional lines as they are, for convert.
[[nodiscard]] Directives read_cfg(std::shared_ptr<const base::SourceFile> file,
                                  Environment& environment, base::Diagnostics& diagnostics,
                                  Expansion expansion = Expansion::Variables);

}  // namespace sluice::config
