#include "config/sections.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "config/dispatch.h"
#include "config/names.h"
#include "config/resolv_conf.h"

namespace sluice::config {
namespace {

std::string place_of_span(const base::SourceSpan& span) {
  return std::string(span.file_name()) + ':' + std::to_string(span.line);
}

bool is_of_clients(SectionKind kind) {
  return kind == SectionKind::Frontend || kind == SectionKind::Listen || kind == SectionKind::Admin;
}
bool is_of_servers(SectionKind kind) {
  return kind == SectionKind::Backend || kind == SectionKind::Listen;
}

model::ProxyKind proxy_kind(SectionKind kind) {
  switch (kind) {
    case SectionKind::Frontend:
    case SectionKind::Admin:
      return model::ProxyKind::Frontend;
    case SectionKind::Backend:
      return model::ProxyKind::Backend;
    case SectionKind::Listen:
      return model::ProxyKind::Listen;
    default:
      return model::ProxyKind::Defaults;
  }
}

}  // namespace

void SectionBuilder::take(const Directive& directive) {
  if (directive.role == DirectiveRole::SectionStart) {
    end_section();
    begin(directive);
    return;
  }
  if (directive.section == SectionKind::None && kind_ != SectionKind::None) {
    end_section();  // the next file begins outside of any section
    kind_ = SectionKind::None;
    skipping_ = false;
  }
  if (skipping_) return;
  if (kind_ == SectionKind::None) {
    const base::Word& word = directive.words[0];
    const std::string_view near =
        base::nearest(word.text, {"global", "defaults", "frontend", "backend", "listen"});
    if (!std::exchange(reported_outside_, true) || !near.empty()) {
      diagnostics_.error(word.span, "'" + word.text + "' stands outside of any section",
                         near.empty() ? "a section begins with global, defaults, frontend, backend "
                                        "or listen"
                                      : "did you mean '" + std::string(near) + "'?");
    }
    return;
  }
  Context context{config_, diagnostics_,        read_file_, kind_, is_proxy() ? &proxy_ : nullptr,
                  &state_, warnings_are_errors_};
  apply_directive(context, directive);
}

void SectionBuilder::begin(const Directive& directive) {
  kind_ = directive.section;
  skipping_ = false;
  state_ = {};
  if (kind_ == SectionKind::Other) return refuse_section(directive);
  if (kind_ == SectionKind::Global) {
    if (directive.words.size() > 1) {
      diagnostics_.error(directive.words[1].span, "'global' takes no name");
    }
    if (config_.global.span.line == 0) config_.global.span = directive.span;
    return;
  }
  if (kind_ == SectionKind::Resolvers) return begin_resolvers(directive);
  if (kind_ == SectionKind::Userlist) return begin_userlist(directive);
  begin_proxy(directive);
}

void SectionBuilder::begin_resolvers(const Directive& directive) {
  if (!check_name(directive)) return;
  const base::Word& name = directive.words[1];
  if (const model::Resolvers* other = config_.find_resolvers(name.text)) {
    diagnostics_.error(name.span, "the name '" + name.text + "' is taken by the section at " +
                                      place_of_span(other->span));
  }
  model::Resolvers& section = config_.resolvers.emplace_back();
  section.name = name.text;
  section.span = name.span;
  check_rest_of_line(directive, 2);
}

void SectionBuilder::begin_userlist(const Directive& directive) {
  if (!check_name(directive)) return;
  const base::Word& name = directive.words[1];
  if (const model::Userlist* other = config_.find_userlist(name.text)) {
    diagnostics_.error(name.span, "the name '" + name.text + "' is taken by the section at " +
                                      place_of_span(other->span));
  }
  model::Userlist& section = config_.userlists.emplace_back();
  section.name = name.text;
  section.span = name.span;
  if (directive.words.size() > 2) {
    const base::Word& word = directive.words[2];
    diagnostics_.error(word.span, "'userlist' takes a name, and not '" + word.text + "'");
  }
}

/// Users and groups may name one another wherever they stand in the section.
void SectionBuilder::end_userlist() {
  model::Userlist& list = config_.userlists.back();
  for (const SectionState::Member& member : state_.members) {
    const auto user = std::ranges::find(list.users, member.user.text, &model::User::name);
    const bool has_group = std::ranges::find(list.groups, member.group.text) != list.groups.end();
    if (user != list.users.end() && has_group) {
      if (!user->is_in(member.group.text)) user->groups.push_back(member.group.text);
      continue;
    }
    std::vector<std::string_view> known(list.groups.begin(), list.groups.end());
    if (has_group) {
      known.clear();
      for (const model::User& each : list.users) known.push_back(each.name);
    }
    const base::Word& missing = has_group ? member.user : member.group;
    const std::string_view near = base::nearest(missing.text, known);
    diagnostics_.error(member.span,
                       "the userlist '" + list.name + "' has no " + (has_group ? "user" : "group") +
                           " '" + missing.text + "'",
                       near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
  }
}

void SectionBuilder::refuse_section(const Directive& directive) {
  skipping_ = true;
  const std::string& word = directive.words[0].text;
  if (section_kind(word) == SectionKind::Other) {
    diagnostics_.error(directive.span, "sections '" + word + "' are not supported by Sluice yet",
                       word == "mailers"
                           ? "alert on the log's lines about states, or on the metrics "
                             "at /metrics; this one is skipped"
                           : "this one is skipped");
    return;
  }
  const std::string_view near =
      base::nearest(word, {"global", "defaults", "frontend", "backend", "listen"});
  diagnostics_.error(directive.span, "unknown section '" + word + "'",
                     near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
}

void SectionBuilder::begin_proxy(const Directive& directive) {
  std::size_t taken = 1;
  const bool is_defaults = kind_ == SectionKind::Defaults;
  const bool named = directive.words.size() > 1 && directive.words[1].text != "from";
  const bool may_be_nameless = is_defaults || kind_ == SectionKind::Admin;
  if (named || !may_be_nameless) {
    if (!check_name(directive)) return;
  }
  const base::Word& name = directive.words[named ? 1 : 0];  // 'admin' is called so
  if (!is_defaults) check_duplicate(name);
  if (named) ++taken;
  Defaults* defaults = choose_defaults(directive, taken);
  model::Proxy fresh;  // GCC 12 takes the strings of an unnamed one for uninitialised
  proxy_ = std::move(fresh);
  if (defaults != nullptr) {
    proxy_ = defaults->proxy;
    proxy_.defaults_name = std::exchange(proxy_.name, {});
    proxy_.stats.span = {};
    if (!is_defaults) note_use(*defaults, kind_, directive.span);
  }
  proxy_.kind = proxy_kind(kind_);
  proxy_.span = named ? directive.words[1].span : directive.span;
  if (named || kind_ == SectionKind::Admin) proxy_.name = name.text;
  if (kind_ == SectionKind::Admin) begin_admin();
  state_.anonymous_defaults = is_defaults && !named;
  check_rest_of_line(directive, taken);
}

/// What its defaults gave it of the classic page and of ways elsewhere is not for it.
void SectionBuilder::begin_admin() {
  proxy_.is_admin = true;
  proxy_.mode = model::Mode::Http;
  proxy_.default_backend.clear();
  proxy_.stats.scopes.clear();
}

bool SectionBuilder::check_name(const Directive& directive) {
  const std::string& word = directive.words[0].text;
  if (directive.words.size() < 2) {
    diagnostics_.error(directive.span, "this '" + word + "' needs a name");
    skipping_ = true;
    return false;
  }
  const base::Word& name = directive.words[1];
  const auto bad = bad_name_byte(name.text);
  if (!bad) return true;
  diagnostics_.error(name.span, "a name cannot contain '" + std::string(1, *bad) + "'",
                     std::string(kNameBytes));
  return true;
}

// A frontend and a backend may share a name; two of either kind may not.
void SectionBuilder::check_duplicate(const base::Word& name) {
  const bool frontend = is_of_clients(kind_);
  const bool backend = is_of_servers(kind_);
  for (const model::Proxy& other : config_.proxies) {
    if (other.name != name.text) continue;
    if ((frontend && other.is_frontend()) || (backend && other.is_backend())) {
      diagnostics_.error(name.span, "the name '" + name.text + "' is taken by the section at " +
                                        place_of_span(other.span));
      return;
    }
  }
}

SectionBuilder::Defaults* SectionBuilder::choose_defaults(const Directive& directive,
                                                          std::size_t& taken) {
  if (directive.words.size() > taken && directive.words[taken].text == "from") {
    ++taken;
    if (directive.words.size() == taken) {
      diagnostics_.error(directive.words[taken - 1].span, "'from' needs a defaults section's name");
      return nullptr;
    }
    Defaults* defaults = find_defaults(directive, directive.words[taken]);
    ++taken;
    if (defaults != nullptr && kind_ != SectionKind::Defaults) defaults->used_by_name = true;
    return defaults;
  }
  if (kind_ == SectionKind::Defaults || defaults_.empty()) return nullptr;
  defaults_.back().used_as_last = true;
  return &defaults_.back();
}

SectionBuilder::Defaults* SectionBuilder::find_defaults(const Directive& directive,
                                                        const base::Word& name) {
  Defaults* found = nullptr;
  for (Defaults& defaults : defaults_) {
    if (defaults.proxy.name != name.text) continue;
    if (found != nullptr) {
      diagnostics_.error(name.span, "two defaults sections are called '" + name.text + "', at " +
                                        place_of_span(found->proxy.span) + " and " +
                                        place_of_span(defaults.proxy.span));
      return nullptr;
    }
    found = &defaults;
  }
  if (found == nullptr) {
    std::vector<std::string_view> names;
    for (const Defaults& defaults : defaults_) names.push_back(defaults.proxy.name);
    const std::string_view near = base::nearest(name.text, names);
    diagnostics_.error(
        name.span,
        "there is no defaults section '" + name.text + "' above this " + directive.words[0].text,
        near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
  }
  return found;
}

void SectionBuilder::note_use(Defaults& defaults, SectionKind kind, const base::SourceSpan& span) {
  if (is_of_clients(kind)) defaults.used_by_frontend = true;
  if (is_of_servers(kind)) defaults.used_by_backend = true;
  const bool has_rules = !defaults.proxy.rules.empty() || !defaults.proxy.acls.empty();
  if (has_rules && defaults.used_by_frontend && defaults.used_by_backend) {
    diagnostics_.error(span,
                       "the defaults section '" + defaults.proxy.name +
                           "' has rules, so it cannot serve frontends and backends alike",
                       "give each kind a defaults section of its own and name it with 'from'");
  }
}

void SectionBuilder::check_rest_of_line(const Directive& directive, std::size_t taken) {
  if (directive.words.size() <= taken) return;
  const base::Word& word = directive.words[taken];
  if (is_of_clients(kind_)) {
    diagnostics_.error(word.span, "an address cannot stand on the section's own line any more",
                       "write below it: bind " + word.text);
    return;
  }
  diagnostics_.warning(word.span, "'" + word.text + "' has no meaning here and is ignored");
}

void SectionBuilder::end_section() {
  if (kind_ == SectionKind::Userlist && !skipping_) end_userlist();
  if (!is_proxy() || skipping_) return;
  std::ranges::move(state_.redirects, std::back_inserter(proxy_.rules));
  if (kind_ == SectionKind::Defaults) {
    defaults_.push_back({std::move(proxy_)});
    return;
  }
  if (kind_ == SectionKind::Backend) {  // what its defaults gave only frontends
    proxy_.default_backend.clear();
    proxy_.monitor_uri.clear();
    proxy_.maxconn = 0;
  }
  if (kind_ == SectionKind::Admin) {
    proxy_.stats.enabled = true;
    if (proxy_.stats.span.line == 0) proxy_.stats.span = proxy_.span;
  }
  for (model::Bind& bind : proxy_.binds) {
    if (bind.backlog == 0) bind.backlog = proxy_.backlog;
  }
  config_.proxies.push_back(std::move(proxy_));
}

void SectionBuilder::finish() {
  end_section();
  kind_ = SectionKind::None;
  add_default_resolvers(config_, read_file_);
  for (const Defaults& defaults : defaults_) {
    if (!defaults.used_by_name || !defaults.used_as_last) continue;
    diagnostics_.warning(defaults.proxy.span,
                         "the defaults section '" + defaults.proxy.name +
                             "' is used by name and as the last one too",
                         "use 'from' everywhere, or end with a defaults section for the rest");
  }
}

}  // namespace sluice::config
