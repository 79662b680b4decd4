// The last words of a process that dies of a fatal signal: version, build id, thread, phase and
// backtrace to standard error; nothing of any request. Then the signal takes its default course (a
// core file where they are allowed). The handler only uses what is safe in one.
#pragma once

#include <memory>
#include <string_view>

namespace sluice::app {

/// Once, at the start. `version` must be static text.
void install_crash_handler(const char* version) noexcept;

/// Gives the thread that owns it a stack for the handler, so that a stack overflow is reported as
/// well.
class CrashStack {
 public:
  CrashStack();
  ~CrashStack();
  CrashStack(const CrashStack&) = delete;
  CrashStack& operator=(const CrashStack&) = delete;

 private:
  std::unique_ptr<char[]> memory_;
};

/// The build id that the linker noted in this program, in hexadecimal; empty without one.
[[nodiscard]] std::string_view build_id() noexcept;

/// "what: thread …, phase …" and the backtrace of the calling thread, safe in a signal handler.
void write_backtrace(const char* what) noexcept;

}  // namespace sluice::app
