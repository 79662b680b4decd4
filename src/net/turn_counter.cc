#include "net/turn_counter.h"

#include "net/uv_loop.h"

namespace sluice::net {

namespace {

class UvTurnCounter final : public TurnCounter {
 public:
  explicit UvTurnCounter(UvLoop& loop) : loop_(loop) { loop_.count_turns_in(&turns_); }
  ~UvTurnCounter() override { loop_.count_turns_in(nullptr); }

 private:
  UvLoop& loop_;
};

}  // namespace

std::unique_ptr<TurnCounter> count_turns(Loop& loop) {
  auto* real = dynamic_cast<UvLoop*>(&loop);
  if (real == nullptr) return nullptr;
  return std::make_unique<UvTurnCounter>(*real);
}

}  // namespace sluice::net
