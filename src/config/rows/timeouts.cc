// `timeout …` of proxy sections. A bare number counts milliseconds; 0 means none.
#include <array>

#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::Timeouts;
constexpr Support kYes = Support::Implemented;

template <std::optional<std::uint32_t> Timeouts::*Field>
void parse(Context& context, Arguments& arguments) {
  const auto value = arguments.milliseconds();
  if (value && arguments.finish()) context.proxy->timeouts.*Field = *value;
}

constexpr std::array<Row, 11> kRows = {{
    {"timeout connect", "<time>", kBackends, kYes, Negation::No, parse<&Timeouts::connect>,
     "longest wait for a connection to a server"},
    {"timeout client", "<time>", kFrontends, kYes, Negation::No, parse<&Timeouts::client>,
     "longest inactivity of a client"},
    {"timeout server", "<time>", kBackends, kYes, Negation::No, parse<&Timeouts::server>,
     "longest inactivity of a server"},
    {"timeout http-request", "<time>", kProxies, kYes, Negation::No, parse<&Timeouts::http_request>,
     "longest wait for a whole request head"},
    {"timeout http-keep-alive", "<time>", kProxies, kYes, Negation::No,
     parse<&Timeouts::http_keep_alive>, "longest wait for the next request of a connection"},
    {"timeout queue", "<time>", kBackends, kYes, Negation::No, parse<&Timeouts::queue>,
     "longest wait for a free slot"},
    {"timeout check", "<time>", kBackends, kYes, Negation::No, parse<&Timeouts::check>,
     "longest wait for a check's answer once it is connected"},
    {"timeout tunnel", "<time>", kBackends, kYes, Negation::No, parse<&Timeouts::tunnel>,
     "longest inactivity of a tunnel, both ways"},
    {"timeout client-fin", "<time>", kFrontends, kYes, Negation::No, parse<&Timeouts::client_fin>,
     "longest inactivity of a client that shut down one way"},
    {"timeout server-fin", "<time>", kBackends, kYes, Negation::No, parse<&Timeouts::server_fin>,
     "longest inactivity of a server that shut down one way"},
    {"timeout tarpit", "<time>", kProxies, kYes, Negation::No, parse<&Timeouts::tarpit>,
     "how long a tarpitted request is held"},
}};

}  // namespace

std::span<const Row> timeouts() { return kRows; }

}  // namespace sluice::config::rows
