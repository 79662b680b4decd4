// Publishes snapshots to the workers and keeps the list of generations. A reload counts as done
// when every worker has acknowledged it. Old generations live while a worker holds them and always
// die here, on the control thread. Control thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "control/backend_view.h"
#include "control/registry.h"
#include "control/snapshot.h"
#include "model/worker_query.h"

namespace sluice::control {

class Publisher {
 public:
  /// Runs in the thread of the worker of that slot: takes the snapshot for everything that comes
  /// from now on.
  using Install = std::function<void(std::size_t slot, std::shared_ptr<const Snapshot> snapshot)>;
  Publisher(Registry& registry, model::WorkerQuery& workers, Install install);

  /// Adopts `snapshot` and gives it to every worker; `done` (may be empty) runs when all have it.
  /// The last step of a reload, which cannot fail. Not again before `done`.
  void publish(std::shared_ptr<Snapshot> snapshot, std::function<void()> done);

  [[nodiscard]] std::shared_ptr<const Snapshot> current() const;
  /// That backend in every generation that lives, oldest first; none: no such backend.
  [[nodiscard]] std::vector<BackendView> views(std::string_view backend) const;
  [[nodiscard]] std::size_t generations() const { return generations_.size(); }

  /// Destroys the old generations that no worker holds any more, and the live objects that went
  /// with them. To be called when a worker has given one back, and after a build that failed.
  void collect();

 private:
  Registry& registry_;
  model::WorkerQuery& workers_;
  Install install_;
  std::vector<std::shared_ptr<Snapshot>> generations_;  // oldest first; the last one is the current
};

}  // namespace sluice::control
