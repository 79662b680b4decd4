// States of servers as `show servers state` writes them (management manual §9.3, version 1), read
// again at a start. What is saved counts only where the directive that it overrides still says what
// it said: a weight where the file has the same initial weight, an address where the host is the
// same name, MAINT and DRAIN that an operator asked for. UP and DOWN count for servers with checks,
// which alone would bring one back. Control thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/registry.h"
#include "control/snapshot.h"
#include "model/config.h"

namespace sluice::control {

/// One line, columns by their names there.
struct SavedServer {
  std::string backend, server, address, fqdn;
  std::uint32_t operational = 0, admin = 0, weight = 0, initial_weight = 0;
  std::uint64_t age_s = 0;
  std::uint32_t check_status = 0, check_result = 0, health = 0;
};

/// An error says at which line the file is corrupt: then nothing of it counts.
[[nodiscard]] base::Result<std::vector<SavedServer>> parse_saved_states(std::string_view text);

/// Before the build: the addresses that names had, for `init-addr last`.
void restore_addresses(const std::vector<SavedServer>& saved, const model::Config& config,
                       Registry& registry);
/// After the snapshot was adopted and before workers run. Gives a line for each server that is not
/// simply up.
[[nodiscard]] std::vector<std::string> restore_states(const std::vector<SavedServer>& saved,
                                                      const Snapshot& snapshot,
                                                      std::uint64_t now_ms);

/// The number of a status in that format, 0 to 17.
[[nodiscard]] int check_number(model::CheckStatus status);

}  // namespace sluice::control
