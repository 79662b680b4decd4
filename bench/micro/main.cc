// bench_micro: the steps of a request one by one, by Google Benchmark; its options are that
// library's (--benchmark_filter=NAME, --benchmark_min_time=SECONDS, --benchmark_format=json).
// --plant has a benchmark allocate, which must be seen.
#include <atomic>
#include <cstddef>
#include <string_view>

#include "steady.h"

namespace {
std::atomic<std::uint64_t> taken{0};
bool failed = false;

void add() { taken.fetch_add(1, std::memory_order_relaxed); }

void planted(benchmark::State& state) {
  micro::run_steady(state, [] {
    int* made = new int;
    benchmark::DoNotOptimize(made);
    delete made;
  });
}
}  // namespace

// glibc's own names of its allocator; operator new comes to malloc.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* pointer, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  add();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  add();
  return __libc_calloc(count, size);
}
void* realloc(void* pointer, std::size_t size) {
  add();
  return __libc_realloc(pointer, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  add();
  return __libc_memalign(alignment, size);
}
}

std::uint64_t micro::allocations() { return taken.load(std::memory_order_relaxed); }

void micro::fail(benchmark::State& state, const char* why) {
  failed = true;
  state.SkipWithError(why);
}

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[argc - 1]) == "--plant") {
    benchmark::RegisterBenchmark("planted", planted);
    --argc;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (benchmark::RunSpecifiedBenchmarks() == 0) return 2;  // a filter that nothing matches
  return failed ? 1 : 0;
}
