#include "app/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/limits.h"

namespace sluice::app {

namespace {

constexpr std::uint64_t kSpare = 20;  // the standard three, the control thread, files, operators
constexpr std::uint64_t kPerConnection = 2;
constexpr std::uint64_t kPerPipe = 2;
constexpr std::uint64_t kPerThread = 6;  // two epoll sets, what wakes them, a log socket

std::uint64_t fixed_needs(const DescriptorNeeds& needs) {
  return kSpare + needs.listeners + needs.checks + kPerThread * needs.threads;
}

/// What is left of `limit` once the connections have theirs, up to `wanted`.
std::uint32_t affordable_pipes(std::uint64_t limit, std::uint64_t needed, std::uint64_t wanted) {
  const std::uint64_t room = limit > needed ? (limit - needed) / kPerPipe : 0;
  return static_cast<std::uint32_t>(std::min(room, wanted));
}

base::Result<> failed(const std::string& what) {
  const int code = errno;
  return base::fail(base::ErrorKind::System, what + ": " + std::strerror(code), code);
}

}  // namespace

DescriptorPlan plan_descriptors(const DescriptorNeeds& needs, std::uint64_t boot_limit) noexcept {
  const std::uint64_t fixed = fixed_needs(needs);
  const std::uint64_t limit =
      needs.ulimit_n != 0 ? needs.ulimit_n : std::min(boot_limit, kMaxDescriptors);
  const std::uint64_t most_pipes = base::limits::kPipesPerWorker * needs.threads;
  DescriptorPlan out;
  out.maxconn = needs.maxconn;
  if (out.maxconn == 0) {
    const std::uint64_t room = limit > fixed ? limit - fixed : 0;
    const std::uint64_t pipes = std::min(most_pipes, room / (4 * kPerConnection + kPerPipe));
    out.maxconn = static_cast<std::uint32_t>(
        std::max<std::uint64_t>((room - pipes * kPerPipe) / kPerConnection, kLeastMaxconn));
  }
  const std::uint64_t pipes = std::min<std::uint64_t>(most_pipes, out.maxconn / 4);
  out.exact = needs.ulimit_n != 0;
  out.needed = fixed + kPerConnection * out.maxconn;
  out.limit = out.exact ? limit : out.needed + kPerPipe * pipes;
  out.pipes = affordable_pipes(out.limit, out.needed, pipes);
  return out;
}

std::uint64_t descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1'024;
  return std::min<std::uint64_t>(std::max(limit.rlim_cur, limit.rlim_max), kMaxDescriptors);
}

std::optional<std::string> raise_descriptor_limit(DescriptorPlan& plan) {
  rlimit now{};
  if (::getrlimit(RLIMIT_NOFILE, &now) != 0)
    return std::string("cannot read the limit of descriptors");
  if (now.rlim_cur == plan.limit || (now.rlim_cur > plan.limit && !plan.exact)) return std::nullopt;
  const rlimit wanted{plan.limit, std::max<rlim_t>(now.rlim_max, plan.limit)};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return std::nullopt;
  const rlimit most{now.rlim_max, now.rlim_max};
  (void)::setrlimit(RLIMIT_NOFILE, &most);
  plan.pipes = affordable_pipes(now.rlim_max, plan.needed, plan.pipes);
  if (now.rlim_max >= plan.needed && !plan.exact) return std::nullopt;
  return "the limit of descriptors is " + std::to_string(now.rlim_max) + ", too low for maxconn " +
         std::to_string(plan.maxconn) + "; raise ulimit-n to " + std::to_string(plan.limit) +
         " or more";
}

base::Result<Identity> find_identity(const std::string& user, const std::string& group) {
  Identity out;
  if (!user.empty()) {
    const passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr)
      return base::fail(base::ErrorKind::NotFound, "there is no user '" + user + "'");
    out.user = entry->pw_uid;
  }
  if (!group.empty()) {
    const struct group* entry = ::getgrnam(group.c_str());
    if (entry == nullptr)
      return base::fail(base::ErrorKind::NotFound, "there is no group '" + group + "'");
    out.group = entry->gr_gid;
  }
  return out;
}

base::Result<> drop_privileges(const Identity& identity, const std::string& chroot) {
  if (!chroot.empty() && (::chroot(chroot.c_str()) != 0 || ::chdir("/") != 0)) {
    return failed("cannot chroot to " + chroot);
  }
  if (identity.group) {
    // Root's other groups must not stay; without root's rights there are none to lose.
    if (::geteuid() == 0 && ::setgroups(0, nullptr) != 0)
      return failed("cannot give up supplementary groups");
    if (::setgid(*identity.group) != 0)
      return failed("cannot become group " + std::to_string(*identity.group));
  }
  if (identity.user) {
    const bool keeps_groups = !identity.group && ::geteuid() == 0 && *identity.user != 0;
    if (keeps_groups && ::setgroups(0, nullptr) != 0)
      return failed("cannot give up supplementary groups");
    if (::setuid(*identity.user) != 0)
      return failed("cannot become user " + std::to_string(*identity.user));
  }
  return {};
}

}  // namespace sluice::app
