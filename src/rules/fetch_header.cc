// Fetches from header fields and cookies, of requests and responses (manual §7.3.6).
#include <array>

#include "base/text.h"
#include "rules/cast.h"
#include "rules/fetch_table.h"
#include "rules/header_values.h"

namespace sluice::rules {

namespace {

enum class Side : std::uint8_t { Request, Response, ByPlace };
enum class Values : bool { Elements, Whole };

constexpr std::int64_t kMaxOccurrence = 10;  // HAProxy counts at most ten back from the end

template <Side side>
const http::Head* head_of(FetchContext& context) {
  const bool response =
      side == Side::Response || (side == Side::ByPlace && is_response(context.call.place));
  return response ? context.response() : context.request();
}

bool next(Values values, const http::FieldList& fields, const FieldName& name, ValuePosition& at,
          std::string_view& value) {
  return values == Values::Elements ? next_element(fields, name, at, value)
                                    : next_value(fields, name, at, value);
}

/// The occurrence counted from the first (1) or from the last (-1).
bool pick(Values values, const http::FieldList& fields, const FieldName& name,
          std::int64_t occurrence, std::string_view& value) {
  ValuePosition at;
  if (occurrence > 0) {
    while (occurrence > 0) {
      if (!next(values, fields, name, at, value)) return false;
      --occurrence;
    }
    return true;
  }
  std::array<std::string_view, kMaxOccurrence> ring;
  std::size_t count = 0;
  while (next(values, fields, name, at, value)) ring[count++ % ring.size()] = value;
  const auto back = static_cast<std::size_t>(-occurrence);
  if (count < back) return false;
  value = ring[(count - back) % ring.size()];
  return true;
}

template <Side side, Values values>
bool fetch_header(FetchContext& context, Sample& sample) {
  const http::Head* head = head_of<side>(context);
  if (head == nullptr) return false;
  const FieldName name{context.call.text(0), static_cast<http::FieldId>(context.call.option)};
  const std::int64_t occurrence = context.call.number(1, 0);
  std::string_view value;
  if (occurrence == 0 && context.iteration.wanted) {
    ValuePosition at{context.iteration.field, context.iteration.offset};
    if (!next(values, head->fields, name, at, value)) return false;
    context.iteration.field = at.field;
    context.iteration.offset = at.offset;
    context.iteration.more = true;
  } else if (!pick(values, head->fields, name, occurrence == 0 ? -1 : occurrence, value)) {
    return false;
  }
  sample = Sample::of_text(value);
  return true;
}

template <Side side>
bool fetch_header_number(FetchContext& context, Sample& sample) {
  return fetch_header<side, Values::Elements>(context, sample) &&
         cast(sample, SampleType::Int, context.arena());
}

/// Values that are no address are passed over while others follow.
template <Side side>
bool fetch_header_ip(FetchContext& context, Sample& sample) {
  while (fetch_header<side, Values::Elements>(context, sample)) {
    std::string_view text = sample.text;
    if (text.size() > 1 && text.front() == '[' && text.find(']') != std::string_view::npos) {
      text = text.substr(1, text.find(']') - 1);
    } else if (std::size_t colon = text.find(':');
               colon != std::string_view::npos && colon == text.rfind(':')) {
      text = text.substr(0, colon);
    }
    if (const auto ip = parse_ip(text)) {
      sample = *ip;
      return true;
    }
    if (!context.iteration.more) return false;
    context.iteration.more = false;
  }
  return false;
}

template <Side side, Values values>
bool fetch_header_count(FetchContext& context, Sample& sample) {
  const http::Head* head = head_of<side>(context);
  if (head == nullptr) return false;
  const FieldName name{context.call.text(0), static_cast<http::FieldId>(context.call.option)};
  ValuePosition at;
  std::string_view value;
  std::int64_t count = 0;
  while (next(values, head->fields, name, at, value)) ++count;
  sample = Sample::of_int(count);
  return true;
}

template <Side side>
bool fetch_header_names(FetchContext& context, Sample& sample) {
  const http::Head* head = head_of<side>(context);
  if (head == nullptr) return false;
  const char separator = context.call.text(0).empty() ? ',' : context.call.text(0).front();
  std::size_t size = 0;
  for (const http::Field& field : head->fields) size += field.name.size() + 1;
  char* out = context.arena().allocate(size);
  char* at = out;
  for (const http::Field& field : head->fields) {
    if (at != out) *at++ = separator;
    for (char c : field.name) *at++ = base::to_lower(c);
  }
  sample = Sample::of_text({out, static_cast<std::size_t>(at - out)});
  return true;
}

/// All fields as they would stand in an HTTP/1 head, the empty line included.
template <Side side>
bool fetch_headers(FetchContext& context, Sample& sample) {
  const http::Head* head = head_of<side>(context);
  if (head == nullptr) return false;
  std::size_t size = 2;
  for (const http::Field& field : head->fields) size += field.name.size() + field.value.size() + 4;
  char* out = context.arena().allocate(size);
  char* at = out;
  const auto put = [&at](std::string_view text) { at = std::copy(text.begin(), text.end(), at); };
  for (const http::Field& field : head->fields) {
    for (char c : field.name) *at++ = base::to_lower(c);
    put(": ");
    put(field.value);
    put("\r\n");
  }
  put("\r\n");
  sample = Sample::of_text({out, size});
  return true;
}

template <Side side>
bool fetch_cookie(FetchContext& context, Sample& sample) {
  const http::Head* head = head_of<side>(context);
  if (head == nullptr) return false;
  const CookieKind kind = side == Side::Request ? CookieKind::Request : CookieKind::Response;
  ValuePosition at{context.iteration.field, context.iteration.offset};
  std::string_view value;
  bool found = false;
  std::string_view candidate;
  while (next_cookie(head->fields, kind, context.call.text(0), at, candidate)) {
    found = true;
    value = candidate;
    // A condition tests each one; a value is the last one, or the first when no name was given.
    if (context.iteration.wanted || context.call.text(0).empty()) break;
  }
  context.iteration.field = at.field;
  context.iteration.offset = at.offset;
  context.iteration.more = found && context.iteration.wanted;
  if (found) sample = Sample::of_text(value);
  return found;
}

template <Side side>
bool fetch_cookie_number(FetchContext& context, Sample& sample) {
  return fetch_cookie<side>(context, sample) && cast(sample, SampleType::Int, context.arena());
}

template <Side side>
bool fetch_cookie_count(FetchContext& context, Sample& sample) {
  const http::Head* head = head_of<side>(context);
  if (head == nullptr) return false;
  const CookieKind kind = side == Side::Request ? CookieKind::Request : CookieKind::Response;
  ValuePosition at;
  std::string_view value;
  std::int64_t count = 0;
  while (next_cookie(head->fields, kind, context.call.text(0), at, value)) ++count;
  sample = Sample::of_int(count);
  return true;
}

bool prepare_header(Call& call, const base::SourceSpan& span, CompileScope& scope) {
  call.option = static_cast<std::int64_t>(http::field_id(call.text(0)));
  const std::int64_t occurrence = call.number(1, 0);
  if (occurrence >= -kMaxOccurrence) return true;
  scope.diagnostics.error(call.has(1) ? call.arguments[1].span : span,
                          "the occurrence of a header is counted back at most 10 from the last");
  return false;
}

using enum SampleType;
constexpr PlaceMask kBoth = kHead | kResponse;
template <Side side>
constexpr auto kElements = fetch_header<side, Values::Elements>;
template <Side side>
constexpr auto kWhole = fetch_header<side, Values::Whole>;
template <Side side>
constexpr auto kCountElements = fetch_header_count<side, Values::Elements>;
template <Side side>
constexpr auto kCountWhole = fetch_header_count<side, Values::Whole>;

constexpr FetchRow kRows[] = {
    {"cook", "?s", String, kHead, fetch_cookie<Side::Request>},
    {"cook_cnt", "?s", Int, kHead, fetch_cookie_count<Side::Request>},
    {"cook_val", "?s", Int, kHead, fetch_cookie_number<Side::Request>},
    {"hdr", "?si", String, kBoth, kElements<Side::ByPlace>, prepare_header},
    {"hdr_cnt", "?s", Int, kBoth, kCountElements<Side::ByPlace>, prepare_header},
    {"hdr_ip", "?si", Ip, kBoth, fetch_header_ip<Side::ByPlace>, prepare_header},
    {"hdr_val", "?si", Int, kBoth, fetch_header_number<Side::ByPlace>, prepare_header},
    {"req.cook", "?s", String, kHead, fetch_cookie<Side::Request>},
    {"req.cook_cnt", "?s", Int, kHead, fetch_cookie_count<Side::Request>},
    {"req.cook_val", "?s", Int, kHead, fetch_cookie_number<Side::Request>},
    {"req.fhdr", "?si", String, kHead, kWhole<Side::Request>, prepare_header},
    {"req.fhdr_cnt", "?s", Int, kHead, kCountWhole<Side::Request>, prepare_header},
    {"req.hdr", "?si", String, kHead, kElements<Side::Request>, prepare_header},
    {"req.hdr_cnt", "?s", Int, kHead, kCountElements<Side::Request>, prepare_header},
    {"req.hdr_ip", "?si", Ip, kHead, fetch_header_ip<Side::Request>, prepare_header},
    {"req.hdr_names", "?s", String, kHead, fetch_header_names<Side::Request>},
    {"req.hdr_val", "?si", Int, kHead, fetch_header_number<Side::Request>, prepare_header},
    {"req.hdrs", "", String, kHead, fetch_headers<Side::Request>},
    {"res.cook", "?s", String, kResponse, fetch_cookie<Side::Response>},
    {"res.cook_cnt", "?s", Int, kResponse, fetch_cookie_count<Side::Response>},
    {"res.cook_val", "?s", Int, kResponse, fetch_cookie_number<Side::Response>},
    {"res.fhdr", "?si", String, kResponse, kWhole<Side::Response>, prepare_header},
    {"res.fhdr_cnt", "?s", Int, kResponse, kCountWhole<Side::Response>, prepare_header},
    {"res.hdr", "?si", String, kResponse, kElements<Side::Response>, prepare_header},
    {"res.hdr_cnt", "?s", Int, kResponse, kCountElements<Side::Response>, prepare_header},
    {"res.hdr_ip", "?si", Ip, kResponse, fetch_header_ip<Side::Response>, prepare_header},
    {"res.hdr_names", "?s", String, kResponse, fetch_header_names<Side::Response>},
    {"res.hdr_val", "?si", Int, kResponse, fetch_header_number<Side::Response>, prepare_header},
    {"res.hdrs", "", String, kResponse, fetch_headers<Side::Response>},
    {"scook", "?s", String, kResponse, fetch_cookie<Side::Response>},
    {"scook_cnt", "?s", Int, kResponse, fetch_cookie_count<Side::Response>},
    {"scook_val", "?s", Int, kResponse, fetch_cookie_number<Side::Response>},
    {"shdr", "?si", String, kResponse, kElements<Side::Response>, prepare_header},
    {"shdr_cnt", "?s", Int, kResponse, kCountElements<Side::Response>, prepare_header},
    {"shdr_ip", "?si", Ip, kResponse, fetch_header_ip<Side::Response>, prepare_header},
    {"shdr_val", "?si", Int, kResponse, fetch_header_number<Side::Response>, prepare_header},
};

}  // namespace

std::span<const FetchRow> header_fetches() noexcept { return kRows; }

}  // namespace sluice::rules
