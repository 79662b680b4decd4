// How building a snapshot makes what belongs to net/ (TLS contexts, resolved names) without seeing
// it. Implemented in app/ over net/, wired by app/. Control thread; may block at start only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/diagnostics.h"
#include "base/result.h"
#include "model/bind.h"
#include "model/config.h"
#include "model/server.h"

namespace sluice::model {

class Resources {
 public:
  virtual ~Resources() = default;
  /// A server-side TLS context for a bind line (certificates by SNI); errors to `diagnostics`.
  [[nodiscard]] virtual std::shared_ptr<void> bind_tls(const Bind& bind, const Global& global,
                                                       base::Diagnostics& diagnostics) = 0;
  /// A client-side TLS context for a server line.
  [[nodiscard]] virtual std::shared_ptr<void> server_tls(const Server& server, const Global& global,
                                                         base::Diagnostics& diagnostics) = 0;
  /// Addresses of a host name (`init-addr libc`), first one used.
  [[nodiscard]] virtual base::Result<std::vector<base::Address>> resolve(std::string_view host) = 0;
};

}  // namespace sluice::model
