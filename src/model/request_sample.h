// Requests as somebody watches them end: what is told of one, and who wants which. Filters are made
// by the control thread and shared; a worker looks at them when a request has ended, and only while
// somebody watches. No bodies, no queries, no fields: nothing that may be a secret.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

struct RequestSample {
  std::int64_t at_us = 0;  // when it ended, wall clock
  std::string client, frontend, backend, server, method, path, termination;
  std::uint16_t status = 0;
  std::int64_t time_ms = 0;
  std::uint64_t bytes = 0;
};

/// One that ended, in the worker's own memory.
struct EndedRequest {
  std::string_view frontend, backend, server, path;
  std::uint16_t status = 0;
  bool is_administration = false;  // answered by a stats listener
};

/// Immutable but for its counts. What is empty or 0 is not asked for. Requests for the page itself
/// and its API are many while somebody watches: only who names their section gets them.
struct RequestFilter {
  std::uint64_t id = 0;
  std::uint16_t lowest_status = 0, highest_status = 999;
  std::string path;  // its beginning
  std::string frontend, backend, server;
  std::uint32_t rate = 20;  // samples that each worker gives within a second
  mutable std::atomic<std::uint64_t> dropped{0};

  [[nodiscard]] bool matches(const EndedRequest& request) const noexcept {
    return request.status >= lowest_status && request.status <= highest_status &&
           request.path.starts_with(path) && (frontend.empty() || frontend == request.frontend) &&
           (backend.empty() || backend == request.backend) &&
           (server.empty() || server == request.server) &&
           (!request.is_administration || !frontend.empty() || !backend.empty());
  }
};

/// Everybody who watches; never empty.
using RequestWatch = std::vector<std::shared_ptr<const RequestFilter>>;

}  // namespace sluice::model
