// The health check of one server: waits, has a CheckRun do the check, reports, waits again. Control
// thread's loop. A server that was put in MAINT while its check ran keeps its state: the result is
// dropped.
#pragma once

#include <cstdint>
#include <memory>

#include "health/check_run.h"
#include "health/check_target.h"
#include "health/schedule.h"
#include "net/loop.h"

namespace sluice::health {

class ServerCheck final : private net::Timer, private CheckRun::Owner {
 public:
  ServerCheck(CheckContext& context, CheckTarget target, std::uint32_t first_offset_ms);
  ServerCheck(const ServerCheck&) = delete;
  ServerCheck& operator=(const ServerCheck&) = delete;
  ~ServerCheck();

  /// After a reload: a check that runs is not disturbed; a pause is shortened if the interval was.
  void update(CheckTarget target);
  /// The state, or what is known of the server, changed: a pause that became too long is shortened.
  void hurry();
  /// The next check is not to be later than that.
  void hurry(std::uint32_t within_ms);
  [[nodiscard]] const CheckTarget& target() const { return target_; }

 private:
  void on_timer() noexcept override;
  void on_run_ended(model::CheckReport report) noexcept override;

  void wait(std::uint64_t since_ms) noexcept;
  [[nodiscard]] bool may_check() const noexcept;

  CheckContext& context_;
  CheckTarget target_;
  std::unique_ptr<CheckRun> run_;
  std::uint64_t began_ms_ = 0;
};

}  // namespace sluice::health
