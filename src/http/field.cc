#include "http/field.h"

#include <cstddef>

#include "base/text.h"

namespace sluice::http {

namespace {

struct Name {
  FieldId id;
  std::string_view text;
};

/// Candidates per length, so that recognising a name is one switch and at most a few compares.
constexpr Name kLength2[] = {{FieldId::Te, "te"}};
constexpr Name kLength4[] = {{FieldId::Host, "host"}, {FieldId::Date, "date"}};
constexpr Name kLength6[] = {{FieldId::Expect, "expect"},
                             {FieldId::Cookie, "cookie"},
                             {FieldId::Accept, "accept"},
                             {FieldId::Origin, "origin"}};
constexpr Name kLength7[] = {
    {FieldId::Trailer, "trailer"}, {FieldId::Upgrade, "upgrade"}, {FieldId::Referer, "referer"}};
constexpr Name kLength8[] = {{FieldId::Location, "location"}};
constexpr Name kLength10[] = {{FieldId::Connection, "connection"},
                              {FieldId::KeepAlive, "keep-alive"},
                              {FieldId::SetCookie, "set-cookie"},
                              {FieldId::UserAgent, "user-agent"}};
constexpr Name kLength12[] = {{FieldId::ContentType, "content-type"}};
constexpr Name kLength13[] = {{FieldId::Authorization, "authorization"}};
constexpr Name kLength14[] = {{FieldId::ContentLength, "content-length"},
                              {FieldId::Http2Settings, "http2-settings"}};
constexpr Name kLength15[] = {{FieldId::AcceptEncoding, "accept-encoding"},
                              {FieldId::XForwardedFor, "x-forwarded-for"}};
constexpr Name kLength16[] = {{FieldId::ProxyConnection, "proxy-connection"}};
constexpr Name kLength17[] = {{FieldId::TransferEncoding, "transfer-encoding"}};
constexpr Name kLength19[] = {{FieldId::ProxyAuthorization, "proxy-authorization"}};

template <std::size_t N>
FieldId among(const Name (&names)[N], std::string_view name) noexcept {
  for (const Name& candidate : names) {
    if (base::iequals(candidate.text, name)) return candidate.id;
  }
  return FieldId::Other;
}

}  // namespace

FieldId field_id(std::string_view name) noexcept {
  switch (name.size()) {
    case 2:
      return among(kLength2, name);
    case 4:
      return among(kLength4, name);
    case 6:
      return among(kLength6, name);
    case 7:
      return among(kLength7, name);
    case 8:
      return among(kLength8, name);
    case 10:
      return among(kLength10, name);
    case 12:
      return among(kLength12, name);
    case 13:
      return among(kLength13, name);
    case 14:
      return among(kLength14, name);
    case 15:
      return among(kLength15, name);
    case 16:
      return among(kLength16, name);
    case 17:
      return among(kLength17, name);
    case 19:
      return among(kLength19, name);
    default:
      return FieldId::Other;
  }
}

}  // namespace sluice::http
