// Numbers of proxies, servers and listening sockets in statistics: those written, then the first
// free ones in file order. With a runtime socket HAProxy gives 1 to its own proxy, GLOBAL.
#include <set>
#include <string>

#include "config/validate.h"

namespace sluice::config {
namespace {

using base::Diagnostics;

/// Numbers of one kind: refuses one that is written twice, fills the gaps.
template <class Item>
void number(std::vector<Item>& items, std::uint32_t first, std::string_view what,
            Diagnostics& diagnostics) {
  std::set<std::uint32_t> used;
  for (const Item& item : items) {
    if (item.numeric_id == 0 || used.insert(item.numeric_id).second) continue;
    diagnostics.error(item.span, "the id " + std::to_string(item.numeric_id) + " is given to two " +
                                     std::string(what));
  }
  std::uint32_t next = first;
  for (Item& item : items) {
    if (item.numeric_id == 0) {
      while (used.contains(next)) ++next;
      item.numeric_id = next;
      used.insert(next);
    }
    ++next;
  }
}

class Guids {
 public:
  explicit Guids(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}
  void add(const std::string& guid, const base::SourceSpan& span) {
    if (guid.empty() || used_.insert(guid).second) return;
    diagnostics_.error(span, "the guid '" + guid + "' is given twice");
  }

 private:
  Diagnostics& diagnostics_;
  std::set<std::string> used_;
};

void check_guids(const model::Config& config, Diagnostics& diagnostics) {
  Guids guids(diagnostics);
  for (const model::Proxy& proxy : config.proxies) {
    guids.add(proxy.guid, proxy.span);
    for (const model::Bind& bind : proxy.binds) guids.add(bind.guid, bind.span);
    for (const model::Server& server : proxy.servers) guids.add(server.guid, server.span);
  }
}

}  // namespace

void assign_ids(model::Config& config, Diagnostics& diagnostics) {
  for (model::Proxy& proxy : config.proxies) {
    proxy.has_own_id = proxy.numeric_id != 0;
    for (model::Server& server : proxy.servers) server.has_own_id = server.numeric_id != 0;
  }
  check_guids(config, diagnostics);
  number(config.proxies, config.global.stats_sockets.empty() ? 1 : 2, "proxies", diagnostics);
  for (model::Proxy& proxy : config.proxies) {
    number(proxy.servers, 1, "servers of '" + proxy.name + "'", diagnostics);
    number(proxy.binds, 1, "sockets of '" + proxy.name + "'", diagnostics);
    if (!proxy.socket_stats) continue;
    for (model::Bind& bind : proxy.binds) {  // as HAProxy calls those whose rows have no name
      if (bind.name.empty()) bind.name = "sock-" + std::to_string(bind.numeric_id);
    }
  }
}

}  // namespace sluice::config
