#include "control/timeouts.h"

#include <initializer_list>
#include <optional>

#include "base/limits.h"

namespace sluice::control {
namespace {

namespace limits = base::limits;
using Written = std::optional<std::uint32_t>;

/// The first value above 0; else 0 if one was written, else `limit`.
std::uint32_t first_of(std::initializer_list<Written> chain, std::uint32_t limit) {
  bool zero_written = false;
  for (const Written& timeout : chain) {
    if (!timeout) continue;
    if (*timeout != 0) return *timeout;
    zero_written = true;
  }
  return zero_written ? 0 : limit;
}

}  // namespace

EffectiveTimeouts effective_timeouts(const model::Timeouts& written) {
  EffectiveTimeouts out;
  out.connect = first_of({written.connect}, limits::kConnectTimeoutMs);
  out.client = first_of({written.client}, limits::kClientTimeoutMs);
  out.server = first_of({written.server}, limits::kServerTimeoutMs);
  out.http_request =
      first_of({written.http_request, written.client}, limits::kHttpRequestTimeoutMs);
  out.http_keep_alive = first_of({written.http_keep_alive, written.http_request, written.client},
                                 limits::kHttpRequestTimeoutMs);
  out.queue = first_of({written.queue, written.connect}, limits::kConnectTimeoutMs);
  out.tarpit = first_of({written.tarpit, written.connect}, limits::kConnectTimeoutMs);
  out.client_fin = first_of({written.client_fin, written.client}, limits::kClientTimeoutMs);
  out.server_fin = first_of({written.server_fin, written.server}, limits::kServerTimeoutMs);
  out.tunnel = written.tunnel.value_or(0);
  out.check = written.check.value_or(0);
  return out;
}

}  // namespace sluice::control
