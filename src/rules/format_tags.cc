#include "rules/format_tags.h"

#include <unistd.h>

#include <array>

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
  context.text(context.evaluation.unique_id(), Escape::Control);
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

constexpr TagRow kRows[] = {
    {"B", open_number<&LogRecord::bytes_to_client>},
    {"H", hostname},
    {"ID", unique_id},
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
    {"lc", hexadecimal_number<&LogRecord::log_counter>},
    {"ms", milliseconds},
    {"pid", process_id},
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
};

}  // namespace

std::span<const TagRow> connection_tags() noexcept { return kRows; }

namespace {

std::array<std::span<const TagRow>, 2> tables() noexcept {
  return {connection_tags(), message_tags()};
}

}  // namespace

const TagRow* find_tag(std::string_view name) noexcept {
  for (const std::span<const TagRow> table : tables()) {
    for (const TagRow& row : table) {
      if (row.name == name) return &row;
    }
  }
  return nullptr;
}

std::vector<std::string_view> tag_names() {
  std::vector<std::string_view> names;
  for (const std::span<const TagRow> table : tables()) {
    for (const TagRow& row : table) names.push_back(row.name);
  }
  return names;
}

}  // namespace sluice::rules
