// The statistics page where it is more open than its owner may know.
#include <algorithm>
#include <string_view>

#include "config/validate.h"

namespace sluice::config {
namespace {

bool is_loopback(const base::Address& address) {
  const std::string_view bytes = address.ip_bytes();
  if (bytes.size() == 4) return bytes.front() == 127;
  return bytes.find_first_not_of('\0') == bytes.size() - 1 && bytes.back() == 1;
}

/// Other machines may reach it: neither a unix socket, nor a loopback address, nor a descriptor or
/// a name, of which nothing is known.
bool is_public(const model::Bind& bind) {
  return !bind.inherited_fd && bind.host.empty() && bind.address.is_ip() &&
         !is_loopback(bind.address);
}

bool is_for_everybody(const model::StatsPage::Admin& admin) {
  return !admin.negated && admin.condition.size() == 1 && admin.condition.front().text == "TRUE";
}

/// A rule asks for a password.
bool asks(const model::StatsPage& page) {
  return std::ranges::any_of(page.access, [](const model::StatsPage::Access& access) {
    return access.kind == model::StatsPage::Access::Kind::Auth;
  });
}

/// A rule before the page asks who comes, or turns somebody away.
bool is_guarded(const model::Proxy& proxy) {
  constexpr std::string_view kGuards[] = {"auth", "deny", "reject", "silent-drop", "tarpit"};
  return !proxy.stats.auth.empty() || !proxy.stats.access.empty() ||
         std::ranges::any_of(proxy.rules, [&](const model::Rule& rule) {
           return !rule.words.empty() &&
                  std::ranges::find(kGuards, rule.words.front().text) != std::end(kGuards);
         });
}

void check_roles(const model::StatsPage& page, const model::Bind& open,
                 base::Diagnostics& diagnostics) {
  for (const auto* rules : {&page.admin, &page.operators}) {
    const auto role = std::ranges::find_if(*rules, is_for_everybody);
    if (!page.auth.empty() || asks(page) || role == rules->end()) continue;
    const std::string word = rules == &page.admin ? "admin" : "operator";
    diagnostics.warning(role->span,
                        "whoever reaches " + open.address.to_string() +
                            " may change servers: 'stats " + word +
                            " if TRUE' stands without a password",
                        "add 'stats auth <user>:<password>', or bind to 127.0.0.1");
  }
}

}  // namespace

void check_stats_page(const model::Proxy& proxy, base::Diagnostics& diagnostics) {
  const model::StatsPage& page = proxy.stats;
  if (!proxy.is_frontend() || !page.enabled || page.span.line == 0) return;
  const auto open = std::ranges::find_if(proxy.binds, is_public);
  if (open == proxy.binds.end()) return;
  check_roles(page, *open, diagnostics);
  if (proxy.is_admin && !is_guarded(proxy)) {
    diagnostics.warning(proxy.span,
                        "whoever reaches " + open->address.to_string() +
                            " may look at all servers and requests: the admin section '" +
                            proxy.name + "' asks for no password",
                        "add 'stats auth <user>:<password>', or bind to 127.0.0.1");
  }
  const auto clear = std::ranges::find_if(
      proxy.binds, [](const model::Bind& bind) { return is_public(bind) && !bind.tls; });
  if ((!page.auth.empty() || asks(page)) && clear != proxy.binds.end()) {
    diagnostics.warning(page.span,
                        std::string("passwords of ") +
                            (asks(page) ? "'stats http-request auth'" : "'stats auth'") +
                            " reach " + clear->address.to_string() + " in clear text",
                        "add 'ssl crt <file>' to the bind line, or bind to 127.0.0.1");
  }
}

}  // namespace sluice::config
