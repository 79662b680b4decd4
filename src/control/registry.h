// The live objects of the process, by name: found again by every generation, so that state,
// counters and queues survive a reload. Also remembers what the configuration last said of each
// server, since run-time state holds only while the directive that it overrides keeps its value.
// Control thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "model/proxy_live.h"
#include "model/server.h"

namespace sluice::control {

class Registry final {
 public:
  /// The object of that name, made if there is none.
  [[nodiscard]] std::shared_ptr<model::FrontendLive> frontend(const std::string& name);
  [[nodiscard]] std::shared_ptr<model::BackendLive> backend(const std::string& name);
  [[nodiscard]] std::shared_ptr<model::ServerLive> server(model::BackendLive& backend,
                                                          const std::string& name);

  /// Null when there is none.
  [[nodiscard]] model::BackendLive* find_backend(std::string_view name);
  [[nodiscard]] model::FrontendLive* find_frontend(std::string_view name);
  [[nodiscard]] model::ServerLive* find_server(std::string_view backend, std::string_view server);

  /// What was written of the server when it was last adopted; null for one that is new.
  [[nodiscard]] const model::Server* last_written(const model::ServerLive& server) const;
  void remember_written(const model::ServerLive& server, const model::Server& config);

  /// Marks every server whose id is not in `kept` as retired, the others as not. Should its name
  /// come back while something still holds it, it is adopted as one that is new.
  void retire_all_but(const std::unordered_set<std::uint64_t>& kept);

  /// Drops what no snapshot refers to any more. A name that comes back later starts afresh.
  void collect();

 private:
  template <class Live>
  using ByName = std::map<std::string, std::shared_ptr<Live>, std::less<>>;
  ByName<model::FrontendLive> frontends_;
  ByName<model::BackendLive> backends_;
  std::unordered_map<std::uint64_t, model::Server> written_;  // by ServerLive::id
  std::uint64_t last_id_ = 0;                                 // ids are never used again
};

}  // namespace sluice::control
