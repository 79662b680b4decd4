#include "app/listeners.h"

#include <algorithm>
#include <cerrno>
#include <set>

namespace sluice::app {

net::ListenOptions listen_options(const model::Bind& bind) {
  net::ListenOptions options;
  options.address = bind.address;
  options.v6only = bind.v6only;
  options.backlog = bind.backlog;
  options.defer_accept = bind.defer_accept;
  options.fast_open = bind.tcp_fast_open;
  options.user_timeout_ms = bind.user_timeout_ms;
  options.max_segment_bytes = static_cast<std::uint32_t>(std::max(bind.max_segment_bytes, 0));
  options.interface = bind.interface;
  options.transparent = bind.transparent;
  options.unix_mode = bind.unix_mode;
  options.unix_user = bind.unix_user;
  options.unix_group = bind.unix_group;
  options.unix_uid = bind.unix_uid;
  options.unix_gid = bind.unix_gid;
  return options;
}

net::ListenOptions listen_options(const model::StatsSocket& socket) {
  net::ListenOptions options;
  options.address = socket.address;
  options.unix_mode = socket.mode;
  options.unix_user = socket.user;
  options.unix_group = socket.group;
  options.unix_uid = socket.uid;
  options.unix_gid = socket.gid;
  return options;
}

std::string Listeners::key_of(const model::Bind& bind) {
  if (bind.inherited_fd) return "fd@" + std::to_string(*bind.inherited_fd);
  return bind.address.to_string() + (bind.v6only ? " v6only" : "") +
         (bind.interface.empty() ? "" : " on " + bind.interface);
}

/// One of our own addresses may have the port already, as in 127.0.0.1:80 beside *:80.
bool Listeners::has_port(std::uint16_t port) const {
  const auto has = [port](const auto& entry) {
    return entry.second.address().is_ip() && entry.second.address().port() == port;
  };
  return std::any_of(sockets_.begin(), sockets_.end(), has) ||
         std::any_of(fading_.begin(), fading_.end(), has);
}

/// A socket that fades still drops what comes for it: a second one beside it would get half.
bool Listeners::can_take_back(const std::string& key) const {
  return std::any_of(fading_.begin(), fading_.end(), [&](const auto& entry) {
    return entry.first == key && entry.second.address().is_ip();
  });
}

void Listeners::take_back(const std::string& key) {
  const auto found = std::find_if(fading_.begin(), fading_.end(), [&](const auto& entry) {
    return entry.first == key && entry.second.address().is_ip();
  });
  if (found == fading_.end()) return;
  found->second.take_new();
  sockets_.emplace(key, std::move(found->second));
  fading_.erase(found);
}

net::ListenOptions Listeners::options_of(const model::Bind& bind, std::size_t workers) const {
  net::ListenOptions options = listen_options(bind);
  options.copies = workers;
  options.probe = probe_ && !has_port(bind.address.is_ip() ? bind.address.port() : 0);
  return options;
}

/// Without a right to do it, more descriptors are asked for; without any, workers do with what
/// there is.
void Listeners::adapt(net::ListeningSocket& socket, net::ListenOptions options,
                      Opener* opener) const {
  const std::size_t wanted = options.copies;
  if (opener != nullptr) options.copies = 0;
  socket.take_options(options);
  if (opener == nullptr || !socket.has_copies() || socket.count() >= wanted) return;
  options.copies = wanted - socket.count();
  options.probe = false;
  if (auto more = opener->listen(options)) socket.add(std::move(*more));
}

bool Listeners::open(const control::Snapshot& snapshot, std::size_t workers, Opener* opener,
                     base::Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.errors();
  Sockets opened;
  for (const auto& frontend : snapshot.frontends) {
    for (const auto& bind : frontend->binds) {
      const model::Bind& config = *bind->config;
      const std::string key = key_of(config);
      if (sockets_.count(key) != 0 || opened.count(key) != 0 || can_take_back(key)) continue;
      auto socket = config.inherited_fd ? net::ListeningSocket::inherit(*config.inherited_fd)
                                        : open_listener(options_of(config, workers), opener);
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
  for (const auto& frontend : snapshot.frontends) {
    for (const auto& bind : frontend->binds) {
      take_back(key_of(*bind->config));
      const auto kept = sockets_.find(key_of(*bind->config));
      if (kept != sockets_.end()) adapt(kept->second, options_of(*bind->config, workers), opener);
    }
  }
  sockets_.merge(opened);
  return true;
}

void Listeners::fade_all_but(const control::Snapshot& snapshot) {
  std::set<std::string> named;
  for (const auto& frontend : snapshot.frontends) {
    for (const auto& bind : frontend->binds) named.insert(key_of(*bind->config));
  }
  for (auto each = sockets_.begin(); each != sockets_.end();) {
    if (named.count(each->first) != 0) {
      ++each;
      continue;
    }
    each->second.refuse_new();
    fading_.emplace_back(each->first, std::move(each->second));
    each = sockets_.erase(each);
  }
}

std::vector<int> Listeners::fading() const {
  std::vector<int> out;
  for (const auto& [key, socket] : fading_) {
    for (std::size_t i = 0; i < socket.count(); ++i) out.push_back(socket.descriptor(i));
  }
  return out;
}

Listeners::Plan Listeners::plan(const control::Snapshot& snapshot, std::size_t workers,
                                std::size_t slots) const {
  Plan out(slots);
  for (const auto& frontend : snapshot.frontends) {
    for (const auto& bind : frontend->binds) {
      const auto found = sockets_.find(key_of(*bind->config));
      if (found == sockets_.end()) continue;
      // Where workers are fewer, one polls several; where a socket has no copies (unix, inherited),
      // the first polls it and deals out.
      for (std::size_t i = 0; i < found->second.count(); ++i)
        out[i % workers].push_back({frontend.get(), bind.get(), found->second.descriptor(i)});
    }
  }
  for (const int descriptor : fading()) {
    for (auto& polled : out) polled.push_back({nullptr, nullptr, descriptor});
  }
  return out;
}

void Listeners::refuse_new() {
  for (auto& [key, socket] : sockets_) socket.refuse_new();
}

void Listeners::close() {
  sockets_.clear();
  fading_.clear();
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
