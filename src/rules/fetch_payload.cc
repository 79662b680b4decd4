// Fetches from bytes that may still be arriving: the request's body, and what a client sent so far
// on a connection whose content rules run (manual §7.3.5 and §7.3.6).
#include <algorithm>

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

void note_growth(FetchContext& context) {
  if (!context.evaluation.payload_final) context.certainty = Certainty::MayChange;
}

bool fetch_length(FetchContext& context, Sample& sample) {
  note_growth(context);
  sample = Sample::of_int(static_cast<std::int64_t>(context.evaluation.payload.size()));
  return true;
}

/// payload(OFFSET,LENGTH): nothing until all of it came; length 0 is "to the end".
bool fetch_payload(FetchContext& context, Sample& sample) {
  const std::string_view bytes = context.evaluation.payload;
  const auto offset = static_cast<std::size_t>(context.call.number(0, 0));
  const auto length = static_cast<std::size_t>(context.call.number(1, 0));
  const bool whole = length != 0 && bytes.size() >= offset + length;
  if (!whole) note_growth(context);
  if (bytes.size() < offset || (length != 0 && !whole)) return false;
  sample = Sample::of_text(bytes.substr(offset, length == 0 ? std::string_view::npos : length));
  sample.type = SampleType::Binary;
  return true;
}

bool fetch_wait_end(FetchContext& context, Sample& sample) {
  note_growth(context);
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

using enum SampleType;
constexpr PlaceMask kBodyPlaces = kHead;
constexpr FetchRow kRows[] = {
    {"payload", "ii", Binary, bit(Place::Content), fetch_payload, prepare_payload},
    {"req.body", "", Binary, kBodyPlaces, fetch_body, nullptr, Body::Read},
    {"req.body_len", "", Int, kBodyPlaces, fetch_body_length, nullptr, Body::Read},
    {"req.body_param", "?s", String, kBodyPlaces, fetch_body_parameter, nullptr, Body::Read},
    {"req.body_param_val", "?s", Int, kBodyPlaces, fetch_body_parameter_number, nullptr,
     Body::Read},
    {"req.body_size", "", Int, kBodyPlaces, fetch_body_size, nullptr, Body::Read},
    {"req.len", "", Int, bit(Place::Content), fetch_length},
    {"req.payload", "ii", Binary, bit(Place::Content), fetch_payload, prepare_payload},
    {"req_len", "", Int, bit(Place::Content), fetch_length},
    {"wait_end", "", Bool, kAnywhere, fetch_wait_end},
};

}  // namespace

std::span<const FetchRow> payload_fetches() noexcept { return kRows; }

}  // namespace sluice::rules
