// The promise of the hot path: once warm, rules and log lines allocate nothing.
// Sanitizers bring their own allocators, so it is counted in plain builds.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <cstdlib>
#include <new>

#include "fixture.h"
#include "support/catch.h"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using namespace sluice;
using namespace sluice::rules;
using sluice::rules::test::Fixture;

TEST_CASE("once warm, rules and log lines allocate nothing") {
  Fixture f;
  f.add_rule("set-header X-Forwarded-Port %[dst_port] if { path_beg /a } METH_GET");
  f.add_rule("set-var(txn.host) hdr(host),lower,field(1,:)");
  f.add_rule("replace-header X-N ([0-9]+)(.*) \\2\\1");
  f.add_rule("set-path /new%[path] if { hdr_dom(host) -i example } !{ path_reg ^/new }");
  f.add_rule("deny if { src 192.168.0.0/16 172.16.0.0/12 }");
  f.program = f.compile();
  REQUIRE(f.diagnostics.ok());
  CompileScope scope = f.scope();
  const auto format = compile_format(http_log_format(), {}, FormatUse::Log, scope);
  LogRecord record;
  char line[1024];
  std::size_t counted = 0;
  for (int round = 0; round < 3; ++round) {
    f.cursor.restart();
    const std::size_t before = allocations;
    const Verdict verdict = f.program.step(f.cursor, f.evaluation, f.outcome);
    const std::size_t length = format->write(line, sizeof line, &record, f.evaluation);
    counted = allocations - before;
    REQUIRE(verdict == Verdict::Continue);
    REQUIRE(length > 0);
  }
  CHECK(counted == 0);
}

#endif
