#include "config/admin_section.h"

#include <algorithm>
#include <string_view>

namespace sluice::config {
namespace {

constexpr std::string_view kElsewhere =
    "an admin section serves nothing but itself: write the line into a frontend";
constexpr std::string_view kNoServer = "no server is asked in an admin section: leave the line out";
constexpr std::string_view kClassic =
    "it is of the classic page, which an admin section does not serve: leave the line out, or "
    "write a 'listen' section with 'stats enable'";

struct Refusal {
  std::string_view keyword, hint;
};
/// Of the keywords that frontends take.
constexpr Refusal kRefusals[] = {
    {"default_backend", kElsewhere},
    {"use_backend", kElsewhere},
    {"mode", "an admin section is always in mode http: leave the line out"},
    {"http-response", "no server answers in an admin section: write 'http-after-response'"},
    {"option forwardfor", kNoServer},
    {"option originalto", kNoServer},
    {"option http-server-close", kNoServer},
    {"unique-id-header", kNoServer},
    {"stats enable", "an admin section always serves: leave the line out"},
    {"stats uri", kClassic},
    {"stats refresh", kClassic},
    {"stats hide-version", kClassic},
    {"stats show-desc", kClassic},
    {"stats show-legends", kClassic},
    {"stats show-modules", kClassic},
    {"stats show-node", kClassic},
    {"stats scope", kClassic},
};

const Refusal* refusal_of(const Row& row) {
  const auto* const found = std::ranges::find(kRefusals, row.keyword, &Refusal::keyword);
  return found != std::end(kRefusals) ? found : nullptr;
}

}  // namespace

bool stands_in_admin(const Row& row) {
  return row.where.frontend == Place::Yes && refusal_of(row) == nullptr;
}

std::string admin_hint(const Row& row, const std::string& allowed) {
  if (const Refusal* refusal = refusal_of(row)) return std::string(refusal->hint);
  const bool of_servers = row.where.backend == Place::Yes;
  return (of_servers ? "an admin section has no servers; the line belongs into: "
                     : "it belongs into: ") +
         allowed;
}

}  // namespace sluice::config
