// Fetches that look at neither message nor network: constants, variables, time, chance, captures
// (manual §7.3.2).
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/text.h"
#include "rules/cast.h"
#include "rules/fetch_table.h"
#include "rules/url.h"

namespace sluice::rules {

namespace {

bool yield(Sample& sample, std::int64_t value) {
  sample = Sample::of_int(value);
  return true;
}

bool always_true(FetchContext&, Sample& sample) {
  sample = Sample::of_bool(true);
  return true;
}

bool always_false(FetchContext&, Sample& sample) {
  sample = Sample::of_bool(false);
  return true;
}

/// What prepare() made of the arguments.
bool fetch_constant(FetchContext& context, Sample& sample) {
  sample = context.call.value;
  if (sample.type == SampleType::String || sample.type == SampleType::Binary)
    sample.text = context.call.constant;
  return sample.type != SampleType::None;
}

bool prepare_string(Call& call, const base::SourceSpan&, CompileScope&) {
  call.constant = std::string(call.text(0));
  call.value = Sample::of_text({});
  return true;
}

bool prepare_integer(Call& call, const base::SourceSpan&, CompileScope&) {
  call.value = Sample::of_int(call.number(0, 0));
  return true;
}

bool refuse(const Argument& argument, CompileScope& scope, std::string message) {
  scope.diagnostics.error(argument.span, "'" + argument.text + "' " + std::move(message));
  return false;
}

bool prepare_bool(Call& call, const base::SourceSpan&, CompileScope& scope) {
  const std::string_view text = call.text(0);
  for (std::string_view yes : {"true", "on", "yes", "1"}) {
    if (base::iequals(text, yes)) call.value = Sample::of_bool(true);
  }
  for (std::string_view no : {"false", "off", "no", "0"}) {
    if (base::iequals(text, no)) call.value = Sample::of_bool(false);
  }
  return call.value.type != SampleType::None ||
         refuse(call.arguments[0], scope, "is neither true nor false");
}

bool prepare_ip(Call& call, std::uint8_t length, CompileScope& scope) {
  const auto ip = parse_ip(call.text(0));
  if (!ip || ip->ip_length != length) {
    return refuse(call.arguments[0], scope,
                  length == 4 ? "is not an IPv4 address" : "is not an IPv6 address");
  }
  call.value = *ip;
  return true;
}

bool prepare_ipv4(Call& call, const base::SourceSpan&, CompileScope& scope) {
  return prepare_ip(call, 4, scope);
}
bool prepare_ipv6(Call& call, const base::SourceSpan&, CompileScope& scope) {
  return prepare_ip(call, 16, scope);
}

bool prepare_binary(Call& call, const base::SourceSpan&, CompileScope& scope) {
  const std::string_view text = call.text(0);
  if (text.size() % 2 != 0)
    return refuse(call.arguments[0], scope, "is not an even number of hexadecimal digits");
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0)
      return refuse(call.arguments[0], scope, "has a character that is no hexadecimal digit");
    call.constant += static_cast<char>(high * 16 + low);
  }
  call.value = Sample::of_text({});
  call.value.type = SampleType::Binary;
  return true;
}

bool prepare_environment(Call& call, const base::SourceSpan&, CompileScope&) {
  const char* value = std::getenv(call.arguments[0].text.c_str());
  if (value == nullptr) return true;
  call.constant = value;
  call.value = Sample::of_text({});
  return true;
}

bool prepare_hostname(Call& call, const base::SourceSpan&, CompileScope&) {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0) call.constant = name.data();
  call.value = Sample::of_text({});
  return true;
}

bool prepare_one(Call& call, const base::SourceSpan&, CompileScope&) {
  call.value = Sample::of_int(1);
  return true;
}

enum DateUnit : std::int64_t { kSeconds, kMilliseconds, kMicroseconds };

bool prepare_date(Call& call, const base::SourceSpan&, CompileScope& scope) {
  const std::string_view unit = call.text(1);
  if (unit.empty() || unit == "s")
    call.option = kSeconds;
  else if (unit == "ms")
    call.option = kMilliseconds;
  else if (unit == "us")
    call.option = kMicroseconds;
  else
    return refuse(call.arguments[1], scope, "is not one of s, ms and us");
  return true;
}

bool fetch_date(FetchContext& context, Sample& sample) {
  const std::int64_t now_us = context.evaluation.now.wall_us;
  const std::int64_t offset = context.call.number(0, 0);
  switch (context.call.option) {
    case kMilliseconds:
      return yield(sample, now_us / 1'000 + offset);
    case kMicroseconds:
      return yield(sample, now_us + offset);
    default:
      return yield(sample, now_us / 1'000'000 + offset);
  }
}

bool fetch_date_us(FetchContext& context, Sample& sample) {
  return yield(sample, context.evaluation.now.wall_us % 1'000'000);
}

bool fetch_random(FetchContext& context, Sample& sample) {
  const std::int64_t bound = context.call.number(0, std::int64_t{1} << 32);
  if (context.evaluation.random == nullptr) return false;
  return yield(sample, static_cast<std::int64_t>(
                           context.evaluation.random->below(static_cast<std::uint64_t>(bound))));
}

bool prepare_random(Call& call, const base::SourceSpan&, CompileScope& scope) {
  if (call.number(0, 1) > 0) return true;
  return refuse(call.arguments[0], scope, "is not a positive number");
}

/// A version 4 UUID (RFC 9562 §5.4).
bool fetch_uuid(FetchContext& context, Sample& sample) {
  base::Random* random = context.evaluation.random;
  if (random == nullptr) return false;
  std::uint64_t words[2] = {random->next(), random->next()};
  words[0] = (words[0] & ~std::uint64_t{0xF000}) | 0x4000;
  words[1] = (words[1] & ~(std::uint64_t{3} << 62)) | (std::uint64_t{2} << 62);
  char* out = context.arena().allocate(36);
  char* at = out;
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) *at++ = '-';
    const std::uint64_t word = words[nibble / 16];
    *at++ = "0123456789abcdef"[word >> (60 - 4 * (nibble % 16)) & 0xF];
  }
  sample = Sample::of_text({out, 36});
  return true;
}

bool prepare_uuid(Call& call, const base::SourceSpan&, CompileScope& scope) {
  return call.number(0, 4) == 4 ||
         refuse(call.arguments[0], scope, "is not a version of UUID that is made: only 4 is");
}

bool fetch_variable(FetchContext& context, Sample& sample) {
  if (const Sample* value = find_variable(context.call.arguments[0].variable, context.evaluation)) {
    sample = *value;
    return true;
  }
  if (!context.call.has(1)) return false;
  sample = Sample::of_text(context.call.text(1));
  return true;
}

bool fetch_unique_id(FetchContext& context, Sample& sample) {
  const std::string_view id = context.evaluation.unique_id();
  sample = Sample::of_text(id);
  return !id.empty();
}

bool fetch_capture(const std::vector<std::string_view>* captures, std::int64_t index,
                   Sample& sample) {
  if (captures == nullptr || index < 0 || static_cast<std::size_t>(index) >= captures->size())
    return false;
  const std::string_view value = (*captures)[static_cast<std::size_t>(index)];
  if (value.data() == nullptr) return false;
  sample = Sample::of_text(value);
  return true;
}

bool fetch_request_capture(FetchContext& context, Sample& sample) {
  return fetch_capture(context.evaluation.request_captures, context.call.number(0, 0), sample);
}

bool fetch_response_capture(FetchContext& context, Sample& sample) {
  return fetch_capture(context.evaluation.response_captures, context.call.number(0, 0), sample);
}

bool fetch_priority_class(FetchContext& context, Sample& sample) {
  return yield(sample, context.evaluation.priority.level);
}

bool fetch_priority_offset(FetchContext& context, Sample& sample) {
  return yield(sample, context.evaluation.priority.offset_ms);
}

using enum SampleType;
constexpr FetchRow kRows[] = {
    {"always_false", "", Bool, kEverywhere, always_false},
    {"always_true", "", Bool, kEverywhere, always_true},
    {"bin", "s", Binary, kEverywhere, fetch_constant, prepare_binary},
    {"bool", "s", Bool, kEverywhere, fetch_constant, prepare_bool},
    {"capture.req.hdr", "i", String, kExchange, fetch_request_capture},
    {"capture.res.hdr", "i", String, kAfterServer, fetch_response_capture},
    {"date", "?is", Int, kEverywhere, fetch_date, prepare_date},
    {"date_us", "", Int, kEverywhere, fetch_date_us},
    {"env", "s", String, kEverywhere, fetch_constant, prepare_environment},
    {"hostname", "", String, kEverywhere, fetch_constant, prepare_hostname},
    {"int", "i", Int, kEverywhere, fetch_constant, prepare_integer},
    {"ipv4", "s", Ip, kEverywhere, fetch_constant, prepare_ipv4},
    {"ipv6", "s", Ip, kEverywhere, fetch_constant, prepare_ipv6},
    {"meth", "s", String, kEverywhere, fetch_constant, prepare_string},
    {"nbproc", "", Int, kEverywhere, fetch_constant, prepare_one},
    {"prio_class", "", Int, kAnywhere, fetch_priority_class},
    {"prio_offset", "", Int, kAnywhere, fetch_priority_offset},
    {"rand", "?i", Int, kEverywhere, fetch_random, prepare_random},
    {"str", "?s", String, kEverywhere, fetch_constant, prepare_string},
    {"unique-id", "", String, kAnywhere, fetch_unique_id},
    {"uuid", "?i", String, kEverywhere, fetch_uuid, prepare_uuid},
    {"var", "n?s", None, kEverywhere, fetch_variable},
};

}  // namespace

std::span<const FetchRow> internal_fetches() noexcept { return kRows; }

}  // namespace sluice::rules
