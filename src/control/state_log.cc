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

/// ", reason: Layer7 wrong status, code: 503, info: "…", check duration: 3ms"
std::string reason(const model::CheckReport& report) {
  std::string out = ", reason: " + std::string(model::description_of(report.status));
  if (report.code != 0) out += ", code: " + to_string(report.code);
  if (!report.detail.empty()) out += ", info: \"" + report.detail + "\"";
  return out + ", check duration: " + to_string(report.duration_ms) + "ms";
}

std::string cause(const StateChange& change) {
  if (change.by_operator) return ", changed from CLI";
  return change.report == nullptr ? "" : reason(*change.report);
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

StateLine maintenance_line(const StateChange& change) {
  if (change.before.oper == OperState::Down) {
    return {LogLevel::Notice, subject(change) + " was DOWN and now enters maintenance."};
  }
  return {LogLevel::Alert,
          subject(change) + " is going DOWN for maintenance" + tail(change, Tail::Left)};
}

StateLine ready_line(const StateChange& change) {
  const char* to = change.after.admin == AdminState::Drain ? "/DRAIN" : "/READY";
  return {LogLevel::Notice, subject(change) + " is UP" + to + " (leaving forced maintenance)."};
}

StateLine drain_line(const StateChange& change) {
  const bool down = change.after.oper == OperState::Down;
  if (change.after.admin == AdminState::Drain) {
    return {LogLevel::Notice, subject(change) + " enters drain state" +
                                  tail(change, down ? Tail::Left : Tail::Online)};
  }
  return {LogLevel::Notice,
          subject(change) + " is " + (down ? "DOWN" : "UP") + " (leaving forced drain)."};
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
  if (change.before.unresolved || change.after.unresolved) return naming_lines(change);
  const AdminState before = change.before.admin;
  const AdminState after = change.after.admin;
  if (before != after) {
    if (after == AdminState::Maint) return {maintenance_line(change)};
    if (before != AdminState::Maint) return {drain_line(change)};
  } else if (change.before.oper == change.after.oper) {
    return {};
  }
  std::vector<StateLine> lines{before != after ? ready_line(change) : operational_line(change)};
  if (after == AdminState::Drain && change.after.oper != OperState::Down) {
    lines.push_back({LogLevel::Notice, subject(change) + " remains in forced drain mode."});
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
