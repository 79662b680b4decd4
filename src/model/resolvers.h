// A `resolvers` section as plain data (manual §5.3.2), what a server line says of finding its
// address, and what the sections report. Milliseconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/source.h"

namespace sluice::model {

struct NameServer {
  base::SourceSpan span;
  std::string name;
  base::Address address;
  bool stream = false;  // tcp@: asked over TCP alone
};

/// How long the last valid answer outweighs what came after it, by what came.
struct HoldTimes {
  std::uint32_t valid_ms = 10'000;  // the longest that a valid answer is not asked for again
  std::uint32_t obsolete_ms = 0;    // how long a record counts that is in no answer any more
  std::uint32_t nx_ms = 30'000;
  std::uint32_t refused_ms = 30'000;
  std::uint32_t timeout_ms = 30'000;
  std::uint32_t other_ms = 30'000;
};

struct Resolvers {
  base::SourceSpan span;
  std::string name;
  std::vector<NameServer> name_servers;
  std::uint32_t resolve_ms = 1'000;  // timeout resolve: the longest between two resolutions
  std::uint32_t retry_ms = 1'000;    // timeout retry: how long an answer is waited for
  std::uint32_t retries = 3;         // resolve_retries
  std::uint32_t payload_bytes = 512;
  HoldTimes hold;
};

struct Network {
  base::Address address;
  std::uint8_t prefix_bits = 0;
};

/// `resolvers`, `resolve-prefer`, `resolve-net` and `resolve-opts` of a server line.
struct NameUse {
  std::string resolvers;  // the section; empty: resolved at start only
  base::SourceSpan span;
  bool prefer_ipv4 = false;
  std::vector<Network> networks;
  bool allow_duplicates = false;
  bool ignore_weight = false;
};

/// A name that is a service's label, to be asked for SRV records.
[[nodiscard]] inline bool is_service_label(std::string_view name) { return name.starts_with('_'); }

/// What a name server was asked and has answered, by the names of `show resolvers`.
struct NameServerCounts {
  std::uint64_t sent = 0, send_errors = 0, valid = 0, updates = 0, aliases = 0, alias_errors = 0,
                empty = 0, nx = 0, timeouts = 0, refused = 0, other = 0, invalid = 0, too_big = 0,
                truncated = 0, outdated = 0;
};

struct ResolversReport {
  std::string name;
  struct Server {
    std::string name;
    NameServerCounts counts;
  };
  std::vector<Server> servers;
};

}  // namespace sluice::model
