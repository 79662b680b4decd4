// Timeouts: HAProxy's warning about missing ones, its fall-backs between them, then our limits.
#include <string>

#include "base/limits.h"
#include "config/validate.h"

namespace sluice::config {
namespace {

using model::Proxy;
using Timeout = std::optional<std::uint32_t>;

bool is_missing(const Timeout& timeout) { return timeout.value_or(0) == 0; }

std::string missing_timeouts(const Proxy& proxy) {
  const model::Timeouts& timeouts = proxy.timeouts;
  std::string out;
  const auto note = [&](std::string_view name) {
    if (!out.empty()) out += ", ";
    out += "'timeout " + std::string(name) + "'";
  };
  if (proxy.is_frontend() && !proxy.is_admin && is_missing(timeouts.client)) note("client");
  if (!proxy.is_backend() || proxy.servers.empty()) return out;
  if (is_missing(timeouts.connect)) note("connect");
  const bool tunnel_will_do = !proxy.is_http() && !is_missing(timeouts.tunnel);
  if (is_missing(timeouts.server) && !tunnel_will_do) note("server");
  return out;
}

void fall_back(Timeout& timeout, const Timeout& to) {
  if (!timeout) timeout = to;
}

}  // namespace

void complete_timeouts(Proxy& proxy, base::Diagnostics& diagnostics) {
  const std::string missing = missing_timeouts(proxy);
  if (!missing.empty() && !proxy.disabled) {
    diagnostics.warning(proxy.span, "'" + proxy.name + "' has no " + missing,
                        "without them connections may stay for long; set each to a time above 0");
  }
  namespace limits = base::limits;
  model::Timeouts& timeouts = proxy.timeouts;
  fall_back(timeouts.queue, timeouts.connect);
  fall_back(timeouts.tarpit, timeouts.connect);
  fall_back(timeouts.http_keep_alive, timeouts.http_request);
  fall_back(timeouts.http_request, timeouts.client);
  fall_back(timeouts.http_keep_alive, timeouts.client);
  // Only where all that ends in no value do our limits apply; 0 was written and means none.
  fall_back(timeouts.connect, limits::kConnectTimeoutMs);
  fall_back(timeouts.queue, timeouts.connect);
  fall_back(timeouts.tarpit, timeouts.connect);
  fall_back(timeouts.client, limits::kClientTimeoutMs);
  fall_back(timeouts.server, limits::kServerTimeoutMs);
  fall_back(timeouts.http_request, limits::kHttpRequestTimeoutMs);
  fall_back(timeouts.http_keep_alive, timeouts.http_request);
}

}  // namespace sluice::config
