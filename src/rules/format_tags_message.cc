// Tags that print the request, the response and what was captured of them.
#include <array>
#include <span>

#include "rules/format_tags.h"

namespace sluice::rules {

namespace {

constexpr std::string_view kBadRequest = "<BADREQ>";
const LogRecord kNoRecord;

const LogRecord& record_of(const TagContext& context) {
  return context.record != nullptr ? *context.record : kNoRecord;
}

// The request

const http::Head* request_of(const TagContext& context) { return context.evaluation.request; }

bool bad_request(TagContext& context) {
  context.text(kBadRequest);
  return true;
}

bool method(TagContext& context) {
  const http::Head* head = request_of(context);
  if (head == nullptr) return bad_request(context);
  context.text(head->method_token.empty() ? http::to_text(head->method) : head->method_token,
               Escape::Url);
  return true;
}

bool put_target(TagContext& context, bool with_query) {
  const http::Head* head = request_of(context);
  if (head == nullptr) return bad_request(context);
  std::string_view target = head->target(*context.evaluation.arena);
  if (!with_query) target = target.substr(0, target.find('?'));
  context.text(target, Escape::Url);
  return true;
}

bool uri(TagContext& context) { return put_target(context, true); }
bool uri_without_query(TagContext& context) { return put_target(context, false); }

bool path(TagContext& context) {
  const http::Head* head = request_of(context);
  if (head == nullptr) return bad_request(context);
  context.text(head->path_only(), Escape::Url);
  return true;
}

bool query(TagContext& context) {
  const http::Head* head = request_of(context);
  if (head == nullptr) return bad_request(context);
  const std::size_t mark = head->path.find('?');
  if (mark == std::string_view::npos) return true;  // empty, where others print "-"
  context.text(head->path.substr(mark), Escape::Url);
  return true;
}

std::string_view name_of(http::Version version) {
  switch (version) {
    case http::Version::Http10:
      return "HTTP/1.0";
    case http::Version::Http11:
      return "HTTP/1.1";
    case http::Version::Http2:
      return "HTTP/2.0";
  }
  return "HTTP/1.1";
}

bool version(TagContext& context) {
  const http::Head* head = request_of(context);
  if (head == nullptr) return bad_request(context);
  context.text(name_of(head->version));
  return true;
}

bool request_line(TagContext& context) {
  if (context.record != nullptr && !context.record->request_line.empty()) {
    context.text(context.record->request_line, Escape::Url);
    return true;
  }
  const http::Head* head = request_of(context);
  if (head == nullptr) return bad_request(context);
  const std::string_view token =
      head->method_token.empty() ? http::to_text(head->method) : head->method_token;
  base::Arena& arena = *context.evaluation.arena;
  context.text(arena.concat({token, " ", head->target(arena), " ", name_of(head->version)}),
               Escape::Url);
  return true;
}

bool status(TagContext& context) {
  const LogRecord& record = record_of(context);
  if (context.record == nullptr && context.evaluation.response != nullptr) {
    context.number(context.evaluation.response->status);
  } else {
    context.number(record.status == 0 ? -1 : record.status);
  }
  return true;
}

bool request_cookie(TagContext& context) {
  context.text(record_of(context).request_cookie);
  return true;
}
bool response_cookie(TagContext& context) {
  context.text(record_of(context).response_cookie);
  return true;
}

bool termination(TagContext& context) {
  context.writer.put({record_of(context).termination, 2});
  return true;
}

bool termination_and_cookies(TagContext& context) {
  const LogRecord& record = record_of(context);
  const char flags[4] = {record.termination[0], record.termination[1], record.cookies[0],
                         record.cookies[1]};
  context.writer.put({flags, 4});
  return true;
}

// Captured headers

using Captures = std::vector<std::string_view>;

bool captures_in_braces(TagContext& context, const Captures* captures) {
  if (captures == nullptr || captures->empty()) return false;
  if (context.flags.quote) context.writer.put('"');
  context.writer.put('{');
  for (std::size_t i = 0; i < captures->size(); ++i) {
    if (i != 0) context.writer.put('|');
    context.writer.put_escaped((*captures)[i], Escape::Header, context.flags);
  }
  context.writer.put('}');
  if (context.flags.quote) context.writer.put('"');
  return true;
}

bool captures_as_list(TagContext& context, const Captures* captures) {
  if (captures == nullptr || captures->empty()) return false;
  for (std::size_t i = 0; i < captures->size(); ++i) {
    if (i != 0) context.writer.put(' ');
    if (context.flags.quote) context.writer.put('"');
    if (!(*captures)[i].empty())
      context.writer.put_escaped((*captures)[i], Escape::Header, context.flags);
    else if (!context.flags.quote)
      context.writer.put('-');
    if (context.flags.quote) context.writer.put('"');
  }
  return true;
}

bool request_captures(TagContext& context) {
  return captures_in_braces(context, context.evaluation.request_captures);
}
bool response_captures(TagContext& context) {
  return captures_in_braces(context, context.evaluation.response_captures);
}
bool request_capture_list(TagContext& context) {
  return captures_as_list(context, context.evaluation.request_captures);
}
bool response_capture_list(TagContext& context) {
  return captures_as_list(context, context.evaluation.response_captures);
}

constexpr TagRow kRows[] = {
    {"CC", request_cookie},
    {"CS", response_cookie},
    {"HM", method},
    {"HP", uri_without_query},
    {"HPO", path},
    {"HQ", query},
    {"HU", uri},
    {"HV", version},
    {"ST", status},
    {"hr", request_captures},
    {"hrl", request_capture_list},
    {"hs", response_captures},
    {"hsl", response_capture_list},
    {"r", request_line},
    {"ts", termination},
    {"tsc", termination_and_cookies},
};

}  // namespace

std::span<const TagRow> message_tags() noexcept { return kRows; }

}  // namespace sluice::rules
