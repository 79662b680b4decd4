// Cuts one line into words as HAProxy does (manual §2.2 and §2.3): strong and weak quoting,
// backslash escapes, variables inside double quotes only, comments. A line has no length limit.
// Both spellings use it: the INI reader gives it a line's value.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/source.h"
#include "config/environment.h"

namespace sluice::config {

/// Verbatim leaves variables as they are written; convert needs that.
enum class Expansion : unsigned char { Variables, Verbatim };

struct LexContext {
  std::shared_ptr<const base::SourceFile> file;
  std::uint32_t line = 0;    // 1 is the first
  std::uint32_t column = 1;  // of the text's first byte
  const Environment& environment;
  std::string_view section;  // for ${.SECTION}
  Expansion expansion = Expansion::Variables;
};

/// Appends the line's words to `out`. False when the line is malformed; the reason is reported.
[[nodiscard]] bool lex(std::string_view text, const LexContext& context,
                       base::Diagnostics& diagnostics, std::vector<base::Word>& out);

}  // namespace sluice::config
