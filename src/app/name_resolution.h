// Follows the names of servers for as long as the process runs: a names::Resolver for each
// `resolvers` section of the configuration in force, whose findings become changes of live state.
// Control thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "control/change.h"
#include "control/snapshot.h"
#include "names/resolver.h"

namespace sluice::app {

class NameResolution final : private names::Sink {
 public:
  NameResolution(net::Loop& loop, control::Changes& changes) : loop_(loop), changes_(changes) {}

  /// The sections and servers from now on. A section that says what it said keeps what it knows.
  void configure(const control::Snapshot& snapshot);
  /// A check could not connect: it may have moved.
  void hurry(const model::ServerLive& server);
  /// `set server … fqdn`. Errors: the server is not followed by its name.
  base::Result<> rename(model::ServerLive& server, const std::string& name);
  /// `show resolvers`, in the order of the file.
  [[nodiscard]] std::vector<model::ResolversReport> reports() const;

 private:
  void address_found(model::ServerLive& server, const base::Address& address,
                     std::string_view by) override;
  void address_lost(model::ServerLive& server, std::string_view why) override;
  void weight_found(model::ServerLive& server, std::uint16_t weight) override;
  void target_found(model::ServerLive& server, std::string_view target) override;
  void change(const model::ServerLive& server, control::ChangeAction action);

  net::Loop& loop_;
  control::Changes& changes_;
  std::vector<std::unique_ptr<names::Resolver>> resolvers_;
};

}  // namespace sluice::app
