// TLS over a stream of ours: OpenSSL between two buffers of the loop (a BIO of ours), one recv
// feeding many records and one send carrying several. Same interface as any stream; the handshake
// is its establish(). Contexts are immutable once published, shared by all workers, and outlive the
// stream. An end of file without close_notify is Eof: whether it cuts a message short is for
// framing to say.
#pragma once

#include <memory>
#include <string_view>

#include "net/loop.h"
#include "net/stream.h"

namespace sluice::net {

class TlsClientContext;
class TlsServerContext;

/// `server_name` is the SNI to send (copied); empty: none.
[[nodiscard]] std::unique_ptr<Stream> make_tls_client_stream(std::unique_ptr<Stream> below,
                                                             const TlsClientContext& context,
                                                             std::string_view server_name,
                                                             Loop& loop, Stream::Events& events);
[[nodiscard]] std::unique_ptr<Stream> make_tls_server_stream(std::unique_ptr<Stream> below,
                                                             const TlsServerContext& context,
                                                             Loop& loop, Stream::Events& events);

}  // namespace sluice::net
