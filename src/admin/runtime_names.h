// Commands about names and addresses of servers: `show resolvers`, `set server … addr` and `fqdn`
// (management.txt 9.3).
#pragma once

#include "admin/runtime_commands.h"

namespace sluice::admin {

/// The arguments stand behind "backend/server addr" and "backend/server fqdn".
[[nodiscard]] CommandReply set_server_address(const CommandContext& context,
                                              const control::BackendRuntime& backend,
                                              const control::ServerRuntime& server);
[[nodiscard]] CommandReply set_server_name(const CommandContext& context,
                                           const control::BackendRuntime& backend,
                                           const control::ServerRuntime& server);

}  // namespace sluice::admin
