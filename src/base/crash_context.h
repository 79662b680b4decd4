// What a crash report says about the thread that crashed: its name and what it was doing. Each
// thread writes its own; the fatal-signal handler reads that of the thread it runs in. Only
// pointers to text that outlives the thread's work: nothing of a request may get into a report.
#pragma once

namespace sluice::base {

struct CrashContext {
  const char* thread = "main";  // as the system lists it: "main", "sluice/3", …
  const char* phase = "";       // the exchange's phase, while one is being worked on
};

inline thread_local CrashContext crash_context;

/// Sets the phase for a scope.
class CrashPhase {
 public:
  explicit CrashPhase(const char* phase) noexcept : before_(crash_context.phase) {
    crash_context.phase = phase;
  }
  ~CrashPhase() { crash_context.phase = before_; }
  CrashPhase(const CrashPhase&) = delete;
  CrashPhase& operator=(const CrashPhase&) = delete;

 private:
  const char* before_;
};

}  // namespace sluice::base
