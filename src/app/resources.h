// What building a snapshot needs of net/: TLS contexts for bind and server lines, and addresses of
// names. One object for each configuration that is built: its certificate store reads every file
// once for it, so a reload reads them again. Control thread; blocks on files and on the system's
// resolver.
#pragma once

#include "app/surroundings.h"
#include "model/resources.h"
#include "net/tls/certificate_store.h"

namespace sluice::app {

class Resources final : public model::Resources {
 public:
  /// `surroundings` outlives this.
  explicit Resources(Surroundings& surroundings) : surroundings_(surroundings) {}
  /// A const net::TlsServerContext, or null after an error.
  [[nodiscard]] std::shared_ptr<void> bind_tls(const model::Bind& bind, const model::Global& global,
                                               base::Diagnostics& diagnostics) override;
  /// A const net::TlsClientContext, or null after an error.
  [[nodiscard]] std::shared_ptr<void> server_tls(const model::Server& server,
                                                 const model::Global& global,
                                                 base::Diagnostics& diagnostics) override;
  [[nodiscard]] base::Result<std::vector<base::Address>> resolve(std::string_view host) override;

 private:
  Surroundings& surroundings_;
  net::CertificateStore certificates_;
};

}  // namespace sluice::app
