#include "config/resolv_conf.h"

#include "base/limits.h"
#include "base/text.h"

namespace sluice::config {
namespace {

constexpr std::uint16_t kPort = 53;
constexpr std::string_view kKeyword = "nameserver";

/// The address of a "nameserver" line; "" of any other one.
std::string_view address_in(std::string_view line) {
  line = base::trim(line);
  if (!line.starts_with(kKeyword)) return {};
  line.remove_prefix(kKeyword.size());
  if (line.empty() || (line.front() != ' ' && line.front() != '\t')) return {};
  line = base::trim(line);
  return line.substr(0, line.find_first_of(" \t\r"));
}

}  // namespace

std::vector<model::NameServer> name_servers_of(std::string_view resolv_conf) {
  std::vector<model::NameServer> out;
  for (std::string_view line : base::split(resolv_conf, '\n')) {
    const std::string_view text = address_in(line);
    const auto address = base::Address::from_ip(text, kPort);
    if (text.empty() || !address || out.size() == base::limits::kMaxNameServers) continue;
    model::NameServer& server = out.emplace_back();
    server.name = text;
    server.address = *address;
  }
  return out;
}

void add_default_resolvers(model::Config& config, const FileReader& read_file) {
  constexpr std::string_view kName = "default";
  if (config.find_resolvers(kName) != nullptr) return;
  const auto text = read_file(kResolvConf);
  if (!text) return;
  auto servers = name_servers_of(*text);
  if (servers.empty()) return;
  model::Resolvers& section = config.resolvers.emplace_back();
  section.name = kName;
  section.name_servers = std::move(servers);
}

}  // namespace sluice::config
