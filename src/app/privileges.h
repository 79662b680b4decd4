// Rights and limits of the process: descriptors and the maxconn that they allow, `user`, `group`,
// `chroot` (manual 3.1). Called once at the start, in this order: plan and raise the limit, open
// what needs rights, then drop them; before any thread is started.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::app {

/// What takes descriptors.
struct DescriptorNeeds {
  std::uint32_t maxconn = 0;   // 0: as many as the limit allows
  std::uint32_t ulimit_n = 0;  // 0: computed from maxconn
  std::uint32_t listeners = 0;
  std::uint32_t checks = 0;  // servers with a check
  std::uint32_t threads = 1;
};

struct DescriptorPlan {
  std::uint32_t maxconn = 0;
  std::uint64_t limit = 0;   // RLIMIT_NOFILE to ask for
  bool exact = false;        // `ulimit-n` was written: also a lower limit is set
  std::uint64_t needed = 0;  // of the limit: what must not be missing
  std::uint32_t pipes = 0;   // that large bodies may pass through; the rest of the limit
};

inline constexpr std::uint32_t kLeastMaxconn = 100;
/// No more descriptors than this are counted on, however many the system would give.
inline constexpr std::uint64_t kMaxDescriptors = 1'048'576;

/// HAProxy's sums: two descriptors per connection, two per pipe for a quarter of them, what
/// listeners, checks and threads take, twenty spare. `boot_limit` is the larger of the soft and
/// hard limit at the start.
[[nodiscard]] DescriptorPlan plan_descriptors(const DescriptorNeeds& needs,
                                              std::uint64_t boot_limit) noexcept;
/// The larger of the soft and hard RLIMIT_NOFILE; kMaxDescriptors at most.
[[nodiscard]] std::uint64_t descriptor_limit() noexcept;
/// Raises the limit; what cannot be had of it, pipes do without. The text is a warning when not
/// even what is needed could be had.
[[nodiscard]] std::optional<std::string> raise_descriptor_limit(DescriptorPlan& plan);

/// Who to become; unset: stay.
struct Identity {
  std::optional<uid_t> user;
  std::optional<gid_t> group;
};

/// Names to ids, before chroot hides /etc/passwd. Numbers are not names (`uid` and `gid` are for
/// them).
[[nodiscard]] base::Result<Identity> find_identity(const std::string& user,
                                                   const std::string& group);
/// chroot (empty: none), then groups, group, user. On failure the process must not go on.
[[nodiscard]] base::Result<> drop_privileges(const Identity& identity, const std::string& chroot);

}  // namespace sluice::app
