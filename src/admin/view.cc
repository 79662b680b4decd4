#include "admin/view.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace sluice::admin {

namespace {

/// Sessions that may reach each backend: the maxconn of every frontend that names it.
std::map<std::string_view, std::uint64_t> reachable_sessions(const control::Snapshot& snapshot,
                                                             std::uint32_t global_maxconn) {
  std::map<std::string_view, std::uint64_t> sessions;
  for (const auto& frontend : snapshot.frontends) {
    const model::Proxy& config = *frontend->config;
    const std::uint32_t own = frontend->live->limiter.max();
    const std::uint32_t maxconn = own != 0 ? own : global_maxconn;
    std::vector<std::string_view> names;
    if (config.is_backend()) names.push_back(config.name);
    if (!config.default_backend.empty()) names.push_back(config.default_backend);
    for (const model::UseBackend& use : config.use_backends) names.push_back(use.backend.text);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (const std::string_view name : names) sessions[name] += maxconn;
  }
  return sessions;
}

/// Bind lines have rows of their own only where they count apart.
void add_frontend(stats::Source& source, const control::FrontendRuntime& frontend) {
  source.frontend = frontend.live.get();
  for (const auto& bind : frontend.binds) {
    if (bind->live == nullptr) continue;
    source.listeners.push_back(
        {bind->config, &bind->live->counters, &bind->live->sessions, bind->config->numeric_id});
  }
}

void add_backend(stats::Source& source, const control::BackendRuntime& backend,
                 std::uint64_t reachable) {
  source.backend = backend.live.get();
  // HAProxy's default fullconn: a tenth of the sessions that may come.
  source.fullconn =
      source.config->fullconn != 0
          ? source.config->fullconn
          : static_cast<std::uint32_t>(std::min<std::uint64_t>((reachable + 9) / 10, 0xFFFFFFFFU));
  source.servers.reserve(backend.servers.size());
  for (const auto& server : backend.servers)
    source.servers.push_back({server->config, server->live.get()});
}

}  // namespace

Picture take_picture(const View& view) {
  Picture picture;
  picture.snapshot = view.snapshot();
  picture.moment.now_ms = view.now_ms();
  picture.process.facts = view.facts;
  picture.process.now_ms = picture.moment.now_ms;
  stats::ProcessGauges& gauges = picture.process.gauges;
  const std::uint32_t limit = view.connections != nullptr ? view.connections->max() : 0;
  gauges.max_connections = limit != 0 ? limit : view.facts.hard_max_connections;
  picture.moment.global_maxconn = gauges.max_connections;
  gauges.stopping = view.stopping && view.stopping();
  if (picture.snapshot == nullptr) return picture;

  std::unordered_map<const model::Proxy*, const control::FrontendRuntime*> frontends;
  std::unordered_map<const model::Proxy*, const control::BackendRuntime*> backends;
  for (const auto& frontend : picture.snapshot->frontends)
    frontends[frontend->config] = frontend.get();
  for (const auto& backend : picture.snapshot->backends) backends[backend->config] = backend.get();
  const auto reachable = reachable_sessions(*picture.snapshot, gauges.max_connections);
  for (const model::Proxy& proxy : picture.snapshot->config->proxies) {
    stats::Source source;
    source.config = &proxy;
    if (const auto found = frontends.find(&proxy); found != frontends.end())
      add_frontend(source, *found->second);
    if (const auto found = backends.find(&proxy); found != backends.end()) {
      const auto sessions = reachable.find(proxy.name);
      add_backend(source, *found->second, sessions != reachable.end() ? sessions->second : 0);
    }
    if (source.frontend == nullptr && source.backend == nullptr) continue;
    stats::add_frontend(gauges, source, picture.moment.now_ms);
    picture.sources.push_back(std::move(source));
  }
  if (view.connections != nullptr) gauges.connections = view.connections->used();
  if (view.measure) view.measure(gauges);
  return picture;
}

bool parse_server_name(std::string_view text, ServerName& name) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) return false;
  name.backend = text.substr(0, slash);
  name.server = text.substr(slash + 1);
  return true;
}

}  // namespace sluice::admin
