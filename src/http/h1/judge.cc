#include "http/h1/judge.h"

#include "base/text.h"

namespace sluice::http::h1 {

namespace {

using base::iequals;

bool refuse(HeadError& error, std::uint16_t status, const char* cause) {
  error = {status, cause};
  return false;
}

constexpr bool is_visible(unsigned char byte) { return byte > 0x20 && byte < 0x7F; }

struct ByteTable {
  bool holds[256] = {};
  /// The visible bytes but those.
  constexpr explicit ByteTable(std::string_view but) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      holds[byte] = is_visible(static_cast<unsigned char>(byte)) &&
                    but.find(static_cast<char>(byte)) == std::string_view::npos;
    }
  }
  [[nodiscard]] bool all(std::string_view text) const noexcept {
    bool good = true;
    for (const char c : text) good = good && holds[static_cast<unsigned char>(c)];
    return good;
  }
};

constexpr ByteTable kAuthorityBytes("/?#@\\\"<>^`{|},");
constexpr ByteTable kTargetBytes("#");

/// RFC 3986 authority without userinfo: reg-name, IP literal, optional port.
bool is_authority(std::string_view text) { return kAuthorityBytes.all(text); }

/// The authority without the scheme's default port.
std::string_view normalised(std::string_view authority, std::string_view scheme) {
  const std::string_view port = iequals(scheme, "https") ? ":443" : ":80";
  if (authority.size() > port.size() && authority.substr(authority.size() - port.size()) == port) {
    authority.remove_suffix(port.size());
  }
  return authority;
}

bool split_absolute(Head& head, HeadError& error) {
  const std::size_t mark = head.path.find("://");
  if (mark == std::string_view::npos || mark == 0)
    return refuse(error, 400, "the target is not a path");
  const std::string_view all = head.path;
  head.target_form = TargetForm::Absolute;
  head.scheme = all.substr(0, mark);
  const std::string_view rest = all.substr(mark + 3);
  const std::size_t slash = rest.find_first_of("/?");
  head.authority = rest.substr(0, slash);
  head.path = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
  if (head.authority.empty() || !is_authority(head.authority)) {
    return refuse(error, 400, "the target's authority is malformed");
  }
  if (head.path.front() == '?') return refuse(error, 400, "the target has no path");
  return true;
}

bool judge_target(Head& head, HeadError& error) {
  if (head.path.empty()) return refuse(error, 400, "the target is empty");
  if (!kTargetBytes.all(head.path))
    return refuse(error, 400, "the target has a character that no URI has");
  if (head.method == Method::Connect) {
    head.target_form = TargetForm::Authority;
    head.authority = head.path;
    head.path = {};
    if (!is_authority(head.authority)) return refuse(error, 400, "CONNECT wants host:port");
    return true;
  }
  if (head.path.front() == '/') return true;
  if (head.path == "*") {
    head.target_form = TargetForm::Asterisk;
    if (head.method != Method::Options) return refuse(error, 400, "'*' goes with OPTIONS alone");
    return true;
  }
  return split_absolute(head, error);
}

bool judge_host(const Head& head, HeadError& error) {
  const Field* host = nullptr;
  for (const Field& field : head.fields) {
    if (field.id != FieldId::Host) continue;
    if (host != nullptr) return refuse(error, 400, "more than one Host field");
    host = &field;
  }
  if (host == nullptr) {
    if (head.version == Version::Http11) return refuse(error, 400, "no Host field");
    return true;
  }
  if (!is_authority(host->value)) return refuse(error, 400, "the Host field is malformed");
  if (head.target_form == TargetForm::Absolute &&
      !iequals(normalised(head.authority, head.scheme), normalised(host->value, head.scheme))) {
    return refuse(error, 400, "the target's authority is not the Host field's");
  }
  if (head.target_form == TargetForm::Authority &&
      !iequals(normalised(head.authority, "http"), normalised(host->value, "http")) &&
      !iequals(normalised(head.authority, "https"), normalised(host->value, "https"))) {
    return refuse(error, 400, "the target's authority is not the Host field's");
  }
  return true;
}

struct FramingFields {
  bool has_encoding = false;
  bool only_chunked = false;  // one field that says "chunked" and nothing else
  bool has_length = false;
  bool length_is_bad = false;
  std::uint64_t length = 0;
};

FramingFields framing_fields(const FieldList& fields) {
  FramingFields out;
  if (!fields.has(FieldId::TransferEncoding) && !fields.has(FieldId::ContentLength)) return out;
  for (const Field& field : fields) {
    if (field.id == FieldId::TransferEncoding) {
      out.only_chunked = !out.has_encoding && iequals(field.value, "chunked");
      out.has_encoding = true;
    } else if (field.id == FieldId::ContentLength) {
      const auto value = base::to_unsigned(field.value);
      if (!value || out.has_length)
        out.length_is_bad = true;
      else
        out.length = *value;
      out.has_length = true;
    }
  }
  return out;
}

bool connection_names(const FieldList& fields, const Field& field) noexcept {
  switch (field.id) {  // what a client could strip by naming it, and must not
    case FieldId::Host:
    case FieldId::Cookie:
    case FieldId::SetCookie:
    case FieldId::Authorization:
    case FieldId::XForwardedFor:
    case FieldId::ContentType:
    case FieldId::Expect:
    case FieldId::Date:
      return false;
    default:
      break;
  }
  for (const Field& connection : fields) {
    if (connection.id != FieldId::Connection) continue;
    bool named = false;
    base::for_each_element(connection.value, [&](std::string_view token) {
      named = named || iequals(token, field.name);
    });
    if (named) return true;
  }
  return false;
}

/// Marked when the head is read: what a rule sets later under the same name is not the sender's.
void mark_named_by_connection(FieldList& fields) {
  for (Field& field : fields) field.one_hop = connection_names(fields, field);
}

void read_connection(Head& head, HeadFacts& facts) {
  if (!head.fields.has(FieldId::Connection)) {
    facts.keep_alive = head.version == Version::Http11;
    return;
  }
  bool names_fields = false;
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
  for (const Field& field : head.fields) {
    if (field.id != FieldId::Connection) continue;  // Proxy-Connection means nothing
    base::for_each_element(field.value, [&](std::string_view token) {
      if (iequals(token, "close"))
        close = true;
      else if (iequals(token, "keep-alive"))
        keep_alive = true;
      else if (iequals(token, "upgrade"))
        upgrade = true;
      else
        names_fields = true;
    });
  }
  if (names_fields) mark_named_by_connection(head.fields);
  facts.keep_alive = !close && (head.version == Version::Http11 || keep_alive);
  facts.upgrade =
      upgrade && head.version == Version::Http11 && head.fields.find(FieldId::Upgrade) != nullptr;
}

}  // namespace

bool judge_request(Head& head, HeadFacts& facts, HeadError& error) noexcept {
  facts = {};
  if (!judge_target(head, error) || !judge_host(head, error)) return false;
  read_connection(head, facts);
  const FramingFields framing = framing_fields(head.fields);
  if (framing.length_is_bad) return refuse(error, 400, "Content-Length is malformed or repeated");
  if (framing.has_encoding) {
    if (head.version == Version::Http10) return refuse(error, 400, "Transfer-Encoding in HTTP/1.0");
    if (framing.has_length) return refuse(error, 400, "both Transfer-Encoding and Content-Length");
    if (!framing.only_chunked) {
      return refuse(error, 501, "a transfer coding other than chunked");
    }
    facts.framing.kind = BodyKind::Chunked;
  } else if (framing.has_length) {
    facts.announces_length = true;
    if (framing.length > 0) facts.framing = {BodyKind::Length, framing.length};
  }
  if (const Field* expect = head.fields.find(FieldId::Expect)) {
    facts.expect_continue =
        head.version == Version::Http11 && iequals(expect->value, "100-continue");
  }
  if (facts.upgrade) {  // h2c is a smuggling tunnel (never forwarded); another protocol may pass
    const Field* upgrade = head.fields.find(FieldId::Upgrade);
    bool h2c = false;
    base::for_each_element(upgrade->value,
                           [&](std::string_view token) { h2c = h2c || iequals(token, "h2c"); });
    if (h2c) facts.upgrade = false;
  }
  return true;
}

bool judge_response(Head& head, Method request_method, bool upgrade_asked, HeadFacts& facts,
                    HeadError& error) noexcept {
  facts = {};
  if (head.status < 100 || head.status > 999) return refuse(error, 502, "a status under 100");
  if (head.status == 101 && !upgrade_asked)
    return refuse(error, 502, "101 without an upgrade asked for");
  read_connection(head, facts);
  const FramingFields framing = framing_fields(head.fields);
  const bool no_body = head.status < 200 || head.status == 204 || head.status == 304 ||
                       request_method == Method::Head;
  if (head.status == 101 || (request_method == Method::Connect && head.status / 100 == 2)) {
    facts.framing.kind = BodyKind::Tunnel;
    return true;
  }
  if (framing.length_is_bad) return refuse(error, 502, "Content-Length is malformed or repeated");
  if (framing.has_encoding) {
    // Only chunked was offered to the server (TE passes "trailers" alone); HAProxy refuses too.
    if (!framing.only_chunked) return refuse(error, 502, "a transfer coding other than chunked");
    if (framing.has_length) return refuse(error, 502, "both Transfer-Encoding and Content-Length");
    if (head.version == Version::Http10) facts.keep_alive = false;
    if (no_body) return true;
    facts.framing.kind = BodyKind::Chunked;
    return true;
  }
  if (no_body) {
    // What Content-Length says of a HEAD or 304 is passed on, and frames nothing; a 204 and a 1xx
    // have none (RFC 9110 §8.6).
    facts.announces_length = framing.has_length && head.status >= 200 && head.status != 204;
    facts.framing.length = framing.length;
    return true;
  }
  if (framing.has_length) {
    facts.announces_length = true;
    facts.framing = {framing.length == 0 ? BodyKind::None : BodyKind::Length, framing.length};
    return true;
  }
  facts.framing.kind = BodyKind::UntilClose;
  facts.keep_alive = false;
  return true;
}

}  // namespace sluice::http::h1
