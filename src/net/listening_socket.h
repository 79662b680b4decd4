// Listening sockets belong to the process: opened once per address (one descriptor per worker where
// SO_REUSEPORT spreads connections), alive as long as any configuration names the address. Opening
// finds out whether somebody else has the port (a probe without SO_REUSEPORT). Control thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace sluice::net {

struct ListenOptions {
  base::Address address;
  bool v6only = false;
  std::uint32_t backlog = 0;
  bool defer_accept = false;
  bool fast_open = false;
  std::uint32_t user_timeout_ms = 0;  // of what is accepted; 0: as the kernel does
  std::uint32_t max_segment_bytes = 0;
  std::string interface;     // empty: any
  bool transparent = false;  // the address may be another machine's
  bool probe = true;         // fail when somebody else listens there
  std::size_t copies = 1;    // descriptors (workers); 1 for unix sockets
  std::optional<unsigned> unix_mode;
  std::string unix_user, unix_group;
  std::optional<std::uint32_t> unix_uid, unix_gid;
};

/// Owns the descriptors; closes them (and removes a unix path it made) when destroyed.
class ListeningSocket {
 public:
  [[nodiscard]] static base::Result<ListeningSocket> open(const ListenOptions& options);
  /// An inherited descriptor (fd@N).
  [[nodiscard]] static base::Result<ListeningSocket> inherit(int descriptor);
  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&& other) noexcept;
  ~ListeningSocket();

  [[nodiscard]] const base::Address& address() const { return address_; }
  /// Worker `index` polls this one; unix and inherited sockets have a single descriptor.
  [[nodiscard]] int descriptor(std::size_t index) const {
    return descriptors_[index % descriptors_.size()];
  }
  [[nodiscard]] std::size_t count() const { return descriptors_.size(); }

 private:
  ListeningSocket() = default;
  void close() noexcept;
  base::Address address_;
  std::vector<int> descriptors_;
  std::string unix_path_;
};

}  // namespace sluice::net
