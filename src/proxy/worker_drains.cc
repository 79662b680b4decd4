// What holds a server that drains, and how it is ended.
#include "proxy/client_connection.h"
#include "proxy/worker.h"

namespace sluice::proxy {

namespace {

bool is_tunnel(const Exchange& exchange) { return exchange.phase() == Phase::Tunnel; }

}  // namespace

void Worker::count_holdings(const std::vector<std::shared_ptr<model::ServerLive>>& servers,
                            std::vector<model::Holdings>& holdings) {
  for (ClientConnection* client = clients_.front(); client != nullptr;
       client = clients_.next(*client)) {
    const Exchange* exchange = client->exchange();
    if (exchange == nullptr || exchange->server() == nullptr) continue;
    for (std::size_t i = 0; i < servers.size(); ++i) {
      if (!exchange->holds(*servers[i])) continue;
      holdings[i].add({is_tunnel(*exchange) ? 1U : 0U, exchange->begun_ns()});
      break;
    }
  }
}

void Worker::close_idle(const model::ServerLive& server) {
  EventScope scope(*this);
  idle_pool_.drop_of(server);
}

void Worker::end_tunnels(const model::ServerLive& server, std::uint32_t permille) {
  EventScope scope(*this);
  for (ClientConnection* client = clients_.front(); client != nullptr;) {
    ClientConnection* next = clients_.next(*client);
    Exchange* exchange = client->exchange();
    if (exchange != nullptr && exchange->holds(server) && is_tunnel(*exchange) &&
        random_.below(1000) < permille)
      exchange->kill(EndCause::Killed);
    client = next;
  }
}

}  // namespace sluice::proxy
