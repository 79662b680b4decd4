// Connections that do nothing: what they cost is measured from outside while they are held.
#pragma once

#include "client.h"

/// Reads counts from standard input, one a line: opens connections until there are so many, each
/// with one request that is answered, and prints one JSON object a line. Ends with the input.
/// False: a connection failed.
[[nodiscard]] bool hold_idle(Load& load);
