// Every set of weights 1 to 5 of up to five servers against a model of HAProxy's order that works
// otherwise than ours does: three queues that servers are moved between, pick by pick.
#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "balance/schedule.h"
#include "base/random.h"
#include "fixture.h"
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
  std::vector<std::uint32_t> sixteenths;
  for (const std::uint32_t weight : weights) sixteenths.push_back(16 * weight);
  const Order order = round_robin_order(sixteenths);
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
      // A round is sixteen times the weights; at its end ours is exact where HAProxy's is not.
      const std::size_t count = 15 * std::accumulate(weights.begin(), weights.end(), 0UL);
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

namespace {

/// Picks, and what each server had a right to meanwhile by the weights that were in force.
struct Turns {
  /// `count` picks under the weights `now`; 0: the server is not there.
  void take(BalanceFixture& fixture, const std::vector<std::uint32_t>& now, std::size_t count) {
    double sum = 0;
    for (const std::uint32_t weight : now) sum += weight;
    for (const char name : fixture.picks(count)) {
      std::vector<double> step(now.size());
      for (std::size_t i = 0; i < now.size(); ++i) step[i] = -static_cast<double>(now[i]) / sum;
      step[static_cast<std::size_t>(name - 'a')] += 1;
      excess.push_back(std::move(step));
    }
  }

  /// How many turns too many a server had, at most, in a stretch of picks that goes over `change`.
  [[nodiscard]] double most(std::size_t server, std::size_t change) const {
    double before = 0, after = 0, sum = 0;
    for (std::size_t i = change; i > 0; --i)
      before = std::max(before, sum += excess[i - 1][server]);
    sum = 0;
    for (std::size_t i = change; i < excess.size(); ++i)
      after = std::max(after, sum += excess[i][server]);
    return before + after;
  }

  std::vector<std::vector<double>> excess;
};

}  // namespace

TEST_CASE("a new weight, or a server that goes and returns, gives nobody two extra turns") {
  sluice::base::Random random(7);
  for (int round = 0; round < 4'000; ++round) {
    std::vector<std::uint32_t> weights(2 + random.below(4));
    for (auto& weight : weights) weight = static_cast<std::uint32_t>(1 + random.below(5));
    BalanceFixture fixture("roundrobin", weights);
    Turns turns;
    turns.take(fixture, weights, 1 + random.below(40));
    const std::size_t change = turns.excess.size();
    const auto which = random.below(weights.size());
    const char name = static_cast<char>('a' + which);
    std::vector<std::uint32_t> now = weights;
    if (round % 2 == 0) {
      now[which] = static_cast<std::uint32_t>(1 + random.below(5));
      fixture.set_weight(name, static_cast<std::uint16_t>(now[which]));
    } else {
      now[which] = 0;
      fixture.set_admin(name, sluice::model::AdminState::Drain);
    }
    turns.take(fixture, now, 25);
    const std::size_t back = turns.excess.size();
    std::string text;
    for (const std::uint32_t weight : weights) text += std::to_string(weight) + " ";
    INFO("weights " << text << "after " << change << " picks, " << name << " has " << now[which]);
    for (std::size_t i = 0; i < weights.size(); ++i) CHECK(turns.most(i, change) < 2);
    if (round % 2 == 0) continue;
    fixture.set_admin(name, sluice::model::AdminState::Ready);
    turns.excess.erase(turns.excess.begin(), turns.excess.begin() + static_cast<long>(change));
    turns.take(fixture, weights, 40);
    for (std::size_t i = 0; i < weights.size(); ++i) CHECK(turns.most(i, back - change) < 2);
  }
}
