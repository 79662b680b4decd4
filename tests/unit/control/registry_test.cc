#include "control/registry.h"

#include "support/catch.h"

using sluice::control::Registry;

TEST_CASE("live objects are found again by name") {
  Registry registry;
  const auto frontend = registry.frontend("f");
  const auto backend = registry.backend("b");
  const auto server = registry.server(*backend, "s");
  CHECK(registry.frontend("f") == frontend);
  CHECK(registry.backend("b") == backend);
  CHECK(registry.server(*backend, "s") == server);
  CHECK(registry.find_frontend("f") == frontend.get());
  CHECK(registry.find_server("b", "s") == server.get());
  CHECK(registry.find_backend("f") == nullptr);
  CHECK(registry.find_frontend("b") == nullptr);
  CHECK(registry.find_server("b", "t") == nullptr);
  CHECK(registry.find_server("c", "s") == nullptr);
}

TEST_CASE("what nothing refers to is forgotten, and its id is never used again") {
  Registry registry;
  const auto backend = registry.backend("b");
  auto server = registry.server(*backend, "s");
  const auto kept = registry.server(*backend, "kept");
  const auto id = server->id();
  registry.remember_written(*server, {});
  registry.remember_written(*kept, {});
  server.reset();
  registry.collect();
  CHECK(registry.find_server("b", "s") == nullptr);
  CHECK(registry.find_server("b", "kept") == kept.get());
  CHECK(registry.last_written(*kept) != nullptr);
  server = registry.server(*backend, "s");
  CHECK(server->id() > id);
  CHECK(server->id() != kept->id());
  CHECK(registry.last_written(*server) == nullptr);
}
