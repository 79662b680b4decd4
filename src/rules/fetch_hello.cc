// Fetches from what protocols say first, on a connection that passes through as bytes: a TLS hello
// (manual §7.3.5) and the cookie of RDP.
#include "base/text.h"
#include "rules/client_hello.h"
#include "rules/fetch_table.h"

namespace sluice::rules {

namespace {

/// False: there is none, or not all of it came.
bool take_hello(FetchContext& context, TlsHello& hello) {
  if (context.evaluation.message_bytes != 0) return false;
  hello = read_hello(context.evaluation.payload, context.arena());
  if (hello.status == HelloStatus::Incomplete) context.note_growth();
  return hello.status == HelloStatus::Whole;
}

bool fetch_hello_type(FetchContext& context, Sample& sample) {
  TlsHello hello;
  if (!take_hello(context, hello)) return false;
  sample = Sample::of_int(hello.type);
  return true;
}

bool take_client_hello(FetchContext& context, TlsHello& hello) {
  return take_hello(context, hello) && hello.type == 1;
}

bool fetch_hello_name(FetchContext& context, Sample& sample) {
  TlsHello hello;
  if (!take_client_hello(context, hello) || hello.name.empty()) return false;
  sample = Sample::of_text(hello.name);
  return true;
}

/// The protocols by comma, as `alpn` of a bind line writes them.
bool fetch_hello_protocols(FetchContext& context, Sample& sample) {
  TlsHello hello;
  if (!take_client_hello(context, hello) || hello.protocols.empty()) return false;
  const std::string_view list = hello.protocols;
  char* const out = context.arena().allocate(list.size());
  std::size_t size = 0;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t length = static_cast<std::uint8_t>(list[at++]);
    if (size != 0) out[size++] = ',';
    for (const char c : list.substr(at, length)) out[size++] = c;
    at += length;
  }
  sample = Sample::of_text({out, size});
  return true;
}

/// Major by 65536 plus minor, so that 3.1 is TLS 1.0.
bool fetch_hello_version(FetchContext& context, Sample& sample) {
  TlsHello hello;
  if (!take_client_hello(context, hello)) return false;
  sample = Sample::of_int(static_cast<std::int64_t>(hello.version >> 8U) * 65'536 +
                          (hello.version & 0xFFU));
  return true;
}

constexpr std::string_view kCookieField = "Cookie:";
constexpr std::size_t kCookieAt = 11;  // behind the TPKT and X.224 headers

enum class RdpStatus : std::uint8_t { Incomplete, Found, None };

/// [MS-RDPBCGR] §2.2.1.1: TPKT, an X.224 connection request, and then perhaps a cookie.
RdpStatus find_rdp_cookie(std::string_view bytes, std::string_view wanted,
                          std::string_view& value) {
  if (!bytes.empty() && bytes[0] != 3) return RdpStatus::None;
  if (bytes.size() > 5 && (static_cast<std::uint8_t>(bytes[5]) & 0xF0U) != 0xE0)
    return RdpStatus::None;
  if (bytes.size() < kCookieAt + kCookieField.size()) return RdpStatus::Incomplete;
  if (!base::iequals(bytes.substr(kCookieAt, kCookieField.size()), kCookieField))
    return RdpStatus::None;
  std::string_view text = bytes.substr(kCookieAt + kCookieField.size());
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const std::size_t end = text.find_first_of("\r\n");
  if (end == std::string_view::npos) return RdpStatus::Incomplete;
  text = text.substr(0, end);
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return RdpStatus::None;
  if (!wanted.empty() && !base::iequals(text.substr(0, equals), wanted)) return RdpStatus::None;
  value = text.substr(equals + 1);
  return RdpStatus::Found;
}

RdpStatus take_rdp_cookie(FetchContext& context, std::string_view& value) {
  if (context.evaluation.message_bytes != 0) return RdpStatus::None;
  const RdpStatus status = find_rdp_cookie(context.evaluation.payload, context.call.text(0), value);
  if (status == RdpStatus::Incomplete) context.note_growth();
  return status;
}

bool fetch_rdp_cookie(FetchContext& context, Sample& sample) {
  std::string_view value;
  if (take_rdp_cookie(context, value) != RdpStatus::Found) return false;
  sample = Sample::of_text(value);
  return true;
}

bool fetch_rdp_cookie_count(FetchContext& context, Sample& sample) {
  std::string_view value;
  sample = Sample::of_int(take_rdp_cookie(context, value) == RdpStatus::Found ? 1 : 0);
  return true;
}

using enum SampleType;
constexpr PlaceMask kAnswer = bit(Place::ResponseContent) | bit(Place::HttpResponse);
constexpr FetchRow kRows[] = {
    {"rdp_cookie", "?s", String, kHead, fetch_rdp_cookie},
    {"rdp_cookie_cnt", "?s", Int, kHead, fetch_rdp_cookie_count},
    {"rep_ssl_hello_type", "", Int, kAnswer, fetch_hello_type},
    {"req.rdp_cookie", "?s", String, kHead, fetch_rdp_cookie},
    {"req.rdp_cookie_cnt", "?s", Int, kHead, fetch_rdp_cookie_count},
    {"req.ssl_alpn", "", String, kHead, fetch_hello_protocols},
    {"req.ssl_hello_type", "", Int, kHead, fetch_hello_type},
    {"req.ssl_sni", "", String, kHead, fetch_hello_name},
    {"req.ssl_ver", "", Int, kHead, fetch_hello_version},
    {"req_ssl_hello_type", "", Int, kHead, fetch_hello_type},
    {"req_ssl_sni", "", String, kHead, fetch_hello_name},
    {"req_ssl_ver", "", Int, kHead, fetch_hello_version},
    {"res.ssl_hello_type", "", Int, kAnswer, fetch_hello_type},
};

}  // namespace

std::span<const FetchRow> hello_fetches() noexcept { return kRows; }

}  // namespace sluice::rules
