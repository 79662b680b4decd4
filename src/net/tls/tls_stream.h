// TLS over a stream of ours: OpenSSL between two memory buffers of the worker (a BIO of ours), one
// recv feeding many records and one send carrying several. Same interface as any stream; the handshake
// is its establish(). Contexts are immutable once published and shared by all workers.
#pragma once

#include <memory>
#include <string_view>

#include "net/stream.h"

namespace sluice::net {

class TlsClientContext;
class TlsServerContext;

[[nodiscard]] std::unique_ptr<Stream> make_tls_client_stream(std::unique_ptr<Stream> below,
                                                             const TlsClientContext& context,
                                                             std::string_view server_name, Stream::Events& events);
[[nodiscard]] std::unique_ptr<Stream> make_tls_server_stream(std::unique_ptr<Stream> below,
                                                             const TlsServerContext& context,
                                                             Stream::Events& events);

}  // namespace sluice::net
