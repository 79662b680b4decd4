// What the process says of itself on standard error, in HAProxy's form: "[NOTICE]   (pid) : text".
#pragma once

#include <string>
#include <string_view>

#include "base/diagnostics.h"

namespace sluice::app {

enum class Say : unsigned char { Notice, Warning, Alert };

class Report {
 public:
  /// Quiet leaves alerts alone.
  explicit Report(bool quiet) : quiet_(quiet) {}
  void be_quiet() { quiet_ = true; }
  void say(Say kind, std::string_view text);
  /// Every diagnostic with its line and caret, then how many there were.
  void diagnostics(const base::Diagnostics& diagnostics);
  /// What is said from here on is of the next reading of the configuration.
  void begin_transcript() { transcript_.clear(); }
  /// All that was said since, for `show startup-logs`.
  [[nodiscard]] const std::string& transcript() const { return transcript_; }

 private:
  void write(std::string_view text);
  bool quiet_;
  std::string transcript_;
};

}  // namespace sluice::app
