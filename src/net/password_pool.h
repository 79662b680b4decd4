// The threads in which passwords are compared with crypt(3)'s hashes, since no loop may wait for
// that. The answer comes by mail to the loop of who asked. What was right is remembered for a
// minute, by a keyed hash of password and hash together; what was wrong is not, so that guesses
// push nothing out.
//
// One of a process; outlives its loops' mailboxes only when stopped. The threads begin with the
// first question. Bounds: kThreads, kMostWaiting, kMostKept.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/password.h"
#include "net/mailbox.h"

namespace sluice::net {

class PasswordPool {
 public:
  static constexpr std::size_t kThreads = 2;
  static constexpr std::size_t kMostWaiting = 256;
  static constexpr std::size_t kMostKept = 1'024;
  static constexpr std::uint64_t kKeptMs = 60'000;

  /// Held by who asked and by the pool. `told` runs once, by mail, unless it was cancelled.
  struct Question {
    std::string clear, hash, name;  // `clear` is overwritten when it was looked at
    Mailbox* back = nullptr;        // under the pool's lock; null: cancelled
    std::function<void(bool right)> told;
  };

  /// Of questions: those that were answered, of these from memory, those that found no place, and
  /// those that wait.
  struct Counts {
    std::uint64_t right = 0, wrong = 0, remembered = 0, refused = 0;
    std::size_t waiting = 0;
  };

  PasswordPool() = default;
  ~PasswordPool() { stop(); }
  PasswordPool(const PasswordPool&) = delete;
  PasswordPool& operator=(const PasswordPool&) = delete;

  /// Any thread. True: it was found right within the last minute.
  [[nodiscard]] bool is_known(std::string_view clear, std::string_view hash, std::uint64_t now_ms);
  /// Any thread; `told` runs in the thread that empties `back`. Null: too many wait.
  [[nodiscard]] std::shared_ptr<Question> ask(std::string clear, std::string hash, Mailbox& back,
                                              std::function<void(bool right)> told);
  /// The thread of `back`: nobody is told, and its mailbox may go once it is empty.
  void cancel(Question& question);
  /// Any thread.
  [[nodiscard]] Counts counts();
  /// Who waits is told nothing any more.
  void stop();

 private:
  void work();
  void keep(const std::string& name);
  bool begin_threads();

  const base::password::Key key_ = base::password::random_key();
  std::mutex lock_;
  std::condition_variable asked_;
  std::deque<std::shared_ptr<Question>> waiting_;
  struct Kept {
    std::uint64_t until_ms;
  };
  std::unordered_map<std::string, Kept> kept_;
  std::deque<std::string> order_;  // of `kept_`, the oldest first
  std::vector<std::thread> threads_;
  bool stopping_ = false;
  Counts counts_;
};

}  // namespace sluice::net
