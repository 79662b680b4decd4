#include "control/state_writer.h"

#include <pthread.h>

#include <csignal>
#include <utility>

#include "base/crash_context.h"

namespace sluice::control {

StateWriter::StateWriter(const StateFolder& folder, std::function<void()> done)
    : folder_(folder), done_(std::move(done)) {
  // Signals are the control thread's, but those of a crash, which is reported where it is.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  for (const int fatal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) sigdelset(&all, fatal);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void StateWriter::write(Batch batch) {
  {
    const std::lock_guard lock(mutex_);
    batch_ = std::move(batch);
  }
  woken_.notify_one();
}

std::optional<StateWriter::Outcome> StateWriter::take_outcome() {
  const std::lock_guard lock(mutex_);
  return std::exchange(outcome_, std::nullopt);
}

void StateWriter::finish() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

StateWriter::Outcome StateWriter::write_now(const StateFolder& folder, const Batch& batch) {
  Outcome out;
  if (!batch.audit.empty()) out.audit = folder.append(kAuditSuffix, batch.audit_size, batch.audit);
  if (batch.overrides) out.overrides = folder.replace(kStateSuffix, to_text(*batch.overrides));
  return out;
}

void StateWriter::run() {
  constexpr const char* kName = "sluice/state";
  pthread_setname_np(pthread_self(), kName);
  base::crash_context.thread = kName;
  std::unique_lock lock(mutex_);
  for (;;) {
    woken_.wait(lock, [this] { return batch_.has_value() || ending_; });
    if (!batch_) return;
    const Batch batch = *std::exchange(batch_, std::nullopt);
    lock.unlock();
    Outcome outcome = write_now(folder_, batch);
    lock.lock();
    outcome_ = std::move(outcome);
    lock.unlock();
    done_();
    lock.lock();
  }
}

}  // namespace sluice::control
