// The listening sockets of the process, by address: opened when a configuration names them, kept as
// long as one does. Control thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "control/snapshot.h"
#include "net/listening_socket.h"
#include "proxy/worker.h"

namespace sluice::app {

class Listeners {
 public:
  /// Opens what `snapshot` names and is not open; errors say who has the port. On errors nothing
  /// changes.
  [[nodiscard]] bool open(const control::Snapshot& snapshot, std::size_t workers,
                          base::Diagnostics& diagnostics);
  /// Closes what `snapshot` does not name (after the workers let go of it).
  void keep_only(const control::Snapshot& snapshot);
  /// What the worker of that slot polls.
  [[nodiscard]] std::vector<proxy::BindDescriptor> for_worker(const control::Snapshot& snapshot,
                                                              std::size_t slot) const;
  /// Whether opening finds out that somebody else has the port; not where this process replaces
  /// one.
  void probe_ports(bool probe) { probe_ = probe; }
  [[nodiscard]] std::size_t count() const { return sockets_.size(); }
  void close() { sockets_.clear(); }
  /// "frontend NAME: 127.0.0.1:80 (TLS)", a line per listener.
  [[nodiscard]] static std::vector<std::string> describe(const control::Snapshot& snapshot);

 private:
  [[nodiscard]] static std::string key_of(const model::Bind& bind);
  std::map<std::string, net::ListeningSocket> sockets_;
  bool probe_ = true;
};

}  // namespace sluice::app
