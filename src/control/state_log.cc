#include "control/state_log.h"

namespace sluice::control {
namespace {

using model::AdminState;
using model::OperState;
using std::to_string;

std::string subject(const StateChange& change) {
  return std::string(change.is_backup ? "Backup Server " : "Server ") +
         std::string(change.backend) + "/" + std::string(change.server);
}

/// HAProxy tells a code, if 0, of the results that may have one.
bool has_code(model::CheckStatus status) {
  using model::CheckStatus;
  return status == CheckStatus::L7Ok || status == CheckStatus::L7OkConditional ||
         status == CheckStatus::L7Status;
}

/// ", reason: Layer7 wrong status, code: 503, info: "…", check duration: 3ms"
std::string reason(const model::CheckReport& report) {
  std::string out = ", reason: " + std::string(model::description_of(report.status));
  if (has_code(report.status)) out += ", code: " + to_string(report.code);
  if (!report.detail.empty()) out += ", info: \"" + report.detail + "\"";
  return report.timed ? out + ", check duration: " + to_string(report.duration_ms) + "ms" : out;
}

/// " via be/a": a server that tracks another one moves for that one's reasons.
std::string via(const StateChange& change) {
  return change.tracked.empty() ? "" : " via " + std::string(change.tracked);
}

std::string cause(const StateChange& change) {
  if (!change.operator_text.empty()) return ", " + std::string(change.operator_text);
  return change.report == nullptr ? via(change) : reason(*change.report);
}

enum class Tail { Left, Online };

/// How many servers are left or online, and what became of the requests.
std::string tail(const StateChange& change, Tail kind) {
  std::string out = ". " + to_string(change.active) + " active and " + to_string(change.backups) +
                    " backup servers " + (kind == Tail::Left ? "left." : "online.");
  if (change.active == 0 && change.backups > 0) out += " Running on backup.";
  if (kind == Tail::Left) {
    return out + " " + to_string(change.sessions) + " sessions active, " +
           to_string(change.requeued) + " requeued, " + to_string(change.queued) +
           " remaining in queue.";
  }
  return out + " " + to_string(change.requeued) + " sessions requeued, " +
         to_string(change.queued) + " total in queue.";
}

bool is_forced(const model::ServerStateWord& state) { return state.admin == AdminState::Maint; }
bool is_drained(const model::ServerStateWord& state) { return state.admin == AdminState::Drain; }

StateLine maintenance_line(const StateChange& change) {
  const std::string by = is_forced(change.after) ? "" : via(change);
  if (change.before.oper == OperState::Down) {
    return {LogLevel::Notice, subject(change) + " was DOWN and now enters maintenance" + by + "."};
  }
  return {LogLevel::Alert,
          subject(change) + " is going DOWN for maintenance" + by + tail(change, Tail::Left)};
}

StateLine ready_line(const StateChange& change) {
  const char* is = change.after.oper == OperState::Down ? " is DOWN" : " is UP";
  const char* to = change.after.draining() ? "/DRAIN" : "/READY";
  return {LogLevel::Notice, subject(change) + is + to +
                                (is_forced(change.before) ? " (leaving forced maintenance)."
                                                          : " (leaving maintenance).")};
}

/// One of two reasons for MAINT went away.
StateLine still_maintenance_line(const StateChange& change) {
  if (is_forced(change.before) && !is_forced(change.after)) {
    return {LogLevel::Notice, subject(change) +
                                  " is leaving forced maintenance but remains in "
                                  "maintenance" +
                                  via(change) + "."};
  }
  return {LogLevel::Notice, subject(change) + " remains in forced maintenance."};
}

StateLine drain_line(const StateChange& change) {
  const bool down = change.after.oper == OperState::Down;
  if (change.after.draining()) {
    return {LogLevel::Notice, subject(change) + " enters drain state" +
                                  (is_drained(change.after) ? "" : via(change)) +
                                  tail(change, down ? Tail::Left : Tail::Online)};
  }
  return {LogLevel::Notice,
          subject(change) + " is " + (down ? "DOWN" : "UP") + " (leaving forced drain)."};
}

StateLine still_drain_line(const StateChange& change) {
  if (is_drained(change.after))
    return {LogLevel::Notice, subject(change) + " remains in forced drain mode."};
  return {LogLevel::Notice, subject(change) + " is leaving forced drain but remains in drain mode" +
                                via(change) + "."};
}

StateLine operational_line(const StateChange& change) {
  switch (change.after.oper) {
    case OperState::Down:
      return {LogLevel::Alert,
              subject(change) + " is DOWN" + cause(change) + tail(change, Tail::Left)};
    case OperState::NoLb:
      return {LogLevel::Notice,
              subject(change) + " is stopping" + cause(change) + tail(change, Tail::Online)};
    case OperState::Up:
      break;
  }
  return {LogLevel::Notice,
          subject(change) + " is UP" + cause(change) + tail(change, Tail::Online)};
}

}  // namespace

std::string subject_of(const StateChange& change) { return subject(change); }
std::string servers_left(const StateChange& change) { return tail(change, Tail::Left); }

std::vector<StateLine> state_lines(const StateChange& change) {
  if (change.before.unresolved != change.after.unresolved) return naming_lines(change);
  const model::ServerStateWord& before = change.before;
  const model::ServerStateWord& after = change.after;
  const bool same = before.admin == after.admin && before.oper == after.oper &&
                    before.inherited_maint == after.inherited_maint &&
                    before.inherited_drain == after.inherited_drain;
  const bool stays_drained = after.draining() && !after.in_maintenance();
  if (same) {
    std::vector<StateLine> lines;
    if (change.told == StateChange::Told::Warm) lines.push_back(operational_line(change));
    if (change.told != StateChange::Told::Change && stays_drained)
      lines.push_back(still_drain_line(change));
    return lines;
  }
  const bool was_out = before.in_maintenance();
  if (after.in_maintenance()) {
    if (!was_out) return {maintenance_line(change)};
    const bool one_less =
        is_forced(before) > is_forced(after) || before.inherited_maint > after.inherited_maint;
    return one_less ? std::vector<StateLine>{still_maintenance_line(change)}
                    : std::vector<StateLine>{};
  }
  std::vector<StateLine> lines;
  if (was_out) {
    lines.push_back(ready_line(change));
  } else if (before.oper != after.oper) {
    lines.push_back(operational_line(change));
  }
  if (!was_out && before.draining() != after.draining()) {
    lines.push_back(drain_line(change));
  } else if (after.draining()) {
    lines.push_back(still_drain_line(change));
  }
  return lines;
}

StateLine health_check_line(const StateChange& change, std::uint32_t rise, std::uint32_t fall) {
  const model::CheckReport& report = *change.report;
  std::string text = std::string("Health check for ") + (change.is_backup ? "backup " : "") +
                     "server " + std::string(change.backend) + "/" + std::string(change.server);
  text += !report.passed       ? " failed"
          : report.conditional ? " conditionally succeeded"
                               : " succeeded";
  const std::uint32_t health = change.after.health;
  const bool up = health >= rise;
  text += reason(report) + ", status: " + (up ? to_string(health + 1 - rise) : to_string(health)) +
          "/" + to_string(up ? fall : rise) + (up ? " UP." : " DOWN.");
  return {LogLevel::Notice, std::move(text)};
}

StateLine no_server_line(BackendNoun noun, std::string_view backend) {
  return {LogLevel::Emergency, std::string(noun == BackendNoun::Proxy ? "proxy " : "backend ") +
                                   std::string(backend) + " has no server available!"};
}

}  // namespace sluice::control
