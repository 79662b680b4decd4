#include "rules/cast.h"

#include <arpa/inet.h>

#include <cstring>
#include <limits>

#include "base/text.h"
#include "rules/expression.h"

namespace sluice::rules {

Sample Sample::of_bool(bool value) {
  Sample sample;
  sample.type = SampleType::Bool;
  sample.truth = value;
  return sample;
}

Sample Sample::of_int(std::int64_t value) {
  Sample sample;
  sample.type = SampleType::Int;
  sample.number = value;
  return sample;
}

Sample Sample::of_text(std::string_view value) {
  Sample sample;
  sample.type = SampleType::String;
  sample.text = value;
  return sample;
}

Sample Sample::of_address(const base::Address& address) {
  Sample sample;
  const std::string_view bytes = address.ip_bytes();
  if (bytes.empty()) return sample;
  sample.type = SampleType::Ip;
  sample.ip_length = static_cast<std::uint8_t>(bytes.size());
  std::memcpy(sample.ip, bytes.data(), bytes.size());
  return sample;
}

std::string_view name_of(SampleType type) noexcept {
  switch (type) {
    case SampleType::None:
      return "any";
    case SampleType::Bool:
      return "boolean";
    case SampleType::Int:
      return "integer";
    case SampleType::Ip:
      return "address";
    case SampleType::String:
      return "string";
    case SampleType::Binary:
      return "binary";
  }
  return "any";
}

bool can_cast(SampleType from, SampleType to) noexcept {
  if (from == to || from == SampleType::None || to == SampleType::None) return true;
  switch (from) {
    case SampleType::Bool:
      return to == SampleType::Int || to == SampleType::String;
    case SampleType::Binary:
      return to == SampleType::String;
    default:
      return true;
  }
}

std::int64_t leading_number(std::string_view text) noexcept {
  std::size_t at = 0;
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    at = 1;
  }
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  std::int64_t value = 0;
  for (; at < text.size() && base::is_digit(text[at]); ++at) {
    const int digit = text[at] - '0';
    if (__builtin_mul_overflow(value, 10, &value)) return negative ? kMin : kMax;
    if (__builtin_add_overflow(value, negative ? -digit : digit, &value))
      return negative ? kMin : kMax;
  }
  return value;
}

std::optional<Sample> parse_ip(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN + 1];
  if (text.empty() || text.size() >= sizeof(buffer)) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  Sample sample;
  sample.type = SampleType::Ip;
  if (inet_pton(AF_INET, buffer, sample.ip) == 1) {
    sample.ip_length = 4;
    return sample;
  }
  if (inet_pton(AF_INET6, buffer, sample.ip) == 1) {
    sample.ip_length = 16;
    return sample;
  }
  return std::nullopt;
}

namespace {

std::uint32_t ipv4_number(const Sample& sample) {
  std::uint32_t value = 0;
  std::memcpy(&value, sample.ip, 4);
  return ntohl(value);
}

bool to_bool(Sample& sample) {
  switch (sample.type) {
    case SampleType::Int:
      sample = Sample::of_bool(sample.number != 0);
      return true;
    case SampleType::String:
      sample = Sample::of_bool(leading_number(sample.text) != 0);
      return true;
    default:
      return false;
  }
}

bool to_int(Sample& sample) {
  switch (sample.type) {
    case SampleType::Bool:
      sample = Sample::of_int(sample.truth ? 1 : 0);
      return true;
    case SampleType::String:
      if (sample.text.empty()) return false;
      sample = Sample::of_int(leading_number(sample.text));
      return true;
    case SampleType::Ip:
      if (sample.ip_length != 4) return false;
      sample = Sample::of_int(ipv4_number(sample));
      return true;
    default:
      return false;
  }
}

bool to_ip(Sample& sample) {
  if (sample.type == SampleType::Int) {
    const std::uint32_t value = htonl(static_cast<std::uint32_t>(sample.number));
    sample = Sample{};
    sample.type = SampleType::Ip;
    sample.ip_length = 4;
    std::memcpy(sample.ip, &value, 4);
    return true;
  }
  if (sample.type != SampleType::String) return false;
  const auto parsed = parse_ip(sample.text);
  if (!parsed) return false;
  sample = *parsed;
  return true;
}

bool to_binary(Sample& sample, base::Arena& arena) {
  std::string_view bytes = sample.text;
  if (sample.type == SampleType::Int) {
    std::uint64_t value = static_cast<std::uint64_t>(sample.number);
    char* out = arena.allocate(8);
    for (int i = 7; i >= 0; --i, value >>= 8) out[i] = static_cast<char>(value & 0xFF);
    bytes = {out, 8};
  } else if (sample.type == SampleType::Ip) {
    bytes = arena.copy({reinterpret_cast<const char*>(sample.ip), sample.ip_length});
  } else if (sample.type != SampleType::String) {
    return false;
  }
  sample = Sample::of_text(bytes);
  sample.type = SampleType::Binary;
  return true;
}

}  // namespace

bool cast(Sample& sample, SampleType to, base::Arena& arena) {
  if (sample.type == to || to == SampleType::None) return true;
  switch (to) {
    case SampleType::Bool:
      return to_bool(sample);
    case SampleType::Int:
      return to_int(sample);
    case SampleType::Ip:
      return to_ip(sample);
    case SampleType::String:
      sample = Sample::of_text(as_text(sample, arena));
      return true;
    case SampleType::Binary:
      return to_binary(sample, arena);
    case SampleType::None:
      return true;
  }
  return false;
}

std::string_view as_text(const Sample& sample, base::Arena& arena) {
  switch (sample.type) {
    case SampleType::None:
      return {};
    case SampleType::Bool:
      return sample.truth ? "1" : "0";
    case SampleType::String:
    case SampleType::Binary:
      return sample.text;
    case SampleType::Int: {
      char digits[24];
      char* at = digits;
      std::uint64_t value = static_cast<std::uint64_t>(sample.number);
      if (sample.number < 0) {
        *at++ = '-';
        value = 0 - value;
      }
      at += base::write_unsigned(value, at);
      return arena.copy({digits, static_cast<std::size_t>(at - digits)});
    }
    case SampleType::Ip: {
      char text[INET6_ADDRSTRLEN];
      if (inet_ntop(sample.ip_length == 4 ? AF_INET : AF_INET6, sample.ip, text, sizeof text) ==
          nullptr)
        return {};
      return arena.copy(text);
    }
  }
  return {};
}

}  // namespace sluice::rules
