#include "health/protocol_steps.h"

#include <cstdint>
#include <string>
#include <utility>

namespace sluice::health {

namespace {

using model::CheckReport;
using model::CheckStatus;
using model::CheckStep;
using model::ExpectKind;

CheckStep connect_step() {
  CheckStep out;
  out.kind = CheckStep::Kind::Connect;
  out.connect.as_server = true;
  out.connect.linger = true;  // these servers log a reset as an error
  return out;
}

CheckStep send_step(std::string bytes) {
  CheckStep out;
  out.kind = CheckStep::Kind::Send;
  out.send.data = std::move(bytes);
  return out;
}

CheckStep expect_step(ExpectKind kind, std::string pattern, std::int32_t min_recv,
                      CheckStatus error_status) {
  CheckStep out;
  out.kind = CheckStep::Kind::Expect;
  out.expect.kind = kind;
  out.expect.pattern = std::move(pattern);
  out.expect.min_recv = min_recv;
  out.expect.error_status = error_status;
  return out;
}

/// "22": little-endian in three bytes, then the packet's number.
std::string mysql_packet(char number, const std::string& payload) {
  std::string out;
  for (int i = 0; i < 3; ++i) out += static_cast<char>(payload.size() >> (8 * i) & 0xFF);
  return out + number + payload;
}

/// Client authentication as MySQL 4.0 and 4.1 took it, and a COM_QUIT.
std::string mysql_login(const std::string& user, bool before_41) {
  using namespace std::string_literals;
  std::string payload;
  if (before_41) {
    payload = "\x00\x80"s + "\x00\x00\x01"s;  // capabilities, the longest packet
  } else {
    payload = "\x00\x82\x00\x00"s + "\x00\x80\x00\x01"s + "\x21"s + std::string(23, '\0');
  }
  payload += user + "\0"s + "\0"s;
  return mysql_packet('\1', payload) + mysql_packet('\0', "\x01"s);
}

std::vector<CheckStep> mysql_steps(const model::ProxyCheck& check) {
  std::vector<CheckStep> out{connect_step()};
  out.push_back(expect_step(ExpectKind::MysqlGreeting, {}, -1, CheckStatus::L7Response));
  if (check.user.empty()) return out;
  out.insert(out.end() - 1, send_step(mysql_login(check.user, check.mysql_before_41)));
  out.push_back(expect_step(ExpectKind::MysqlLogin, {}, -1, CheckStatus::L7Response));
  return out;
}

std::vector<CheckStep> pgsql_steps(const std::string& user) {
  using namespace std::string_literals;
  std::string packet = "\x00\x03\x00\x00"s + "user\0"s + user + "\0\0"s;
  const auto length = static_cast<std::uint32_t>(packet.size() + 4);
  std::string head;
  for (int shift = 24; shift >= 0; shift -= 8) head += static_cast<char>(length >> shift & 0xFF);
  std::vector<CheckStep> out{connect_step(), send_step(head + packet)};
  CheckStep no_error = expect_step(ExpectKind::RegexString, "^E", 5, CheckStatus::L7Response);
  no_error.expect.negated = true;
  no_error.expect.on_error.text = "%[res.payload(6,0)]";
  // 'R', a length, and which of the protocol's authentications comes next (0: none).
  CheckStep authentication = expect_step(
      ExpectKind::RegexBinary, "^52[0-9A-F]{8}000000(0[0-9]|0[A-C])", 9, CheckStatus::L7Status);
  authentication.expect.on_success.text = "PostgreSQL server is ok";
  authentication.expect.on_error.text = "PostgreSQL unknown error";
  out.push_back(std::move(no_error));
  out.push_back(std::move(authentication));
  return out;
}

std::vector<CheckStep> redis_steps() {
  CheckStep pong = expect_step(ExpectKind::String, "+PONG\r\n", -1, CheckStatus::L7Status);
  pong.expect.on_error.text = "%[res.payload(0,0),cut_crlf]";
  pong.expect.on_success.text = "Redis server is ok";
  return {send_step("*1\r\n$4\r\nPING\r\n"), std::move(pong)};
}

std::vector<CheckStep> smtp_steps(const std::string& hello) {
  const std::string text = "%[res.payload(4,0),ltrim(' '),cut_crlf]";
  CheckStep reply =
      expect_step(ExpectKind::RegexString, "^[0-9]{3}[ \r]", 4, CheckStatus::L7Response);
  reply.expect.on_error.text = "%[res.payload(0,0),cut_crlf]";
  CheckStep ready =
      expect_step(ExpectKind::RegexString, "^2[0-9]{2}[ \r]", 4, CheckStatus::L7Status);
  ready.expect.on_error.text = text;
  ready.expect.status_code.text = "res.payload(0,3)";
  CheckStep greeted = expect_step(ExpectKind::RegexString, "^(2[0-9]{2}-[^\r]*\r\n)*2[0-9]{2}[ \r]",
                                  -1, CheckStatus::L7Status);
  greeted.expect.on_error.text = greeted.expect.on_success.text = text;
  greeted.expect.status_code.text = "res.payload(0,3)";
  CheckStep left =
      expect_step(ExpectKind::RegexString, "^2[0-9]{2}[- \r]", 4, CheckStatus::L7Status);
  left.expect.on_error.text = left.expect.on_success.text = text;
  left.expect.status_code.text = "res.payload(0,3)";
  return {connect_step(),     std::move(reply),      std::move(ready), send_step(hello + "\r\n"),
          std::move(greeted), send_step("QUIT\r\n"), std::move(left)};
}

/// An anonymous bind (RFC 4511 §4.2).
std::vector<CheckStep> ldap_steps() {
  using namespace std::string_literals;
  return {send_step("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"s),
          expect_step(ExpectKind::LdapBind, {}, 14, CheckStatus::L7Response)};
}

std::vector<CheckStep> agent_steps(const std::string& send) {
  CheckStep connect;
  connect.kind = CheckStep::Kind::Connect;
  std::vector<CheckStep> out{std::move(connect)};
  out.push_back(send_step(send));  // there is one also for `set server … agent-send`
  out.push_back(expect_step(ExpectKind::AgentLine, {}, -1, CheckStatus::L7Response));
  return out;
}

CheckReport failed(CheckStatus status, std::string detail = {}, std::uint16_t code = 0) {
  CheckReport out;
  out.status = status;
  out.detail = std::move(detail);
  out.code = code;
  return out;
}

CheckReport passed() {
  CheckReport out;
  out.status = CheckStatus::L7Ok;
  out.passed = true;
  return out;
}

std::uint8_t byte(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

/// The packet at `offset`: an error packet begins with 0xFF and has a code of two bytes.
std::optional<CheckReport> read_mysql(std::string_view bytes, std::size_t offset, bool complete) {
  const auto short_of = [&](std::size_t wanted) { return bytes.size() < wanted; };
  std::size_t length = 0;
  if (!short_of(offset + 4)) {
    length = byte(bytes, offset) | std::size_t{byte(bytes, offset + 1)} << 8 |
             std::size_t{byte(bytes, offset + 2)} << 16;
  }
  if (short_of(offset + 5) || short_of(offset + 4 + length)) {
    if (complete) return failed(CheckStatus::L7Response);
    return std::nullopt;
  }
  if (byte(bytes, offset + 4) == 0xFF) {
    if (short_of(offset + 7)) return failed(CheckStatus::L7Response);
    const auto code = static_cast<std::uint16_t>(byte(bytes, offset + 5) |
                                                 std::uint16_t{byte(bytes, offset + 6)} << 8);
    return failed(CheckStatus::L7Status, std::string(bytes.substr(offset + 7)), code);
  }
  return passed();
}

}  // namespace

std::vector<CheckStep> protocol_steps(const model::ProxyCheck& check) {
  switch (check.kind) {
    case model::CheckKind::Mysql:
      return mysql_steps(check);
    case model::CheckKind::Pgsql:
      return pgsql_steps(check.user);
    case model::CheckKind::Redis:
      return redis_steps();
    case model::CheckKind::Smtp:
      return smtp_steps(check.smtp_hello);
    case model::CheckKind::Ldap:
      return ldap_steps();
    case model::CheckKind::Agent:
      return agent_steps(check.agent_send);
    case model::CheckKind::Tcp:
    case model::CheckKind::Http:
      break;
  }
  return {};
}

std::optional<CheckReport> read_mysql_greeting(std::string_view bytes, bool complete) {
  return read_mysql(bytes, 0, complete);
}

std::optional<CheckReport> read_mysql_login(std::string_view bytes, bool complete) {
  if (bytes.size() < 5) return read_mysql_greeting(bytes, complete);
  const std::size_t greeting =
      4 + byte(bytes, 0) + (std::size_t{byte(bytes, 1)} << 8) + (std::size_t{byte(bytes, 2)} << 16);
  return read_mysql(bytes, greeting, complete);
}

std::optional<CheckReport> read_ldap_bind(std::string_view bytes, bool) {
  const CheckReport alien = failed(CheckStatus::L7Response, "Not LDAPv3 protocol");
  // The length of the message, and of the response in it, is one byte or says how many follow it.
  const auto skipped = [&](std::size_t at) -> std::size_t {
    if (at >= bytes.size()) return bytes.size();
    return (byte(bytes, at) & 0x80) != 0 ? byte(bytes, at) & 0x7F : 0;
  };
  std::size_t extra = skipped(1);
  if (bytes.empty() || bytes[0] != '\x30') return alien;
  if (extra > 2 || bytes.size() < 6 + extra || bytes.substr(2 + extra, 4) != "\x02\x01\x01\x61")
    return alien;
  extra += skipped(6 + extra);
  if (extra > 4 || bytes.size() < 10 + extra || bytes.substr(7 + extra, 2) != "\x0a\x01")
    return alien;
  const std::uint8_t code = byte(bytes, 9 + extra);
  if (code == 0) return passed();
  return failed(CheckStatus::L7Status, "See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9",
                code);
}

}  // namespace sluice::health
