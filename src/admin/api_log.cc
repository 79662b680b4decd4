// GET /api/changes: the log of changes, filtered and by pages.
#include <algorithm>
#include <cstdlib>

#include "admin/api.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

constexpr std::uint64_t kMostEntries = 500;

struct Filter {
  std::string who, from, target, set, text;
  double since = 0, until = 1e18;
  std::uint64_t before = UINT64_MAX;
  std::uint64_t limit = 100;
};

bool read_time(std::string_view text, double& out) {
  if (text.empty()) return true;
  const std::string copy(text);
  char* end = nullptr;
  out = std::strtod(copy.c_str(), &end);
  return *end == '\0';
}

bool read_number(std::string_view text, std::uint64_t& out) {
  if (text.empty()) return true;
  const auto value = base::to_unsigned(text);
  if (value) out = *value;
  return value.has_value();
}

std::optional<Filter> read_filter(const ApiCall& call) {
  Filter filter;
  filter.who = call.parameter("who");
  filter.from = call.parameter("from");
  filter.target = call.parameter("target");
  filter.set = call.parameter("set");
  filter.text = base::lower(call.parameter("text"));
  const bool good = read_time(call.parameter("since"), filter.since) &&
                    read_time(call.parameter("until"), filter.until) &&
                    read_number(call.parameter("before"), filter.before) &&
                    read_number(call.parameter("limit"), filter.limit);
  if (!good || filter.limit == 0 || filter.limit > kMostEntries) return std::nullopt;
  return filter;
}

/// A backend's key takes in its servers.
bool has_target(const control::LoggedChange& change, const std::string& key) {
  const bool backend = key.starts_with("b:");
  const std::string servers = backend ? "s:" + key.substr(2) + "/" : "";
  return std::any_of(change.items.begin(), change.items.end(), [&](const auto& item) {
    return item.target == key || (backend && item.target.starts_with(servers));
  });
}

bool has_text(const control::LoggedChange& change, const std::string& text) {
  const auto found = [&text](const std::string& where) {
    return base::lower(where).find(text) != std::string::npos;
  };
  if (found(change.origin.note)) return true;
  return std::any_of(change.items.begin(), change.items.end(), [&](const auto& item) {
    return found(item.target) || found(item.old_value) || found(item.new_value) ||
           found(item_command(item));
  });
}

bool passes(const Filter& filter, const control::LoggedChange& change) {
  const double at = WallClock::seconds(change.at_us);
  if (change.id >= filter.before || at < filter.since || at > filter.until) return false;
  if (!filter.who.empty() && change.origin.who != filter.who) return false;
  if (!filter.from.empty() && control::to_text(change.origin.from) != filter.from) return false;
  if (!filter.target.empty() && !has_target(change, filter.target)) return false;
  const bool kind =
      filter.set.empty() || std::any_of(change.items.begin(), change.items.end(),
                                        [&](const auto& item) { return item.set == filter.set; });
  return kind && (filter.text.empty() || has_text(change, filter.text));
}

Json chain_object(const View& view) {
  const control::StateKeeper::Chain chain =
      view.states != nullptr ? view.states->chain() : control::StateKeeper::Chain();
  return {{"file", chain.file.empty() ? Json(nullptr) : Json(chain.file)},
          {"intact", chain.intact},
          {"broken_at", chain.broken_at ? Json(*chain.broken_at) : Json(nullptr)}};
}

}  // namespace

http::ServiceReply get_changes(Api& api, const ApiCall& call) {
  const auto filter = read_filter(call);
  if (!filter)
    return problem_reply(refuse(400, "bad-request",
                                "'since' and 'until' are times, 'before' is an id, 'limit' is 1 "
                                "to 500."));
  Json changes = Json::array();
  bool more = false;
  const auto& entries = api.view().log->entries();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!passes(*filter, *entry)) continue;
    more = changes.size() == filter->limit;
    if (more) break;
    changes.push_back(change_object(*entry));
  }
  return json_reply(
      {{"changes", std::move(changes)}, {"more", more}, {"chain", chain_object(api.view())}});
}

}  // namespace sluice::admin
