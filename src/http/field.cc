#include "http/field.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace sluice::http {

namespace {

/// The bytes as one number: one load.
template <class Word>
constexpr std::uint64_t load(const char* at) {
  std::array<char, sizeof(Word)> bytes{};
  std::copy_n(at, sizeof(Word), bytes.begin());
  return std::bit_cast<Word>(bytes);
}

/// A name of 2 or of 4 to 24 bytes as words, which overlap where the length asks for it.
struct Words {
  std::uint64_t first = 0, middle = 0, last = 0;
};
constexpr Words words_of(std::string_view name) {
  const char* at = name.data();
  const char* end = at + name.size();
  if (name.size() >= 16)
    return {load<std::uint64_t>(at), load<std::uint64_t>(at + 8), load<std::uint64_t>(end - 8)};
  if (name.size() >= 8) return {load<std::uint64_t>(at), 0, load<std::uint64_t>(end - 8)};
  if (name.size() >= 4) return {load<std::uint32_t>(at), 0, load<std::uint32_t>(end - 4)};
  return {load<std::uint16_t>(at), 0, 0};
}

/// The bit that tells an upper-case letter from its lower case, in each byte that is a letter.
constexpr std::uint64_t case_bits(std::uint64_t lower) {
  std::uint64_t bits = 0;
  for (int i = 0; i < 64; i += 8) {
    const auto byte = static_cast<unsigned char>(lower >> i);
    if (byte >= 'a' && byte <= 'z') bits |= std::uint64_t{0x20} << i;
  }
  return bits;
}

struct Name {
  FieldId id;
  Words lower, fold;
  constexpr Name(FieldId field, std::string_view text)
      : id(field),
        lower(words_of(text)),
        fold{case_bits(lower.first), case_bits(lower.middle), case_bits(lower.last)} {}
  [[nodiscard]] bool is(const Words& words) const noexcept {
    return (words.first | fold.first) == lower.first && (words.last | fold.last) == lower.last &&
           (words.middle | fold.middle) == lower.middle;
  }
};

/// Candidates per length, so that recognising a name is one switch and a few compares of words.
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
  const Words words = words_of(name);
  for (const Name& candidate : names) {
    if (candidate.is(words)) return candidate.id;
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
