#include "app/name_resolution.h"

#include <algorithm>
#include <utility>

namespace sluice::app {

namespace {

bool same(const model::Resolvers& a, const model::Resolvers& b) {
  const auto same_server = [](const model::NameServer& x, const model::NameServer& y) {
    return x.name == y.name && x.address == y.address && x.stream == y.stream;
  };
  const auto times = [](const model::Resolvers& section) {
    const model::HoldTimes& hold = section.hold;
    return std::vector<std::uint32_t>{
        section.resolve_ms, section.retry_ms, section.retries, section.payload_bytes,
        hold.valid_ms,      hold.obsolete_ms, hold.nx_ms,      hold.refused_ms,
        hold.timeout_ms,    hold.other_ms};
  };
  return a.name == b.name && times(a) == times(b) &&
         std::ranges::equal(a.name_servers, b.name_servers, same_server);
}

/// A name is followed where a section is named and the host is one: no address, no path.
bool is_followed(const model::Server& server, const model::Resolvers& section) {
  if (server.naming.resolvers != section.name || server.host.empty() || server.host[0] == '/')
    return false;
  return !server.address.is_unix() && !base::Address::from_ip(server.host, 0).has_value();
}

std::vector<names::NamedServer> servers_of(const control::Snapshot& snapshot,
                                           const model::Resolvers& section) {
  std::vector<names::NamedServer> out;
  for (const auto& backend : snapshot.backends) {
    if (backend->config->disabled) continue;
    for (const auto& server : backend->servers) {
      const model::Server& config = *server->config;
      if (!is_followed(config, section)) continue;
      const bool service = model::is_service_label(config.host);
      const std::string& present = server->live->name_in_dns;
      out.push_back(
          {server->live, service || present.empty() ? config.host : present, config.naming});
    }
  }
  return out;
}

}  // namespace

void NameResolution::configure(const control::Snapshot& snapshot) {
  auto before = std::exchange(resolvers_, {});
  const auto connect = [this](const net::NameServerOptions& options,
                              net::NameServer::Events& events) {
    return net::make_name_server(loop_, options, events);
  };
  for (const model::Resolvers& section : snapshot.config->resolvers) {
    const auto known = std::ranges::find_if(before, [&](const auto& resolver) {
      return resolver != nullptr && same(resolver->settings(), section);
    });
    resolvers_.push_back(known != before.end()
                             ? std::move(*known)
                             : std::make_unique<names::Resolver>(loop_, section, connect,
                                                                 static_cast<names::Sink&>(*this)));
  }
  for (const auto& resolver : resolvers_)
    resolver->configure(servers_of(snapshot, resolver->settings()));
}

void NameResolution::hurry(const model::ServerLive& server) {
  for (const auto& resolver : resolvers_) resolver->hurry(server);
}

base::Result<> NameResolution::rename(model::ServerLive& server, const std::string& name) {
  for (const auto& resolver : resolvers_) {
    if (!resolver->follows(server)) continue;
    change(server, control::SetName{name});
    resolver->rename(server, name);
    return {};
  }
  return base::fail(base::ErrorKind::Configuration, "no resolvers follow the name of this server");
}

std::vector<model::ResolversReport> NameResolution::reports() const {
  std::vector<model::ResolversReport> out;
  for (const auto& resolver : resolvers_) out.push_back(resolver->report());
  return out;
}

void NameResolution::change(const model::ServerLive& server, control::ChangeAction action) {
  control::Change wanted;
  wanted.who = "resolvers";
  wanted.from = control::ChangeSource::Names;
  wanted.target = {server.backend().name(), server.name()};
  wanted.action = std::move(action);
  (void)changes_.apply(std::move(wanted), nullptr);
}

void NameResolution::address_found(model::ServerLive& server, const base::Address& address,
                                   std::string_view by) {
  change(server, control::SetAddress{address, std::string(by)});
}

void NameResolution::address_lost(model::ServerLive& server, std::string_view why) {
  if (!server.state().unresolved) change(server, control::LoseAddress{std::string(why)});
}

void NameResolution::weight_found(model::ServerLive& server, std::uint16_t weight) {
  if (server.state().weight == weight) return;
  change(server, control::SetWeight{weight, control::SetWeight::Unit::Absolute});
}

void NameResolution::target_found(model::ServerLive& server, std::string_view target) {
  change(server, control::SetName{std::string(target), true});
}

}  // namespace sluice::app
