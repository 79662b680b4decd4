// Asks the agent of one server at a fixed interval and reports what it said. Goes on in MAINT,
// since the agent may end it. Control thread's loop.
#pragma once

#include <cstdint>
#include <memory>

#include "health/check_run.h"
#include "health/check_target.h"
#include "net/loop.h"

namespace sluice::health {

class AgentCheck final : private net::Timer, private CheckRun::Owner {
 public:
  AgentCheck(CheckContext& context, AgentTarget target, std::uint32_t first_offset_ms);
  AgentCheck(const AgentCheck&) = delete;
  AgentCheck& operator=(const AgentCheck&) = delete;
  ~AgentCheck();

  void update(AgentTarget target) { target_ = std::move(target); }

 private:
  void on_timer() noexcept override;
  void on_run_ended(model::CheckReport report) noexcept override;
  void wait() noexcept;

  CheckContext& context_;
  AgentTarget target_;
  std::unique_ptr<CheckRun> run_;
  std::uint64_t began_ms_ = 0;
};

}  // namespace sluice::health
