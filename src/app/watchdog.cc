#include "app/watchdog.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "app/crash.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace sluice::app {

namespace {

/// A turn is looked at this often before it is reported, so that 1 s is told from 1.2 s.
constexpr std::uint32_t kLooksPerReport = 5;

thread_local Watchdog* watched = nullptr;

int signal_number() { return SIGRTMAX; }

timespec to_timespec(std::uint32_t ms) {
  return {ms / 1'000, static_cast<long>(ms % 1'000) * 1'000'000L};
}

}  // namespace

Watchdog::Watchdog(const std::atomic<std::uint64_t>& turns, WatchdogLimits limits)
    : turns_(turns), limits_(limits), step_ms_(std::max(limits.report_ms / kLooksPerReport, 1U)) {}

base::Result<> Watchdog::start() {
  struct sigaction action {};
  action.sa_handler = &Watchdog::on_timer;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal_number(), &action, nullptr);

  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal_number();
  event.sigev_notify_thread_id = static_cast<pid_t>(::syscall(SYS_gettid));
  if (::timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) != 0) {
    const int code = errno;
    return base::fail(base::ErrorKind::System, std::string("no watchdog: ") + std::strerror(code),
                      code);
  }
  started_ = true;
  watched = this;
  seen_turn_ = turns_.load(std::memory_order_relaxed);
  const timespec step = to_timespec(step_ms_);
  const itimerspec period{step, step};
  ::timer_settime(timer_, 0, &period, nullptr);
  return {};
}

Watchdog::~Watchdog() {
  if (!started_) return;
  watched = nullptr;  // a signal that is on its way finds nobody
  ::timer_delete(timer_);
}

void Watchdog::on_timer(int) {
  const int error = errno;
  if (watched != nullptr) watched->look();
  errno = error;
}

void Watchdog::look() noexcept {
  const std::uint64_t turn = turns_.load(std::memory_order_relaxed);
  if (turn != seen_turn_) {
    seen_turn_ = turn;
    steps_ = 0;
    reported_ = false;
    return;
  }
  ++steps_;
  const std::uint64_t burned_ms = std::uint64_t{steps_} * step_ms_;
  if (burned_ms >= limits_.abort_ms) {
    write_backtrace(
        "watchdog: a loop burned all the processor time that it may without returning; aborting,");
    std::abort();
  }
  if (burned_ms >= limits_.report_ms && !reported_) {
    reported_ = true;
    reports_.store(reports_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    write_backtrace("watchdog: a loop is burning processor time without returning,");
  }
}

}  // namespace sluice::app
