#include "net/signal_source.h"

#include "net/uv_loop.h"

namespace sluice::net {

namespace {

class UvSignal final : public SignalSource {
 public:
  UvSignal(uv_loop_t* loop, int signal, Events& events)
      : handle_(new uv_signal_t), events_(events) {
    handle_->data = this;
    uv_signal_init(loop, handle_.get());
    uv_signal_start(
        handle_.get(),
        [](uv_signal_t* handle, int number) {
          auto* self = static_cast<UvSignal*>(handle->data);
          if (self != nullptr) self->events_.on_signal(number);
        },
        signal);
    uv_unref(reinterpret_cast<uv_handle_t*>(
        handle_.get()));  // waiting for a signal keeps no loop running
  }

 private:
  Handle<uv_signal_t> handle_;
  Events& events_;
};

}  // namespace

std::unique_ptr<SignalSource> watch_signal(Loop& loop, int signal, SignalSource::Events& events) {
  auto* real = dynamic_cast<UvLoop*>(&loop);
  if (real == nullptr) return nullptr;
  return std::make_unique<UvSignal>(real->embedded(), signal, events);
}

}  // namespace sluice::net
