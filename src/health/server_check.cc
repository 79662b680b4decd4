#include "health/server_check.h"

#include <algorithm>
#include <utility>

namespace sluice::health {

namespace {

CheckRun::Plan plan_of(const CheckTarget& target) {
  CheckRun::Plan plan;
  plan.script = target.script;
  plan.server = target.server;
  plan.tls = target.tls;
  plan.tls_server_name = target.tls_server_name;
  const auto& place = target.server->check_place;
  plan.address = place.address.is_set() ? place.address : target.address;
  plan.port = place.port != 0 ? place.port : target.options.port;
  plan.source = target.source.address;
  plan.interface = target.source.interface;
  if (plan.source.is_ip()) plan.source.set_port(0);  // requests have those ports
  plan.inter_ms = target.options.inter_ms;
  plan.timeout_check_ms = target.timeout_check_ms;
  plan.timeout_connect_ms = target.timeout_connect_ms;
  return plan;
}

}  // namespace

ServerCheck::ServerCheck(CheckContext& context, CheckTarget target, std::uint32_t first_offset_ms)
    : context_(context), target_(std::move(target)) {
  const std::uint64_t now_ms = context_.loop.now_ms();
  const std::uint32_t interval = interval_ms(target_.options, target_.server->state());
  arm(context_.loop.timers(), std::max(bunched_ms(now_ms + first_offset_ms, interval), now_ms));
}

ServerCheck::~ServerCheck() { target_.server->history.check_running = false; }

void ServerCheck::update(CheckTarget target) {
  target_ = std::move(target);
  hurry();
}

void ServerCheck::hurry() { hurry(interval_ms(target_.options, target_.server->state())); }

void ServerCheck::hurry(std::uint32_t within_ms) {
  if (run_ != nullptr) return;
  const std::uint64_t latest = context_.loop.now_ms() + within_ms;
  if (deadline_ms() > latest) arm(context_.loop.timers(), latest);
}

/// `inter` counts from a check's beginning: one that runs into its time-out delays no other, so
/// that a silent server is out after fall times inter and one time-out.
void ServerCheck::wait(std::uint64_t since_ms) noexcept {
  const std::uint32_t interval = interval_ms(target_.options, target_.server->state());
  const std::uint32_t pause = spread_ms(interval, context_.spread, context_.random);
  const std::uint64_t next_ms = bunched_ms(since_ms + pause, interval);
  arm(context_.loop.timers(), std::max(next_ms, context_.loop.now_ms()));
}

bool ServerCheck::may_check() const noexcept {
  const model::ServerStateWord state = target_.server->state();
  return target_.server->check_enabled && !state.in_maintenance();
}

void ServerCheck::on_timer() noexcept {
  const bool has_address = target_.address.is_set() || target_.server->address().is_set();
  began_ms_ = context_.loop.now_ms();
  if (!may_check() || !has_address) return wait(began_ms_);
  target_.server->history.check_running = true;
  run_ =
      std::make_unique<CheckRun>(context_, plan_of(target_), static_cast<CheckRun::Owner&>(*this));
  if (auto report = run_->start()) on_run_ended(std::move(*report));
}

void ServerCheck::on_run_ended(model::CheckReport report) noexcept {
  report.duration_ms = static_cast<std::uint32_t>(context_.loop.now_ms() - began_ms_);
  run_.reset();
  target_.server->history.check_running = false;
  if (may_check()) context_.sink.report(*target_.server, report);
  wait(began_ms_);
}

}  // namespace sluice::health
