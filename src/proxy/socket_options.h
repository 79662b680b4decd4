// What a few directives ask of an accepted socket. Nothing happens where there is no descriptor.
#pragma once

#include "model/proxy.h"
#include "net/stream.h"

namespace sluice::proxy {

/// silent-drop (manual §4.2): our side goes away and the client is not told, so that it waits in
/// vain. Where the process may not do so (CAP_NET_ADMIN), what is sent at the end does not get past
/// the first router.
void vanish(net::Stream& stream) noexcept;

/// option clitcpka with clitcpka-…, option nolinger, a bind line's mss below 0.
void apply_options(const model::Proxy& frontend, const model::Bind& bind,
                   net::Stream& client) noexcept;

}  // namespace sluice::proxy
