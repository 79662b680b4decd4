// The check of one server: waits, connects, asks, judges, reports, waits again. One timer serves as
// both the pause between checks and the deadline of the one that runs. Control thread's loop.
//
//   phase       leaves by
//   Waiting     the pause is over: Connecting (or Waiting again: MAINT, checks disabled, no
//   address) Connecting  established: Sending, or done (tcp: L4OK, TLS L6OK); refused: L4CON,
//   L6RSP;
//               deadline: L4TOUT, L6TOUT
//   Sending     request written: Receiving
//   Receiving   verdict: L7OK, L7STS, L7RSP; reset: SOCKERR; deadline: L7TOUT (also of Sending)
//
// A server that was put in MAINT while its check ran keeps its state: the result is dropped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "health/check_target.h"
#include "health/schedule.h"
#include "net/loop.h"

namespace sluice::health {

/// What all checks of a checker share.
struct CheckContext {
  net::Loop& loop;
  Sink& sink;
  base::Random random;
  Spread spread;
  std::size_t reply_limit;  // tune.bufsize
};

class ServerCheck final : private net::Timer, private net::Stream::Events {
 public:
  ServerCheck(CheckContext& context, CheckTarget target, std::uint32_t first_offset_ms);
  ServerCheck(const ServerCheck&) = delete;
  ServerCheck& operator=(const ServerCheck&) = delete;
  ~ServerCheck();

  /// After a reload: a check that runs is not disturbed; a pause is shortened if the interval was.
  void update(CheckTarget target);
  [[nodiscard]] const CheckTarget& target() const { return target_; }

 private:
  enum class Phase : std::uint8_t { Waiting, Connecting, Sending, Receiving };
  using Verdict = std::optional<model::CheckReport>;

  void on_timer() noexcept override;
  void on_stream_ready(bool readable, bool writable) noexcept override;

  void wait(std::uint64_t since_ms) noexcept;
  void begin() noexcept;
  [[nodiscard]] bool may_check() const noexcept;
  [[nodiscard]] base::Address destination() const noexcept;
  /// Each step gives the verdict when it is reached.
  [[nodiscard]] Verdict advance();
  [[nodiscard]] Verdict connected();
  [[nodiscard]] Verdict send();
  [[nodiscard]] Verdict receive();
  [[nodiscard]] Verdict connect_failed() const;
  [[nodiscard]] model::CheckReport timed_out() const;
  [[nodiscard]] bool transport_is_up() const noexcept;
  void finish(model::CheckReport report) noexcept;

  CheckContext& context_;
  CheckTarget target_;
  Phase phase_ = Phase::Waiting;

  // Of the running check; kept apart so that update() can't pull anything from under it.
  std::unique_ptr<net::Stream> stream_;
  std::shared_ptr<void> tls_;
  std::shared_ptr<const HttpProbe> http_;
  std::unique_ptr<ReplyReader> reply_;
  std::uint64_t began_ms_ = 0;
  std::size_t sent_ = 0;
  bool peer_closed_ = false;
};

}  // namespace sluice::health
