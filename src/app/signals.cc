#include "app/signals.h"

#include <csignal>

namespace sluice::app {

namespace {

struct Row {
  int signal;
  Order order;
};
constexpr Row kRows[] = {{SIGTERM, Order::StopNow},
                         {SIGINT, Order::StopNow},
                         {SIGUSR1, Order::StopSoftly},
                         {SIGUSR2, Order::Reload},
                         {SIGHUP, Order::Reload}};

}  // namespace

Signals::Signals(net::Loop& loop, Listener& listener) : listener_(listener) {
  std::signal(SIGPIPE, SIG_IGN);
  for (const Row& row : kRows) sources_.push_back(net::watch_signal(loop, row.signal, *this));
}

void Signals::on_signal(int signal) noexcept {
  for (const Row& row : kRows) {
    if (row.signal == signal) listener_.on_order(row.order);
  }
}

}  // namespace sluice::app
