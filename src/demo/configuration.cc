#include "demo/configuration.h"

#include <string_view>

#include "demo/site.h"

namespace sluice::demo {

namespace {

std::string port(std::uint16_t number) { return std::to_string(number); }

/// `role`: "" or the side of the migration.
std::string server_line(std::string_view name, std::uint16_t at, std::string_view role = "") {
  std::string out = "    server " + std::string(name) + " 127.0.0.1:" + port(at) +
                    " check inter 1s fall 2 rise 2";
  if (!role.empty()) out += " role " + std::string(role);
  return out + "\n";
}

constexpr std::string_view kHead =
    R"(# The demo of Sluice: a monolith, and the three services that are to take its place.
# Run it by hand with: sluice -f THIS_FILE

global
    maxconn 2000
    state-dir none

defaults
    mode http
    option forwardfor
    option redispatch
    retries 3
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    timeout http-request 10s
    timeout queue 5s
    timeout check 2s

)";

std::string frontend_section(const DemoPorts& ports, Ipv6 ipv6) {
  std::string out = "frontend mythoughts\n    bind *:" + port(ports.proxy) + "\n";
  if (ipv6 == Ipv6::Present) out += "    bind :::" + port(ports.proxy) + " v6only\n";
  return out +
         "    use_backend thoughts if { path_beg /api/thoughts /api/me/thoughts }\n"
         "    use_backend users if { path_beg /api/login }\n"
         "    default_backend pages\n\n";
}

std::string pages_section(const DemoPorts& ports) {
  const std::string host(kSiteHost);
  return "# The move itself: old and new side by side, request by request.\n"
         "backend pages\n"
         "    balance roundrobin\n"
         "    # The old server answers 404 to any Host but its own. Without the next line every "
         "other request\n"
         "    # to http://localhost:" +
         port(ports.proxy) +
         "/ would be such a 404.\n"
         "    http-request set-header Host " +
         host +
         "\n"
         "    option httpchk\n"
         "    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host " +
         host + "\n" + server_line("monolith", ports.monolith, "legacy") +
         server_line("frontend", ports.frontend, "new") + "\n";
}

std::string service_section(std::string_view name, std::uint16_t at) {
  return "backend " + std::string(name) +
         "\n    balance roundrobin\n    option httpchk GET /healthz\n" + server_line(name, at) +
         "\n";
}

std::string stats_section(const DemoPorts& ports, Ipv6 ipv6) {
  std::string out =
      "# The page with the buttons MAINT, DRAIN and READY: from this machine only.\n"
      "listen stats\n    bind 127.0.0.1:" +
      port(ports.stats) + "\n";
  if (ipv6 == Ipv6::Present) out += "    bind [::1]:" + port(ports.stats) + "\n";
  return out + "    stats enable\n    stats uri /\n    stats refresh 5s\n    stats admin if TRUE\n";
}

}  // namespace

std::string configuration(const DemoPorts& ports, Ipv6 ipv6) {
  return std::string(kHead) + frontend_section(ports, ipv6) + pages_section(ports) +
         service_section("thoughts", ports.thoughts) + service_section("users", ports.users) +
         stats_section(ports, ipv6);
}

}  // namespace sluice::demo
