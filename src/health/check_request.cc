#include "health/check_request.h"

#include "base/text.h"
#include "model/proxy_live.h"
#include "model/server_transition.h"

namespace sluice::health {

namespace {

bool compose_text(const rules::CheckText* format, std::string_view otherwise,
                  rules::Evaluation& evaluation, std::string_view& out) {
  out = otherwise;
  if (format == nullptr) return true;
  const auto text = format->compose(evaluation);
  if (text) out = *text;
  return text.has_value();
}

std::string state_word(const model::ServerLive& server) {
  const model::ServerStateWord state = server.state();
  if (!server.check_enabled) return "no check";
  const auto fraction = [](std::uint32_t part, std::uint32_t whole) {
    return " " + std::to_string(part) + "/" + std::to_string(whole);
  };
  if (state.oper == model::OperState::Down) {
    return state.health == 0 ? "DOWN" : "DOWN" + fraction(state.health, server.rise);
  }
  const std::string word = state.oper == model::OperState::NoLb ? "NOLB" : "UP";
  if (state.health >= model::full_health(server.rise, server.fall)) return word;
  return word + fraction(state.health + 1U - server.rise, server.fall);
}

}  // namespace

bool compose(const SendStep& step, rules::Evaluation& evaluation, std::string& out) {
  std::string_view text;
  if (!compose_text(step.format.get(), step.bytes, evaluation, text)) return false;
  if (step.hexadecimal && step.format != nullptr) return from_hexadecimal(text, out);
  out = text;
  return true;
}

bool compose(const HttpSendStep& step, std::string_view server_state, rules::Evaluation& evaluation,
             std::string& out) {
  std::string_view uri;
  std::string_view body;
  if (!compose_text(step.uri_format.get(), step.uri, evaluation, uri) ||
      !compose_text(step.body_format.get(), step.body, evaluation, body)) {
    return false;
  }
  if (uri.empty()) uri = "/";
  out = step.method + " " + std::string(uri) + " " + step.version + "\r\n";
  bool has_connection = false;
  for (const HttpSendStep::Header& header : step.headers) {
    const auto value = header.value->compose(evaluation);
    if (!value) return false;
    if (value->empty()) continue;
    has_connection = has_connection || base::iequals(header.name, "connection");
    out += header.name + ": " + std::string(*value) + "\r\n";
  }
  if (!server_state.empty()) out += "x-haproxy-server-state: " + std::string(server_state) + "\r\n";
  if (!body.empty()) out += "content-length: " + std::to_string(body.size()) + "\r\n";
  // The connection serves one request.
  if (!has_connection && step.version != "HTTP/1.0") out += "connection: close\r\n";
  out += "\r\n";
  out += body;
  return true;
}

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 0xF];
  }
  return out;
}

bool from_hexadecimal(std::string_view text, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.clear();
  if (text.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::size_t high = kDigits.find(base::to_lower(text[i]));
    const std::size_t low = kDigits.find(base::to_lower(text[i + 1]));
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    out += static_cast<char>(high * 16 + low);
  }
  return true;
}

std::string server_state_text(const model::ServerLive& server, std::string_view node) {
  const base::Address address = server.address();
  const model::BackendLive& backend = server.backend();
  const std::int64_t sessions = backend.sessions.value();
  const std::int64_t queued = backend.queued.value();
  std::string out = state_word(server);
  out += "; address=" + address.host();
  out += "; port=" + (address.is_ip() ? std::to_string(address.port()) : std::string());
  out += "; name=" + backend.name() + "/" + server.name() + "; node=" + std::string(node);
  out += "; weight=" + std::to_string(server.state().weight) + "/" +
         std::to_string(backend.total_weight.load(std::memory_order_relaxed));
  out += "; scur=" + std::to_string(server.limiter.used()) + "/" +
         std::to_string(sessions > queued ? sessions - queued : 0);
  return out + "; qcur=" + std::to_string(server.queued.value());
}

}  // namespace sluice::health
