// What the control thread may ask of the workers by a WorkerQuery (worker_query.h): the requests at
// work, and a worker's own figures. Plain copies, made in the worker's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace sluice::model {

/// One request at work (`show sess`). It owns its texts.
struct SessionInfo {
  std::uint64_t id = 0;  // of this request alone, while the process lives
  std::size_t worker = 0;
  base::Address client;                   // where it came from
  base::Address came_to;                  // the address that it connected to
  base::Address from;                     // where the connection to the server came from
  std::string frontend, backend, server;  // empty: not chosen yet
  std::string bind;                       // the bind line's name
  std::string_view phase;                 // static
  bool http = true;
  bool tls = false;
  std::uint64_t generation = 0;  // of the configuration that it runs under
  std::uint64_t begun_ns = 0;    // monotonic
  std::uint64_t age_ms = 0;
  std::optional<std::uint64_t> expires_in_ms;  // the request's own deadline; none: it has none
  int client_descriptor = -1, server_descriptor = -1;
  std::uint64_t bytes_in = 0, bytes_out = 0;    // from the client, to the client
  std::uint64_t queued_in = 0, queued_out = 0;  // on their way to the server, to the client
  std::uint32_t request_number = 0;             // on its connection
  std::uint32_t retries = 0;
  std::uint16_t status = 0;  // of the response; 0: none yet
};

/// A worker at one moment (`show threads`, `show activity`, `show pools`).
struct WorkerFigures {
  std::size_t slot = 0;
  bool leaving = false;
  std::uint64_t turns = 0;   // of its loop
  std::uint64_t cpu_ns = 0;  // of its thread
  std::uint32_t connections = 0;
  std::uint64_t no_descriptor = 0;  // times that a connection could not be accepted for lack of one
  std::size_t timers = 0;
  std::size_t idle_server_connections = 0;
  std::size_t generations = 0;  // configurations that it still runs
  struct Pool {
    std::size_t bytes_each = 0, used = 0, spare = 0;
    std::uint64_t failures = 0;
  };
  Pool blocks, exchanges, client_states, pipes;
};

}  // namespace sluice::model
