// POST /api/preview: what a change would do to the shares of traffic, and what is risky about it.
#include <algorithm>
#include <map>

#include "admin/api.h"
#include "admin/api_actions.h"

namespace sluice::admin {

namespace {

using control::ServerTarget;
using model::AdminState;

/// A backend's servers as they are, and as they would be.
struct Server {
  const control::ServerRuntime* runtime;
  model::ServerStateWord before, after;
  bool ends_sessions = false;
};
struct Backend {
  const control::BackendRuntime* runtime;
  std::vector<Server> servers;
};
using Backends = std::map<std::string, Backend>;

Backend copy_of(const control::BackendRuntime& runtime) {
  Backend backend{&runtime, {}};
  for (const auto& server : runtime.servers) {
    const auto word = server->live->state();
    backend.servers.push_back({server.get(), word, word});
  }
  return backend;
}

void imagine(Server& server, const control::ChangeAction& action) {
  if (const auto* admin = std::get_if<control::SetAdmin>(&action))
    server.after.admin = admin->state;
  if (const auto* weight = std::get_if<control::SetWeight>(&action)) {
    const bool percent = weight->unit == control::SetWeight::Unit::Percent;
    server.after.weight = static_cast<std::uint16_t>(
        percent ? server.runtime->live->initial_weight * weight->value / 100 : weight->value);
  }
  if (const auto* health = std::get_if<control::SetHealth>(&action)) {
    using To = control::SetHealth::To;
    server.after.oper = health->to == To::Up     ? model::OperState::Up
                        : health->to == To::Down ? model::OperState::Down
                                                 : model::OperState::NoLb;
  }
  if (std::holds_alternative<control::ShutdownSessions>(action)) server.ends_sessions = true;
}

/// Backups count only while no active server is usable.
std::vector<double> shares_of(const Backend& backend, bool after) {
  const auto word = [after](const Server& server) { return after ? server.after : server.before; };
  const bool active =
      std::any_of(backend.servers.begin(), backend.servers.end(), [&](const Server& server) {
        return !server.runtime->live->backup && word(server).accepts_new();
      });
  std::vector<double> weights;
  double sum = 0;
  for (const Server& server : backend.servers) {
    const bool counts = word(server).accepts_new() && (!active || !server.runtime->live->backup);
    weights.push_back(counts ? word(server).weight : 0);
    sum += weights.back();
  }
  for (double& weight : weights) weight = sum > 0 ? weight / sum : 0;
  return weights;
}

void add_risk(Json& risks, std::string_view code, const std::string& key, std::string detail) {
  risks.push_back({{"code", code}, {"target", key}, {"detail", std::move(detail)}});
}

void find_risks(const std::string& name, const Backend& backend, Json& risks) {
  const auto usable = [&backend](bool after) {
    return std::count_if(backend.servers.begin(), backend.servers.end(), [after](const Server& s) {
      return (after ? s.after : s.before).accepts_new();
    });
  };
  const auto before = usable(false);
  const auto after = usable(true);
  const std::string key = backend_key(name);
  if (before > 1 && after == 0)
    add_risk(risks, "whole-backend", key, "No server of " + name + " takes requests any more.");
  else if (before == 1 && after == 0)
    add_risk(risks, "last-server", key, name + " loses the last server that takes requests.");
  const auto shares = shares_of(backend, false);
  double lost = 0;
  for (std::size_t i = 0; i < backend.servers.size(); ++i) {
    const Server& server = backend.servers[i];
    if (server.before.accepts_new() && !server.after.accepts_new()) lost += shares[i];
    if (server.ends_sessions)
      add_risk(risks, "ends-sessions", server_key(name, server.runtime->config->name),
               std::to_string(server.runtime->live->sessions.value()) + " sessions end.");
  }
  if (after != 0 && lost > 0.5)
    add_risk(risks, "over-half", key, "Over half of " + name + "'s capacity goes.");
}

Json show(const ApiModel& model, const std::string& name, const Backend& backend) {
  const double rate = model.mean_rate(backend_key(name));
  const auto before = shares_of(backend, false);
  const auto after = shares_of(backend, true);
  Json servers = Json::array();
  double fresh = 0;
  bool sides = false;
  for (std::size_t i = 0; i < backend.servers.size(); ++i) {
    const Server& server = backend.servers[i];
    sides = sides || server.runtime->config->role != model::ServerRole::None;
    if (server.runtime->config->role == model::ServerRole::New) fresh += after[i];
    servers.push_back(
        {{"svname", server.runtime->config->name},
         {"uweight", server.before.weight},
         {"share", before[i]},
         {"req_rate", model.mean_rate(server_key(name, server.runtime->config->name))},
         {"uweight_after", server.after.weight},
         {"share_after", after[i]},
         {"req_rate_after", rate * after[i]}});
  }
  return {{"key", backend_key(name)},
          {"req_rate", rate},
          {"percent", sides ? Json(fresh * 100) : Json(nullptr)},
          {"servers", std::move(servers)}};
}

}  // namespace

Json preview_plan(const View& view, const ApiModel& model, const Plan& plan) {
  const auto snapshot = view.snapshot();
  Backends backends;
  for (const Step& step : plan) {
    const auto* action = std::get_if<control::ChangeAction>(&step.action);
    const auto* runtime = action != nullptr ? snapshot->find_backend(step.target.backend) : nullptr;
    if (runtime == nullptr) continue;
    Backend& backend = backends.try_emplace(step.target.backend, copy_of(*runtime)).first->second;
    for (Server& server : backend.servers) {
      if (server.runtime->config->name == step.target.server) imagine(server, *action);
    }
  }
  Json shown = Json::array();
  Json risks = Json::array();
  for (const auto& [name, backend] : backends) {
    shown.push_back(show(model, name, backend));
    find_risks(name, backend, risks);
  }
  return {{"backends", std::move(shown)}, {"risks", std::move(risks)}};
}

}  // namespace sluice::admin
