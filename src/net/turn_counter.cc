#include "net/turn_counter.h"

#include "net/uv_loop.h"

namespace sluice::net {

namespace {

class UvTurnCounter final : public TurnCounter {
 public:
  explicit UvTurnCounter(uv_loop_t* loop) : handle_(new uv_prepare_t) {
    handle_->data = this;
    uv_prepare_init(loop, handle_.get());
    uv_prepare_start(handle_.get(), [](uv_prepare_t* handle) {
      auto* self = static_cast<UvTurnCounter*>(handle->data);
      if (self == nullptr) return;
      self->turns_.store(self->turns_.load(std::memory_order_relaxed) + 1,
                         std::memory_order_relaxed);
    });
    uv_unref(reinterpret_cast<uv_handle_t*>(handle_.get()));
  }

 private:
  Handle<uv_prepare_t> handle_;
};

}  // namespace

std::unique_ptr<TurnCounter> count_turns(Loop& loop) {
  auto* real = dynamic_cast<UvLoop*>(&loop);
  if (real == nullptr) return nullptr;
  return std::make_unique<UvTurnCounter>(real->raw());
}

}  // namespace sluice::net
