# What counts instead of timing, and the tests of it; see bench/counts/README.md.
#
# bench_callgrind_mark: an LD_PRELOAD library that divides what callgrind counts into parts.
add_custom_target(counts DEPENDS sluice bench_malloc_count)
find_path(VALGRIND_INCLUDE valgrind/callgrind.h)
if(VALGRIND_INCLUDE)
  add_library(bench_callgrind_mark MODULE support/callgrind_mark.cc)
  target_include_directories(bench_callgrind_mark SYSTEM PRIVATE ${VALGRIND_INCLUDE})
  add_dependencies(counts bench_callgrind_mark)
endif()

# bench_micro: the steps of a request one by one. Nothing else needs Google Benchmark, so a build
# without it only lacks this target.
find_package(benchmark QUIET)
if(benchmark_FOUND)
  add_executable(bench_micro EXCLUDE_FROM_ALL
    micro/main.cc micro/head.cc micro/balance.cc micro/rules.cc micro/timers.cc)
  target_include_directories(bench_micro PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(bench_micro PRIVATE
    sluice_net sluice_http sluice_balance sluice_rules benchmark::benchmark)
  add_dependencies(counts bench_micro)
endif()

# Counts hold for the optimised build alone; `counts` is what their tests need. ./test runs them.
if(SLUICE_TESTS AND CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT SLUICE_SANITIZE)
  function(sluice_bench_test name)
    add_test(NAME bench_${name} COMMAND ${SLUICE_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/${ARGN})
    # A count that cannot be judged here (another compiler, no valgrind) is skipped, and says so.
    set_tests_properties(bench_${name} PROPERTIES LABELS bench TIMEOUT 900 SKIP_RETURN_CODE 77
      ENVIRONMENT "SLUICE_BUILD=${CMAKE_BINARY_DIR}")
  endfunction()
  sluice_bench_test(instructions instructions --judge)
  sluice_bench_test(allocations allocations)
  sluice_bench_test(allocations_planted allocations --planted)
  if(benchmark_FOUND)  # they run and allocate nothing; how fast is for a quiet machine to say
    add_test(NAME bench_micro COMMAND bench_micro --benchmark_min_time=0.01)
    add_test(NAME bench_micro_planted
      COMMAND bench_micro --benchmark_min_time=0.01 --benchmark_filter=planted --plant)
    set_tests_properties(bench_micro bench_micro_planted PROPERTIES LABELS bench TIMEOUT 300)
    set_tests_properties(bench_micro_planted PROPERTIES
      PASS_REGULAR_EXPRESSION "allocates once warm")
  endif()
endif()
