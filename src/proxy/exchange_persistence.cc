// Persistence, as far as it is the exchange's: when cookies are looked at, when the server that one
// names is left, and what the log says.
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

/// A request that a rule denies: the log still tells of its cookies.
void Exchange::note_cookies() {
  if (!is_http_) return;
  read_persistence();
  if (const control::ServerRuntime* server = persistence_.server())
    server_name_ = server->live->name();
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
