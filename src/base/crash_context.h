// What a crash report says about the thread that crashed: its name and what it was doing. Each
// thread writes its own; the fatal-signal handler reads that of the thread it runs in. Only text
// that outlives the thread's work: nothing of a request may get into a report.
#pragma once

#include <utility>

namespace sluice::base {

struct CrashContext {
  const char* thread = "main";  // as the system lists it: "main", "sluice/3", …
  /// Names the phase of what the thread works on, or gives null; asked only when it crashes. Null:
  /// it works on nothing.
  const char* (*phase_of)(const void* what) noexcept = nullptr;
  const void* what = nullptr;
};

inline thread_local constinit CrashContext crash_context;

/// Says what is worked on, for a scope that it outlives, whatever its phase becomes meanwhile. An
/// event has one: nothing is kept of a scope around it, so that this is three stores.
class CrashScope {
 public:
  CrashScope(const char* (*phase_of)(const void* what) noexcept, const void* what) noexcept {
    crash_context.what = what;
    crash_context.phase_of = phase_of;
  }
  ~CrashScope() { crash_context.phase_of = nullptr; }
  CrashScope(const CrashScope&) = delete;
  CrashScope& operator=(const CrashScope&) = delete;
};

/// For the handler, once: the name, or null. What is worked on may be what is broken; a crash in
/// here finds nothing any more.
[[nodiscard]] inline const char* take_crash_phase() noexcept {
  const auto phase_of = std::exchange(crash_context.phase_of, nullptr);
  return phase_of != nullptr ? phase_of(crash_context.what) : nullptr;
}

}  // namespace sluice::base
