#include "health/agent_check.h"

#include <algorithm>
#include <utility>

#include "health/agent_words.h"

namespace sluice::health {

namespace {

CheckRun::Plan plan_of(const AgentTarget& target) {
  CheckRun::Plan plan;
  plan.script = target.script;
  plan.server = target.server;
  const auto& place = target.server->agent_place;
  plan.address = place.address.is_set() ? place.address : target.address;
  plan.port = place.port != 0 ? place.port : target.port;
  plan.send = target.server->agent_send;
  plan.inter_ms = target.inter_ms;
  plan.timeout_check_ms = target.timeout_check_ms;
  plan.timeout_connect_ms = target.timeout_connect_ms;
  return plan;
}

}  // namespace

AgentCheck::AgentCheck(CheckContext& context, AgentTarget target, std::uint32_t first_offset_ms)
    : context_(context), target_(std::move(target)) {
  arm(context_.loop.timers(), context_.loop.now_ms() + first_offset_ms);
}

AgentCheck::~AgentCheck() { target_.server->history.agent_running = false; }

void AgentCheck::wait() noexcept {
  const std::uint32_t pause = spread_ms(target_.inter_ms, context_.spread, context_.random);
  arm(context_.loop.timers(), std::max(began_ms_ + pause, context_.loop.now_ms()));
}

void AgentCheck::on_timer() noexcept {
  began_ms_ = context_.loop.now_ms();
  const bool has_address = target_.address.is_set() || target_.server->address().is_set();
  if (!target_.server->agent_enabled || !has_address) return wait();
  target_.server->history.agent_running = true;
  run_ =
      std::make_unique<CheckRun>(context_, plan_of(target_), static_cast<CheckRun::Owner&>(*this));
  if (auto report = run_->start()) on_run_ended(std::move(*report));
}

void AgentCheck::on_run_ended(model::CheckReport report) noexcept {
  run_.reset();
  target_.server->history.agent_running = false;
  model::AgentReport said;
  if (report.passed) {
    said = read_agent_words(report.detail);
  } else {
    said.check = std::move(report);
  }
  said.check.duration_ms = static_cast<std::uint32_t>(context_.loop.now_ms() - began_ms_);
  if (target_.server->agent_enabled) context_.sink.agent_said(*target_.server, said);
  wait();
}

}  // namespace sluice::health
