#include "control/timeouts.h"

#include "base/limits.h"
#include "support/catch.h"

using sluice::control::effective_timeouts;
using sluice::model::Timeouts;
namespace limits = sluice::base::limits;

TEST_CASE("time-outs that are written hold") {
  const Timeouts all{.connect = 1,
                     .client = 2,
                     .server = 3,
                     .http_request = 4,
                     .http_keep_alive = 5,
                     .queue = 6,
                     .check = 7,
                     .tunnel = 8,
                     .client_fin = 9,
                     .server_fin = 10,
                     .tarpit = 11};
  const auto out = effective_timeouts(all);
  CHECK(out.connect == 1);
  CHECK(out.client == 2);
  CHECK(out.server == 3);
  CHECK(out.http_request == 4);
  CHECK(out.http_keep_alive == 5);
  CHECK(out.queue == 6);
  CHECK(out.check == 7);
  CHECK(out.tunnel == 8);
  CHECK(out.client_fin == 9);
  CHECK(out.server_fin == 10);
  CHECK(out.tarpit == 11);
}

TEST_CASE("time-outs fall back as the manual says") {
  const auto out = effective_timeouts({.connect = 100, .client = 200, .server = 300});
  CHECK(out.queue == 100);
  CHECK(out.tarpit == 100);
  CHECK(out.http_request == 200);
  CHECK(out.http_keep_alive == 200);
  CHECK(out.client_fin == 200);
  CHECK(out.server_fin == 300);
  CHECK(out.tunnel == 0);
  CHECK(out.check == 0);
  CHECK(effective_timeouts({.client = 200, .http_request = 50}).http_keep_alive == 50);
}

TEST_CASE("our limits apply only where no fall-back gives a value") {
  const auto out = effective_timeouts({});
  CHECK(out.connect == limits::kConnectTimeoutMs);
  CHECK(out.client == limits::kClientTimeoutMs);
  CHECK(out.server == limits::kServerTimeoutMs);
  CHECK(out.http_request == limits::kHttpRequestTimeoutMs);
  CHECK(out.queue == limits::kConnectTimeoutMs);
  CHECK(effective_timeouts({.client = 5'000}).http_request == 5'000);
}

TEST_CASE("a 0 that is written means none, after the fall-backs") {
  const auto out = effective_timeouts({.connect = 0, .client = 0, .server = 0});
  CHECK(out.connect == 0);
  CHECK(out.client == 0);
  CHECK(out.server == 0);
  CHECK(out.http_request == 0);
  CHECK(out.queue == 0);
  CHECK(effective_timeouts({.connect = 7, .queue = 0}).queue == 7);
  CHECK(effective_timeouts({.http_request = 0}).http_request == 0);
}
