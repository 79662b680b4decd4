// What all checks of a checker share. Control thread's loop.
#pragma once

#include <cstddef>
#include <string>

#include "base/random.h"
#include "health/check_target.h"
#include "health/schedule.h"
#include "net/loop.h"

namespace sluice::health {

struct CheckContext {
  net::Loop& loop;
  Sink& sink;
  base::Random random;
  Spread spread;
  std::size_t reply_limit;  // tune.bufsize
  std::string node;         // as send-state names the proxy
};

}  // namespace sluice::health
