#include "net/password_pool.h"

#include <pthread.h>

#include <system_error>
#include <utility>

#include "base/clock.h"

namespace sluice::net {

namespace {
std::uint64_t now_ms() { return base::monotonic_now_ns() / 1'000'000; }
}  // namespace

bool PasswordPool::is_known(std::string_view clear, std::string_view hash, std::uint64_t at_ms) {
  const std::string name = base::password::fingerprint(key_, clear, hash);
  const std::lock_guard guard(lock_);
  const auto found = kept_.find(name);
  const bool known = found != kept_.end() && at_ms < found->second.until_ms;
  if (known) ++counts_.remembered;
  return known;
}

PasswordPool::Counts PasswordPool::counts() {
  const std::lock_guard guard(lock_);
  Counts out = counts_;
  out.waiting = waiting_.size();
  return out;
}

std::shared_ptr<PasswordPool::Question> PasswordPool::ask(std::string clear, std::string hash,
                                                          Mailbox& back,
                                                          std::function<void(bool)> told) {
  auto question = std::make_shared<Question>();
  question->name = base::password::fingerprint(key_, clear, hash);
  question->clear = std::move(clear);
  question->hash = std::move(hash);
  question->back = &back;
  question->told = std::move(told);
  const std::lock_guard guard(lock_);
  if (stopping_ || waiting_.size() >= kMostWaiting || !begin_threads()) {
    ++counts_.refused;
    return nullptr;
  }
  waiting_.push_back(question);
  asked_.notify_one();
  return question;
}

void PasswordPool::cancel(Question& question) {
  question.told = nullptr;
  const std::lock_guard guard(lock_);
  question.back = nullptr;
}

/// Under the lock.
bool PasswordPool::begin_threads() {
  if (!threads_.empty()) return true;
  try {
    while (threads_.size() < kThreads) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {  // as many as the system has room for
  }
  return !threads_.empty();
}

void PasswordPool::work() {
  pthread_setname_np(pthread_self(), "sluice/crypt");
  std::unique_lock guard(lock_);
  while (true) {
    asked_.wait(guard, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const std::shared_ptr<Question> question = std::move(waiting_.front());
    waiting_.pop_front();
    if (question->back == nullptr) continue;
    // The same may have been asked by several requests of one page.
    const auto known = kept_.find(question->name);
    bool right = known != kept_.end() && now_ms() < known->second.until_ms;
    if (right) {
      ++counts_.remembered;
    } else {
      guard.unlock();
      right = base::password::matches(question->clear, question->hash);
      guard.lock();
      ++(right ? counts_.right : counts_.wrong);
    }
    base::password::forget(question->clear);
    if (right) keep(question->name);
    if (question->back == nullptr) continue;
    question->back->run([question, right] {
      if (const auto told = std::exchange(question->told, nullptr)) told(right);
    });
  }
}

/// Under the lock.
void PasswordPool::keep(const std::string& name) {
  const auto [place, is_new] = kept_.try_emplace(name);
  if (!is_new && now_ms() < place->second.until_ms) return;  // it is to be looked at each minute
  place->second.until_ms = now_ms() + kKeptMs;
  if (!is_new) return;
  order_.push_back(name);
  if (order_.size() <= kMostKept) return;
  kept_.erase(order_.front());
  order_.pop_front();
}

void PasswordPool::stop() {
  {
    const std::lock_guard guard(lock_);
    stopping_ = true;
    for (const auto& question : waiting_) base::password::forget(question->clear);
    waiting_.clear();
  }
  asked_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace sluice::net
