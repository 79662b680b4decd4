// HAProxy 2.6's keywords of the global section that Sluice does not have yet.
#include <string_view>
#include <vector>

#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

constexpr std::string_view kKeywords[] = {
    "51degrees-cache-size", "51degrees-data-file", "51degrees-property-name-list",
    "51degrees-property-separator", "busy-polling", "close-spread-time", "cluster-secret",
    "cpu-map", "default-path", "deviceatlas-json-file", "deviceatlas-log-level",
    "deviceatlas-properties-cookie", "deviceatlas-separator", "expose-experimental-directives",
    "external-check", "fd-hard-limit", "gid", "h1-accept-payload-with-any-method",
    "h1-case-adjust", "h1-case-adjust-file", "h2-workaround-bogus-websocket-clients",
    "httpclient.resolvers.disabled", "httpclient.resolvers.id", "httpclient.resolvers.prefer",
    "httpclient.ssl.ca-file", "httpclient.ssl.verify", "insecure-fork-wanted",
    "insecure-setuid-wanted", "issuers-chain-path", "localpeer", "lua-load",
    "lua-load-per-thread", "lua-prepend-path", "maxcompcpuusage", "maxcomprate", "maxconnrate",
    "maxpipes", "maxsessrate", "maxsslconn", "maxsslrate", "maxzlibmem", "mworker-max-reloads",
    "no-memory-trimming", "noepoll", "noevports", "nogetaddrinfo", "nokqueue", "nopoll",
    "noreuseport", "nosplice", "numa-cpu-mapping", "pp2-never-send-local", "profiling.memory",
    "profiling.tasks", "server-state-base", "server-state-file", "set-dumpable", "set-var",
    "set-var-fmt", "ssl-dh-param-file", "ssl-engine", "ssl-load-extra-del-ext",
    "ssl-load-extra-files", "ssl-mode-async", "ssl-propquery", "ssl-provider",
    "ssl-provider-path", "ssl-skip-self-issued-ca", "stats maxconn", "strict-limits",
    "thread-group", "thread-groups", "tune.buffers.limit", "tune.buffers.reserve",
    "tune.comp.maxlevel", "tune.fail-alloc", "tune.fd.edge-triggered",
    "tune.h2.header-table-size", "tune.h2.initial-window-size", "tune.h2.max-concurrent-streams",
    "tune.h2.max-frame-size", "tune.http.cookielen", "tune.http.logurilen",
    "tune.idle-pool.shared", "tune.idletimer", "tune.listener.multi-queue",
    "tune.lua.forced-yield", "tune.lua.maxmem", "tune.lua.service-timeout",
    "tune.lua.session-timeout", "tune.lua.task-timeout", "tune.maxaccept", "tune.maxpollevents",
    "tune.pattern.cache-size", "tune.peers.max-updates-at-once", "tune.pipesize",
    "tune.pool-high-fd-ratio", "tune.pool-low-fd-ratio",
    "tune.quic.frontend.conn-tx-buffers.limit", "tune.quic.frontend.max-idle-timeout",
    "tune.quic.frontend.max-streams-bidi", "tune.quic.retry-threshold", "tune.rcvbuf.client",
    "tune.rcvbuf.server", "tune.recv_enough", "tune.runqueue-depth", "tune.sched.low-latency",
    "tune.sndbuf.client", "tune.sndbuf.server", "tune.ssl.capture-buffer-size",
    "tune.ssl.capture-cipherlist-size", "tune.ssl.force-private-cache", "tune.ssl.hard-maxrecord",
    "tune.ssl.keylog", "tune.ssl.maxrecord", "tune.ssl.ssl-ctx-cache-size",
    "tune.vars.check-max-size", "tune.vars.global-max-size", "tune.vars.proc-max-size",
    "tune.vars.reqres-max-size", "tune.vars.sess-max-size", "tune.vars.txn-max-size",
    "tune.zlib.memlevel", "tune.zlib.windowsize", "uid", "unix-bind", "wurfl-cache-size",
    "wurfl-data-file", "wurfl-information-list", "wurfl-information-list-separator",
};

}  // namespace

std::span<const Row> global_unsupported() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> out;
    for (std::string_view keyword : kKeywords) {
      out.push_back({keyword, "", kGlobal, Support::Unsupported, Negation::Yes, nullptr, ""});
    }
    return out;
  }();
  return rows;
}

}  // namespace sluice::config::rows
