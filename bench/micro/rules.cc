// A condition, and a log line of httplog.
#include <array>

#include "rules/format.h"
#include "steady.h"
#include "unit/rules/fixture.h"

namespace {

using namespace sluice;
using sluice::rules::test::Fixture;

void condition(benchmark::State& state, const char* text) {
  Fixture f;
  rules::CompileScope scope = f.scope();
  const auto compiled = rules::compile_condition(rules::test::words_of(text), false,
                                                 model::RulePoint::HttpRequest, scope);
  if (compiled == nullptr) return micro::fail(state, "does not compile");
  micro::run_steady(state, [&] {
    benchmark::DoNotOptimize(compiled->evaluate(f.evaluation));
    f.arena.reset();
  });
}

void log_line(benchmark::State& state) {
  Fixture f;
  rules::CompileScope scope = f.scope();
  const auto format =
      rules::compile_format(rules::http_log_format(), {}, rules::FormatUse::Log, scope);
  if (format == nullptr) return micro::fail(state, "does not compile");
  rules::LogRecord record;
  record.frontend_name = "front";
  record.backend_name = "nodes";
  record.server_name = "aws";
  record.accept_wall_us = 1'795'504'787'109'000;
  record.status = 200;
  record.bytes_to_client = 10'240;
  record.total_ms = 17;
  std::array<char, 1024> line;
  micro::run_steady(state, [&] {
    record.accept_wall_us += 500;
    benchmark::DoNotOptimize(format->write(line.data(), line.size(), &record, f.evaluation));
    benchmark::ClobberMemory();
    f.arena.reset();
  });
}

BENCHMARK_CAPTURE(condition, path_begins, "{ path_beg /a }");
BENCHMARK_CAPTURE(condition, host_and_method, "{ hdr_dom(host) -i example } METH_GET");
BENCHMARK_CAPTURE(condition, pattern, "{ path_reg ^/a/[a-z]+/c }");
BENCHMARK_CAPTURE(condition, source, "{ src 192.168.0.0/16 172.16.0.0/12 10.0.0.0/8 }");
BENCHMARK(log_line);

}  // namespace
