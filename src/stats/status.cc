#include "stats/status.h"

#include "model/server_live.h"

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

StateLabel server_state_label(const model::ServerStateWord& word) {
  if (word.admin == AdminState::Maint || word.unresolved) return StateLabel::Maint;
  if (word.oper == OperState::Down) return StateLabel::Down;
  if (word.oper == OperState::NoLb) return StateLabel::NoLb;
  if (word.admin == AdminState::Drain || word.weight == 0) return StateLabel::Drain;
  return StateLabel::Up;
}

Trend server_trend(const model::ServerStateWord& word, const CheckSettings& check) {
  if (!check.enabled || word.admin == AdminState::Maint) return Trend::Steady;
  if (word.oper == OperState::Down) return word.health > 0 ? Trend::GoingUp : Trend::Steady;
  // Before the first result a server counts as UP without being on its way anywhere.
  if (!word.checked) return Trend::Steady;
  return word.health + 1U < check.rise + check.fall ? Trend::GoingDown : Trend::Steady;
}

std::string server_status(const model::ServerStateWord& word, const CheckSettings& check) {
  const StateLabel label = server_state_label(word);
  if (label == StateLabel::Maint) {
    return word.admin != AdminState::Maint && word.unresolved ? "MAINT (resolution)" : "MAINT";
  }
  if (label == StateLabel::Down && word.agent_down) return "DOWN (agent)";
  if (label == StateLabel::Up && !check.enabled) return "no check";
  std::string out{to_text(label)};
  switch (server_trend(word, check)) {
    case Trend::Steady:
      break;
    case Trend::GoingUp:
      out += ' ' + std::to_string(word.health) + '/' + std::to_string(check.rise);
      break;
    case Trend::GoingDown: {
      const std::uint32_t left = word.health + 1U >= check.rise ? word.health + 1U - check.rise : 0;
      out += ' ' + std::to_string(left) + '/' + std::to_string(check.fall);
      break;
    }
  }
  return out;
}

}  // namespace sluice::stats
