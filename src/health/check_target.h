// One server that is to be checked, and how: what app/ makes of a snapshot's backends. Holds
// everything a running check uses, so a snapshot may go while its checks go on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/address.h"
#include "health/check_script.h"
#include "model/server.h"
#include "model/server_live.h"

namespace sluice::health {

struct CheckTarget {
  std::shared_ptr<model::ServerLive> server;
  model::CheckOptions options;
  base::Address address;  // `addr`, resolved; unset: the server's present one
  std::shared_ptr<const CheckScript> script;
  std::shared_ptr<void> tls;  // net::TlsClientContext; null: clear text
  std::string tls_server_name;
  std::uint32_t timeout_check_ms = 0;    // 0: not set
  std::uint32_t timeout_connect_ms = 0;  // as written in the file; 0: not set
};

/// Where results go; app/ hands them to control::Changes::report. Must not call
/// Checker::configure().
class Sink {
 public:
  virtual void report(model::ServerLive& server, const model::CheckReport& report) = 0;

 protected:
  ~Sink() = default;
};

}  // namespace sluice::health
