#include "control/registry.h"

namespace sluice::control {
namespace {

template <class Live>
std::shared_ptr<Live> find_or_make(std::map<std::string, std::shared_ptr<Live>, std::less<>>& map,
                                   const std::string& name) {
  auto& place = map[name];
  if (place == nullptr) place = std::make_shared<Live>(name);
  return place;
}

template <class Live>
Live* find(const std::map<std::string, std::shared_ptr<Live>, std::less<>>& map,
           std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : found->second.get();
}

}  // namespace

std::shared_ptr<model::FrontendLive> Registry::frontend(const std::string& name) {
  return find_or_make(frontends_, name);
}

std::shared_ptr<model::BackendLive> Registry::backend(const std::string& name) {
  return find_or_make(backends_, name);
}

std::shared_ptr<model::ServerLive> Registry::server(model::BackendLive& backend,
                                                    const std::string& name) {
  const std::shared_ptr<model::ServerLive>& live = backend.shared_server(name, last_id_ + 1);
  if (live->id() == last_id_ + 1) ++last_id_;
  return live;
}

model::BackendLive* Registry::find_backend(std::string_view name) { return find(backends_, name); }

model::FrontendLive* Registry::find_frontend(std::string_view name) {
  return find(frontends_, name);
}

model::ServerLive* Registry::find_server(std::string_view backend, std::string_view server) {
  const model::BackendLive* live = find_backend(backend);
  return live == nullptr ? nullptr : live->find(server);
}

const model::Server* Registry::last_written(const model::ServerLive& server) const {
  const auto found = written_.find(server.id());
  return found == written_.end() ? nullptr : &found->second;
}

void Registry::remember_written(const model::ServerLive& server, const model::Server& config) {
  written_.insert_or_assign(server.id(), config);
}

void Registry::retire_all_but(const std::unordered_set<std::uint64_t>& kept) {
  for (const auto& [name, backend] : backends_) {
    for (const auto& server : backend->servers()) {
      const bool retired = !kept.contains(server->id());
      server->retired.store(retired, std::memory_order_relaxed);
      if (retired) written_.erase(server->id());
    }
  }
}

void Registry::collect() {
  std::erase_if(frontends_, [](const auto& entry) { return entry.second.use_count() == 1; });
  std::unordered_set<std::uint64_t> alive;
  std::erase_if(backends_, [&](const auto& entry) {
    if (entry.second.use_count() == 1) return true;
    entry.second->forget_unused();
    for (const auto& server : entry.second->servers()) alive.insert(server->id());
    return false;
  });
  std::erase_if(written_, [&](const auto& entry) { return !alive.contains(entry.first); });
}

}  // namespace sluice::control
