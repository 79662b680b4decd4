#include "app/kept_resources.h"

namespace sluice::app {

namespace {

const model::Proxy& same_place(const model::Proxy& proxy, const model::Config& before,
                               const model::Config& now) {
  return now.proxies[static_cast<std::size_t>(&proxy - before.proxies.data())];
}

}  // namespace

KeptResources::KeptResources(const control::Snapshot& previous, const model::Config& config,
                             Resources& fresh)
    : fresh_(fresh) {
  for (const auto& frontend : previous.frontends) {
    const model::Proxy& now = same_place(*frontend->config, *previous.config, config);
    for (std::size_t i = 0; i < frontend->binds.size() && i < now.binds.size(); ++i)
      contexts_[&now.binds[i]] = frontend->binds[i]->tls;
  }
  for (const auto& backend : previous.backends) {
    const model::Proxy& now = same_place(*backend->config, *previous.config, config);
    std::unordered_map<std::string_view, std::shared_ptr<void>> by_name;
    for (const auto& server : backend->servers) by_name[server->config->name] = server->tls;
    for (const model::Server& server : now.servers) {
      const auto known = by_name.find(server.name);
      if (known != by_name.end()) contexts_[&server] = known->second;
    }
  }
}

std::shared_ptr<void> KeptResources::find(const void* line) const {
  const auto found = contexts_.find(line);
  return found == contexts_.end() ? nullptr : found->second;
}

std::shared_ptr<void> KeptResources::bind_tls(const model::Bind& bind, const model::Global& global,
                                              base::Diagnostics& diagnostics) {
  if (auto kept = find(&bind)) return kept;
  return fresh_.bind_tls(bind, global, diagnostics);
}

std::shared_ptr<void> KeptResources::server_tls(const model::Server& server,
                                                const model::Global& global,
                                                base::Diagnostics& diagnostics) {
  if (auto kept = find(&server)) return kept;
  return fresh_.server_tls(server, global, diagnostics);
}

}  // namespace sluice::app
