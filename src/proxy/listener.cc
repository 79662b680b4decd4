#include "proxy/listener.h"

#include "proxy/admission.h"
#include "proxy/client_connection.h"
#include "proxy/worker.h"

namespace sluice::proxy {

FrontendListener::FrontendListener(Worker& worker, GenerationRef generation,
                                   const control::FrontendRuntime& frontend,
                                   const control::BindRuntime& bind, int descriptor)
    : worker_(worker),
      generation_(std::move(generation)),
      frontend_(&frontend),
      bind_(&bind),
      descriptor_(descriptor),
      acceptor_(worker.loop().accept_on(descriptor, *this)) {}

FrontendListener::~FrontendListener() {
  for (const net::Accepted& accepted : held_) worker_.loop().discard(accepted.descriptor);
  if (paused_) worker_.note_paused(-1);
}

void FrontendListener::set_generation(GenerationRef generation,
                                      const control::FrontendRuntime& frontend,
                                      const control::BindRuntime& bind) {
  generation_ = std::move(generation);
  frontend_ = &frontend;
  bind_ = &bind;
}

void FrontendListener::reconsider() {
  if (!frontend_->live->enabled.load(std::memory_order_relaxed))
    pause();
  else if (paused_)
    resume();
}

bool FrontendListener::rate_allows() const {
  const Admission admission(worker_.shared(), *frontend_, *bind_);
  return !admission.is_limited() || admission.has_room(worker_.now().ms());
}

/// Nobody tells when a rate has fallen.
void FrontendListener::watch_rate() {
  if (rate_allows()) return;
  const Admission admission(worker_.shared(), *frontend_, *bind_);
  Timer::arm(worker_.timers(), admission.ask_again_ms(worker_.now().ms()));
}

void FrontendListener::on_timer() noexcept {
  Worker::EventScope scope(worker_);
  reconsider();
}

bool FrontendListener::has_room() const {
  if (!frontend_->live->enabled.load(std::memory_order_relaxed)) return false;
  if (bind_->limiter != nullptr && !bind_->limiter->has_room()) return false;
  return frontend_->live->limiter.has_room() && worker_.shared().connections.has_room() &&
         rate_allows();
}

bool FrontendListener::acquire() {
  if (!rate_allows()) return false;
  if (bind_->limiter != nullptr && !bind_->limiter->try_acquire()) return false;
  if (frontend_->live->limiter.try_acquire()) {
    if (worker_.shared().connections.try_acquire()) return true;
    (void)frontend_->live->limiter.release();
  }
  if (bind_->limiter != nullptr) (void)bind_->limiter->release();
  return false;
}

void FrontendListener::pause() {
  if (paused_) return;
  paused_ = true;
  worker_.note_paused(1);
  if (acceptor_) acceptor_->pause();
  watch_rate();
}

void FrontendListener::resume() {
  while (!held_.empty() && acquire()) {
    const net::Accepted accepted = held_.front();
    held_.pop_front();
    begin(accepted);
  }
  if (!held_.empty() || !has_room() || !paused_) return watch_rate();
  disarm();
  paused_ = false;
  worker_.note_paused(-1);
  if (acceptor_) acceptor_->resume();
}

void FrontendListener::poll_no_more() {
  acceptor_.reset();
  descriptor_ = -1;
}

void FrontendListener::on_accepted(net::Acceptor&, const net::Accepted& accepted) noexcept {
  Worker::EventScope scope(worker_);
  if (!acquire()) {
    held_.push_back(accepted);
    pause();
    if (has_room()) resume();  // it was freed before we were seen
    return;
  }
  begin(accepted);
  if (has_room()) return;
  pause();
  if (has_room()) resume();
}

void FrontendListener::begin(const net::Accepted& accepted) {
  Admission admission(worker_.shared(), *frontend_, *bind_);
  if (admission.is_limited()) admission.count(worker_.now().ms());
  worker_.begin_connection(generation_, *frontend_, *bind_, accepted);
}

void FrontendListener::on_accept_exhausted(net::Acceptor&) noexcept { worker_.note_exhausted(); }

}  // namespace sluice::proxy
