// bench_load: HTTP/1.1 load of our own on one thread. As fast as it goes, or at a fixed rate, where
// a latency counts from when its request was due, not from when a late connection came to it (no
// coordinated omission). Prints one JSON object. It trusts its peers: for the loopback alone.
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "client.h"
#include "idle.h"

namespace {

struct Arguments {
  std::uint16_t port = 0;
  std::string path = "/";
  unsigned connections = 64;
  double seconds = 4;
  double warm_seconds = 0;
  double rate = 0;
  std::size_t body = 0;
  unsigned websocket = 0, sources = 0;
  bool chunked = false, close = false, tls = false, idle = false, burst = false;
};

/// A client's frame (RFC 6455 §5.2) of so many bytes, at most 65535; `echo` is its answer's size.
std::string compose_frame(unsigned size, std::uint64_t& echo) {
  constexpr std::string_view kMask = "\x37\xfa\x21\x3d";
  const bool small = size < 126;
  echo = size + (small ? 2U : 4U);
  std::string out = "\x82";
  out += static_cast<char>(0x80U | (small ? size : 126U));
  if (!small) out += {static_cast<char>(size >> 8U), static_cast<char>(size & 0xFFU)};
  out += kMask;
  for (unsigned i = 0; i < size; ++i) out += static_cast<char>('x' ^ kMask[i % kMask.size()]);
  return out;
}

std::string compose_handshake(const Arguments& args) {
  return "GET " + args.path +
         " HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

std::string compose(const Arguments& args) {
  std::string out = (args.body > 0 ? "POST " : "GET ") + args.path + " HTTP/1.1\r\nHost: bench\r\n";
  if (args.close) out += "Connection: close\r\n";
  if (args.body == 0) return out + "\r\n";
  if (!args.chunked) {
    out += "Content-Length: " + std::to_string(args.body) + "\r\n\r\n";
    return out + std::string(args.body, 'x');
  }
  out += "Transfer-Encoding: chunked\r\n\r\n";
  constexpr std::size_t kChunk = 16 * 1024;
  for (std::size_t left = args.body; left > 0;) {
    const std::size_t size = std::min(left, kChunk);
    char line[32];
    std::snprintf(line, sizeof(line), "%zx\r\n", size);
    out += line + std::string(size, 'x') + "\r\n";
    left -= size;
  }
  return out + "0\r\n\r\n";
}

/// Gives every connection its turn until `end_ns`.
void drive(Load& load, std::vector<std::unique_ptr<Client>>& clients, std::uint64_t end_ns) {
  const auto later = [](const Client* a, const Client* b) { return a->due_ns() > b->due_ns(); };
  std::priority_queue<Client*, std::vector<Client*>, decltype(later)> waiting(later);
  for (const auto& client : clients) waiting.push(client.get());
  std::array<epoll_event, 256> events;
  for (;;) {
    std::uint64_t now = monotonic_ns();
    if (now >= end_ns) return;
    while (!waiting.empty() && waiting.top()->due_ns() <= now) {
      Client* client = waiting.top();
      waiting.pop();
      client->on_due();
      if (!client->busy()) waiting.push(client);
    }
    now = monotonic_ns();
    std::uint64_t until = std::min(end_ns, now + 100'000'000);
    if (!waiting.empty()) until = std::min(until, waiting.top()->due_ns());
    const std::uint64_t left = until > now ? until - now : 0;
    const timespec limit{static_cast<time_t>(left / 1'000'000'000),
                         static_cast<long>(left % 1'000'000'000)};
    const int n =
        ::epoll_pwait2(load.epoll, events.data(), static_cast<int>(events.size()), &limit, nullptr);
    for (int i = 0; i < n; ++i) {
      auto* client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      const bool was_busy = client->busy();
      client->on_event(events[static_cast<std::size_t>(i)].events);
      if (!was_busy || client->busy()) continue;
      if (client->due_ns() <= monotonic_ns() && load.interval_ns == 0) {
        client->on_due();  // as fast as it goes: the next at once
        if (client->busy()) continue;
      }
      waiting.push(client);
    }
  }
}

void print(const Load& load, double seconds) {
  const Histogram& all = load.latencies;
  std::printf(
      "{\"requests\": %llu, \"errors\": %llu, \"bad_statuses\": %llu, \"seconds\": %.3f, "
      "\"bytes\": %llu, \"sent_bytes\": %llu, \"p50_ms\": %.4f, \"p99_ms\": %.4f, \"p999_ms\": "
      "%.4f}\n",
      static_cast<unsigned long long>(all.total()), static_cast<unsigned long long>(load.errors),
      static_cast<unsigned long long>(load.bad_statuses), seconds,
      static_cast<unsigned long long>(load.bytes), static_cast<unsigned long long>(load.sent_bytes),
      static_cast<double>(all.at(0.5)) / 1e6, static_cast<double>(all.at(0.99)) / 1e6,
      static_cast<double>(all.at(0.999)) / 1e6);
}

/// TLS 1.3, AES-128-GCM, no resumption: the same for every proxy, whatever else it offers.
ssl_ctx_st* tls_context() {
  ssl_ctx_st* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return context;
}

void fill(Load& load, const Arguments& args) {
  load.address.sin_family = AF_INET;
  load.address.sin_port = htons(args.port);
  load.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  load.request =
      args.websocket > 0 ? compose_frame(args.websocket, load.echo_bytes) : compose(args);
  if (args.websocket > 0) load.handshake = compose_handshake(args);
  load.close_each = args.close;
  load.sources = args.sources;
  load.epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (args.rate > 0)
    load.interval_ns = static_cast<std::uint64_t>(1e9 * args.connections / args.rate);
  if (args.tls) load.tls = tls_context();
}

void run_for(Load& load, const Arguments& args) {
  const std::uint64_t begun = monotonic_ns();
  load.counts_from_ns = begun + static_cast<std::uint64_t>(args.warm_seconds * 1e9);
  std::vector<std::unique_ptr<Client>> clients;
  for (unsigned i = 0; i < args.connections; ++i) {
    clients.push_back(std::make_unique<Client>());
    const std::uint64_t shift = args.burst ? 0 : load.interval_ns * i / args.connections;
    clients.back()->begin(load, begun + shift);
  }
  drive(load, clients, load.counts_from_ns + static_cast<std::uint64_t>(args.seconds * 1e9));
  print(load, args.seconds);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments args;
  CLI::App app{"HTTP/1.1 load on 127.0.0.1"};
  app.add_option("--port", args.port)->required();
  app.add_option("--path", args.path);
  app.add_option("--connections", args.connections);
  app.add_option("--seconds", args.seconds, "counted");
  app.add_option("--warm", args.warm_seconds, "seconds before that are not counted");
  app.add_option("--rate", args.rate, "requests per second; 0: as fast as it goes");
  app.add_flag("--burst", args.burst, "at a rate: all connections ask at once, then all wait");
  app.add_option("--body", args.body, "POST with so many bytes");
  app.add_flag("--chunked", args.chunked, "the body comes in chunks");
  app.add_flag("--close", args.close, "a connection per request");
  app.add_flag("--tls", args.tls);
  app.add_option("--websocket", args.websocket, "echo of frames with so many bytes")
      ->check(CLI::Range(1, 65535));
  app.add_option("--sources", args.sources, "connect from so many addresses, 127.0.0.2 the first")
      ->check(CLI::Range(1, 250));
  app.add_flag("--idle", args.idle, "hold as many connections as standard input says");
  CLI11_PARSE(app, argc, argv);

  ::prctl(PR_SET_TIMERSLACK, 1);  // else every wait at a fixed rate is 50 µs late
  auto load = std::make_unique<Load>();
  fill(*load, args);
  bool held = true;
  if (args.idle)
    held = hold_idle(*load);
  else
    run_for(*load, args);
  if (load->tls != nullptr) SSL_CTX_free(load->tls);
  return held ? 0 : 1;
}
