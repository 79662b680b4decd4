// The steps of `option mysql-check`, pgsql-check, redis-check, smtpchk and ldap-check, written in
// the terms of `tcp-check`; and what these can't say: how the answers of MySQL and of a directory
// are read.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "model/check.h"
#include "model/server_live.h"

namespace sluice::health {

[[nodiscard]] std::vector<model::CheckStep> protocol_steps(const model::ProxyCheck& check);

/// The verdict on an answer; nothing while more bytes are needed. `complete`: no more will come.
/// A passed report of a step that is not the last is not the check's.
[[nodiscard]] std::optional<model::CheckReport> read_mysql_greeting(std::string_view bytes,
                                                                    bool complete);
[[nodiscard]] std::optional<model::CheckReport> read_mysql_login(std::string_view bytes,
                                                                 bool complete);
[[nodiscard]] std::optional<model::CheckReport> read_ldap_bind(std::string_view bytes,
                                                               bool complete);

}  // namespace sluice::health
