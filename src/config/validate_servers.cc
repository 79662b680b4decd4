// What the options of a server line need of its proxy and of other servers: observe, track.
#include <algorithm>
#include <string>
#include <vector>

#include "config/validate.h"

namespace sluice::config {
namespace {

using base::Diagnostics;
using model::Proxy;
using model::Server;

void check_observe(const Proxy& proxy, const Server& server, Diagnostics& diagnostics) {
  if (server.observe == model::Observe::None) return;
  if (server.observe == model::Observe::Layer7 && !proxy.is_http()) {
    diagnostics.error(
        server.span,
        "'observe layer7' looks at HTTP responses, and '" + proxy.name + "' is not in mode http",
        "write 'observe layer4'");
    return;
  }
  if (!server.check.enabled) {
    diagnostics.warning(
        server.span, "'observe' has no effect on the server '" + server.name + "' without 'check'");
  }
}

const Server* find_server(const Proxy& proxy, const std::string& name) {
  for (const Server& server : proxy.servers) {
    if (server.name == name) return &server;
  }
  return nullptr;
}

const Server* find_tracked(const model::Config& config, const model::TrackedServer& track) {
  const Proxy* proxy = config.find_backend(track.backend);
  return proxy == nullptr ? nullptr : find_server(*proxy, track.server);
}

/// Does the chain of servers that `server` tracks lead back to one that was there before?
bool loops(const model::Config& config, const Server& server) {
  std::vector<const Server*> seen = {&server};
  const Server* at = &server;
  while (at != nullptr && at->track) {
    at = find_tracked(config, *at->track);
    if (std::ranges::find(seen, at) != seen.end()) return true;
    seen.push_back(at);
  }
  return false;
}

void check_track(const model::Config& config, const Proxy& proxy, const Server& server,
                 Diagnostics& diagnostics) {
  if (!server.track) return;
  const model::TrackedServer& track = *server.track;
  const std::string whom = "'" + track.backend + "/" + track.server + "'";
  const Proxy* other = config.find_backend(track.backend);
  if (other == nullptr) {
    diagnostics.error(track.span, "there is no backend '" + track.backend + "' to track");
    return;
  }
  const Server* tracked = find_server(*other, track.server);
  if (tracked == nullptr) {
    std::vector<std::string_view> names;
    for (const Server& one : other->servers) names.push_back(one.name);
    const std::string_view near = base::nearest(track.server, names);
    diagnostics.error(track.span, "'" + other->name + "' has no server '" + track.server + "'",
                      near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
    return;
  }
  if (server.check.enabled) {
    diagnostics.error(track.span,
                      "the server '" + server.name + "' cannot be checked and track " + whom +
                          " at the same time",
                      "take out 'check' or 'track'");
    return;
  }
  if (loops(config, server)) {
    diagnostics.error(track.span, "the server '" + server.name +
                                      "' would track itself in the end: " + whom +
                                      " leads back to it");
    return;
  }
  if (!tracked->check.enabled && !tracked->agent.enabled && !tracked->track) {
    diagnostics.error(track.span, whom + " has neither checks nor an agent nor somebody to track",
                      "add 'check' to it");
    return;
  }
  if (other != &proxy && other->check.disable_on_404 != proxy.check.disable_on_404) {
    diagnostics.error(track.span, "'http-check disable-on-404' must be in both '" + proxy.name +
                                      "' and '" + other->name + "', or in neither");
  }
}

}  // namespace

void check_servers(model::Config& config, Diagnostics& diagnostics) {
  for (Proxy& proxy : config.proxies) {
    for (Server& server : proxy.servers) {
      if (server.track && server.track->backend.empty()) server.track->backend = proxy.name;
    }
  }
  for (const Proxy& proxy : config.proxies) {
    if (proxy.disabled || !proxy.is_backend()) continue;
    for (const Server& server : proxy.servers) {
      check_observe(proxy, server, diagnostics);
      check_track(config, proxy, server, diagnostics);
    }
  }
}

}  // namespace sluice::config
