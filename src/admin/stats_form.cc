#include "admin/stats_form.h"

#include <algorithm>
#include <optional>

#include "admin/url.h"
#include "base/text.h"

namespace sluice::admin {

using control::ChangeAction;
using model::AdminState;

namespace {

struct ResultCode {
  FormResult result;
  std::string_view code;
};
constexpr ResultCode kCodes[] = {
    {FormResult::Done, "DONE"},    {FormResult::Nothing, "NONE"}, {FormResult::Part, "PART"},
    {FormResult::Error, "ERRP"},   {FormResult::Denied, "DENY"},  {FormResult::Exceeded, "EXCD"},
    {FormResult::Unknown, "UNKN"},
};

using StateWord = model::ServerStateWord;

/// What an action does to a server; nothing when it does not apply to it as it is.
struct ActionRow {
  FormAction action;
  std::optional<ChangeAction> (*change)(const model::ServerLive& server, const StateWord& word);
};

template <AdminState state>
std::optional<ChangeAction> set_admin(const model::ServerLive&, const StateWord&) {
  return ChangeAction{control::SetAdmin{state}};
}
/// The names of old undo one state only: "enable" ends MAINT, "start" ends DRAIN.
template <AdminState from>
std::optional<ChangeAction> leave_admin(const model::ServerLive&, const StateWord& word) {
  return ChangeAction{control::SetAdmin{word.admin == from ? AdminState::Ready : word.admin}};
}
template <control::SetChecks::To to>
std::optional<ChangeAction> set_checks(const model::ServerLive&, const StateWord&) {
  return ChangeAction{control::SetChecks{to}};
}
/// Forcing a health makes sense where checks would otherwise decide it.
template <control::SetHealth::To to>
std::optional<ChangeAction> set_health(const model::ServerLive& server, const StateWord&) {
  if (!server.check_enabled) return std::nullopt;
  return ChangeAction{control::SetHealth{to}};
}
std::optional<ChangeAction> shutdown_sessions(const model::ServerLive&, const StateWord&) {
  return ChangeAction{control::ShutdownSessions{}};
}
template <control::SetAgent::To to>
std::optional<ChangeAction> set_agent(const model::ServerLive&, const StateWord&) {
  return ChangeAction{control::SetAgent{to}};
}
/// Speaking for the agent makes sense where there is one to ask.
template <control::SetAgentHealth::To to>
std::optional<ChangeAction> agent_says(const model::ServerLive& server, const StateWord&) {
  if (!server.agent_enabled) return std::nullopt;
  return ChangeAction{control::SetAgentHealth{to}};
}

constexpr ActionRow kActions[] = {
    {{"ready", "Set state to READY"}, set_admin<AdminState::Ready>},
    {{"drain", "Set state to DRAIN"}, set_admin<AdminState::Drain>},
    {{"maint", "Set state to MAINT"}, set_admin<AdminState::Maint>},
    {{"dhlth", "Health: disable checks"}, set_checks<control::SetChecks::To::Disabled>},
    {{"ehlth", "Health: enable checks"}, set_checks<control::SetChecks::To::Enabled>},
    {{"hrunn", "Health: force UP"}, set_health<control::SetHealth::To::Up>},
    {{"hnolb", "Health: force NOLB"}, set_health<control::SetHealth::To::Stopping>},
    {{"hdown", "Health: force DOWN"}, set_health<control::SetHealth::To::Down>},
    {{"dagent", "Agent: disable checks"}, set_agent<control::SetAgent::To::Disabled>},
    {{"eagent", "Agent: enable checks"}, set_agent<control::SetAgent::To::Enabled>},
    {{"shutdown", "Kill sessions"}, shutdown_sessions},
    {{"arunn", "Agent: force UP"}, agent_says<control::SetAgentHealth::To::Up>},
    {{"adown", "Agent: force DOWN"}, agent_says<control::SetAgentHealth::To::Down>},
    {{"disable", ""}, set_admin<AdminState::Maint>},
    {{"enable", ""}, leave_admin<AdminState::Maint>},
    {{"stop", ""}, set_admin<AdminState::Drain>},
    {{"start", ""}, leave_admin<AdminState::Drain>},
};

struct Form {
  std::string action, backend;
  std::vector<std::string> servers;
};

Form read_form(std::string_view body) {
  Form form;
  for (auto& [name, value] : parse_form(body)) {
    if (name == "s" &&
        std::find(form.servers.begin(), form.servers.end(), value) == form.servers.end()) {
      form.servers.push_back(std::move(value));
    } else if (name == "action") {
      form.action = std::move(value);
    } else if (name == "b") {
      form.backend = std::move(value);
    }
  }
  return form;
}

const control::BackendRuntime* find_backend(const control::Snapshot& snapshot,
                                            std::string_view name) {
  if (!name.empty() && name.front() == '#') {
    const auto id = base::to_unsigned(name.substr(1));
    for (const auto& backend : snapshot.backends) {
      const std::uint32_t own = backend->config->numeric_id != 0 ? backend->config->numeric_id
                                                                 : backend->live->numeric_id.load();
      if (id && own == *id) return backend.get();
    }
    return nullptr;
  }
  return snapshot.find_backend(name);
}

bool apply_to(const View& view, const ActionRow& row, const control::BackendRuntime& backend,
              std::string_view server_name, const std::string& who) {
  const control::ServerRuntime* server = backend.find_runtime(server_name);
  if (server == nullptr) return false;
  auto action = row.change(*server->live, server->live->state());
  if (!action) return false;
  control::Change change;
  change.who = who;
  change.from = control::ChangeSource::Form;
  change.target = {backend.config->name, server->config->name};
  change.action = std::move(*action);
  return view.changes->apply(std::move(change), nullptr).has_value();
}

}  // namespace

std::string_view code_of(FormResult result) {
  for (const ResultCode& row : kCodes) {
    if (row.result == result) return row.code;
  }
  return "UNKN";
}

FormResult form_result(std::string_view code) {
  for (const ResultCode& row : kCodes) {
    if (row.code == code) return row.result;
  }
  return FormResult::Unknown;
}

const std::vector<FormAction>& form_actions() {
  static const std::vector<FormAction> actions = [] {
    std::vector<FormAction> out;
    for (const ActionRow& row : kActions) out.push_back(row.action);
    return out;
  }();
  return actions;
}

FormResult apply_form(const View& view, std::string_view body, const std::string& who) {
  const Form form = read_form(body);
  if (form.servers.empty()) return FormResult::Nothing;
  const auto row = std::find_if(
      std::begin(kActions), std::end(kActions),
      [&form](const ActionRow& candidate) { return candidate.action.value == form.action; });
  const auto snapshot = view.snapshot();
  if (row == std::end(kActions) || snapshot == nullptr) return FormResult::Error;
  const control::BackendRuntime* backend = find_backend(*snapshot, form.backend);
  if (backend == nullptr) return FormResult::Error;
  std::size_t altered = 0;
  for (const std::string& server : form.servers) {
    if (apply_to(view, *row, *backend, server, who)) ++altered;
  }
  if (altered == 0) return FormResult::Error;
  return altered == form.servers.size() ? FormResult::Done : FormResult::Part;
}

}  // namespace sluice::admin
