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
  /// Descriptors that somebody else has opened; they listen already.
  [[nodiscard]] static ListeningSocket of_descriptors(const base::Address& address,
                                                      std::vector<int> descriptors);
  /// The descriptors are the caller's from now on; a path stays.
  [[nodiscard]] std::vector<int> release() &&;
  /// Takes over the descriptors of `more`, which listens at the same address.
  void add(ListeningSocket more);
  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&& other) noexcept;
  ~ListeningSocket();

  /// What of new options an open socket can take: its backlog, and more descriptors when there are
  /// more workers. What cannot be had (a port that needs rights) is left as it is.
  void take_options(const ListenOptions& options);
  /// Nobody new gets a connection: SYNs are dropped, so that clients try again and find out when it
  /// is closed; a unix path is removed. Who has one already waits to be accepted.
  void refuse_new() noexcept;
  /// Takes the former back, but for a path that was removed.
  void take_new() noexcept;

  [[nodiscard]] const base::Address& address() const { return address_; }
  /// Worker `index` polls this one; unix and inherited sockets have a single descriptor.
  [[nodiscard]] int descriptor(std::size_t index) const {
    return descriptors_[index % descriptors_.size()];
  }
  [[nodiscard]] std::size_t count() const { return descriptors_.size(); }
  /// May there be one for each worker?
  [[nodiscard]] bool has_copies() const { return address_.is_ip() && !inherited_; }

 private:
  ListeningSocket() = default;
  void close() noexcept;
  base::Address address_;
  std::vector<int> descriptors_;
  std::string unix_path_;
  bool inherited_ = false;
};

}  // namespace sluice::net
