// Persistence, as far as it is the exchange's: when cookies are looked at, when the server that one
// names is left, and what the log says.
#include <netinet/in.h>

#include <cstring>
#include <optional>

#include "base/text.h"
#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace sluice::proxy {

const model::Capture* Exchange::cookie_capture() const {
  const auto& capture = frontend_->config->cookie_capture;
  return capture ? &*capture : nullptr;
}

Persistence::Passing Exchange::passing(http::Head& head) {
  return {head.fields, arena_, worker_.now().wall_us / 1'000'000, cookie_capture()};
}

void Exchange::read_persistence() {
  const control::BackendRuntime* backend = backend_ != nullptr ? backend_ : frontend_->own_backend;
  const bool reads = backend != nullptr && backend->cookie != nullptr;
  if (reads || cookie_capture() != nullptr) persistence_.read_request(backend, passing(request_));
}

namespace {

/// "3640205228.15629.0000": an IPv4 address and a port, each as its bytes in memory read as one
/// little-endian number; what is written behind the second dot is not used.
std::optional<base::Address> address_of_rdp_cookie(std::string_view value) {
  const std::size_t dot = value.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view rest = value.substr(dot + 1);
  const std::size_t end = rest.find('.');
  if (end == std::string_view::npos) return std::nullopt;
  const auto address = base::to_unsigned(value.substr(0, dot));
  const auto port = base::to_unsigned(rest.substr(0, end));
  if (!address || !port || *address > UINT32_MAX || *port > UINT16_MAX) return std::nullopt;
  sockaddr_in out{};
  out.sin_family = AF_INET;
  const unsigned char bytes[6] = {
      static_cast<unsigned char>(*address),       static_cast<unsigned char>(*address >> 8),
      static_cast<unsigned char>(*address >> 16), static_cast<unsigned char>(*address >> 24),
      static_cast<unsigned char>(*port),          static_cast<unsigned char>(*port >> 8)};
  std::memcpy(&out.sin_addr, bytes, 4);
  std::memcpy(&out.sin_port, bytes + 4, 2);
  return base::Address::from_sockaddr(reinterpret_cast<const sockaddr*>(&out), sizeof(out));
}

}  // namespace

/// persist rdp-cookie (manual §4.2): the first server of that address that may be led to.
void Exchange::bind_by_rdp_cookie() {
  rules::Sample sample;
  rules::Certainty certainty = rules::Certainty::Final;
  if (!backend_->rdp_cookie->evaluate(evaluation(), sample, certainty)) return;
  const auto wanted = address_of_rdp_cookie(rules::as_text(sample, arena_));
  if (!wanted) return;
  for (const auto& server : backend_->servers) {
    if (server->live->address() != *wanted) continue;
    if (persistence_.may_lead_to(*backend_, *server->live)) return persistence_.bind(*server);
  }
}

/// A request that a rule denies: the log still tells of its cookies.
void Exchange::note_cookies() {
  if (!is_http_) return;
  read_persistence();
  if (const control::ServerRuntime* server = persistence_.server())
    server_name_ = server->live->name();
}

/// A server that drains still serves who is led to it: how many, its operator is told.
void Exchange::note_led_client(const model::ServerLive& server) {
  model::RecentClients* clients = server.led_clients();
  if (clients == nullptr) return;
  clients->note(facts_->source.is_ip() ? facts_->source.ip_bytes() : std::string_view(),
                worker_.now().ms());
}

void Exchange::write_persistence() {
  if (backend_->cookie == nullptr && cookie_capture() == nullptr) return;
  persistence_.write_response(*backend_, *server_runtime_, request_, response_.status,
                              passing(response_));
}

/// Its server goes down or is drained while the request waits for it (manual, option redispatch,
/// option persist).
bool Exchange::may_be_unbound() const {
  return backend_->config->redispatch.enabled && !backend_->config->persist &&
         !persistence_.forced();
}

/// The cookie's server was not tried, but leaving it counts as a redispatch (HAProxy).
void Exchange::leave_bound() {
  if (persistence_.server() != nullptr) server_ = persistence_.server()->live.get();
  persistence_.leave();
}

/// Until a backend was chosen, a listen stands for it. A cookie that is only read has no letters.
void Exchange::log_persistence(rules::LogRecord& record) const {
  record.request_cookie = persistence_.request_cookie();
  record.response_cookie = persistence_.response_cookie();
  const model::Proxy& proxy = backend_ != nullptr ? *backend_->config : *frontend_->config;
  const model::PersistenceCookie& cookie = proxy.cookie;
  const bool manages = cookie.rewrite || cookie.insert || cookie.prefix || cookie.indirect;
  if (!has_head_ || !proxy.is_backend() || !manages) return;
  record.cookies[0] = persistence_.client_letter();
  record.cookies[1] = persistence_.server_letter();
}

}  // namespace sluice::proxy
