// Rewrites retired directives to what one writes today.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "config/directive.h"

namespace sluice::config {

/// A line as its words, each as it is to be written.
using WrittenLine = std::vector<std::string>;

/// The lines that replace the directive; the line itself where nothing is to be changed; nothing
/// where it is to be left out. What cannot be rewritten is kept and reported.
[[nodiscard]] std::vector<WrittenLine> modernise(const Directive& directive,
                                                 base::Diagnostics& diagnostics);

}  // namespace sluice::config
