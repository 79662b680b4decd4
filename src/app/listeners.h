// The listening sockets of the process, by address: opened when a configuration names them, kept as
// long as one does. Where it is the last one that did, an address fades: the kernel drops what asks
// for a connection, what has one is accepted and served, and then the socket is closed. Control
// thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/opener.h"
#include "base/diagnostics.h"
#include "control/snapshot.h"
#include "net/listening_socket.h"
#include "proxy/worker.h"

namespace sluice::app {

/// As the configuration asks; copies and probing are the caller's.
[[nodiscard]] net::ListenOptions listen_options(const model::Bind& bind);
[[nodiscard]] net::ListenOptions listen_options(const model::StatsSocket& socket);

class Listeners {
 public:
  /// By worker: what each polls.
  using Plan = std::vector<std::vector<proxy::BindDescriptor>>;

  /// Opens what `snapshot` names and is not open; errors say who has the port. On errors nothing
  /// changes. Sockets that are open get a descriptor for each worker, where that can be had.
  /// `opener` does it where this process has no right to; else null.
  [[nodiscard]] bool open(const control::Snapshot& snapshot, std::size_t workers, Opener* opener,
                          base::Diagnostics& diagnostics);
  /// What `snapshot` does not name begins to fade.
  void fade_all_but(const control::Snapshot& snapshot);
  /// What workers poll: each descriptor belongs to one of the first `workers`; fading ones stay
  /// with whom has them. `slots`: all that there are, leaving ones included.
  [[nodiscard]] Plan plan(const control::Snapshot& snapshot, std::size_t workers,
                          std::size_t slots) const;
  [[nodiscard]] std::vector<int> fading() const;
  /// After the workers let go of them.
  void close_fading() { fading_.clear(); }

  /// Whether opening finds out that somebody else has the port; not where this process replaces
  /// one.
  void probe_ports(bool probe) { probe_ = probe; }
  [[nodiscard]] std::size_t count() const { return sockets_.size(); }
  /// The kernel drops who asks for a connection, until close(): before the workers empty the
  /// backlogs for the last time.
  void refuse_new();
  void close();
  /// "frontend NAME: 127.0.0.1:80 (TLS)", a line per listener.
  [[nodiscard]] static std::vector<std::string> describe(const control::Snapshot& snapshot);

 private:
  using Sockets = std::map<std::string, net::ListeningSocket>;
  [[nodiscard]] static std::string key_of(const model::Bind& bind);
  [[nodiscard]] net::ListenOptions options_of(const model::Bind& bind, std::size_t workers) const;
  void adapt(net::ListeningSocket& socket, net::ListenOptions options, Opener* opener) const;
  [[nodiscard]] bool has_port(std::uint16_t port) const;
  [[nodiscard]] bool can_take_back(const std::string& key) const;
  void take_back(const std::string& key);

  Sockets sockets_;
  std::vector<std::pair<std::string, net::ListeningSocket>> fading_;
  bool probe_ = true;
};

}  // namespace sluice::app
