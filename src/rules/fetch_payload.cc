// Fetches from bytes that may still be arriving: the request's body, and what a client or a server
// sent so far on a connection whose content rules run (manual §7.3.5 and §7.3.6).
#include <algorithm>
#include <charconv>

#include "rules/cast.h"
#include "rules/fetch_table.h"
#include "rules/url.h"

namespace sluice::rules {

namespace {

bool fetch_body(FetchContext& context, Sample& sample) {
  if (context.request() == nullptr) return false;
  sample = Sample::of_text(context.evaluation.body.bytes);
  sample.type = SampleType::Binary;
  return true;
}

bool fetch_body_length(FetchContext& context, Sample& sample) {
  if (context.request() == nullptr) return false;
  sample = Sample::of_int(static_cast<std::int64_t>(context.evaluation.body.bytes.size()));
  return true;
}

bool fetch_body_size(FetchContext& context, Sample& sample) {
  if (context.request() == nullptr) return false;
  const BodyView& body = context.evaluation.body;
  sample = Sample::of_int(
      static_cast<std::int64_t>(std::max<std::uint64_t>(body.known_length, body.bytes.size())));
  return true;
}

bool fetch_body_parameter(FetchContext& context, Sample& sample) {
  if (context.request() == nullptr) return false;
  std::string_view value;
  if (!next_parameter(context.evaluation.body.bytes, '&', context.call.text(0),
                      context.iteration.offset, value)) {
    return false;
  }
  context.iteration.more = context.iteration.wanted;
  sample = Sample::of_text(value);
  return true;
}

bool fetch_body_parameter_number(FetchContext& context, Sample& sample) {
  return fetch_body_parameter(context, sample) && cast(sample, SampleType::Int, context.arena());
}

bool fetch_length(FetchContext& context, Sample& sample) {
  context.note_growth();
  const Evaluation& evaluation = context.evaluation;
  sample = Sample::of_int(static_cast<std::int64_t>(
      std::max<std::uint64_t>(evaluation.payload.size(), evaluation.message_bytes)));
  return true;
}

/// The opaque bytes of the stream; a message of HTTP is none.
bool payload_of(FetchContext& context, std::string_view& bytes) {
  bytes = context.evaluation.payload;
  return context.evaluation.message_bytes == 0;
}

/// payload(OFFSET,LENGTH): nothing until all of it came; length 0 is "to the end".
bool fetch_payload(FetchContext& context, Sample& sample) {
  std::string_view bytes;
  if (!payload_of(context, bytes)) return false;
  const auto offset = static_cast<std::size_t>(context.call.number(0, 0));
  const auto length = static_cast<std::size_t>(context.call.number(1, 0));
  const bool whole = length != 0 && bytes.size() >= offset && bytes.size() - offset >= length;
  if (!whole) context.note_growth();
  if (bytes.size() < offset || (length != 0 && !whole)) return false;
  sample = Sample::of_text(bytes.substr(offset, length == 0 ? std::string_view::npos : length));
  sample.type = SampleType::Binary;
  return true;
}

/// payload_lv(OFFSET1,LENGTH[,OFFSET2]): how long the block is stands in LENGTH bytes at OFFSET1.
/// OFFSET2 is counted from there with a sign, else from the start.
bool fetch_payload_lv(FetchContext& context, Sample& sample) {
  std::string_view bytes;
  if (!payload_of(context, bytes)) return false;
  const auto offset = static_cast<std::size_t>(context.call.number(0, 0));
  const auto length = static_cast<std::size_t>(context.call.number(1, 0));
  if (bytes.size() < offset || bytes.size() - offset < length) {
    context.note_growth();
    return false;
  }
  std::uint64_t size = 0;
  for (const char c : bytes.substr(offset, length))
    size = size << 8U | static_cast<std::uint8_t>(c);
  const std::size_t begin = static_cast<std::size_t>(context.call.option);
  if (size == 0) return false;
  if (bytes.size() < begin || bytes.size() - begin < size) {
    context.note_growth();
    return false;
  }
  sample = Sample::of_text(bytes.substr(begin, size));
  sample.type = SampleType::Binary;
  return true;
}

bool fetch_wait_end(FetchContext& context, Sample& sample) {
  context.note_growth();
  sample = Sample::of_bool(true);
  return context.evaluation.payload_final;
}

bool prepare_payload(Call& call, const base::SourceSpan&, CompileScope& scope) {
  for (const Argument& argument : call.arguments) {
    if (argument.number >= 0) continue;
    scope.diagnostics.error(argument.span, "an offset or a length is not negative");
    return false;
  }
  return true;
}

/// Where the block of a payload_lv() begins goes to `option`.
bool prepare_payload_lv(Call& call, const base::SourceSpan& span, CompileScope& scope) {
  const std::int64_t offset = call.number(0, 0);
  const std::int64_t length = call.number(1, 0);
  const auto refuse = [&](std::size_t i, const char* why) {
    scope.diagnostics.error(call.has(i) ? call.arguments[i].span : span, why);
    return false;
  };
  if (offset < 0) return refuse(0, "an offset is not negative");
  if (length < 1 || length > 8) return refuse(1, "a length is stored in 1 to 8 bytes");
  call.option = offset + length;
  const std::string_view text = call.text(2);
  if (text.empty()) return true;
  const bool relative = text.front() == '+' || text.front() == '-';
  std::uint32_t distance = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + (relative ? 1 : 0), end, distance);
  if (read.ec != std::errc{} || read.ptr != end) return refuse(2, "this is not an offset");
  if (!relative)
    call.option = distance;
  else
    call.option += text.front() == '+' ? std::int64_t{distance} : -std::int64_t{distance};
  return call.option >= 0 || refuse(2, "this offset lies before the first byte");
}

using enum SampleType;
constexpr PlaceMask kBodyPlaces = kHead;
constexpr PlaceMask kAnswer =
    bit(Place::ResponseContent) | bit(Place::HttpResponse) | bit(Place::Check);
constexpr FetchRow kRows[] = {
    {"payload", "ii", Binary, kHead | kAnswer, fetch_payload, prepare_payload},
    {"payload_lv", "ii?s", Binary, kHead | kAnswer, fetch_payload_lv, prepare_payload_lv},
    {"req.body", "", Binary, kBodyPlaces, fetch_body, nullptr, Body::Read},
    {"req.body_len", "", Int, kBodyPlaces, fetch_body_length, nullptr, Body::Read},
    {"req.body_param", "?s", String, kBodyPlaces, fetch_body_parameter, nullptr, Body::Read},
    {"req.body_param_val", "?s", Int, kBodyPlaces, fetch_body_parameter_number, nullptr,
     Body::Read},
    {"req.body_size", "", Int, kBodyPlaces, fetch_body_size, nullptr, Body::Read},
    {"req.len", "", Int, kHead, fetch_length},
    {"req.payload", "ii", Binary, kHead, fetch_payload, prepare_payload},
    {"req.payload_lv", "ii?s", Binary, kHead, fetch_payload_lv, prepare_payload_lv},
    {"req_len", "", Int, kHead, fetch_length},
    {"res.len", "", Int, kAnswer, fetch_length},
    {"res.payload", "ii", Binary, kAnswer, fetch_payload, prepare_payload},
    {"res.payload_lv", "ii?s", Binary, kAnswer, fetch_payload_lv, prepare_payload_lv},
    {"wait_end", "", Bool, kAnywhere, fetch_wait_end},
};

}  // namespace

std::span<const FetchRow> payload_fetches() noexcept { return kRows; }

}  // namespace sluice::rules
