// Fetches from the request line and the status line (manual §7.3.6).
#include "base/text.h"
#include "rules/cast.h"
#include "rules/fetch_table.h"
#include "rules/url.h"

namespace sluice::rules {

namespace {

bool yield(Sample& sample, std::string_view text) {
  sample = Sample::of_text(text);
  return true;
}

bool has_path(const http::Head& head) {
  return head.target_form == http::TargetForm::Origin ||
         head.target_form == http::TargetForm::Absolute;
}

bool fetch_path(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  return head != nullptr && has_path(*head) && yield(sample, head->path_only());
}

bool fetch_pathq(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  return head != nullptr && has_path(*head) && yield(sample, head->path);
}

bool fetch_query(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  return head != nullptr && head->path.find('?') != std::string_view::npos &&
         yield(sample, head->query());
}

bool fetch_url(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  return head != nullptr && yield(sample, head->target(context.arena()));
}

bool join_host(FetchContext& context, Sample& sample, const http::Head& head,
               std::string_view path) {
  const http::Field* host = head.fields.find(http::FieldId::Host);
  if (!has_path(head)) path = {};
  return yield(sample, host == nullptr ? path : context.arena().concat({host->value, path}));
}

bool fetch_base(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  return head != nullptr && join_host(context, sample, *head, head->path_only());
}

bool fetch_baseq(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  return head != nullptr && join_host(context, sample, *head, head->path);
}

/// The host and the port of an absolute target that names an address; nothing else is looked up.
bool absolute_authority(FetchContext& context, std::string_view& host, std::string_view& port) {
  const http::Head* head = context.request();
  if (head == nullptr || head->target_form == http::TargetForm::Origin) return false;
  const std::string_view authority = head->authority;
  const std::size_t colon = authority.find_last_of(':');
  const bool bracket =
      colon != std::string_view::npos && authority.find(']', colon) != std::string_view::npos;
  host = colon == std::string_view::npos || bracket ? authority : authority.substr(0, colon);
  port =
      colon == std::string_view::npos || bracket ? std::string_view{} : authority.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return true;
}

bool fetch_url_ip(FetchContext& context, Sample& sample) {
  std::string_view host, port;
  if (!absolute_authority(context, host, port)) return false;
  const auto ip = parse_ip(host);
  if (!ip) return false;
  sample = *ip;
  return true;
}

bool fetch_url_port(FetchContext& context, Sample& sample) {
  std::string_view host, port;
  if (!absolute_authority(context, host, port) || !parse_ip(host)) return false;
  const auto number = base::to_unsigned(port);
  if (!port.empty() && (!number || *number > 65'535)) return false;
  sample = Sample::of_int(port.empty() ? 80 : static_cast<std::int64_t>(*number));
  return true;
}

bool fetch_url_param(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  if (head == nullptr) return false;
  const std::string_view delimiter = context.call.text(1);
  const char mark = delimiter.empty() ? '?' : delimiter.front();
  const std::size_t begin = head->path.find(mark);
  if (begin == std::string_view::npos) return false;
  const std::string_view list = head->path.substr(begin + 1);
  std::string_view value;
  if (!next_parameter(list, mark, context.call.text(0), context.iteration.offset, value))
    return false;
  context.iteration.more = context.iteration.wanted;
  return yield(sample, value);
}

bool fetch_url_param_number(FetchContext& context, Sample& sample) {
  return fetch_url_param(context, sample) && cast(sample, SampleType::Int, context.arena());
}

bool fetch_method(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  return head != nullptr && yield(sample, head->method_token.empty() ? http::to_text(head->method)
                                                                     : head->method_token);
}

std::string_view number_of(http::Version version) {
  switch (version) {
    case http::Version::Http10:
      return "1.0";
    case http::Version::Http11:
      return "1.1";
    case http::Version::Http2:
      return "2.0";
  }
  return "1.1";
}

bool fetch_request_version(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  return head != nullptr && yield(sample, number_of(head->version));
}

bool fetch_response_version(FetchContext& context, Sample& sample) {
  const http::Head* head = context.response();
  return head != nullptr && yield(sample, number_of(head->version));
}

bool capture_version(const http::Head* head, Sample& sample) {
  // HAProxy keeps only the distinction between 1.0 and what came after.
  return head != nullptr &&
         yield(sample, head->version == http::Version::Http10 ? "HTTP/1.0" : "HTTP/1.1");
}

bool fetch_captured_request_version(FetchContext& context, Sample& sample) {
  return capture_version(context.request(), sample);
}

bool fetch_captured_response_version(FetchContext& context, Sample& sample) {
  return capture_version(context.response(), sample);
}

bool fetch_captured_uri(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  if (head == nullptr) return false;
  return yield(sample, head->target_form == http::TargetForm::Absolute
                           ? head->path
                           : head->target(context.arena()));
}

bool fetch_status(FetchContext& context, Sample& sample) {
  const http::Head* head = context.response();
  if (head == nullptr) return false;
  sample = Sample::of_int(head->status);
  return true;
}

bool fetch_is_http(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  sample = Sample::of_bool(head != nullptr);
  return head != nullptr || context.certainty == Certainty::Final;
}

bool fetch_first_request(FetchContext& context, Sample& sample) {
  const auto* connection = context.evaluation.connection;
  if (connection == nullptr) return false;
  sample = Sample::of_bool(connection->request_number <= 1);
  return true;
}

using enum SampleType;
constexpr FetchRow kRows[] = {
    {"base", "", String, kHead, fetch_base},
    {"baseq", "", String, kHead, fetch_baseq},
    {"capture.req.method", "", String, kExchange, fetch_method},
    {"capture.req.uri", "", String, kExchange, fetch_captured_uri},
    {"capture.req.ver", "", String, kExchange, fetch_captured_request_version},
    {"capture.res.ver", "", String, kExchange, fetch_captured_response_version},
    {"http_first_req", "", Bool, kExchange, fetch_first_request},
    {"method", "", String, kExchange, fetch_method},
    {"path", "", String, kHead, fetch_path},
    {"pathq", "", String, kHead, fetch_pathq},
    {"query", "", String, kHead, fetch_query},
    {"req.proto_http", "", Bool, kHead, fetch_is_http},
    {"req.ver", "", String, kHead, fetch_request_version},
    {"req_proto_http", "", Bool, kHead, fetch_is_http},
    {"req_ver", "", String, kHead, fetch_request_version},
    {"res.ver", "", String, kAfterServer, fetch_response_version},
    {"resp_ver", "", String, kAfterServer, fetch_response_version},
    {"status", "", Int, kAfterServer, fetch_status},
    {"url", "", String, kHead, fetch_url},
    {"url_ip", "", Ip, kHead, fetch_url_ip},
    {"url_param", "?ss", String, kHead, fetch_url_param},
    {"url_port", "", Int, kHead, fetch_url_port},
    {"urlp", "?ss", String, kHead, fetch_url_param},
    {"urlp_val", "?ss", Int, kHead, fetch_url_param_number},
};

}  // namespace

std::span<const FetchRow> request_fetches() noexcept { return kRows; }

}  // namespace sluice::rules
