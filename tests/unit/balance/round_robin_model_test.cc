// Every set of weights 1 to 5 of up to five servers against a model of HAProxy's order that works
// otherwise than ours does: three queues that servers are moved between, pick by pick.
#include <algorithm>
#include <map>
#include <utility>

#include "balance/schedule.h"
#include "haproxy_orders.h"
#include "support/catch.h"

using namespace sluice::balance;

namespace {

/// Servers that have not begun their turns of this round wait by weight, those that have by where
/// they are due next, and who is through waits for the next round. Weights count in sixteenths.
class QueueModel {
 public:
  explicit QueueModel(const std::vector<std::uint32_t>& weights) {
    for (const std::uint32_t weight : weights) {
      total_ += 16L * weight;
      servers_.push_back({16L * weight, 0, 0});
    }
    for (std::size_t i = 0; i < servers_.size(); ++i) queue_by_weight(unbegun_, i);
    position_ = total_;
  }

  std::string picks(std::size_t count) {
    std::string out;
    while (out.size() < count) out += static_cast<char>('a' + pick());
    return out;
  }

 private:
  struct Server {
    long weight, due, remainder;
  };
  using Queue = std::multimap<std::pair<long, long>, std::size_t>;  // equals in order of arrival

  void queue_by_weight(Queue& queue, std::size_t i) {
    queue.emplace(std::pair(-servers_[i].weight, 0L), i);
  }

  std::size_t take_next() {
    const bool is_due = !begun_.empty() && servers_[begun_.begin()->second].due <= position_;
    if (!is_due && !unbegun_.empty()) {
      const std::size_t i = unbegun_.begin()->second;
      unbegun_.erase(unbegun_.begin());
      servers_[i].due = position_;
      servers_[i].remainder = 0;
      return i;
    }
    const std::size_t i = begun_.begin()->second;
    begun_.erase(begun_.begin());
    return i;
  }

  std::size_t pick() {
    if (begun_.empty() && unbegun_.empty()) {
      std::swap(unbegun_, through_);
      position_ = total_;
    }
    const std::size_t i = take_next();
    Server& server = servers_[i];
    ++position_;
    server.due += total_ / server.weight;
    server.remainder += total_ % server.weight;
    if (server.remainder >= server.weight) {
      server.remainder -= server.weight;
      ++server.due;
    }
    if (server.due >= 2 * total_)
      queue_by_weight(through_, i);
    else
      begun_.emplace(std::pair(server.due, (server.remainder - server.weight) / 16), i);
    return i;
  }

  std::vector<Server> servers_;
  Queue unbegun_, begun_, through_;
  long total_ = 0, position_ = 0;
};

std::string schedule(const std::vector<std::uint32_t>& weights, std::size_t count) {
  const Order order = round_robin_order(weights);
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += static_cast<char>('a' + order[i % order.size()]);
  return out;
}

/// Calls `function` with all the weights 1 to `most` of `servers` servers.
template <class Function>
void for_all_weights(std::size_t servers, std::uint32_t most, const Function& function) {
  std::vector<std::uint32_t> weights(servers, 1);
  for (;;) {
    function(weights);
    std::size_t i = 0;
    while (i < servers && weights[i] == most) weights[i++] = 1;
    if (i == servers) return;
    ++weights[i];
  }
}

}  // namespace

TEST_CASE("the model gives the orders that were recorded from HAProxy") {
  for (const RecordedOrder& row : kRoundRobinOrders) {
    INFO(row.period);
    CHECK(QueueModel(row.weights).picks(row.period.size()) == row.period);
  }
}

TEST_CASE("roundrobin has HAProxy's order for all weights 1 to 5 of up to five servers") {
  std::size_t sets = 0;
  for (std::size_t servers = 1; servers <= 5; ++servers) {
    for_all_weights(servers, 5, [&](const std::vector<std::uint32_t>& weights) {
      const std::size_t count = 60;
      const std::string wanted = QueueModel(weights).picks(count);
      const std::string found = schedule(weights, count);
      ++sets;
      if (found == wanted) return;
      std::string text;
      for (const std::uint32_t weight : weights) text += std::to_string(weight) + " ";
      INFO("weights " << text);
      CHECK(found == wanted);
    });
  }
  CHECK(sets == 5 + 25 + 125 + 625 + 3'125);
}
