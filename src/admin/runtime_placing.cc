// Commands by which servers come and go, and frontends go: each puts another configuration in force
// (View::reconfigure). Whether a server may be deleted is said here once, for `del server` and for
// `wait … srv-removable`.
#include <algorithm>
#include <utility>

#include "admin/placing.h"
#include "admin/runtime_commands.h"
#include "base/text.h"
#include "control/added_servers.h"

namespace sluice::admin {

namespace {

const control::ChangeOrigin kSocket{"socket", control::ChangeSource::Socket, "", ""};

/// Something came or went.
void note(const View& view, const control::ChangeOrigin& origin, control::LoggedItem item) {
  if (view.log == nullptr) return;
  view.log->note(origin, view.now ? view.now().wall_us : 0, std::move(item));
}

/// What was added, as `add server` takes it.
control::LoggedItem added_item(const std::string& name, const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return {"s:" + name, "add", "", std::move(line)};
}
control::LoggedItem deleted_item(const std::string& name) {
  return {"s:" + name, "delete", "", "deleted"};
}

struct Found {
  std::shared_ptr<const control::Snapshot> snapshot;
  const control::BackendRuntime* backend = nullptr;
  const control::ServerRuntime* server = nullptr;
};

/// What could be found of it; `why` says what could not.
Found find(const View& view, std::string_view text, std::string_view& why) {
  Found out;
  ServerName name;
  if (!parse_server_name(text, name)) {
    why = "Require 'backend/server'.";
    return out;
  }
  out.snapshot = view.snapshot();
  if (out.snapshot != nullptr) out.backend = out.snapshot->find_backend(name.backend);
  if (out.backend == nullptr) {
    why = "No such backend.";
    return out;
  }
  for (const auto& server : out.backend->servers) {
    if (server->config->name == name.server) out.server = server.get();
  }
  if (out.server == nullptr) why = "No such server.";
  return out;
}

constexpr std::string_view kNamedElsewhere =
    "This server cannot be removed at runtime due to other configuration elements pointing to it.";

enum class Removable : std::uint8_t { Yes, NotYet, Never };
struct Verdict {
  Removable removable = Removable::Yes;
  std::string_view why;
};

/// Idle connections to it do not count: they are closed when it goes.
Verdict may_be_removed(const View& view, std::string_view text) {
  std::string_view why;
  const Found found = find(view, text, why);
  if (found.server == nullptr) return {Removable::Never, why};
  const model::ServerLive& live = *found.server->live;
  if (control::is_named_elsewhere(*found.snapshot->config, found.backend->config->name,
                                  live.name()))
    return {Removable::Never, kNamedElsewhere};
  if (live.state().admin != model::AdminState::Maint)
    return {Removable::Never, "Only servers in maintenance mode can be deleted."};
  if (live.limiter.used() != 0 || live.sessions.value() != 0 || live.queued.value() != 0)
    return {Removable::NotYet, "Server still has connections attached to it, cannot remove it."};
  return {};
}

CommandReply put_in_force(const View& view, ConfigurationEdit edit,
                          std::function<std::string(const base::Result<>&)> tell) {
  if (!view.reconfigure) return failure("The configuration of this process does not change.");
  CommandReply reply;
  reply.later = std::make_shared<LaterReply>();
  view.reconfigure(std::move(edit), [&view, later = reply.later,
                                     tell = std::move(tell)](const base::Result<>& done) {
    if (!done) count_refused(view);
    later->give(tell(done));
  });
  return reply;
}

CommandReply add_server(CommandContext& context) {
  std::string_view why;
  const std::string_view text = context.argument(0);
  const Found found = find(context.view, text, why);
  if (found.backend == nullptr) return bare_failure(why);
  if (found.backend->balancer == nullptr || found.backend->balancer->is_static())
    return bare_failure("Backend must use a dynamic load balancing to support dynamic servers.");
  if (found.server != nullptr)
    return failure("Already exists a server with the same name in backend.");
  ServerName name;
  (void)parse_server_name(text, name);
  std::vector<std::string> words(context.arguments.begin() + 1, context.arguments.end());
  const std::string backend(name.backend), server(name.server);
  return put_in_force(
      context.view,
      [backend, server, words](model::Config& config) {
        return control::add_server(config, backend, server, words);
      },
      [&view = context.view,
       item = added_item(std::string(text), words)](const base::Result<>& done) {
        if (!done) return done.error().detail + "\n";
        note(view, kSocket, item);
        return std::string("New server registered.\n");
      });
}

CommandReply delete_server(CommandContext& context) {
  const std::string text(context.argument(0));
  const View& view = context.view;
  const Verdict verdict = may_be_removed(view, text);
  if (verdict.removable != Removable::Yes) return bare_failure(verdict.why);
  ServerName name;
  (void)parse_server_name(text, name);
  return put_in_force(
      view,
      // Asked again: others may have had their turn since.
      [&view, text, backend = std::string(name.backend),
       server = std::string(name.server)](model::Config& config) -> base::Result<> {
        const Verdict now = may_be_removed(view, text);
        if (now.removable != Removable::Yes)
          return base::fail(base::ErrorKind::NotFound, std::string(now.why));
        return control::delete_server(config, backend, server);
      },
      [&view, text](const base::Result<>& done) {
        // Not to be built without it: some rule names it.
        if (!done && done.error().kind == base::ErrorKind::Configuration)
          return std::string(kNamedElsewhere);
        if (!done) return done.error().detail;
        note(view, kSocket, deleted_item(text));
        return std::string("Server deleted.");
      });
}

// wait

CommandReply watch(const View& view, std::uint64_t lasts_ms, std::string server) {
  CommandReply reply;
  reply.watch = std::make_shared<CommandWatch>();
  reply.watch->lasts_ms = lasts_ms;
  reply.watch->look = [&view, server = std::move(server)](CommandWatch::Moment moment,
                                                          bool& done) -> std::string {
    if (!server.empty()) {
      const Verdict verdict = may_be_removed(view, server);
      done = verdict.removable != Removable::NotYet;
      if (done) {
        return verdict.removable == Removable::Yes ? std::string("Done.\n")
                                                   : std::string(verdict.why) + "\n";
      }
    }
    done = moment == CommandWatch::Moment::End;
    if (!done) return {};
    return server.empty() ? "Done.\n" : "Wait delay expired.\n";
  };
  return reply;
}

CommandReply wait(CommandContext& context) {
  constexpr std::string_view kUsage =
      "Usage: wait {-h|<delay>} [srv-removable <bk>/<srv>]\n"
      "Waits for so long, or until that server may be deleted. The delay is in milliseconds unless "
      "it\nhas a unit.";
  const std::string_view delay = context.argument(0);
  const std::string_view condition = context.argument(1);
  if (delay == "-h" || condition == "-h") return message(kUsage);
  const auto delay_us = base::parse_time_us(delay, 1'000);
  constexpr std::uint64_t kMostUs = std::uint64_t{0x7FFFFFFF} * 1'000;
  if (!delay_us || *delay_us > kMostUs) return failure("Expects a duration in milliseconds.");
  if (!condition.empty() && condition != "srv-removable")
    return failure("Unknown condition, only 'srv-removable' is supported.");
  if (!condition.empty() && context.argument(2).empty())
    return failure("Require 'backend/server'.");
  return watch(context.view, *delay_us / 1'000,
               std::string(condition.empty() ? std::string_view() : context.argument(2)));
}

// shutdown frontend

CommandReply shutdown_frontend(CommandContext& context) {
  const std::string_view name = context.argument(0);
  if (name.empty()) return failure("A frontend name is expected.");
  const auto snapshot = context.view.snapshot();
  const auto* frontend = snapshot != nullptr ? snapshot->find_frontend(name) : nullptr;
  if (frontend == nullptr) return failure("No such frontend.");
  if (frontend->config->shut_down) return failure("Frontend was already shut down.");
  return put_in_force(
      context.view,
      [name = frontend->config->name](model::Config& config) {
        return control::shut_down_frontend(config, name);
      },
      [&view = context.view, target = "f:" + frontend->config->name](const base::Result<>& done) {
        if (!done) return done.error().detail + "\n";
        note(view, kSocket, {target, "life", "", "shut down"});
        return std::string();
      });
}

constexpr Command kPlacing[] = {
    {"add server", Level::Admin, "add server <bk>/<srv> <addr>[:<port>] [opts]*",
     "add a server to a backend", add_server},
    {"del server", Level::Admin, "del server <bk>/<srv>", "delete a server that is in maintenance",
     delete_server},
    {"shutdown frontend", Level::Admin, "shutdown frontend <frontend>",
     "close a frontend's sockets until the next reload", shutdown_frontend},
    {"wait", Level::User, "wait {-h|<delay>} [srv-removable <bk>/<srv>]",
     "wait for so long, or until a server may be deleted", wait},
};

}  // namespace

std::span<const Command> placing_commands() { return kPlacing; }

void place_server(const View& view, const std::string& name, std::vector<std::string> words,
                  const control::ChangeOrigin& origin, const Placed& told) {
  std::string_view why;
  const Found found = find(view, name, why);
  if (found.backend == nullptr) return told(refuse(404, "not-found", std::string(why)));
  if (found.backend->balancer == nullptr || found.backend->balancer->is_static()) {
    return told(refuse(409, "conflict",
                       found.backend->config->name +
                           " has no dynamic algorithm, which servers that are "
                           "added need."));
  }
  if (found.server != nullptr)
    return told(refuse(409, "conflict", "There is a server " + name + " already."));
  if (!view.reconfigure)
    return told(refuse(501, "not-implemented", "This process adds and deletes no servers."));
  ServerName parts;
  (void)parse_server_name(name, parts);
  view.reconfigure(
      [backend = std::string(parts.backend), server = std::string(parts.server), words](
          model::Config& config) { return control::add_server(config, backend, server, words); },
      [&view, origin, told, item = added_item(name, words)](const base::Result<>& done) {
        if (!done) return told(refuse(422, "invalid-value", done.error().detail));
        note(view, origin, item);
        told(std::nullopt);
      });
}

void remove_server(const View& view, const std::string& name, const control::ChangeOrigin& origin,
                   const Placed& told) {
  std::string_view why;
  if (find(view, name, why).server == nullptr)
    return told(refuse(404, "not-found", std::string(why)));
  const Verdict verdict = may_be_removed(view, name);
  if (verdict.removable != Removable::Yes)
    return told(refuse(409, "conflict", std::string(verdict.why)));
  if (!view.reconfigure)
    return told(refuse(501, "not-implemented", "This process adds and deletes no servers."));
  ServerName parts;
  (void)parse_server_name(name, parts);
  view.reconfigure(
      [&view, name, backend = std::string(parts.backend),
       server = std::string(parts.server)](model::Config& config) -> base::Result<> {
        const Verdict now = may_be_removed(view, name);
        if (now.removable != Removable::Yes)
          return base::fail(base::ErrorKind::NotFound, std::string(now.why));
        return control::delete_server(config, backend, server);
      },
      [&view, origin, told, name](const base::Result<>& done) {
        if (!done) return told(refuse(409, "conflict", done.error().detail));
        note(view, origin, deleted_item(name));
        told(std::nullopt);
      });
}

}  // namespace sluice::admin
