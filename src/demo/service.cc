#include "demo/service.h"

#include <cstdio>

#include "demo/api.h"

namespace sluice::demo {

namespace {

constexpr std::string_view kNames[] = {"monolith", "frontend", "thoughts", "users"};

base::Address loopback(std::uint16_t port) { return *base::Address::from_ip("127.0.0.1", port); }

Server server_of(const ServiceOptions& options) {
  Server out;
  out.name = std::string(to_text(options.part));
  out.address = loopback(options.port).to_string();
  const bool old = options.part == Part::Monolith;
  out.about = old ? "the old program, with everything and a database of its own"
                  : "the new frontend, which asks the services thoughts and users";
  out.colour = old ? "#8a4b08" : "#0a6470";
  return out;
}

int serve(net::Loop& loop, const ServiceOptions& options, Handler& handler) {
  net::ListenOptions listen;
  listen.address = loopback(options.port);
  auto socket = net::ListeningSocket::open(listen);
  if (!socket) {
    std::fprintf(stderr, "%s: %s\n", std::string(to_text(options.part)).c_str(),
                 socket.error().detail.c_str());
    return 1;
  }
  const HttpServer server(loop, std::move(*socket), handler);
  loop.run();
  return 0;
}

}  // namespace

std::string_view to_text(Part part) noexcept { return kNames[static_cast<std::size_t>(part)]; }

std::optional<Part> part_of(std::string_view name) noexcept {
  for (const Part part : {Part::Monolith, Part::Frontend, Part::Thoughts, Part::Users}) {
    if (to_text(part) == name) return part;
  }
  return std::nullopt;
}

int run_service(const ServiceOptions& options) {
  const auto loop = net::make_uv_loop();
  switch (options.part) {
    case Part::Monolith: {
      LocalBacking data;
      Site site(server_of(options), data, options.hosts);
      return serve(*loop, options, site);
    }
    case Part::Frontend: {
      RemoteBacking services(*loop, loopback(options.thoughts_port), loopback(options.users_port));
      Site site(server_of(options), services, Hosts::Any);
      return serve(*loop, options, site);
    }
    case Part::Thoughts: {
      ThoughtsApi api;
      return serve(*loop, options, api);
    }
    case Part::Users: {
      UsersApi api;
      return serve(*loop, options, api);
    }
  }
  return 1;
}

}  // namespace sluice::demo
