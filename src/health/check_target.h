// One server that is to be checked, and how: what app/ makes of a snapshot's backends. Holds
// everything a running check uses, so a snapshot may go while its checks go on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "health/check_script.h"
#include "model/agent.h"
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
  model::Source source;                  // where its checks come from, as written
  std::uint32_t timeout_check_ms = 0;    // 0: not set
  std::uint32_t timeout_connect_ms = 0;  // as written in the file; 0: not set
};

/// The agent of a server.
struct AgentTarget {
  std::shared_ptr<model::ServerLive> server;
  std::shared_ptr<const CheckScript> script;
  base::Address address;  // `agent-addr`; unset: the server's
  std::uint16_t port = 0;
  std::uint32_t inter_ms = 2'000;
  std::uint32_t timeout_check_ms = 0;
  std::uint32_t timeout_connect_ms = 0;
};

/// All that is to be checked and asked.
struct CheckTargets {
  std::vector<CheckTarget> checks;
  std::vector<AgentTarget> agents;
};

/// Where results go; app/ hands them to control::Changes. Must not call
/// Checker::configure().
class Sink {
 public:
  virtual void report(model::ServerLive& server, const model::CheckReport& report) = 0;
  virtual void agent_said(model::ServerLive& server, const model::AgentReport& said) = 0;

 protected:
  ~Sink() = default;
};

}  // namespace sluice::health
