#include "admin/api_model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "admin/drain_views.h"

namespace sluice::admin {

namespace {

constexpr std::size_t kMaxMarkers = 500;

std::string make_boot(const base::Moment& now) {
  char text[24];
  std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(now.wall_us));
  return text;
}

/// The server, frontend or backend of a key in a picture.
struct Place {
  const stats::Source* source = nullptr;
  const stats::ServerSource* server = nullptr;
};
Place find(const Picture& picture, std::string_view key) {
  const std::string_view name = key.substr(2);
  const bool server = key[0] == 's';
  const std::size_t slash = server ? name.find('/') : std::string_view::npos;
  for (const stats::Source& source : picture.sources) {
    if (source.config->name != name.substr(0, slash)) continue;
    if (key[0] == 'f' && source.frontend != nullptr) return {&source, nullptr};
    if (key[0] == 'b' && source.backend != nullptr) return {&source, nullptr};
    if (!server || source.backend == nullptr) continue;
    for (const stats::ServerSource& each : source.servers) {
      if (each.live->name() == name.substr(slash + 1)) return {&source, &each};
    }
  }
  return {};
}

/// "UP" of "UP 1/2": how far a check is on its way is no event.
std::string_view state_of(std::string_view status) { return status.substr(0, status.find(' ')); }

std::string_view event_of(const std::string& key) {
  return key[0] == 's' ? "server" : key[0] == 'b' ? "backend" : "frontend";
}

}  // namespace

ApiModel::ApiModel(const View& view)
    : view_(view), events_(make_boot(view.now ? view.now() : base::now())) {
  const base::Moment now = view.now ? view.now() : base::now();
  clock_.offset_us = now.wall_us - static_cast<std::int64_t>(now.monotonic_ns / 1000);
  first_second_s_ = now.wall_us / 1'000'000;
  start_ms_ = now.ms();
}

double ApiModel::now_s() const { return clock_.at_ms(view_.now_ms()); }

ApiModel::Object& ApiModel::object(const std::string& key) { return objects_[key]; }

std::uint64_t ApiModel::settled_rev(const std::string& key) const {
  const auto found = objects_.find(key);
  return found != objects_.end() ? found->second.settled_rev : 0;
}

double ApiModel::mean_rate(const std::string& key) const {
  const auto found = objects_.find(key);
  const std::uint64_t seconds = std::min<std::uint64_t>(60, second_ + 1);
  return found != objects_.end() ? found->second.series.mean_rate(second_, seconds) : 0;
}

void ApiModel::decorate(Json& out, const std::string& key) const {
  const auto found = objects_.find(key);
  static const Object kNew;
  const Object& known = found != objects_.end() ? found->second : kNew;
  out["rev"] = known.rev;
  if (!known.last.is_null()) out["last"] = known.last;
  add_figures(out, known.figures);
}

Json ApiModel::shown_server(const stats::Source& source, const stats::ServerSource& server,
                            const stats::Moment& moment) const {
  Json out = server_object(source, server, moment, clock_);
  const control::Drain* drain = view_.drains != nullptr
                                    ? view_.drains->find(source.config->name, server.live->name())
                                    : nullptr;
  if (drain != nullptr) out["drain"] = drain_object(*drain, clock_);
  return out;
}

Json ApiModel::server(const stats::Source& source, const stats::ServerSource& server,
                      const stats::Moment& moment) const {
  Json out = shown_server(source, server, moment);
  decorate(out, server_key(source.config->name, server.live->name()));
  return out;
}

Json ApiModel::frontend(const stats::Source& source, const stats::Moment& moment) const {
  Json out = frontend_object(source, moment);
  decorate(out, frontend_key(source.config->name));
  return out;
}

Json ApiModel::backend(const stats::Source& source, const stats::Moment& moment) const {
  Json out = backend_object(source, moment, clock_);
  decorate(out, backend_key(source.config->name));
  Json servers = Json::array();
  for (const stats::ServerSource& each : source.servers)
    servers.push_back(server(source, each, moment));
  out["servers"] = std::move(servers);
  return out;
}

Json ApiModel::state(const Picture& picture, std::string_view scope,
                     const std::string& classic) const {
  Json frontends = Json::array();
  Json backends = Json::array();
  for (const stats::Source& source : picture.sources) {
    if (!scope.empty() && source.config->name != scope) continue;
    if (source.frontend != nullptr) frontends.push_back(frontend(source, picture.moment));
    // The listener itself serves nobody, and has no backend to speak of.
    if (source.backend != nullptr && !source.config->is_stats_listener())
      backends.push_back(backend(source, picture.moment));
  }
  Json pending = Json::array();
  if (view_.log != nullptr) {
    for (const control::LoggedChange& change : view_.log->entries()) {
      if (change.pending()) pending.push_back(change_object(change));
    }
  }
  return {{"event", events_.latest()},
          {"rev", rev_},
          {"now", now_s()},
          {"process", process_object(picture, classic)},
          {"fields", figure_names()},
          {"frontends", std::move(frontends)},
          {"backends", std::move(backends)},
          {"pending", std::move(pending)}};
}

Json ApiModel::series(const std::vector<std::string>& keys, double since) const {
  const std::uint64_t held = std::min<std::uint64_t>(second_ + 1, Series::kSeconds);
  std::uint64_t first = second_ + 1 - held;
  const auto wall = [this](std::uint64_t second) {
    return static_cast<double>(first_second_s_) + static_cast<double>(second);
  };
  while (first <= second_ && wall(first) <= since) ++first;
  Json all = Json::object();
  for (const std::string& key : keys) {
    Json columns = Json::object();
    for (const Json& name : figure_names()) columns[name.get<std::string>()] = Json::array();
    const Series& series = objects_.find(key)->second.series;
    for (std::uint64_t second = first; second <= second_; ++second) {
      Json row = figure_row(series.at(second));
      for (std::size_t i = 0; i < row.size(); ++i)
        columns[figure_names()[i].get_ref<const std::string&>()].push_back(std::move(row[i]));
    }
    all[key] = std::move(columns);
  }
  Json markers = Json::array();
  if (view_.log != nullptr) {
    for (const control::LoggedChange& change : view_.log->entries()) {
      const double at = WallClock::seconds(change.at_us);
      if (at < wall(first) || change.items.empty()) continue;
      Json targets = Json::array();
      for (const control::LoggedItem& item : change.items) targets.push_back(item.target);
      const control::LoggedItem& item = change.items.front();
      const std::string name = item.target == "*" ? "process" : item.target.substr(2);
      markers.push_back({{"at", at},
                         {"text", name + ": " + item_words(item)},
                         {"who", change.origin.who},
                         {"id", change.id},
                         {"keys", std::move(targets)}});
    }
  }
  for (const Marker& marker : markers_) {
    if (marker.at < wall(first)) continue;
    markers.push_back({{"at", marker.at}, {"text", marker.text}, {"keys", {marker.key}}});
  }
  return {{"from", wall(first)},
          {"step", 1},
          {"count", second_ + 1 - first},
          {"series", std::move(all)},
          {"markers", std::move(markers)}};
}

void ApiModel::moved(const model::ServerLive& server) {
  touch(server_key(server.backend().name(), server.name()));
  touch(backend_key(server.backend().name()));
}

void ApiModel::drained(const control::Drain& drain, control::DrainHooks::News news) {
  if (news == control::DrainHooks::News::Over)
    events_.publish("drain",
                    dump({{"key", server_key(drain.backend, drain.server)}, {"over", true}}));
  else
    events_.publish("drain", dump(drain_object(drain, clock_)));
}

void ApiModel::told(const control::LoggedChange& change) {
  // What is told again (confirmed, undone) changes no object.
  if (!change.undone_by && !change.confirmed_by) note_last(change);
  events_.publish("change", dump(change_object(change)));
}

void ApiModel::note_last(const control::LoggedChange& change) {
  ++rev_;
  for (const control::LoggedItem& item : change.items) {
    if (item.target == "*") continue;
    touch(item.target);
    object(item.target).settled_rev = rev_;
    if (item.target[0] == 's')
      object("b" + item.target.substr(1, item.target.find('/') - 1)).settled_rev = rev_;
    by_change_.insert(item.target);
    object(item.target).last = {{"at", WallClock::seconds(change.at_us)},
                                {"who", change.origin.who},
                                {"from", control::to_text(change.origin.from)},
                                {"note", change.origin.note},
                                {"id", change.id},
                                {"text", item_words(item)}};
  }
  publish_touched(take_picture(view_));
}

void ApiModel::settle() {
  if (touched_.empty()) return;
  ++rev_;
  publish_touched(take_picture(view_));
}

void ApiModel::mark(const std::string& key, const std::string& before, const std::string& after) {
  const double at = now_s();
  const std::string text = before + " → " + after;
  object(key).last = {{"at", at}, {"from", "check"}, {"text", text}};
  markers_.push_back({at, key.substr(2) + ": " + text, key});
  if (markers_.size() > kMaxMarkers) markers_.pop_front();
  events_.publish("marker", dump({{"at", at}, {"text", markers_.back().text}, {"keys", {key}}}));
}

void ApiModel::publish(const std::string& key, Json shown) {
  Object& known = object(key);
  known.rev = rev_;
  const std::string status = shown.value("status", "");
  const bool by_itself = key[0] == 's' && !by_change_.contains(key);
  if (by_itself && !known.status.empty() && state_of(known.status) != state_of(status))
    mark(key, known.status, status);
  known.status = status;
  decorate(shown, key);
  events_.publish(event_of(key), dump(shown));
}

void ApiModel::note_settings(const std::string& key, const std::string& backend,
                             const model::ServerLive& server) {
  Object& known = object(key);
  const std::uint64_t settings = settings_print(server);
  const std::uint64_t before = std::exchange(known.settings, settings);
  if (before == 0 || before == settings) return;  // 0: nobody has seen another
  known.settled_rev = rev_;
  object(backend).settled_rev = rev_;
}

void ApiModel::publish_touched(const Picture& picture) {
  const std::set<std::string> touched = std::exchange(touched_, {});
  for (const std::string& key : touched) {
    const Place place = find(picture, key);
    if (place.source == nullptr) continue;
    if (place.server != nullptr) {
      object(key).print = fingerprint(*place.server->live);
      note_settings(key, backend_key(place.source->config->name), *place.server->live);
      publish(key, shown_server(*place.source, *place.server, picture.moment));
    } else if (key[0] == 'b') {
      publish(key, backend_object(*place.source, picture.moment, clock_));
    } else {
      publish(key, frontend_object(*place.source, picture.moment));
    }
  }
  by_change_.clear();
}

void ApiModel::close() {
  if (events_.closed()) return;
  events_.publish("stopping", "{}");
  events_.close();
}

}  // namespace sluice::admin
