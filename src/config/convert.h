// Turns one spelling into the other. Directives keep their order and their words as written
// (quotes, variables, conditional lines); comments and blank lines are dropped.
// Converting cfg to INI and back gives the same text as converting cfg to cfg.
#pragma once

#include <memory>
#include <string>

#include "base/diagnostics.h"
#include "base/source.h"
#include "config/parse.h"

namespace sluice::config {

/// Today's form of retired lines (`--modernise`), or every line as it is.
enum class Style : unsigned char { AsWritten, Modern };

[[nodiscard]] std::string convert(std::shared_ptr<const base::SourceFile> file, Spelling from,
                                  Spelling to, Style style, base::Diagnostics& diagnostics);

}  // namespace sluice::config
