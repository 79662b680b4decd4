#include "stats/status.h"

#include <memory>

#include "model/proxy_live.h"

namespace sluice::stats {

using model::AdminState;
using model::OperState;

std::string_view to_text(StateLabel label) {
  switch (label) {
    case StateLabel::Down:
      return "DOWN";
    case StateLabel::Up:
      return "UP";
    case StateLabel::Maint:
      return "MAINT";
    case StateLabel::Drain:
      return "DRAIN";
    case StateLabel::NoLb:
      return "NOLB";
  }
  return "";
}

std::string_view Sample::object_name() const {
  switch (kind) {
    case ObjectKind::Frontend:
      return "FRONTEND";
    case ObjectKind::Backend:
      return "BACKEND";
    case ObjectKind::Server:
      return server_live->name();
    case ObjectKind::Listener:
      return bind->name;
  }
  return "";
}

CheckSettings check_settings(const model::ServerLive& server) {
  CheckSettings out;
  std::shared_ptr<model::ServerLive> root;
  for (auto next = server.tracked.lock(); next != nullptr; next = root->tracked.lock()) root = next;
  const model::ServerLive& judged = root != nullptr ? *root : server;
  out.enabled = judged.check_enabled;
  out.rise = judged.rise;
  out.fall = judged.fall;
  out.agent = judged.agent_enabled;
  if (root == nullptr) return out;
  out.tracked = root->state();
  const auto next = server.tracked.lock();
  out.tracked_name = next->backend().name() + "/" + next->name();
  return out;
}

StateLabel server_state_label(const model::ServerStateWord& word) {
  if (word.in_maintenance()) return StateLabel::Maint;
  if (word.oper == OperState::Down) return StateLabel::Down;
  if (word.oper == OperState::NoLb) return StateLabel::NoLb;
  if (word.draining()) return StateLabel::Drain;
  return StateLabel::Up;
}

Trend server_trend(const model::ServerStateWord& word, const CheckSettings& check) {
  if (word.in_maintenance() || (!check.enabled && !check.agent)) return Trend::Steady;
  const model::ServerStateWord& judged = check.tracked ? *check.tracked : word;
  if (word.oper == OperState::Down)
    return check.enabled && judged.health == 0 ? Trend::Steady : Trend::GoingUp;
  if (!check.enabled) return Trend::Steady;
  return judged.health + 1U < check.rise + check.fall ? Trend::GoingDown : Trend::Steady;
}

std::string server_status(const model::ServerStateWord& word, const CheckSettings& check) {
  const StateLabel label = server_state_label(word);
  const model::ServerStateWord& judged = check.tracked ? *check.tracked : word;
  if (label == StateLabel::Maint) {
    if (word.unresolved && word.admin != AdminState::Maint) return "MAINT (resolution)";
    return word.inherited_maint ? "MAINT (via " + check.tracked_name + ")" : "MAINT";
  }
  if (label == StateLabel::Down && judged.agent_down && check.agent) return "DOWN (agent)";
  if (label == StateLabel::Drain && check.agent) return "DRAIN (agent)";
  if (label == StateLabel::Up && !check.enabled) return "no check";
  std::string out{to_text(label)};
  switch (server_trend(word, check)) {
    case Trend::Steady:
      break;
    case Trend::GoingUp:
      out += ' ' + std::to_string(judged.health) + '/' + std::to_string(check.rise);
      break;
    case Trend::GoingDown: {
      const std::uint32_t left =
          judged.health + 1U >= check.rise ? judged.health + 1U - check.rise : 0;
      out += ' ' + std::to_string(left) + '/' + std::to_string(check.fall);
      break;
    }
  }
  return out;
}

}  // namespace sluice::stats
