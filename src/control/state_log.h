// What HAProxy's log says when the state of a server or a backend changes, word for word, since
// scripts look for it. Pure: facts in, lines out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/server_live.h"
#include "model/server_state.h"

namespace sluice::control {

/// Severities of syslog.
enum class LogLevel : std::uint8_t { Emergency = 0, Alert = 1, Notice = 5 };

struct StateLine {
  LogLevel level = LogLevel::Notice;
  std::string text;
};

struct StateChange {
  std::string_view backend;
  std::string_view server;
  bool is_backup = false;
  std::string_view tracked;  // "BACKEND/SERVER" that it tracks; empty: none
  model::ServerStateWord before, after;
  /// What is told though no state has changed: a weight that was set, if it is the same; the end
  /// of a slow start.
  enum class Told : std::uint8_t { Change, Weight, Warm } told = Told::Change;
  const model::CheckReport* report =
      nullptr;                            // the check that caused it, if its reason is to be said
  std::string_view lost_because;          // why it has no address any more
  std::string_view name_in_dns;           // what its address is found by
  bool came_along = false;                // its address is a service's additional record
  std::string_view operator_text;         // `set server … health`: "changed from CLI"
  std::uint32_t active = 0, backups = 0;  // usable servers after it
  std::uint32_t sessions = 0, requeued = 0, queued = 0;
};

/// The lines about a server; none when nothing that is worth one has changed.
[[nodiscard]] std::vector<StateLine> state_lines(const StateChange& change);

/// Where it gets an address or loses it (naming_log.cc).
[[nodiscard]] std::vector<StateLine> naming_lines(const StateChange& change);
/// "Server be/s" or "Backup Server be/s", and how many servers are left: parts of many lines.
[[nodiscard]] std::string subject_of(const StateChange& change);
[[nodiscard]] std::string servers_left(const StateChange& change);

/// `option log-health-checks`: what one check said, with the health after it.
[[nodiscard]] StateLine health_check_line(const StateChange& change, std::uint32_t rise,
                                          std::uint32_t fall);

/// The last usable server of a backend (or of a listen, which HAProxy calls a proxy) went away.
enum class BackendNoun : std::uint8_t { Backend, Proxy };
[[nodiscard]] StateLine no_server_line(BackendNoun noun, std::string_view backend);

}  // namespace sluice::control
