#include "app/report.h"

#include <unistd.h>

#include <cstdio>

namespace sluice::app {

namespace {

/// HAProxy pads the kind, so that the pids stand under each other.
const char* label(Say kind) {
  switch (kind) {
    case Say::Notice:
      return "[NOTICE]   ";
    case Say::Warning:
      return "[WARNING]  ";
    case Say::Alert:
      return "[ALERT]    ";
  }
  return "";
}

std::string count(std::size_t n, std::string_view noun) {
  return std::to_string(n) + ' ' + std::string(noun) + (n == 1 ? "" : "s");
}

}  // namespace

void Report::write(std::string_view text) {
  constexpr std::size_t kMostKept = 65'536;
  if (transcript_.size() < kMostKept) transcript_.append(text);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void Report::say(Say kind, std::string_view text) {
  if (quiet_ && kind != Say::Alert) return;
  write(std::string(label(kind)) + '(' + std::to_string(::getpid()) + ") : " + std::string(text) +
        '\n');
}

void Report::diagnostics(const base::Diagnostics& diagnostics) {
  for (const base::Diagnostic& diagnostic : diagnostics.all()) {
    if (quiet_ && diagnostic.severity != base::Severity::Error) continue;
    write(base::to_text(diagnostic));
  }
  if (diagnostics.errors() != 0) {
    say(Say::Alert, count(diagnostics.errors(), "error") + " and " +
                        count(diagnostics.warnings(), "warning") + " in the configuration");
  } else if (diagnostics.warnings() != 0) {
    say(Say::Warning, count(diagnostics.warnings(), "warning") + " in the configuration");
  }
}

}  // namespace sluice::app
