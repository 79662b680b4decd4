// What `tcp-response content` has not judged yet: the bytes of a server are held back here until
// the rules let them through, or refuse them. Owned by its exchange, used again by the next one.
#pragma once

#include <vector>

#include "base/block.h"
#include "net/timer_wheel.h"
#include "proxy/exchange.h"
#include "rules/program.h"

namespace sluice::proxy {

class ResponseInspection final : public net::Timer {
 public:
  explicit ResponseInspection(Exchange& exchange) : exchange_(exchange) {}

  /// Before the next server, or the next exchange.
  void reset() {
    disarm();
    cursor.restart();
    block.reset();
    held.clear();
    bytes = held_bytes = 0;
    head = ended = overdue = false;
  }

  rules::Cursor cursor;
  base::BlockRef block;  // mode tcp: what came, in one piece for the fetches
  std::size_t bytes = 0;
  std::vector<base::Slice> held;  // what came, as it goes on
  std::size_t held_bytes = 0;
  bool head = false;     // mode http: the response's head is there
  bool ended = false;    // nothing more comes
  bool overdue = false;  // the inspect delay is over

 private:
  void on_timer() noexcept override { exchange_.on_inspection_due(); }
  Exchange& exchange_;
};

}  // namespace sluice::proxy
