// Passive checks: what live traffic shows of a server, and when that is too much. The workers
// count here, without a lock; the control thread takes what reached the limit and treats it like
// a check. Source: manual §5.2, "observe", "error-limit", "on-error".
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace sluice::model {

/// What is looked at: nothing, connections, or responses.
enum class Observe : unsigned char { None, Layer4, Layer7 };

/// What follows when the limit of errors in a row is reached.
enum class OnError : unsigned char { FastInter, FailCheck, SuddenDeath, MarkDown };

/// One thing that a request showed.
enum class Observed : std::uint8_t {
  Connected,
  NotConnected,
  GoodResponse,
  WrongResponse,  // a status that tells of a failure
  InvalidHead,
  InvalidResponse,  // broken after its head
  ReadError,
  ReadTimeout,
  Closed,
};

enum class Verdict : std::uint8_t { Ignored, Error, Good };
[[nodiscard]] Verdict verdict_of(Observed what, Observe layer) noexcept;
/// "L4 unsuccessful connection": as HAProxy's reasons name it.
[[nodiscard]] std::string_view text_of(Observed what) noexcept;
/// What a status tells. 501 and 505 are answers to what the client asked for.
[[nodiscard]] Observed observed_of_status(unsigned status) noexcept;

/// Errors of one server in a row.
class ErrorWatch {
 public:
  /// Any thread. True: the control thread is to be told that there is something to take(); said
  /// once until it has.
  [[nodiscard]] bool note(Observed what, Observe layer, std::uint32_t limit) noexcept;
  /// A check passed.
  void clear() noexcept { consecutive_.store(0, std::memory_order_relaxed); }

  /// How often the limit was reached since the last call, and by what. Control thread.
  struct Reached {
    std::uint32_t times = 0;
    Observed last = Observed::Connected;
  };
  [[nodiscard]] Reached take() noexcept {
    const std::uint32_t times = reached_.exchange(0, std::memory_order_acquire);
    return {times, last_.load(std::memory_order_relaxed)};
  }

 private:
  std::atomic<std::uint32_t> consecutive_{0};
  std::atomic<std::uint32_t> reached_{0};
  std::atomic<Observed> last_{Observed::Connected};
};

}  // namespace sluice::model
