#include "control/publish.h"

#include <utility>

#include "control/adopt.h"

namespace sluice::control {

Publisher::Publisher(Registry& registry, model::WorkerQuery& workers, Install install)
    : registry_(registry), workers_(workers), install_(std::move(install)) {}

void Publisher::publish(std::shared_ptr<Snapshot> snapshot, std::function<void()> done) {
  adopt(*snapshot, generations_.empty() ? nullptr : generations_.back().get(), registry_);
  generations_.push_back(snapshot);
  workers_.each([install = install_, snapshot](std::size_t slot) { install(slot, snapshot); },
                [this, done = std::move(done)] {
                  if (done) done();
                  collect();
                });
}

std::shared_ptr<const Snapshot> Publisher::current() const {
  return generations_.empty() ? nullptr : generations_.back();
}

std::vector<BackendView> Publisher::views(std::string_view backend) const {
  std::vector<BackendView> out;
  if (generations_.empty() || generations_.back()->find_backend(backend) == nullptr) return out;
  for (const auto& snapshot : generations_) {
    if (const BackendRuntime* found = snapshot->find_backend(backend)) {
      out.push_back({found->config, found->live.get(), found->balancer.get(), &found->index});
    }
  }
  return out;
}

void Publisher::collect() {
  const Snapshot* newest = generations_.empty() ? nullptr : generations_.back().get();
  std::erase_if(generations_, [newest](const std::shared_ptr<Snapshot>& snapshot) {
    return snapshot.get() != newest && snapshot.use_count() == 1;
  });
  registry_.collect();
}

}  // namespace sluice::control
