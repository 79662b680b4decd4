// The system's own list of name servers, /etc/resolv.conf, for `parse-resolv-conf` and for the
// section that HAProxy makes of it by itself.
#pragma once

#include <string_view>
#include <vector>

#include "config/context.h"

namespace sluice::config {

inline constexpr const char* kResolvConf = "/etc/resolv.conf";

/// Its name servers, each named by its address; lines that name none are passed over.
[[nodiscard]] std::vector<model::NameServer> name_servers_of(std::string_view resolv_conf);

/// The section "default", unless one was written or the system has no name servers.
void add_default_resolvers(model::Config& config, const FileReader& read_file);

}  // namespace sluice::config
