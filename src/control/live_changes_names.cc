// Addresses and names of servers, as actions of LiveChanges.
#include <string>

#include "control/live_changes.h"
#include "control/tracking.h"
#include "model/server_transition.h"

namespace sluice::control {
namespace {

using base::ErrorKind;
using base::Result;

std::string host_of(const base::Address& address) {
  return address.is_ip() ? address.host() : "(none)";
}

}  // namespace

void LiveChanges::say(const Work& work, std::string text) {
  if (hooks_.log) hooks_.log(*work.newest().config, {LogLevel::Notice, std::move(text)});
}

/// Idle connections to the old address are of an older generation and are not used again; checks
/// that run end as they would, the next ones go to the new address.
Result<> LiveChanges::act(Work& work, Change& change, const SetAddress& action) {
  model::ServerLive& server = *work.server;
  if (!action.address.is_ip())
    return base::fail(ErrorKind::Configuration, "A server found by name has an IP address.");
  const base::Address before = server.address();
  change.old_value = before.is_set() ? before.to_string() : "";
  change.new_value = action.address.to_string();
  const std::string host = host_of(server.shown_address());
  if (!(before == action.address)) server.set_address(action.address);
  server.kept_port = action.address.port();
  if (!action.by.empty() && host != host_of(action.address)) {
    say(work, work.newest().live->name() + "/" + server.name() + " changed its IP from " + host +
                  " to " + host_of(action.address) + " by " + action.by + ".");
  }
  work.came_along = action.by == kAdditionalRecord;
  transition(work,
             model::apply_address(server.state(), model::Address::Found, surroundings_of(server)));
  return {};
}

/// The old address stays behind the state: who chose the server a moment ago may still connect.
Result<> LiveChanges::act(Work& work, Change& change, const LoseAddress& action) {
  model::ServerLive& server = *work.server;
  if (server.state().unresolved) return {};
  const base::Address before = server.address();
  change.old_value = host_of(before);
  change.new_value = action.why;
  work.lost_because = action.why;
  if (before.is_ip()) server.kept_port = before.port();
  transition(work,
             model::apply_address(server.state(), model::Address::Lost, surroundings_of(server)));
  return {};
}

Result<> LiveChanges::act(Work& work, Change& change, const SetName& action) {
  model::ServerLive& server = *work.server;
  change.old_value = server.name_in_dns;
  change.new_value = action.name;
  server.name_in_dns = action.name;
  if (action.of_record) server.held_record = true;
  if (action.name.empty()) server.kept_port = 0;
  return {};
}

}  // namespace sluice::control
