#include "admin/login_lists.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace sluice::admin {

namespace {

using Lists = std::vector<const model::Userlist*>;

/// `http_auth(LIST)` and `http_auth_group(LIST)`, wherever they stand in a word.
void add_named(Lists& out, const model::Config& config, std::string_view word) {
  constexpr std::string_view kName = "http_auth";
  constexpr std::string_view kGroup = "_group";
  for (std::size_t at = word.find(kName); at != word.npos; at = word.find(kName)) {
    word.remove_prefix(at + kName.size());
    if (word.starts_with(kGroup)) word.remove_prefix(kGroup.size());
    if (!word.starts_with('(')) continue;
    const std::string name(base::trim(word.substr(1, word.find(')') - 1)));
    const model::Userlist* list = config.find_userlist(name);
    if (list != nullptr && std::ranges::find(out, list) == out.end()) out.push_back(list);
  }
}

void add_named(Lists& out, const model::Config& config, const std::vector<model::Word>& words) {
  for (const model::Word& word : words) add_named(out, config, word.text);
}

}  // namespace

std::vector<const model::Userlist*> login_lists(const model::Config& config,
                                                const model::Proxy& proxy) {
  Lists out;
  const model::StatsPage& page = proxy.stats;
  if (!proxy.is_stats_listener() || !page.auth.empty() || config.userlists.empty()) return out;
  for (const auto& access : page.access) add_named(out, config, access.condition);
  for (const auto* rules : {&page.admin, &page.operators}) {
    for (const model::StatsPage::Admin& rule : *rules) add_named(out, config, rule.condition);
  }
  for (const model::AclLine& acl : proxy.acls) add_named(out, config, acl.words);
  for (const model::Rule& rule : proxy.rules) {
    add_named(out, config, rule.words);
    add_named(out, config, rule.condition);
  }
  return out;
}

bool has_login(const model::Config& config, const model::Proxy& proxy) {
  return !proxy.stats.auth.empty() || !login_lists(config, proxy).empty();
}

bool still_has(const model::Config& config, const model::Proxy& proxy, std::string_view list,
               const model::StatsAuth& account) {
  if (list.empty()) {
    return std::ranges::any_of(proxy.stats.auth, [&account](const model::StatsAuth& each) {
      return each.user == account.user && each.password == account.password;
    });
  }
  const Lists lists = login_lists(config, proxy);
  const auto found = std::ranges::find(lists, list, &model::Userlist::name);
  if (found == lists.end()) return false;
  const model::User* user = (*found)->find(account.user);
  return user != nullptr && user->secret == account.password;
}

void end_orphans(model::LoginSessions& sessions, const model::Config& config) {
  sessions.end_if([&config](const model::LoginSession& session) {
    return std::ranges::none_of(config.proxies, [&](const model::Proxy& proxy) {
      return proxy.name == session.proxy && proxy.is_stats_listener() &&
             still_has(config, proxy, session.list, session.account);
    });
  });
}

}  // namespace sluice::admin
