#include "proxy/admission.h"

#include <algorithm>

#include "proxy/worker.h"

namespace sluice::proxy {
namespace {

bool is_below(const model::Rate& rate, std::uint32_t limit, std::uint64_t now_ms) noexcept {
  return limit == 0 || rate.read(now_ms) < limit;
}

}  // namespace

bool Admission::is_limited() const noexcept {
  const RateLimits& limits = shared_.rate_limits;
  return frontend_.config->session_rate_limit != 0 || limits.connections != 0 ||
         limits.sessions != 0 || limits.tls != 0;
}

bool Admission::has_room(std::uint64_t now_ms) const noexcept {
  const RateLimits& limits = shared_.rate_limits;
  if (!is_below(frontend_.live->admissions, frontend_.config->session_rate_limit, now_ms))
    return false;
  if (!is_below(shared_.connection_rate, limits.connections, now_ms)) return false;
  if (!is_below(shared_.session_admissions, limits.sessions, now_ms)) return false;
  return bind_.tls == nullptr || is_below(shared_.tls_admissions, limits.tls, now_ms);
}

std::uint64_t Admission::ask_again_ms(std::uint64_t now_ms) const noexcept {
  constexpr std::uint32_t kSoonMs = 5;
  constexpr std::uint32_t kLateMs = 200;
  std::uint32_t least = UINT32_MAX;
  const RateLimits& limits = shared_.rate_limits;
  for (const std::uint32_t limit : {frontend_.config->session_rate_limit, limits.connections.load(),
                                    limits.sessions.load(), limits.tls.load()}) {
    if (limit != 0) least = std::min(least, limit);
  }
  return now_ms + std::clamp(1000 / least, kSoonMs, kLateMs);
}

void Admission::count(std::uint64_t now_ms) noexcept {
  frontend_.live->admissions.add(now_ms);
  shared_.session_admissions.add(now_ms);
  if (bind_.tls != nullptr) shared_.tls_admissions.add(now_ms);
}

void Admission::take_back() noexcept {
  if (!is_limited()) return;
  frontend_.live->admissions.take_back();
  shared_.session_admissions.take_back();
}

}  // namespace sluice::proxy
