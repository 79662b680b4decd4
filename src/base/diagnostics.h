// Collects what is wrong with a configuration. Every error is kept (not just the first), each with
// file:line:column, the line, a caret and a hint. Owned by whoever reads the configuration.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace sluice::base {

enum class Severity : unsigned char { Notice, Warning, Error };

struct Diagnostic {
  Severity severity = Severity::Error;
  SourceSpan span;      // span.line == 0: about the whole file, or no file
  std::string message;  // one sentence, no full stop
  std::string hint;     // what to do about it; may be empty
};

class Diagnostics {
 public:
  void error(SourceSpan span, std::string message, std::string hint = {});
  void warning(SourceSpan span, std::string message, std::string hint = {});
  void notice(SourceSpan span, std::string message, std::string hint = {});

  [[nodiscard]] std::size_t errors() const { return errors_; }
  [[nodiscard]] std::size_t warnings() const { return warnings_; }
  [[nodiscard]] bool ok() const { return errors_ == 0; }
  [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

/// One diagnostic as text: "error: file:3:5: message", the line, a caret line, "  hint: …".
[[nodiscard]] std::string to_text(const Diagnostic& diagnostic);

/// The candidate nearest to `word` by edit distance, or empty when none is near enough to suggest.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

}  // namespace sluice::base
