// Converters that encode, decode and hash (manual §7.3.1). The hashes are HAProxy's, so that a key
// leads to the same bucket or percentage here as there.
#include "base/hash.h"
#include "base/text.h"
#include "rules/converter_table.h"
#include "rules/url.h"

namespace sluice::rules {

namespace {

bool convert_url_decode(ConverterContext& context, Sample& sample) {
  char* out = context.arena().allocate(sample.text.size());
  // Within a query, and everywhere when asked to, '+' stands for a space.
  std::size_t query = context.call.number(0, 0) != 0 ? 0 : sample.text.find('?');
  if (query == std::string_view::npos) query = sample.text.size();
  const std::size_t head = percent_decode(sample.text.substr(0, query), PlusSign::Kept, out);
  if (head == std::string_view::npos) return false;
  const std::size_t tail = percent_decode(sample.text.substr(query), PlusSign::Space, out + head);
  if (tail == std::string_view::npos) return false;
  sample.text = {out, head + tail};
  return true;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || base::is_digit(c) || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool convert_url_encode(ConverterContext& context, Sample& sample) {
  char* out = context.arena().allocate(sample.text.size() * 3);
  char* at = out;
  for (char c : sample.text) {
    if (is_unreserved(c)) {
      *at++ = c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    *at++ = '%';
    *at++ = "0123456789ABCDEF"[byte >> 4];
    *at++ = "0123456789ABCDEF"[byte & 15];
  }
  sample = Sample::of_text({out, static_cast<std::size_t>(at - out)});
  return true;
}

bool prepare_url_encode(Call& call, const base::SourceSpan&, CompileScope& scope) {
  if (call.text(0).empty() || call.text(0) == "query") return true;
  scope.diagnostics.error(call.arguments[0].span,
                          "'" + call.arguments[0].text + "' is not an encoding: only query is");
  return false;
}

bool convert_hex(ConverterContext& context, Sample& sample) {
  char* out = context.arena().allocate(sample.text.size() * 2);
  char* at = out;
  for (char c : sample.text) {
    const auto byte = static_cast<unsigned char>(c);
    *at++ = "0123456789ABCDEF"[byte >> 4];
    *at++ = "0123456789ABCDEF"[byte & 15];
  }
  sample = Sample::of_text({out, static_cast<std::size_t>(at - out)});
  return true;
}

bool convert_from_hex(ConverterContext&, Sample& sample) {
  std::uint64_t value = 0;
  for (char c : sample.text) {
    const int digit = hex_value(c);
    if (digit < 0) return false;
    value = value << 4 | static_cast<std::uint64_t>(digit);
  }
  sample = Sample::of_int(static_cast<std::int64_t>(value));
  return true;
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

template <const std::string_view& alphabet, bool padded>
bool convert_to_base64(ConverterContext& context, Sample& sample) {
  const std::string_view in = sample.text;
  char* out = context.arena().allocate((in.size() + 2) / 3 * 4);
  char* at = out;
  for (std::size_t i = 0; i < in.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, in.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < left ? static_cast<unsigned char>(in[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= left)
        *at++ = alphabet[bits >> (18 - 6 * k) & 63];
      else if (padded)
        *at++ = '=';
    }
  }
  sample = Sample::of_text({out, static_cast<std::size_t>(at - out)});
  return true;
}

template <const std::string_view& alphabet, bool padded>
bool convert_from_base64(ConverterContext& context, Sample& sample) {
  std::string_view in = sample.text;
  if (padded && in.size() % 4 != 0) return false;
  for (int i = 0; i < 2 && !in.empty() && in.back() == '='; ++i) in.remove_suffix(1);
  if (in.size() % 4 == 1) return false;
  char* out = context.arena().allocate(in.size());
  char* at = out;
  std::uint32_t bits = 0;
  unsigned have = 0;
  for (char c : in) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    *at++ = static_cast<char>(bits >> have & 0xFF);
  }
  sample = Sample::of_text({out, static_cast<std::size_t>(at - out)});
  sample.type = SampleType::Binary;
  return true;
}

// Hashes

template <std::uint32_t (*function)(std::string_view) noexcept>
bool convert_hash(ConverterContext& context, Sample& sample) {
  std::uint32_t hash = function(sample.text);
  if (context.call.number(0, 0) != 0) hash = base::avalanche(hash);
  sample = Sample::of_int(hash);
  return true;
}

using enum SampleType;
constexpr ConverterRow kRows[] = {
    {"b64dec", "", String, Binary, convert_from_base64<kBase64, true>},
    {"base64", "", Binary, String, convert_to_base64<kBase64, true>},
    {"crc32", "?i", Binary, Int, convert_hash<base::hash_crc32>},
    {"crc32c", "?i", Binary, Int, convert_hash<base::hash_crc32c>},
    {"djb2", "?i", Binary, Int, convert_hash<base::hash_djb2>},
    {"hex", "", Binary, String, convert_hex},
    {"hex2i", "", Binary, Int, convert_from_hex},
    {"sdbm", "?i", Binary, Int, convert_hash<base::hash_sdbm>},
    {"ub64dec", "", String, Binary, convert_from_base64<kBase64Url, false>},
    {"ub64enc", "", Binary, String, convert_to_base64<kBase64Url, false>},
    {"url_dec", "?i", String, String, convert_url_decode},
    {"url_enc", "?s", Binary, String, convert_url_encode, prepare_url_encode},
    {"wt6", "?i", Binary, Int, convert_hash<base::hash_wt6>},
};

}  // namespace

std::span<const ConverterRow> code_converters() noexcept { return kRows; }

}  // namespace sluice::rules
