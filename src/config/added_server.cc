#include "config/added_server.h"

#include <algorithm>
#include <set>
#include <utility>

#include "config/context.h"
#include "config/dispatch.h"
#include "config/parse.h"
#include "config/validate.h"

namespace sluice::config {

namespace {

using base::ErrorKind;
using base::Result;
using model::Proxy;
using model::Server;

Proxy* find_backend(model::Config& config, std::string_view name) {
  for (Proxy& proxy : config.proxies) {
    if (proxy.is_backend() && proxy.name == name) return &proxy;
  }
  return nullptr;
}

tl::unexpected<base::Error> refused(std::string why) {
  return base::fail(ErrorKind::Configuration, std::move(why));
}

std::string first_error(const base::Diagnostics& diagnostics) {
  for (const base::Diagnostic& each : diagnostics.all()) {
    if (each.severity == base::Severity::Error) return each.message + ".";
  }
  return {};
}

Directive directive_of(const Proxy& proxy, const std::string& name,
                       std::span<const std::string> words) {
  Directive out;
  out.section = SectionKind::Backend;
  out.section_name = proxy.name;
  out.words.push_back({"server", {}});
  out.words.push_back({name, {}});
  for (const std::string& word : words) out.words.push_back({word, {}});
  return out;
}

/// What is found out at start, or belongs to the whole backend.
const char* unfit_option(const Server& server) {
  if (!server.cookie.empty()) return "cookie";
  if (!server.naming.resolvers.empty()) return "resolvers";
  if (!server.init_address.empty()) return "init-addr";
  if (server.role != model::ServerRole::None) return "role";
  return nullptr;
}

/// The lowest number that no server of the backend has.
std::uint32_t free_id(const Proxy& proxy) {
  std::set<std::uint32_t> used;
  for (const Server& server : proxy.servers) used.insert(server.numeric_id);
  std::uint32_t id = 1;
  while (used.contains(id)) ++id;
  return id;
}

Result<> parse(model::Config& config, Proxy& proxy, const Directive& directive) {
  base::Diagnostics diagnostics;
  const FileReader read_file = read_whole_file;
  SectionState state;
  bool warnings_are_errors = false;
  Context context{config, diagnostics, read_file,          SectionKind::Backend,
                  &proxy, &state,      warnings_are_errors};
  const Server defaults = std::exchange(proxy.default_server, Server{});
  apply_directive(context, directive);
  proxy.default_server = defaults;
  if (!diagnostics.ok()) return refused(first_error(diagnostics));
  return {};
}

}  // namespace

Result<> add_server(model::Config& config, std::string_view backend, const std::string& name,
                    std::span<const std::string> words) {
  Proxy* proxy = find_backend(config, backend);
  if (proxy == nullptr) return base::fail(ErrorKind::NotFound, "No such backend.");
  if (words.empty()) return refused("'server' expects <name> and <addr>[:<port>] as arguments.");
  const bool ready = std::ranges::find(words, "enabled") != words.end();
  if (auto parsed = parse(config, *proxy, directive_of(*proxy, name, words)); !parsed)
    return parsed;
  Server& server = proxy->servers.back();
  if (const char* option = unfit_option(server))
    return refused("'" + std::string(option) + "' option is not accepted for dynamic server");
  server.added = true;
  server.begins_in_maint = !ready;
  server.init_address = {model::InitAddress::None};
  if (server.track) {
    const std::string of = server.track->backend.empty() ? proxy->name : server.track->backend;
    const Proxy* other = config.find_backend(of);
    for (const Server& one : other != nullptr ? other->servers : std::vector<Server>()) {
      if (one.name == server.track->server && one.added)
        return refused("unable to use " + of + "/" + one.name +
                       " for tracking as it is a dynamic server.");
    }
  }
  if (server.numeric_id == 0) server.numeric_id = free_id(*proxy);
  base::Diagnostics diagnostics;
  validate(config, diagnostics);
  if (!diagnostics.ok()) return refused(first_error(diagnostics));
  return {};
}

}  // namespace sluice::config
