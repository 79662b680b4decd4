#include "app/listeners.h"

#include <algorithm>
#include <cerrno>
#include <set>

namespace sluice::app {

std::string Listeners::key_of(const model::Bind& bind) {
  if (bind.inherited_fd) return "fd@" + std::to_string(*bind.inherited_fd);
  return bind.address.to_string() + (bind.v6only ? " v6only" : "") +
         (bind.interface.empty() ? "" : " on " + bind.interface);
}

bool Listeners::open(const control::Snapshot& snapshot, std::size_t workers,
                     base::Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.errors();
  std::map<std::string, net::ListeningSocket> opened;
  for (const auto& frontend : snapshot.frontends) {
    for (const auto& bind : frontend->binds) {
      const model::Bind& config = *bind->config;
      const std::string key = key_of(config);
      if (sockets_.count(key) != 0 || opened.count(key) != 0) continue;
      net::ListenOptions options;
      options.address = config.address;
      options.v6only = config.v6only;
      options.backlog = config.backlog;
      options.defer_accept = config.defer_accept;
      options.fast_open = config.tcp_fast_open;
      options.user_timeout_ms = config.user_timeout_ms;
      options.max_segment_bytes = static_cast<std::uint32_t>(std::max(config.max_segment_bytes, 0));
      options.interface = config.interface;
      options.transparent = config.transparent;
      options.copies = workers;
      options.probe = probe_;
      options.unix_mode = config.unix_mode;
      options.unix_user = config.unix_user;
      options.unix_group = config.unix_group;
      options.unix_uid = config.unix_uid;
      options.unix_gid = config.unix_gid;
      auto socket = config.inherited_fd ? net::ListeningSocket::inherit(*config.inherited_fd)
                                        : net::ListeningSocket::open(options);
      if (!socket) {
        const int code = socket.error().code;
        const char* hint = code == EADDRINUSE
                               ? "another process listens there (find it with: ss -ltnp)"
                           : code == EACCES ? "ports under 1024 need root or CAP_NET_BIND_SERVICE"
                                            : "";
        diagnostics.error(config.span, frontend->config->name + ": " + socket.error().detail, hint);
        continue;
      }
      opened.emplace(key, std::move(*socket));
    }
  }
  if (diagnostics.errors() != errors) return false;
  sockets_.merge(opened);
  return true;
}

void Listeners::keep_only(const control::Snapshot& snapshot) {
  std::set<std::string> named;
  for (const auto& frontend : snapshot.frontends) {
    for (const auto& bind : frontend->binds) named.insert(key_of(*bind->config));
  }
  std::erase_if(sockets_, [&](const auto& entry) { return named.count(entry.first) == 0; });
}

std::vector<proxy::BindDescriptor> Listeners::for_worker(const control::Snapshot& snapshot,
                                                         std::size_t slot) const {
  std::vector<proxy::BindDescriptor> out;
  for (const auto& frontend : snapshot.frontends) {
    for (const auto& bind : frontend->binds) {
      const auto found = sockets_.find(key_of(*bind->config));
      if (found == sockets_.end()) continue;
      // A socket without copies (unix, inherited) is polled by one worker, which deals out.
      if (slot != 0 && found->second.count() == 1) continue;
      out.push_back({frontend.get(), bind.get(), found->second.descriptor(slot)});
    }
  }
  return out;
}

std::vector<std::string> Listeners::describe(const control::Snapshot& snapshot) {
  std::vector<std::string> out;
  for (const auto& frontend : snapshot.frontends) {
    for (const auto& bind : frontend->binds) {
      out.push_back(frontend->config->name + ": listening on " + bind->config->address.to_string() +
                    (bind->config->tls ? " (TLS)" : ""));
    }
  }
  return out;
}

}  // namespace sluice::app
