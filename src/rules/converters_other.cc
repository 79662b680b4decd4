// Converters on addresses, dates, booleans, and those that store (manual §7.3.1).
#include <cstring>
#include <ctime>

#include "base/text.h"
#include "rules/cast.h"
#include "rules/converter_table.h"
#include "rules/network.h"

namespace sluice::rules {

namespace {

/// ipmask(MASK4[,MASK6]); option: the IPv4 mask, value: the IPv6 one.
bool prepare_mask(Call& call, const base::SourceSpan&, CompileScope& scope) {
  const auto mask4 = parse_ipv4_mask(call.text(0));
  if (!mask4) {
    scope.diagnostics.error(call.arguments[0].span,
                            "'" + call.arguments[0].text + "' is not an IPv4 mask");
    return false;
  }
  call.option = *mask4;
  const auto mask6 =
      call.text(1).empty() ? std::optional<std::uint64_t>(128) : base::to_unsigned(call.text(1));
  if (!mask6 || *mask6 > 128) {
    scope.diagnostics.error(call.arguments[1].span,
                            "'" + call.arguments[1].text + "' is not a number of bits up to 128");
    return false;
  }
  call.value = Sample::of_int(static_cast<std::int64_t>(*mask6));
  return true;
}

bool convert_mask(ConverterContext& context, Sample& sample) {
  if (sample.ip_length == 4) {
    const auto mask = static_cast<std::uint32_t>(context.call.option);
    for (int i = 0; i < 4; ++i) sample.ip[i] &= static_cast<unsigned char>(mask >> (24 - 8 * i));
    return true;
  }
  auto bits = static_cast<unsigned>(context.call.value.number);
  for (unsigned char& byte : sample.ip) {
    const unsigned here = bits > 8 ? 8 : bits;
    byte &= static_cast<unsigned char>(0xFF00U >> here);
    bits -= here;
  }
  return true;
}

enum class Zone : bool { Local, Universal };

bool break_down(std::int64_t seconds, Zone zone, std::tm& out) {
  const auto time = static_cast<std::time_t>(seconds);
  return (zone == Zone::Local ? localtime_r(&time, &out) : gmtime_r(&time, &out)) != nullptr;
}

/// ltime(FORMAT[,OFFSET]) and utime: strftime on a date.
template <Zone zone>
bool convert_time(ConverterContext& context, Sample& sample) {
  std::tm parts{};
  if (!break_down(sample.number + context.call.number(1, 0), zone, parts)) return false;
  char text[512];
  const std::size_t length =
      std::strftime(text, sizeof text, context.call.arguments[0].text.c_str(), &parts);
  sample = Sample::of_text(context.arena().copy({text, length}));
  return true;
}

bool convert_http_date(ConverterContext& context, Sample& sample) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  const std::int64_t seconds = sample.number / context.call.option + context.call.number(0, 0);
  if (!break_down(seconds, Zone::Universal, parts)) return false;
  char text[64];
  char format[48];
  std::snprintf(format, sizeof format, "%s, %%d %s %%Y %%H:%%M:%%S GMT", kDays[parts.tm_wday],
                kMonths[parts.tm_mon]);
  const std::size_t length = std::strftime(text, sizeof text, format, &parts);
  sample = Sample::of_text(context.arena().copy({text, length}));
  return true;
}

bool prepare_http_date(Call& call, const base::SourceSpan&, CompileScope& scope) {
  const std::string_view unit = call.text(1);
  if (unit.empty() || unit == "s")
    call.option = 1;
  else if (unit == "ms")
    call.option = 1'000;
  else if (unit == "us")
    call.option = 1'000'000;
  else {
    scope.diagnostics.error(call.arguments[1].span,
                            "'" + std::string(unit) + "' is not one of s, ms and us");
    return false;
  }
  return true;
}

bool convert_if(ConverterContext& context, Sample& sample) {
  sample = Sample::of_text(context.call.text(sample.truth ? 0 : 1));
  return true;
}

bool convert_set_variable(ConverterContext& context, Sample& sample) {
  store_variable(context.call.arguments[0].variable, sample, context.evaluation);
  return true;
}

bool convert_unset_variable(ConverterContext& context, Sample&) {
  drop_variable(context.call.arguments[0].variable, context.evaluation);
  return true;
}

bool capture(std::vector<std::string_view>* slots, ConverterContext& context,
             const Sample& sample) {
  const auto index = static_cast<std::size_t>(context.call.number(0, 0));
  if (slots == nullptr || index >= slots->size()) return false;
  const auto limit = static_cast<std::size_t>(context.call.option);
  (*slots)[index] = context.arena().copy(sample.text.substr(0, limit));
  return true;
}

bool convert_capture_request(ConverterContext& context, Sample& sample) {
  return capture(context.evaluation.request_captures, context, sample);
}

bool convert_capture_response(ConverterContext& context, Sample& sample) {
  return capture(context.evaluation.response_captures, context, sample);
}

bool prepare_capture(Call& call, CompileScope& scope, std::optional<std::uint32_t> length) {
  if (!length) {
    scope.diagnostics.error(
        call.arguments[0].span,
        "there is no capture slot " + std::to_string(call.number(0, 0)) + " here",
        "'capture request header' and 'capture response header' of the frontend declare them");
    return false;
  }
  call.option = *length;
  return true;
}

bool prepare_capture_request(Call& call, const base::SourceSpan&, CompileScope& scope) {
  return prepare_capture(
      call, scope, request_slot_length(scope.proxy, static_cast<std::size_t>(call.number(0, 0))));
}

bool prepare_capture_response(Call& call, const base::SourceSpan&, CompileScope& scope) {
  const auto index = static_cast<std::size_t>(call.number(0, 0));
  const std::vector<model::Capture>& slots = scope.proxy.response_captures;
  return prepare_capture(
      call, scope, index < slots.size() ? std::optional(slots[index].max_length) : std::nullopt);
}

using enum SampleType;
constexpr ConverterRow kRows[] = {
    {"capture-req", "i", String, String, convert_capture_request, prepare_capture_request},
    {"capture-res", "i", String, String, convert_capture_response, prepare_capture_response},
    {"http_date", "?is", Int, String, convert_http_date, prepare_http_date},
    {"iif", "ss", Bool, String, convert_if},
    {"ipmask", "s?s", Ip, Ip, convert_mask, prepare_mask},
    {"ltime", "s?i", Int, String, convert_time<Zone::Local>},
    {"set-var", "n", None, None, convert_set_variable},
    {"unset-var", "n", None, None, convert_unset_variable},
    {"utime", "s?i", Int, String, convert_time<Zone::Universal>},
};

}  // namespace

std::span<const ConverterRow> other_converters() noexcept { return kRows; }

}  // namespace sluice::rules
