#include "idle.h"

#include <sys/epoll.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

void take_events(Load& load, int wait_ms) {
  std::array<epoll_event, 256> events;
  int n = 0;
  do {
    n = ::epoll_wait(load.epoll, events.data(), static_cast<int>(events.size()), wait_ms);
    for (int i = 0; i < n; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      static_cast<Client*>(event.data.ptr)->on_event(event.events);
    }
  } while (wait_ms == 0 && n == static_cast<int>(events.size()));
}

}  // namespace

bool hold_idle(Load& load) {
  std::vector<std::unique_ptr<Client>> held;
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t wanted = std::strtoul(line.c_str(), nullptr, 10);
    while (held.size() < wanted && load.errors == 0) {
      held.push_back(std::make_unique<Client>());
      Client& client = *held.back();
      client.begin(load, monotonic_ns());
      if (load.errors == 0) client.on_due();
      while (client.busy()) take_events(load, 1000);
    }
    take_events(load, 0);
    std::printf("{\"open\": %zu, \"errors\": %llu, \"lost\": %llu}\n", held.size(),
                static_cast<unsigned long long>(load.errors + load.bad_statuses),
                static_cast<unsigned long long>(load.lost));
    std::fflush(stdout);
    if (load.errors != 0) return false;
  }
  return true;
}
