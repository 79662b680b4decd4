// rate-limit sessions, maxconnrate, maxsessrate and maxsslrate: how many connections may come in a
// second. A listener asks before it accepts; what exceeds a limit waits in the kernel's backlog.
// Connections that tcp-request connection rules refuse are no sessions and are taken back. Any
// worker; threads that ask at the same moment may let one each through.
#pragma once

#include <cstdint>

#include "control/snapshot.h"
#include "model/counters.h"

namespace sluice::proxy {

struct Shared;

class Admission {
 public:
  Admission(Shared& shared, const control::FrontendRuntime& frontend,
            const control::BindRuntime& bind) noexcept
      : shared_(shared), frontend_(frontend), bind_(bind) {}

  [[nodiscard]] bool is_limited() const noexcept;
  /// Is there room in this second?
  [[nodiscard]] bool has_room(std::uint64_t now_ms) const noexcept;
  /// When it is worth asking again.
  [[nodiscard]] std::uint64_t ask_again_ms(std::uint64_t now_ms) const noexcept;
  void count(std::uint64_t now_ms) noexcept;
  void take_back() noexcept;

 private:
  Shared& shared_;
  const control::FrontendRuntime& frontend_;
  const control::BindRuntime& bind_;
};

}  // namespace sluice::proxy
