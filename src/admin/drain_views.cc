#include "admin/drain_views.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "admin/api.h"
#include "admin/runtime_commands.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

using control::Drain;

constexpr std::string_view kHeld = "sluice_server_drain_held";
constexpr std::string_view kSafe = "sluice_server_safe_to_stop";

/// In Prometheus' order of names; the same words as in the contract.
std::array<std::pair<std::string_view, std::uint32_t>, 5> held(const Drain& drain) {
  return {{{"requests", drain.holds.requests},
           {"tunnels", drain.holds.tunnels},
           {"idle", drain.holds.idle},
           {"queued", drain.holds.queued},
           {"sticky", drain.holds.sticky}}};
}

bool is_wanted(const Drain& drain, std::string_view wanted) {
  const std::size_t slash = wanted.find('/');
  if (wanted.empty()) return true;
  if (drain.backend != wanted.substr(0, slash)) return false;
  return slash == std::string_view::npos || drain.server == wanted.substr(slash + 1);
}

std::string seconds_between(std::uint64_t from_ms, std::uint64_t to_ms) {
  return from_ms == 0 || to_ms == 0 ? "-"
                                    : std::to_string((std::max(from_ms, to_ms) - from_ms) / 1000);
}

/// A gauge's head and samples; nothing where it has none, or was not asked for.
std::string family(const stats::ScrapeOptions& wanted, std::string_view name, std::string_view help,
                   const std::string& samples) {
  if (samples.empty() || !wanted.wants(name)) return {};
  const std::string is(name);
  return "# HELP " + is + " " + std::string(help) + "\n# TYPE " + is + " gauge\n" + samples;
}

bool is_known(const View& view, std::string_view wanted) {
  const std::size_t slash = wanted.find('/');
  const auto* backend = view.snapshot()->find_backend(wanted.substr(0, slash));
  if (backend == nullptr || slash == std::string_view::npos) return backend != nullptr;
  return backend->find_by_name(wanted.substr(slash + 1)) != nullptr;
}

CommandReply show_drain(CommandContext& context) {
  const std::string wanted(context.argument(0));
  const View& view = context.view;
  if (!wanted.empty() && !is_known(view, wanted))
    return failure(wanted.find('/') == std::string::npos ? "No such backend." : "No such server.");
  if (view.drains == nullptr) return failure("Drains are not followed here.");
  CommandReply reply;
  reply.later = std::make_shared<LaterReply>();
  view.drains->look([&view, wanted, later = reply.later] {
    later->give(drain_lines(*view.drains, wanted, view.now_ms()));
  });
  return reply;
}

CommandReply drain_server(CommandContext& context) {
  ServerName name;
  if (!parse_server_name(context.argument(0), name)) return failure("Require 'backend/server'.");
  control::Change change;
  change.who = "socket";
  change.from = control::ChangeSource::Socket;
  change.target = {std::string(name.backend), std::string(name.server)};
  control::SetAdmin drain{model::AdminState::Drain};
  if (const std::string_view text = context.argument(1); !text.empty()) {
    const auto seconds = base::to_unsigned(text);
    if (!seconds || *seconds == 0 || *seconds > control::kMaxDrainSeconds)
      return failure("The deadline is a number of seconds from 1 to 86400.");
    drain.deadline_s = static_cast<std::uint32_t>(*seconds);
    change.note = "deadline " + std::to_string(*seconds) + " s";
  }
  change.action = drain;
  const auto done = context.view.changes->apply(std::move(change), nullptr);
  return done ? success() : failure(done.error().detail);
}

constexpr Command kDrains[] = {
    {"drain server", Level::Admin, "drain server <bk>/<srv> [<seconds>]",
     "send a server nothing new; end what it has by then", drain_server},
    {"show drain", Level::User, "show drain [<bk>[/<srv>]]",
     "tell what holds servers in DRAIN or MAINT", show_drain},
};

}  // namespace

std::span<const Command> drain_commands() { return kDrains; }

Json drain_object(const Drain& drain, const WallClock& clock) {
  Json out = {{"key", server_key(drain.backend, drain.server)},
              {"since", clock.at_ms(drain.since_ms)},
              {"who", drain.who},
              {"deadline", nullptr},
              {"oldest", nullptr},
              {"safe", drain.safe()}};
  for (const auto& [what, count] : held(drain)) out[std::string(what)] = count;
  if (drain.deadline_ms != 0) out["deadline"] = clock.at_ms(drain.deadline_ms);
  if (drain.holds.oldest_ms != 0) out["oldest"] = clock.at_ms(drain.holds.oldest_ms);
  return out;
}

std::string drain_lines(const control::Drains& drains, std::string_view wanted,
                        std::uint64_t now_ms) {
  std::string out =
      "# be_name srv_name admin_state since deadline requests tunnels idle queued sticky oldest "
      "safe\n";
  for (const auto& [name, drain] : drains.all()) {
    if (!is_wanted(drain, wanted)) continue;
    const bool maint = drain.live->state().in_maintenance();
    out += drain.backend + ' ' + drain.server + (maint ? " maint " : " drain ") +
           seconds_between(drain.since_ms, now_ms) + ' ' +
           seconds_between(drain.deadline_ms == 0 ? 0 : now_ms, drain.deadline_ms);
    for (const auto& [what, count] : held(drain)) out += ' ' + std::to_string(count);
    out +=
        ' ' + seconds_between(drain.holds.oldest_ms, now_ms) + (drain.safe() ? " yes\n" : " no\n");
  }
  return out;
}

std::string drain_metrics(const control::Drains& drains, const stats::ScrapeOptions& wanted) {
  if (!wanted.wants(stats::ObjectKind::Server)) return {};
  std::string holds, safe;
  for (const auto& [name, drain] : drains.all()) {
    if (wanted.no_maint && drain.live->state().in_maintenance()) continue;
    stats::LabelSet made;
    made.add("proxy", drain.backend);
    made.add("server", drain.server);
    const std::string labels = '{' + made.text();
    for (const auto& [what, count] : held(drain)) {
      holds += std::string(kHeld) + labels + ",by=\"" + std::string(what) + "\"} " +
               std::to_string(count) + '\n';
    }
    safe += std::string(kSafe) + labels + "} " + (drain.safe() ? "1\n" : "0\n");
  }
  return family(wanted, kHeld, "What holds a server in DRAIN or MAINT.", holds) +
         family(wanted, kSafe, "Whether nothing holds a server in DRAIN or MAINT.", safe);
}

http::ServiceReply get_drains(Api& api, const ApiCall&) {
  control::Drains* drains = api.view().drains;
  http::ServiceReply reply;
  reply.later = [&api, drains](std::function<void(http::ServiceReply)> answer) {
    const auto tell = [&api, drains, answer = std::move(answer)] {
      Json list = Json::array();
      for (const auto& [name, drain] : drains->all())
        list.push_back(drain_object(drain, api.model().clock()));
      answer(json_reply({{"drains", std::move(list)}}));
    };
    drains->look(tell);
  };
  return reply;
}

}  // namespace sluice::admin
