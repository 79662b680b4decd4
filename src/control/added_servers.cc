#include "control/added_servers.h"

#include <algorithm>

#include "config/added_server.h"

namespace sluice::control {

using base::ErrorKind;
using base::Result;
using model::Proxy;
using model::Server;

Result<> add_server(model::Config& config, std::string_view backend, const std::string& name,
                    std::span<const std::string> words) {
  return config::add_server(config, backend, name, words);
}

Result<> delete_server(model::Config& config, std::string_view backend, std::string_view name) {
  for (Proxy& proxy : config.proxies) {
    if (!proxy.is_backend() || proxy.name != backend) continue;
    const auto gone =
        std::erase_if(proxy.servers, [name](const Server& server) { return server.name == name; });
    if (gone == 0) return base::fail(ErrorKind::NotFound, "No such server.");
    return {};
  }
  return base::fail(ErrorKind::NotFound, "No such backend.");
}

bool is_named_elsewhere(const model::Config& config, std::string_view backend,
                        std::string_view server) {
  for (const Proxy& proxy : config.proxies) {
    for (const Server& other : proxy.servers) {
      if (other.track && other.track->backend == backend && other.track->server == server)
        return true;
    }
    if (!proxy.is_backend() || proxy.name != backend) continue;
    for (const model::UseServer& use : proxy.use_servers) {
      if (use.server.text == server) return true;
    }
  }
  return false;
}

Result<> shut_down_frontend(model::Config& config, std::string_view name) {
  for (Proxy& proxy : config.proxies) {
    if (!proxy.is_frontend() || proxy.name != name) continue;
    proxy.binds.clear();
    proxy.shut_down = true;
    return {};
  }
  return base::fail(ErrorKind::NotFound, "No such frontend.");
}

}  // namespace sluice::control
