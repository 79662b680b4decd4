// simulation --seeds A:B | --seed N [--verbose] [--planted NUMBER]
// Runs the data path under those seeds; prints each that fails and how to see it again. Exit 1 when
// one failed, 2 for wrong arguments. With --planted (of a build that has planted faults) it ends at
// the first seed that fails, as one must: exit 1 when none did.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/planted.h"
#include "simulation/machine.h"

namespace {

using namespace sluice::simulation;

struct Totals {
  std::uint64_t seeds = 0, failed = 0, answered = 0, own = 0, closed = 0, abandoned = 0,
                crossed = 0, steps = 0;
};

bool run_seed(std::uint64_t seed, bool verbose, Totals& totals) {
  const Plan plan = make_plan(seed);
  if (verbose) std::fputs(describe(plan).c_str(), stderr);
  Machine machine(plan, verbose);
  const std::vector<std::string> wrongs = machine.run();
  ++totals.seeds;
  totals.answered += machine.ledger().answered;
  totals.own += machine.ledger().own;
  totals.closed += machine.ledger().closed;
  totals.abandoned += machine.ledger().abandoned;
  totals.crossed += machine.ledger().crossed;
  totals.steps += machine.world().steps();
  if (wrongs.empty()) return true;
  ++totals.failed;
  std::printf("seed %llu fails (simulation --seed %llu --verbose):\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
  for (const std::string& wrong : wrongs) std::printf("  %s\n", wrong.c_str());
  std::fflush(stdout);
  return false;
}

void print(const Totals& totals, double seconds) {
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "%llu seeds, %llu failed; requests: %llu answered, %llu by the proxy, %llu closed, "
      "%llu abandoned, %llu queued at a reload; %llu steps, %.1f s\n",
      number(totals.seeds), number(totals.failed), number(totals.answered), number(totals.own),
      number(totals.closed), number(totals.abandoned), number(totals.crossed), number(totals.steps),
      seconds);
}

int usage() {
  std::fputs("usage: simulation --seeds A:B | --seed N [--verbose] [--planted NUMBER]\n", stderr);
  return 2;
}

/// False: this build has no planted faults, or not that one.
bool plant(int number) {
#ifdef SLUICE_PLANTED_FAULTS
  sluice::base::planted_fault = static_cast<sluice::base::Fault>(number);
  return number > 0 && number <= sluice::base::kPlantedFaults;
#else
  return number < 0;
#endif
}

}  // namespace

int main(int count, char** arguments) {
  std::uint64_t first = 0, last = 0;
  bool verbose = false, planted = false;
  for (int i = 1; i < count; ++i) {
    const std::string word = arguments[i];
    if (word == "--verbose") {
      verbose = true;
    } else if (word == "--planted" && i + 1 < count) {
      planted = true;
      if (!plant(std::atoi(arguments[++i]))) return usage();
    } else if (word == "--seed" && i + 1 < count) {
      first = last = std::strtoull(arguments[++i], nullptr, 10);
    } else if (word == "--seeds" && i + 1 < count) {
      char* colon = nullptr;
      first = std::strtoull(arguments[++i], &colon, 10);
      if (*colon != ':') return usage();
      last = std::strtoull(colon + 1, nullptr, 10);
    } else {
      return usage();
    }
  }
  if (first == 0 || last < first) return usage();
  const std::uint64_t most_failures = planted ? 1 : 20;
  const auto begin = std::chrono::steady_clock::now();
  Totals totals;
  for (std::uint64_t seed = first; seed <= last && totals.failed < most_failures; ++seed) {
    (void)run_seed(seed, verbose, totals);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  print(totals, took.count());
  return (totals.failed != 0) == planted ? 0 : 1;
}
