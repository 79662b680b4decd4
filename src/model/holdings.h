// What keeps a server from being stopped, as one worker or all of them count it.
#pragma once

#include <cstdint>

namespace sluice::model {

struct Holdings {
  std::uint32_t tunnels = 0;       // upgraded and tcp connections
  std::uint64_t oldest_begun = 0;  // of its requests and tunnels: monotonic ns; 0: there is none

  void add(const Holdings& other) noexcept {
    tunnels += other.tunnels;
    if (oldest_begun == 0 || (other.oldest_begun != 0 && other.oldest_begun < oldest_begun))
      oldest_begun = other.oldest_begun;
  }
};

}  // namespace sluice::model
