// The line of a client that failed before its first request (manual §8.2.5): in the TLS handshake.
#pragma once

#include "control/snapshot.h"
#include "model/connection_facts.h"
#include "net/stream.h"

namespace sluice::proxy {

class Worker;

enum class HandshakeEnd : std::uint8_t { Failed, Closed, Timeout };
[[nodiscard]] HandshakeEnd end_of_handshake(const net::Stream& failed) noexcept;

/// With option dontlognull only what was really said and not understood is worth a line.
void log_handshake(Worker& worker, const control::FrontendRuntime& frontend,
                   const control::BindRuntime& bind, const model::ConnectionFacts& facts,
                   HandshakeEnd end);

}  // namespace sluice::proxy
