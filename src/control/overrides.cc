#include "control/overrides.h"

#include <algorithm>
#include <unordered_set>

#include "base/limits.h"
#include "base/text.h"
#include "control/tracking.h"
#include "model/server_transition.h"

namespace sluice::control {

namespace {

using model::AdminState;

bool is_kept(std::string_view set) { return set == "state" || set == "weight"; }

/// Agents, checks and name servers say again by themselves what they have to say.
bool is_by_operator(ChangeSource from) {
  return from != ChangeSource::Agent && from != ChangeSource::Check &&
         from != ChangeSource::Names && from != ChangeSource::Reload;
}

std::string base_of(const model::Server& config, std::string_view set) {
  if (set == "weight") return std::to_string(config.weight);
  return std::string(model::to_text(config.disabled ? AdminState::Maint : AdminState::Ready));
}

std::string value_of(const model::ServerLive& live, std::string_view set) {
  const model::ServerStateWord state = live.state();
  if (set == "weight") return std::to_string(state.weight);
  return std::string(model::to_text(state.admin));
}

std::optional<AdminState> to_admin(std::string_view text) {
  for (const AdminState state : {AdminState::Ready, AdminState::Drain, AdminState::Maint}) {
    if (model::to_text(state) == text) return state;
  }
  return std::nullopt;
}

model::Surroundings surroundings_in(const model::Server& config) {
  model::Surroundings around;
  around.rise = config.check.rise;
  around.fall = config.check.fall;
  around.checked = config.check.enabled;
  around.has_agent = config.agent.enabled;
  return around;
}

using Place = Overrides::Place;

Place find(const Snapshot& snapshot, const Override& record) {
  Place place;
  place.backend = snapshot.find_backend(record.backend);
  if (place.backend == nullptr) return place;
  if (const model::ServerLive* live = place.backend->find_by_name(record.server))
    place.server = place.backend->find(live);
  return place;
}

std::string gone(const Place& place) {
  return place.backend == nullptr ? "the configuration has no such backend"
                                  : "the configuration has no such server";
}

std::string edited(const Override& record, const std::string& base) {
  if (record.set == "weight")
    return "the configuration says weight " + base + " now, and said " + record.base;
  return base == "maint" ? "the configuration says 'disabled' now"
                         : "the configuration says 'disabled' no longer";
}

/// Why the record can't be applied; empty: it was.
std::string apply(const Override& record, const Place& place) {
  model::ServerLive& live = *place.server->live;
  model::ServerStateWord state = live.state();
  if (record.set == "state") {
    const auto admin = to_admin(record.value);
    if (!admin) return "there is no state '" + record.value + "'";
    live.set_state(model::apply_admin(state, *admin, surroundings_in(*place.server->config)));
    return {};
  }
  const auto weight = base::to_unsigned(record.value);
  if (!weight || *weight > base::limits::kMaxWeight)
    return "there is no weight '" + record.value + "'";
  if (*weight != 0 && *weight != place.server->config->weight &&
      place.backend->balancer != nullptr && place.backend->balancer->is_static())
    return "the backend's algorithm is static now";
  state.weight = static_cast<std::uint16_t>(*weight);
  live.set_state(state);
  return {};
}

}  // namespace

bool Overrides::note(const LoggedChange& change, const Snapshot& snapshot) {
  if (!is_by_operator(change.origin.from)) return false;
  bool noted = false;
  for (const LoggedItem& item : change.items) {
    const std::size_t slash = item.target.find('/');
    if (!item.target.starts_with("s:") || slash == std::string::npos || !is_kept(item.set))
      continue;
    Override record;
    record.backend = item.target.substr(2, slash - 2);
    record.server = item.target.substr(slash + 1);
    const Place place = find(snapshot, record);
    if (place.server == nullptr) continue;
    record.set = item.set;
    record.value = item.new_value;
    record.base = base_of(*place.server->config, item.set);
    record.before = item.old_value;
    record.origin = change.origin;
    record.at_us = change.at_us;
    record.change = change.id;
    record.expires_at_us = change.expires_at_us;
    Key key{{record.backend, record.server}, record.set};
    // What the configuration says anyway is no override, unless it is to be taken back.
    if (record.value == record.base && !record.expires_at_us)
      records_.erase(key);
    else
      records_[key] = std::move(record);
    noted = true;
  }
  return noted;
}

bool Overrides::confirm(std::uint64_t change) {
  bool confirmed = false;
  for (auto each = records_.begin(); each != records_.end();) {
    Override& record = each->second;
    const bool its = record.change == change && record.expires_at_us;
    if (its) record.expires_at_us.reset();
    confirmed = confirmed || its;
    each = its && record.value == record.base ? records_.erase(each) : std::next(each);
  }
  return confirmed;
}

void Overrides::put_aside(Override record, std::string why, const Place& place, std::int64_t now_us,
                          std::vector<LoggedItem>& items) {
  const std::string now =
      place.server == nullptr ? std::string() : base_of(*place.server->config, record.set);
  items.push_back({"s:" + record.backend + "/" + record.server, record.set, record.value, now});
  set_aside_.push_back({std::move(record), std::move(why), now_us});
  if (set_aside_.size() > kMaxSetAside) set_aside_.erase(set_aside_.begin());
}

std::vector<LoggedItem> Overrides::restore(OverrideDocument document, const Snapshot& snapshot,
                                           std::int64_t now_us) {
  std::vector<LoggedItem> items;
  std::unordered_set<BackendRuntime*> touched;
  set_aside_ = std::move(document.set_aside);
  unknown_ = std::move(document.unknown);
  for (Override& record : document.overrides) {
    const Place place = find(snapshot, record);
    std::string why;
    if (place.server == nullptr) {
      why = gone(place);
    } else if (const std::string base = base_of(*place.server->config, record.set);
               base != record.base) {
      why = edited(record, base);
    } else {
      why = apply(record, place);
      if (why.empty()) touched.insert(place.backend);
    }
    if (!why.empty()) {
      put_aside(std::move(record), std::move(why), place, now_us, items);
      continue;
    }
    Key key{{record.backend, record.server}, record.set};
    records_[std::move(key)] = std::move(record);
  }
  if (!touched.empty()) tie_trackers(snapshot);
  // Nobody reads yet: what is replaced needs no waiting.
  for (BackendRuntime* backend : touched) static_cast<void>(backend->balancer->rebuild());
  return items;
}

std::vector<LoggedItem> Overrides::follow(const Snapshot& snapshot, std::int64_t now_us) {
  std::vector<LoggedItem> items;
  for (auto each = records_.begin(); each != records_.end();) {
    Override& record = each->second;
    const Place place = find(snapshot, record);
    std::string why = place.server == nullptr ? gone(place) : std::string();
    if (place.server != nullptr) {
      const std::string base = base_of(*place.server->config, record.set);
      const bool in_force = value_of(*place.server->live, record.set) == record.value;
      if (base != record.base && (!in_force || record.value == base))
        why = edited(record, base);
      else
        record.base = base;  // adopting left it in force
    }
    const bool over = !why.empty();
    if (over) put_aside(std::move(record), std::move(why), place, now_us, items);
    each = over ? records_.erase(each) : std::next(each);
  }
  return items;
}

std::vector<LoggedChange> Overrides::expiring() const {
  std::map<std::uint64_t, LoggedChange> changes;
  for (const auto& [key, record] : records_) {
    if (!record.expires_at_us) continue;
    LoggedChange& change = changes[record.change];
    change.id = record.change;
    change.at_us = record.at_us;
    change.origin = record.origin;
    change.expires_at_us = record.expires_at_us;
    change.items.push_back(
        {"s:" + record.backend + "/" + record.server, record.set, record.before, record.value});
  }
  std::vector<LoggedChange> out;
  for (auto& [id, change] : changes) out.push_back(std::move(change));
  return out;
}

OverrideDocument Overrides::document() const {
  OverrideDocument out;
  out.set_aside = set_aside_;
  out.unknown = unknown_;
  out.overrides.reserve(records_.size());
  for (const auto& [key, record] : records_) out.overrides.push_back(record);
  return out;
}

}  // namespace sluice::control
