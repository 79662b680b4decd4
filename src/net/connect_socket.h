// A socket that connects to a server: made, given its options and its source, and sent on its way.
#pragma once

#include "base/result.h"
#include "net/loop.h"

namespace sluice::net {

struct ConnectingSocket {
  int descriptor = -1;      // the caller's
  bool connecting = false;  // false: it is connected already
};

/// Errors are of origin Internal where no socket could be made, else of the server. With a port
/// range the next free port is taken, at most limits::kSourcePortTries ports from where the last
/// connection of it was.
[[nodiscard]] base::Result<ConnectingSocket> connect_socket(const ConnectOptions& options);

}  // namespace sluice::net
