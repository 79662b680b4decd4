// How every micro-benchmark runs: some steps to warm up, then the measured ones, which must not
// allocate. One thread.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

namespace micro {

/// Calls of malloc and its kin so far, operator new's included.
[[nodiscard]] std::uint64_t allocations();
/// A benchmark that is no good: its line says why, and the program ends with 1.
void fail(benchmark::State& state, const char* why);

template <typename Step>
void run_steady(benchmark::State& state, Step&& step) {
  constexpr int kWarm = 1000;
  for (int i = 0; i < kWarm; ++i) step();
  const std::uint64_t before = allocations();
  for (auto _ : state) step();
  if (allocations() != before) fail(state, "allocates once warm");
}

}  // namespace micro
