// The `show` family: what is, in HAProxy's formats.
#include <algorithm>
#include <memory>

#include "admin/runtime_commands.h"
#include "base/text.h"
#include "control/saved_state.h"
#include "stats/collect.h"
#include "stats/csv.h"
#include "stats/info.h"
#include "stats/json.h"
#include "stats/typed.h"

namespace sluice::admin {

using model::CheckStatus;

namespace {

constexpr std::size_t kPieceBytes = 65'536;

CommandReply dump(std::string text) { return {std::move(text), {}, std::nullopt}; }

// show info, show stat

enum class DumpForm : std::uint8_t { Plain, Typed, Json };
struct DumpWords {
  DumpForm form = DumpForm::Plain;
  stats::Descriptions descriptions = stats::Descriptions::Without;
  unsigned hide = stats::Selection::kNone;
};

/// Unknown words are passed over, as HAProxy does.
DumpWords read_dump_words(const CommandContext& context, std::size_t from) {
  DumpWords out;
  for (std::size_t i = from; i < context.arguments.size(); ++i) {
    const std::string_view word = context.arguments[i];
    if (word == "typed")
      out.form = DumpForm::Typed;
    else if (word == "json")
      out.form = DumpForm::Json;
    else if (word == "desc")
      out.descriptions = stats::Descriptions::With;
    else if (word == "up")
      out.hide |= stats::Selection::kDown;
    else if (word == "no-maint")
      out.hide |= stats::Selection::kMaint;
  }
  return out;
}

CommandReply show_info(CommandContext& context) {
  const DumpWords words = read_dump_words(context, 0);
  const Picture picture = take_picture(context.view);
  switch (words.form) {
    case DumpForm::Typed:
      return dump(stats::info_typed(picture.process, words.descriptions));
    case DumpForm::Json:
      return dump(stats::info_json(picture.process) + "\n");
    case DumpForm::Plain:
      break;
  }
  return dump(stats::info_text(picture.process, words.descriptions));
}

/// A `show stat` under way: one moment's rows, written piece by piece.
class StatDump {
 public:
  StatDump(Picture picture, const DumpWords& words, stats::Selection selection,
           std::string proxy_name)
      : picture_(std::move(picture)),
        words_(words),
        selection_(selection),
        proxy_name_(std::move(proxy_name)) {
    selection_.proxy_name = proxy_name_;
    selection_.hide = words.hide;
  }

  std::string next() {
    std::string out;
    if (!started_) {
      started_ = true;
      if (words_.form == DumpForm::Plain) stats::append_csv_header(out);
      if (words_.form == DumpForm::Json) out += '[';
    }
    while (!ended_ && out.size() < kPieceBytes) {
      stats::Sample sample;
      if (cursor_ && cursor_->next(sample)) {
        write_row(out, sample);
      } else if (!open_next()) {
        ended_ = true;
        if (words_.form == DumpForm::Json) out += "]\n";
      }
    }
    return out;
  }

 private:
  bool open_next() {
    while (next_source_ < picture_.sources.size()) {
      const stats::Source& source = picture_.sources[next_source_++];
      if (!stats::selects_proxy(selection_, source)) continue;
      cursor_.emplace(source, picture_.moment, selection_);
      return true;
    }
    return false;
  }
  void write_row(std::string& out, const stats::Sample& sample) {
    switch (words_.form) {
      case DumpForm::Plain:
        stats::append_csv_row(out, sample);
        break;
      case DumpForm::Typed:
        stats::append_typed_row(out, sample, words_.descriptions);
        break;
      case DumpForm::Json:
        if (!first_) out += ',';
        stats::append_json_row(out, sample);
    }
    first_ = false;
  }

  Picture picture_;
  DumpWords words_;
  stats::Selection selection_;
  std::string proxy_name_;
  std::optional<stats::RowCursor> cursor_;
  std::size_t next_source_ = 0;
  bool started_ = false, ended_ = false, first_ = true;
};

/// "IID TYPE SID" or "PROXY TYPE SID" at the beginning; true when they are there.
bool read_bounds(const CommandContext& context, stats::Selection& selection,
                 std::string& proxy_name) {
  const auto type = base::to_signed(context.argument(1));
  const auto sid = base::to_signed(context.argument(2));
  if (!type || !sid) return false;
  if (const auto iid = base::to_signed(context.argument(0)))
    selection.iid = *iid;
  else
    proxy_name = context.argument(0);
  selection.types = *type < 0 ? 0xFU : static_cast<unsigned>(*type) & 0xFU;
  selection.sid = *sid;
  return true;
}

CommandReply show_stat(CommandContext& context) {
  stats::Selection selection;
  std::string proxy_name;
  const bool bounded = read_bounds(context, selection, proxy_name);
  Picture picture = take_picture(context.view);
  if (!proxy_name.empty()) {
    const bool known =
        std::any_of(picture.sources.begin(), picture.sources.end(),
                    [&](const stats::Source& source) { return source.config->name == proxy_name; });
    if (!known) return failure("No such proxy.");
  }
  auto stat =
      std::make_shared<StatDump>(std::move(picture), read_dump_words(context, bounded ? 3 : 0),
                                 selection, std::move(proxy_name));
  std::string first = stat->next();
  return {std::move(first), [stat] { return stat->next(); }, std::nullopt};
}

CommandReply show_schema(CommandContext&) { return dump(std::string(stats::json_schema()) + "\n"); }

CommandReply show_backend(CommandContext& context) {
  std::string out = "# name\n";
  if (const auto snapshot = context.view.snapshot()) {
    for (const model::Proxy& proxy : snapshot->config->proxies) {
      if (proxy.is_backend()) out += proxy.name + "\n";
    }
  }
  return dump(std::move(out));
}

CommandReply show_version(CommandContext& context) { return message(context.view.facts.version); }

CommandReply show_startup_logs(CommandContext& context) {
  return dump(context.view.startup_logs ? context.view.startup_logs() : std::string());
}

// show servers

/// 0 unknown, 2 failed, 3 passed, 4 passed under a condition.
int check_result(const model::CheckReport& report) {
  if (report.status == CheckStatus::Unknown || report.status == CheckStatus::Init) return 0;
  return !report.passed ? 2 : report.conditional ? 4 : 3;
}

/// Bits: 1 running, 2 configured, 4 enabled, 8 paused.
int check_state(const stats::ServerSource& server, const model::ServerStateWord& word) {
  const bool configured = server.config->check.enabled;
  int bits = configured ? 2 : 0;
  if (configured && server.live->check_enabled) bits |= 4;
  if (server.live->history.check_running) bits |= 1;
  if (configured ? word.in_maintenance() : server.config->disabled) bits |= 8;
  return bits;
}

/// The same of the agent's, and 16: it is one. 0: there is none.
int agent_state(const stats::ServerSource& server) {
  if (!server.config->agent.enabled) return 0;
  int bits = 16 | 2;
  if (server.live->agent_enabled) bits |= 4;
  if (server.live->history.agent_running) bits |= 1;
  return bits;
}

/// Where checks or the agent are asked by an operator's or the configuration's word.
std::string probe_host(const model::ServerLive::ProbePlace& place, const std::string& written) {
  if (place.address.is_set()) return place.address.host();
  return written.empty() ? "-" : written;
}

/// 0 stopped, 1 warming up, 2 running, 3 stopping.
int operational_number(const model::ServerLive& live, const model::ServerStateWord& word) {
  if (word.in_maintenance() || word.oper == model::OperState::Down) return 0;
  if (word.oper == model::OperState::NoLb) return 3;
  const std::uint32_t share = live.warm_share.load(std::memory_order_relaxed);
  return share < model::ServerLive::kFullShare ? 1 : 2;
}

/// Bits: 1 forced maintenance, 2 inherited, 4 by configuration, 8 forced drain, 16 inherited, 32
/// unresolved, 64 found by a name that the configuration does not have.
int admin_number(const stats::ServerSource& server, const model::ServerStateWord& word) {
  int bits = server.config->disabled ? 4 : 0;
  if (server.live->held_record) bits |= 64;
  if (word.admin == model::AdminState::Maint) bits |= 1;
  if (word.admin == model::AdminState::Drain) bits |= 8;
  if (word.inherited_maint) bits |= 2;
  if (word.inherited_drain) bits |= 16;
  if (word.unresolved) bits |= 32;
  return bits;
}

std::string host_of(const base::Address& address) { return address.is_ip() ? address.host() : "-"; }

/// What the address is found by, "-" where an address was written or no record is held.
std::string fqdn_of(const model::ServerLive& live) {
  return live.name_in_dns.empty() ? "-" : live.name_in_dns;
}

/// The label of the service whose record the server holds.
std::string service_of(const model::Server& config) {
  return model::is_service_label(config.host) ? config.host : "-";
}

void append_state_line(std::string& out, const stats::Sample& sample,
                       const stats::ServerSource& server) {
  const model::ServerLive& live = *server.live;
  const base::Address address = live.shown_address();
  const auto number = [&out](std::uint64_t value) { out += ' ' + std::to_string(value); };
  out += std::to_string(sample.iid) + " " + sample.proxy->name;
  number(sample.sid);
  out += " " + live.name() + " " + host_of(address);
  number(static_cast<std::uint64_t>(operational_number(live, sample.word)));
  number(static_cast<std::uint64_t>(admin_number(server, sample.word)));
  number(sample.word.weight);
  number(live.initial_weight);
  number(sample.last_change_s);
  number(static_cast<std::uint64_t>(control::check_number(live.history.last_check.status)));
  number(static_cast<std::uint64_t>(check_result(live.history.last_check)));
  number(sample.word.health);
  number(static_cast<std::uint64_t>(check_state(server, sample.word)));
  number(static_cast<std::uint64_t>(agent_state(server)));
  number(sample.proxy->has_own_id ? 1 : 0);
  number(server.config->has_own_id ? 1 : 0);
  out += " " + fqdn_of(live);
  number(address.is_ip() ? address.port() : address.is_set() ? 0 : live.kept_port);
  const model::Server& config = *server.config;
  out += " " + service_of(config) + (config.tls.enabled ? " 1" : " 0");
  number(live.check_place.port != 0 ? live.check_place.port : config.check.port);
  out += " " + probe_host(live.check_place, config.check.address);
  out += " " + probe_host(live.agent_place, config.agent.address);
  number(live.agent_place.port != 0 ? live.agent_place.port : config.agent.port);
  out += '\n';
}

void append_connections_line(std::string& out, const stats::Sample& sample,
                             const stats::ServerSource& server) {
  const model::ServerLive& live = *server.live;
  const base::Address address = live.shown_address();
  const std::uint32_t idle = live.idle_connections.load(std::memory_order_relaxed);
  out += sample.proxy->name + "/" + live.name() + " " + std::to_string(sample.iid) + "/" +
         std::to_string(sample.sid) + " " + host_of(address) + " " +
         std::to_string(address.is_ip() ? address.port() : 0) + " - " +
         std::to_string(server.config->pool_purge_delay_ms) + " " +
         std::to_string(sample.sessions) + " " + std::to_string(sample.sessions_max) + " " +
         std::to_string(sample.sessions) + " 0 " + std::to_string(idle) + " " +
         (server.config->pool_max_conn ? std::to_string(*server.config->pool_max_conn) : "-1") +
         " " + std::to_string(idle) + " " + std::to_string(idle) + "\n";
}

CommandReply show_servers(CommandContext& context, std::string_view head,
                          void (*append)(std::string&, const stats::Sample&,
                                         const stats::ServerSource&)) {
  const Picture picture = take_picture(context.view);
  const std::string_view wanted = context.argument(0);
  std::string out(head);
  bool found = wanted.empty();
  for (const stats::Source& source : picture.sources) {
    if (source.backend == nullptr || (!wanted.empty() && source.config->name != wanted)) continue;
    found = true;
    for (const stats::ServerSource& server : source.servers) {
      append(out, stats::collect_server(source, server, picture.moment), server);
    }
  }
  if (!found) return failure("Can't find backend.");
  return dump(std::move(out));
}

CommandReply show_servers_state(CommandContext& context) {
  return show_servers(
      context,
      "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight "
      "srv_iweight "
      "srv_time_since_last_change srv_check_status srv_check_result srv_check_health "
      "srv_check_state "
      "srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl "
      "srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n",
      append_state_line);
}

/// The idle pools are counted together, so there is one group of threads.
CommandReply show_servers_conn(CommandContext& context) {
  return show_servers(context,
                      "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max "
                      "need_est unsafe_nb safe_nb "
                      "idle_lim idle_cur idle_per_thr[1]\n",
                      append_connections_line);
}

constexpr Command kShow[] = {
    {"show backend", Level::User, "show backend", "list the backends", show_backend},
    {"show info", Level::User, "show info [desc|json|typed]*", "tell about this process",
     show_info},
    {"show schema json", Level::User, "show schema json",
     "describe the JSON of show info and show stat", show_schema},
    {"show servers conn", Level::User, "show servers conn [<backend>]",
     "list the servers' connections", show_servers_conn},
    {"show servers state", Level::User, "show servers state [<backend>]",
     "list the servers' run-time state", show_servers_state},
    {"show startup-logs", Level::Operator, "show startup-logs", "repeat what was said at start",
     show_startup_logs},
    {"show stat", Level::User, "show stat [desc|json|no-maint|typed|up]*",
     "list the statistics of every object", show_stat},
    {"show version", Level::User, "show version", "tell the version of this process", show_version},
};

}  // namespace

std::span<const Command> show_commands() { return kShow; }

}  // namespace sluice::admin
