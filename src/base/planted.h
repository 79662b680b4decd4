// Faults planted on purpose, to show that the simulation finds them. They exist only in the copy of
// the code that tests/simulation compiles with SLUICE_PLANTED_FAULTS; everywhere else planted() is
// a constant false and nothing of it is compiled in.
#pragma once

#include <cstdint>

namespace sluice::base {

enum class Fault : std::uint8_t {
  None,
  LostWakeUp,          // the grant of a queued request does not reach one of the workers
  DoubleRelease,       // a request that was tried again gives its slot back twice
  SkippedHandOver,     // a slot granted to a request that died is not passed on
  LeakedBlock,         // an exchange whose client closed keeps its response's block
  DroppedTerminator,   // a chunked response that ends in a read of its own lacks its last chunk
  WrongLength,         // a request that was tried again announces half of its body's length
  DirtyReuse,          // a server connection is used again in the middle of a request's body
  TimerNotArmed,       // the second try to connect has no time-out
  LostRedistribution,  // who is sent away from a server that went out is forgotten
  StaleAddress,        // a connection to where its server was is used again
  StaleConfiguration,  // a client keeps the configuration that it came with
  LostBacklog,         // who waits at a listener that a reload took away is not accepted any more
  KeptConfiguration,   // an older configuration that nobody uses any more is not given back
  UnofferedSlots,      // a reload that brings servers or raises limits offers them to nobody
};
inline constexpr int kPlantedFaults = 14;

#ifdef SLUICE_PLANTED_FAULTS
inline Fault planted_fault = Fault::None;
[[nodiscard]] inline bool planted(Fault fault) noexcept { return planted_fault == fault; }
#else
[[nodiscard]] constexpr bool planted(Fault) noexcept { return false; }
#endif

}  // namespace sluice::base
