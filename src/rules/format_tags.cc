#include "rules/format_tags.h"

#include <unistd.h>

#include "rules/format_date.h"
#include "rules/sample.h"

namespace sluice::rules {

void TagContext::text(std::string_view value, Escape escape) {
  if (flags.quote) writer.put('"');
  if (!value.empty())
    writer.put_escaped(value, escape, flags);
  else if (dash_when_absent && !flags.quote)
    writer.put('-');
  if (flags.quote) writer.put('"');
}

void TagContext::number(std::int64_t value) { writer.put_number(value); }

namespace {

using std::int64_t;

constexpr std::string_view kBadRequest = "<BADREQ>";
const LogRecord kNoRecord;

const LogRecord& record_of(const TagContext& context) {
  return context.record != nullptr ? *context.record : kNoRecord;
}

/// A number of the record that HAProxy prints in decimal whatever the flags.
template <auto member>
bool number(TagContext& context) {
  context.number(static_cast<int64_t>(record_of(context).*member));
  return true;
}

template <auto member>
bool hexadecimal_number(TagContext& context) {
  const auto value = record_of(context).*member;
  if (context.flags.hexadecimal)
    context.writer.put_hexadecimal(static_cast<std::uint64_t>(value), 4);
  else
    context.number(static_cast<int64_t>(value));
  return true;
}

// Addresses

bool put_ip(TagContext& context, const base::Address& address) {
  if (!address.is_ip()) {
    // HAProxy's word for a client on a unix socket.
    context.text(address.is_unix() ? std::string_view("unix") : std::string_view{});
    return true;
  }
  char buffer[64];
  if (!context.flags.hexadecimal) {
    context.text({buffer, address.write_host(buffer)});
    return true;
  }
  for (char c : address.ip_bytes())
    context.writer.put_hexadecimal(static_cast<unsigned char>(c), 2);
  return true;
}

bool put_port(TagContext& context, const base::Address& address) {
  if (!address.is_ip()) {
    context.text({});
  } else if (context.flags.hexadecimal) {
    context.writer.put_hexadecimal(address.port(), 4);
  } else {
    context.number(address.port());
  }
  return true;
}

const model::ConnectionFacts& connection_of(const TagContext& context) {
  static const model::ConnectionFacts kNone;
  return context.evaluation.connection != nullptr ? *context.evaluation.connection : kNone;
}

bool client_ip(TagContext& context) { return put_ip(context, connection_of(context).source); }
bool client_port(TagContext& context) { return put_port(context, connection_of(context).source); }
bool frontend_ip(TagContext& context) {
  return put_ip(context, connection_of(context).destination);
}
bool frontend_port(TagContext& context) {
  return put_port(context, connection_of(context).destination);
}
bool source_ip(TagContext& context) { return put_ip(context, record_of(context).backend_source); }
bool source_port(TagContext& context) {
  return put_port(context, record_of(context).backend_source);
}
bool server_ip(TagContext& context) { return put_ip(context, record_of(context).server_address); }
bool server_port(TagContext& context) {
  return put_port(context, record_of(context).server_address);
}

// Names

std::string_view frontend_name_of(const TagContext& context) {
  if (context.record != nullptr) return context.record->frontend_name;
  return context.evaluation.frontend != nullptr
             ? std::string_view(context.evaluation.frontend->name())
             : std::string_view{};
}

bool frontend_name(TagContext& context) {
  context.text(frontend_name_of(context));
  return true;
}

bool frontend_transport(TagContext& context) {
  const bool tls = context.record != nullptr ? context.record->frontend_is_tls
                                             : connection_of(context).tls != nullptr;
  if (!tls) return frontend_name(context);
  if (context.flags.quote) context.writer.put('"');
  context.writer.put_escaped(frontend_name_of(context), Escape::None, context.flags);
  context.writer.put('~');
  if (context.flags.quote) context.writer.put('"');
  return true;
}

bool backend_name(TagContext& context) {
  if (context.record != nullptr)
    context.text(context.record->backend_name);
  else if (context.evaluation.backend != nullptr)
    context.text(context.evaluation.backend->name());
  else
    context.text(frontend_name_of(context));
  return true;
}

bool server_name(TagContext& context) {
  if (context.record != nullptr)
    context.text(context.record->server_name);
  else if (context.evaluation.server != nullptr)
    context.text(context.evaluation.server->name());
  else
    context.text("<NOSRV>");
  return true;
}

bool hostname(TagContext& context) {
  if (context.record != nullptr) {
    context.text(context.record->hostname);
    return true;
  }
  char name[256] = {};
  context.text(gethostname(name, sizeof name - 1) == 0 ? std::string_view(name)
                                                       : std::string_view{});
  return true;
}

bool process_id(TagContext& context) {
  const std::uint32_t pid =
      context.record != nullptr ? context.record->pid : static_cast<std::uint32_t>(getpid());
  if (context.flags.hexadecimal)
    context.writer.put_hexadecimal(pid, 4);
  else
    context.number(pid);
  return true;
}

bool unique_id(TagContext& context) {
  context.text(context.evaluation.unique_id, Escape::Control);
  return true;
}

bool tls_cipher(TagContext& context) {
  const model::TlsFacts* tls = connection_of(context).tls;
  context.text(tls != nullptr ? tls->cipher : std::string_view{});
  return true;
}

bool tls_version(TagContext& context) {
  const model::TlsFacts* tls = connection_of(context).tls;
  context.text(tls != nullptr ? tls->protocol : std::string_view{});
  return true;
}

// Dates

int64_t accept_us(const TagContext& context) {
  if (context.record != nullptr) return context.record->accept_wall_us;
  const int64_t accepted = connection_of(context).accepted_wall_us;
  return accepted != 0 ? accepted : context.evaluation.now.wall_us;
}

int64_t request_us(const TagContext& context) {
  return context.record != nullptr ? context.record->request_wall_us
                                   : context.evaluation.now.wall_us;
}

void put_milliseconds(TagContext& context, int64_t us) {
  const auto ms = static_cast<unsigned>(us / 1'000 % 1'000);
  context.writer.put(static_cast<char>('0' + ms / 100));
  context.writer.put(static_cast<char>('0' + ms / 10 % 10));
  context.writer.put(static_cast<char>('0' + ms % 10));
}

bool put_precise(TagContext& context, int64_t us) {
  context.writer.put(local_date(us / 1'000'000));
  context.writer.put('.');
  put_milliseconds(context, us);
  return true;
}

bool put_universal(TagContext& context, int64_t us) {
  context.writer.put(universal_date(us / 1'000'000));
  context.writer.put(" +0000");
  return true;
}

bool put_local(TagContext& context, int64_t us) {
  context.writer.put(local_date(us / 1'000'000));
  context.writer.put(' ');
  context.writer.put(local_offset(us / 1'000'000));
  return true;
}

bool date(TagContext& context) { return put_precise(context, accept_us(context)); }
bool date_universal(TagContext& context) { return put_universal(context, accept_us(context)); }
bool date_local(TagContext& context) { return put_local(context, accept_us(context)); }
bool request_date(TagContext& context) { return put_precise(context, request_us(context)); }
bool request_date_universal(TagContext& context) {
  return put_universal(context, request_us(context));
}
bool request_date_local(TagContext& context) { return put_local(context, request_us(context)); }

bool timestamp(TagContext& context) {
  const int64_t seconds = accept_us(context) / 1'000'000;
  if (context.flags.hexadecimal)
    context.writer.put_hexadecimal(static_cast<std::uint64_t>(seconds), 4);
  else
    context.number(seconds);
  return true;
}

bool milliseconds(TagContext& context) {
  const int64_t us = accept_us(context);
  if (context.flags.hexadecimal)
    context.writer.put_hexadecimal(static_cast<std::uint64_t>(us / 1'000 % 1'000), 2);
  else
    put_milliseconds(context, us);
  return true;
}

// Times: "+" says that a line was written before the end (option logasap)

bool head_time(TagContext& context) {
  const LogRecord& record = record_of(context);
  context.number(record.request_ms < 0 ? -1
                                       : record.handshake_ms + record.idle_ms + record.request_ms);
  return true;
}

template <auto member>
bool open_number(TagContext& context) {
  if (record_of(context).logasap) context.writer.put('+');
  return number<member>(context);
}

bool retries(TagContext& context) {
  if (record_of(context).redispatched) context.writer.put('+');
  return number<&LogRecord::retries>(context);
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
  if (mark != std::string_view::npos)
    context.text(head->path.substr(mark), Escape::Url);
  else if (context.flags.quote)
    context.writer.put("\"\"");  // no query is empty, not '-'
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
  context.text({});
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
    {"B", open_number<&LogRecord::bytes_to_client>},
    {"CC", request_cookie},
    {"CS", request_cookie},
    {"H", hostname},
    {"HM", method},
    {"HP", uri_without_query},
    {"HPO", path},
    {"HQ", query},
    {"HU", uri},
    {"HV", version},
    {"ID", unique_id},
    {"ST", status},
    {"T", date_universal},
    {"TR", number<&LogRecord::request_ms>},
    {"Ta", open_number<&LogRecord::active_ms>},
    {"Tc", number<&LogRecord::connect_ms>},
    {"Td", number<&LogRecord::data_ms>},
    {"Th", number<&LogRecord::handshake_ms>},
    {"Ti", number<&LogRecord::idle_ms>},
    {"Tl", date_local},
    {"Tq", head_time},
    {"Tr", number<&LogRecord::response_ms>},
    {"Ts", timestamp},
    {"Tt", open_number<&LogRecord::total_ms>},
    {"Tu", open_number<&LogRecord::user_ms>},
    {"Tw", number<&LogRecord::queue_ms>},
    {"U", open_number<&LogRecord::bytes_from_client>},
    {"ac", number<&LogRecord::active_connections>},
    {"b", backend_name},
    {"bc", number<&LogRecord::backend_connections>},
    {"bi", source_ip},
    {"bp", source_port},
    {"bq", number<&LogRecord::backend_queue>},
    {"ci", client_ip},
    {"cp", client_port},
    {"f", frontend_name},
    {"fc", number<&LogRecord::frontend_connections>},
    {"fi", frontend_ip},
    {"fp", frontend_port},
    {"ft", frontend_transport},
    {"hr", request_captures},
    {"hrl", request_capture_list},
    {"hs", response_captures},
    {"hsl", response_capture_list},
    {"lc", hexadecimal_number<&LogRecord::request_counter>},
    {"ms", milliseconds},
    {"pid", process_id},
    {"r", request_line},
    {"rc", retries},
    {"rt", hexadecimal_number<&LogRecord::request_counter>},
    {"s", server_name},
    {"sc", number<&LogRecord::server_connections>},
    {"si", server_ip},
    {"sp", server_port},
    {"sq", number<&LogRecord::server_queue>},
    {"sslc", tls_cipher},
    {"sslv", tls_version},
    {"t", date},
    {"tr", request_date},
    {"trg", request_date_universal},
    {"trl", request_date_local},
    {"ts", termination},
    {"tsc", termination_and_cookies},
};

}  // namespace

const TagRow* find_tag(std::string_view name) noexcept {
  for (const TagRow& row : kRows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::vector<std::string_view> tag_names() {
  std::vector<std::string_view> names;
  for (const TagRow& row : kRows) names.push_back(row.name);
  return names;
}

}  // namespace sluice::rules
