// The parts of build(): one file each. Internal to control/.
#pragma once

#include <string_view>
#include <vector>

#include "control/build.h"

namespace sluice::control {

/// What all parts work with. `snapshot` has its backends before its frontends are built.
struct Building {
  const BuildInput& input;
  const model::Config& config;
  Snapshot& snapshot;
  base::Diagnostics& diagnostics;
  rules::LiveLookup& live;

  [[nodiscard]] rules::CompileScope scope_of(const model::Proxy& proxy) const {
    return {config, proxy, live, diagnostics};
  }
};

/// Complains of what would have to wait for a hashed password where nothing can wait.
void refuse_login(const rules::Condition* condition, const base::SourceSpan& span,
                  rules::CompileScope& scope);
/// The same of expressions and formats outside of rules; when all of a section is compiled.
void refuse_logins(rules::CompileScope& scope);
/// Programs and settings that a frontend and a backend share, but for the log.
void build_shared(const model::Proxy& proxy, rules::CompileScope& scope, ProxyRuntime& out);
/// Targets and tag (`log global` expanded) of any proxy.
[[nodiscard]] CompiledLog log_targets(const model::Proxy& proxy, const model::Global& global);
/// The formats of a frontend's log; none without targets.
void build_log_formats(const model::Proxy& proxy, rules::CompileScope& scope, CompiledLog& out);
[[nodiscard]] AddressHeaderRuntime build_address_header(const model::AddressHeader& header,
                                                        std::string_view default_name,
                                                        const base::SourceSpan& span,
                                                        base::Diagnostics& diagnostics);
/// Finds the address of a server whose host is a name, by its init-addr.
void resolve_server(model::Server& server, const model::ServerLive& live, const BuildInput& input);

/// `cookie`, `force-persist` and `ignore-persist` of a backend whose servers are there.
void build_persistence(BackendRuntime& backend, rules::CompileScope& scope);

/// Fills what make_live_objects() began: config, live objects and servers are there.
void build_backend(BackendRuntime& backend, Building& building);
void build_frontend(FrontendRuntime& frontend, Building& building);

}  // namespace sluice::control
