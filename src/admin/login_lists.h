// The userlists that a stats listener's rules ask: whose users may log in there. Control thread.
#pragma once

#include <string_view>
#include <vector>

#include "model/config.h"
#include "model/login_sessions.h"

namespace sluice::admin {

/// In the order of the file's rules, each once. None where `stats auth` says who may come: then
/// nobody else is let in.
[[nodiscard]] std::vector<const model::Userlist*> login_lists(const model::Config& config,
                                                              const model::Proxy& proxy);
/// POST /api/session is of use.
[[nodiscard]] bool has_login(const model::Config& config, const model::Proxy& proxy);
/// What runs still has the account that the session was made with, and its section asks for it.
[[nodiscard]] bool still_has(const model::Config& config, const model::Proxy& proxy,
                             std::string_view list, const model::StatsAuth& account);

/// Another configuration is in force: sessions whose section or account it does not have end for
/// good.
void end_orphans(model::LoginSessions& sessions, const model::Config& config);

}  // namespace sluice::admin
