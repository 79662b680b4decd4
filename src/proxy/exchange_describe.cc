// What operators are told of an exchange: `show sess` and `show errors`.
#include <algorithm>

#include "base/text.h"
#include "proxy/client_connection.h"
#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace sluice::proxy {

namespace {

/// Mixes the bits, so that no address is told. splitmix64's finaliser.
std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 30;
  value *= 0xBF58476D1CE4E5B9;
  value ^= value >> 27;
  value *= 0x94D049BB133111EB;
  return value ^ value >> 31;
}

bool is_secret(std::string_view name) {
  for (const std::string_view secret :
       {"authorization", "proxy-authorization", "cookie", "set-cookie"}) {
    if (base::iequals(base::trim(name), secret)) return true;
  }
  return false;
}

/// Values of credentials and cookies become stars. Positions stay what they were.
void mask_secrets(std::string& text) {
  bool secret = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t found = text.find('\n', begin);
    const std::size_t end = found == std::string::npos ? text.size() : found;
    std::size_t from = begin;
    const bool continued = text[begin] == ' ' || text[begin] == '\t';
    if (!continued) {
      const std::size_t colon = text.find(':', begin);
      secret = colon != std::string::npos && colon < end &&
               is_secret(std::string_view(text).substr(begin, colon - begin));
      from = colon + 1;
    }
    for (std::size_t i = from; secret && i < end; ++i) {
      if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') text[i] = '*';
    }
    begin = end + 1;
  }
}

}  // namespace

std::uint64_t Exchange::id() const {
  const auto own = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(this));
  constexpr std::uint64_t kShown = (std::uint64_t{1} << 48) - 1;
  return mixed(begun_ns_ ^ mixed(own)) & kShown;
}

void Exchange::describe(model::SessionInfo& out) const {
  out.id = id();
  out.worker = worker_.slot();
  out.client = facts_->source;
  out.came_to = facts_->destination;
  out.bind = facts_->bind_name;
  out.tls = facts_->tls != nullptr;
  out.request_number = facts_->request_number;
  out.frontend = frontend_->live->name();
  if (backend_ != nullptr) out.backend = backend_->live->name();
  if (server_ != nullptr) out.server = server_->name();
  out.phase = name_of(phase_);
  out.http = is_http_;
  out.generation = (*generation_).generation;
  const std::uint64_t now_ns = worker_.loop().now().monotonic_ns;
  out.begun_ns = begun_ns_;
  out.age_ms = now_ns > begun_ns_ ? (now_ns - begun_ns_) / 1'000'000 : 0;
  if (Timer::armed()) {
    const std::uint64_t now_ms = now_ns / 1'000'000;
    out.expires_in_ms = deadline_ms() > now_ms ? deadline_ms() - now_ms : 0;
  }
  out.bytes_in = bytes_in_;
  out.bytes_out = client_->bytes_sent();
  out.queued_out = client_->bytes_queued() - client_->bytes_sent();
  out.queued_in = backlog_bytes_;
  out.retries = retries_;
  out.status = status_;
  if (connection_ == nullptr) return;
  out.queued_in += connection_->bytes_queued();
  out.server_descriptor = connection_->descriptor();
  out.from = connection_->local_address();
}

void ClientConnection::describe(model::SessionInfo& out) const {
  exchange_->describe(out);
  out.client_descriptor = stream_ ? stream_->descriptor() : -1;
}

void Exchange::capture(Side side, std::string_view bytes, std::size_t position, const char* cause) {
  model::CapturedError error;
  error.number = model::captured_errors().fetch_add(1, std::memory_order_relaxed);
  error.wall_us = worker_.now().wall_us;
  error.response = side == Side::Response;
  error.frontend = frontend_->live->name();
  error.frontend_id = frontend_->config->numeric_id;
  if (backend_ != nullptr) {
    error.backend = backend_->live->name();
    error.backend_id = backend_->config->numeric_id;
  }
  if (server_ != nullptr) {
    error.server = server_->name();
    error.server_id = server_->numeric_id;
  }
  error.source = facts_->source;
  error.length = bytes.size();
  error.position = std::min(position, bytes.size());
  error.cause = cause;
  error.bytes = bytes.substr(0, model::ErrorCapture::kMaxBytes);
  mask_secrets(error.bytes);
  model::ErrorCapture& place =
      error.response && backend_ != nullptr ? backend_->live->refused : frontend_->live->refused;
  place.store(std::move(error));
}

}  // namespace sluice::proxy
