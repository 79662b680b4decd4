#include "control/change_log.h"

#include <algorithm>
#include <utility>

namespace sluice::control {

namespace {

/// The kind of each action, in the order of ChangeAction.
struct Kind {
  std::string_view operator()(const SetAdmin&) const { return "state"; }
  std::string_view operator()(const SetWeight&) const { return "weight"; }
  std::string_view operator()(const SetHealth&) const { return "health"; }
  std::string_view operator()(const SetChecks&) const { return "check"; }
  std::string_view operator()(const SetAgent&) const { return "agent"; }
  std::string_view operator()(const SetAgentHealth&) const { return "agent-health"; }
  std::string_view operator()(const SetProbe& action) const {
    return action.of == SetProbe::Of::Check ? "check-addr" : "agent-addr";
  }
  std::string_view operator()(const SetAgentSend&) const { return "agent-send"; }
  std::string_view operator()(const SetDynamicCookie&) const { return "cookie"; }
  std::string_view operator()(const SetDynamicCookieKey&) const { return "cookie-key"; }
  std::string_view operator()(const SetMaxconn&) const { return "maxconn"; }
  std::string_view operator()(const ShutdownSessions&) const { return "sessions"; }
  std::string_view operator()(const SetAddress&) const { return "addr"; }
  std::string_view operator()(const LoseAddress&) const { return "resolution"; }
  std::string_view operator()(const SetName&) const { return "fqdn"; }
};

constexpr std::string_view kLasting[] = {"sessions",
                                         "counters",
                                         "agent-send",
                                         "check-addr",
                                         "agent-addr",
                                         "cookie",
                                         "cookie-key",
                                         "reload",
                                         "resolution",
                                         "fqdn",
                                         "agent-health",
                                         "life",
                                         "add",
                                         "delete",
                                         "rate-limit connections",
                                         "rate-limit sessions",
                                         "rate-limit ssl-sessions"};

}  // namespace

std::string_view to_text(ChangeSource source) {
  switch (source) {
    case ChangeSource::Page:
      return "page";
    case ChangeSource::Form:
      return "form";
    case ChangeSource::Socket:
      return "socket";
    case ChangeSource::Rest:
      return "rest";
    case ChangeSource::Agent:
      return "agent";
    case ChangeSource::Reload:
      return "reload";
    case ChangeSource::Check:
      return "check";
    case ChangeSource::Names:
      return "names";
    case ChangeSource::Internal:
      return "internal";
  }
  return "internal";
}

ChangeSource source_of(std::string_view text) {
  constexpr auto kLast = static_cast<int>(ChangeSource::Internal);
  for (int i = 0; i <= kLast; ++i) {
    const auto source = static_cast<ChangeSource>(i);
    if (to_text(source) == text) return source;
  }
  return ChangeSource::Internal;
}

bool LoggedChange::undoable() const {
  if (undone_by.has_value() || items.empty()) return false;
  const bool lasting = std::any_of(items.begin(), items.end(), [](const LoggedItem& item) {
    return std::find(std::begin(kLasting), std::end(kLasting), item.set) != std::end(kLasting);
  });
  return !lasting && std::any_of(items.begin(), items.end(),
                                 [](const LoggedItem& item) { return !item.lapsed; });
}

LoggedItem item_of(const Change& change) {
  LoggedItem item;
  item.target = change.target.server.empty()
                    ? "b:" + change.target.backend
                    : "s:" + change.target.backend + "/" + change.target.server;
  item.set = std::visit(Kind{}, change.action);
  item.old_value = change.old_value;
  item.new_value = change.new_value;
  if (item.set == "sessions") item.new_value = "shutdown";
  return item;
}

void ChangeLog::begin(ChangeOrigin origin) {
  open_.emplace();
  open_->origin = std::move(origin);
}

void ChangeLog::note(const Change& change) {
  // Name servers say the same again and again.
  if (change.from == ChangeSource::Names && change.old_value == change.new_value) return;
  note({change.who, change.from, change.source, change.note}, change.when_us, item_of(change));
}

void ChangeLog::note(const ChangeOrigin& origin, std::int64_t at_us, LoggedItem item) {
  if (open_) {
    open_->items.push_back(std::move(item));
    return;
  }
  LoggedChange entry;
  entry.at_us = at_us;
  entry.origin = origin;
  entry.items.push_back(std::move(item));
  LoggedChange& kept = take(std::move(entry));
  if (told) told(kept);
}

LoggedChange& ChangeLog::commit(std::int64_t at_us) {
  LoggedChange entry = std::move(*open_);
  open_.reset();
  entry.at_us = at_us;
  return take(std::move(entry));
}

LoggedChange& ChangeLog::take(LoggedChange entry) {
  ++counts_[static_cast<std::size_t>(entry.origin.from)].applied;
  return append(std::move(entry));
}

LoggedChange& ChangeLog::append(LoggedChange entry) {
  entry.id = next_id_++;
  items_ += entry.items.size();
  entries_.push_back(std::move(entry));
  while (entries_.size() > 1 && (entries_.size() > kMaxEntries || items_ > kMaxItems)) {
    items_ -= entries_.front().items.size();
    entries_.pop_front();
  }
  return entries_.back();
}

void ChangeLog::restore(std::vector<LoggedChange> entries, std::uint64_t next_id) {
  entries_.clear();
  items_ = 0;
  for (LoggedChange& entry : entries) {
    next_id_ = entry.id;
    append(std::move(entry));
  }
  next_id_ = std::max(next_id_, next_id);
}

void ChangeLog::confirm(LoggedChange& entry, std::string who) {
  entry.confirmed_by = std::move(who);
  if (told) told(entry);
}

void ChangeLog::undone(LoggedChange& entry, std::uint64_t by) {
  entry.undone_by = by;
  if (told) told(entry);
}

LoggedChange* ChangeLog::find(std::uint64_t id) {
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), id,
      [](const LoggedChange& entry, std::uint64_t wanted) { return entry.id < wanted; });
  return found != entries_.end() && found->id == id ? &*found : nullptr;
}

}  // namespace sluice::control
