// All that a configuration may say, from the tables that the parsers use: a test holds each line
// against a test that fails without it.
#pragma once

#include <string>

namespace sluice::app {

/// A line each: "global maxconn", "timeout client", "bind ssl", "http-request deny", "fetch path",
/// "converter lower", "tag ci", "acl predefined TRUE", "acl -m beg".
[[nodiscard]] std::string accepted_text();

}  // namespace sluice::app
