// Picking a server and giving its slot back: every algorithm of the table, with 2, 10 and 200
// servers of equal and of different weights.
#include <memory>
#include <string>
#include <vector>

#include "model/release.h"
#include "steady.h"
#include "unit/balance/fixture.h"

namespace {

void pick(benchmark::State& state, std::string_view algorithm, bool equal) {
  std::vector<std::uint32_t> weights(static_cast<std::size_t>(state.range(0)), 10);
  for (std::size_t i = 0; !equal && i < weights.size(); ++i)
    weights[i] = static_cast<std::uint32_t>(1 + i % 20);
  BalanceFixture backend(algorithm, weights);
  if (backend.pick().server == nullptr) return micro::fail(state, "nobody to pick");
  micro::run_steady(state, [&] {
    sluice::model::ServerLive* server = backend.pick().server;
    sluice::model::release_slot(*server);
    backend.balancer->released(*server);
  });
}

const bool kRegistered = [] {
  for (const std::string_view algorithm : sluice::balance::algorithm_names()) {
    for (const bool equal : {true, false}) {
      const std::string name =
          "pick/" + std::string(algorithm) + (equal ? "/equal_weights" : "/different_weights");
      benchmark::RegisterBenchmark(name.c_str(), pick, algorithm, equal)->Arg(2)->Arg(10)->Arg(200);
    }
  }
  return true;
}();

}  // namespace
