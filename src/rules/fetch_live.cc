// Fetches from the live state of frontends, backends and servers (manual §7.3.2). A name that is
// left out means the section in which the rule stands. Any worker reads; all values are atomics.
#include "rules/fetch_table.h"

namespace sluice::rules {

namespace {

using model::BackendLive;
using model::FrontendLive;
using model::ServerLive;

constexpr std::int64_t kNoLimit = -1;

bool yield(Sample& sample, std::int64_t value) {
  sample = Sample::of_int(value);
  return true;
}

BackendLive& backend_of(FetchContext& context) { return *context.call.arguments[0].backend; }
FrontendLive& frontend_of(FetchContext& context) { return *context.call.arguments[0].frontend; }
ServerLive& server_of(FetchContext& context) { return *context.call.arguments[0].server; }

bool fetch_usable_servers(FetchContext& context, Sample& sample) {
  return yield(sample, backend_of(context).usable_servers());
}

bool fetch_backend_connections(FetchContext& context, Sample& sample) {
  return yield(sample, backend_of(context).sessions.value());
}

bool fetch_backend_rate(FetchContext& context, Sample& sample) {
  return yield(sample, backend_of(context).session_rate.read(context.evaluation.now.ms()));
}

bool fetch_queue(FetchContext& context, Sample& sample) {
  return yield(sample, backend_of(context).queued.value());
}

bool fetch_average_queue(FetchContext& context, Sample& sample) {
  const BackendLive& backend = backend_of(context);
  const std::int64_t queued = backend.queued.value();
  const std::int64_t servers = backend.usable_servers();
  // Without a server every waiting request counts double, as a sign of trouble.
  return yield(sample, servers > 0 ? (queued + servers - 1) / servers : queued * 2);
}

/// Free connections of the backend, and of its queues for connslots; -1 when one has no bound.
bool sum_of_room(FetchContext& context, Sample& sample, bool with_queue) {
  std::int64_t room = 0;
  for (const ServerBounds& bounds : context.call.servers) {
    if (!bounds.server->state().accepts_new()) continue;
    if (bounds.maxconn == 0 || (with_queue && bounds.maxqueue == 0)) return yield(sample, kNoLimit);
    const std::int64_t used = bounds.server->limiter.used();
    room += std::max<std::int64_t>(0, std::int64_t{bounds.maxconn} - used);
    if (with_queue) {
      room +=
          std::max<std::int64_t>(0, std::int64_t{bounds.maxqueue} - bounds.server->queued.value());
    }
  }
  return yield(sample, room);
}

bool fetch_connection_slots(FetchContext& context, Sample& sample) {
  return sum_of_room(context, sample, true);
}
bool fetch_free_connections(FetchContext& context, Sample& sample) {
  return sum_of_room(context, sample, false);
}

bool fetch_frontend_connections(FetchContext& context, Sample& sample) {
  return yield(sample, frontend_of(context).sessions.value());
}

bool fetch_frontend_session_rate(FetchContext& context, Sample& sample) {
  return yield(sample, frontend_of(context).session_rate.read(context.evaluation.now.ms()));
}

bool fetch_frontend_request_rate(FetchContext& context, Sample& sample) {
  return yield(sample, frontend_of(context).request_rate.read(context.evaluation.now.ms()));
}

bool fetch_server_is_up(FetchContext& context, Sample& sample) {
  sample = Sample::of_bool(server_of(context).state().accepts_known());
  return true;
}

bool fetch_server_connections(FetchContext& context, Sample& sample) {
  return yield(sample, server_of(context).sessions.value());
}

bool fetch_server_free_connections(FetchContext& context, Sample& sample) {
  const ServerLive& server = server_of(context);
  const std::int64_t max = server.limiter.max();
  return yield(sample,
               max == 0 ? kNoLimit : std::max<std::int64_t>(0, max - server.limiter.used()));
}

bool fetch_server_queue(FetchContext& context, Sample& sample) {
  return yield(sample, server_of(context).queued.value());
}

bool fetch_server_rate(FetchContext& context, Sample& sample) {
  return yield(sample, server_of(context).session_rate.read(context.evaluation.now.ms()));
}

bool fetch_server_effective_weight(FetchContext& context, Sample& sample) {
  return yield(sample, server_of(context).effective_weight());
}

bool fetch_server_weight(FetchContext& context, Sample& sample) {
  return yield(sample, server_of(context).state().weight);
}

bool fetch_server_initial_weight(FetchContext& context, Sample& sample) {
  return yield(sample, server_of(context).initial_weight);
}

// What the exchange itself was given

bool fetch_backend_id(FetchContext& context, Sample& sample) {
  const BackendLive* backend = context.evaluation.backend;
  return backend != nullptr && yield(sample, backend->numeric_id);
}

bool fetch_backend_name(FetchContext& context, Sample& sample) {
  const BackendLive* backend = context.evaluation.backend;
  if (backend == nullptr) return false;
  sample = Sample::of_text(backend->name());
  return true;
}

bool fetch_frontend_id(FetchContext& context, Sample& sample) {
  const FrontendLive* frontend = context.evaluation.frontend;
  return frontend != nullptr && yield(sample, frontend->numeric_id);
}

bool fetch_frontend_name(FetchContext& context, Sample& sample) {
  const FrontendLive* frontend = context.evaluation.frontend;
  if (frontend == nullptr) return false;
  sample = Sample::of_text(frontend->name());
  return true;
}

bool fetch_server_id(FetchContext& context, Sample& sample) {
  const ServerLive* server = context.evaluation.server;
  return server != nullptr && yield(sample, server->numeric_id);
}

bool fetch_server_name(FetchContext& context, Sample& sample) {
  const ServerLive* server = context.evaluation.server;
  if (server == nullptr) return false;
  sample = Sample::of_text(server->name());
  return true;
}

/// Bounds are the configuration's; the live servers are found once, since workers may not walk
/// them.
bool prepare_room(Call& call, const base::SourceSpan&, CompileScope& scope) {
  const model::Proxy* proxy = scope.config.find_backend(call.arguments[0].backend->name());
  if (proxy == nullptr) return true;
  for (const model::Server& server : proxy->servers) {
    if (const ServerLive* live = scope.live.find_server(proxy->name, server.name)) {
      call.servers.push_back({live, server.maxconn, server.maxqueue});
    }
  }
  return true;
}

using enum SampleType;
constexpr PlaceMask kInBackend = kExchange | kBackendOnly;
constexpr FetchRow kRows[] = {
    {"avg_queue", "?b", Int, kEverywhere, fetch_average_queue},
    {"be_conn", "?b", Int, kEverywhere, fetch_backend_connections},
    {"be_conn_free", "?b", Int, kEverywhere, fetch_free_connections, prepare_room},
    {"be_id", "", Int, kInBackend, fetch_backend_id},
    {"be_name", "", String, kInBackend, fetch_backend_name},
    {"be_sess_rate", "?b", Int, kEverywhere, fetch_backend_rate},
    {"connslots", "?b", Int, kEverywhere, fetch_connection_slots, prepare_room},
    {"fe_conn", "?f", Int, kEverywhere, fetch_frontend_connections},
    {"fe_id", "", Int, kAnywhere, fetch_frontend_id},
    {"fe_name", "", String, kAnywhere, fetch_frontend_name},
    {"fe_req_rate", "?f", Int, kEverywhere, fetch_frontend_request_rate},
    {"fe_sess_rate", "?f", Int, kEverywhere, fetch_frontend_session_rate},
    {"nbsrv", "?b", Int, kEverywhere, fetch_usable_servers},
    {"queue", "?b", Int, kEverywhere, fetch_queue},
    {"srv_conn", "v", Int, kEverywhere, fetch_server_connections},
    {"srv_conn_free", "v", Int, kEverywhere, fetch_server_free_connections},
    {"srv_id", "", Int, kAfterServer, fetch_server_id},
    {"srv_is_up", "v", Bool, kEverywhere, fetch_server_is_up},
    {"srv_iweight", "v", Int, kEverywhere, fetch_server_initial_weight},
    {"srv_name", "", String, kAfterServer, fetch_server_name},
    {"srv_queue", "v", Int, kEverywhere, fetch_server_queue},
    {"srv_sess_rate", "v", Int, kEverywhere, fetch_server_rate},
    {"srv_uweight", "v", Int, kEverywhere, fetch_server_weight},
    {"srv_weight", "v", Int, kEverywhere, fetch_server_effective_weight},
};

}  // namespace

std::span<const FetchRow> live_fetches() noexcept { return kRows; }

}  // namespace sluice::rules
