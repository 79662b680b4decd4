#include "net/event_poll.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace sluice::net {

namespace {
constexpr std::uint32_t kFailed = EPOLLERR | EPOLLHUP;
}

EventPoll::EventPoll() : descriptor_(::epoll_create1(EPOLL_CLOEXEC)) {
  // As libuv does where its own set cannot be made: nothing can go on without one.
  if (descriptor_ < 0) std::abort();
}

EventPoll::~EventPoll() { ::close(descriptor_); }

void EventPoll::want(Source& source, int descriptor, Interest interest) noexcept {
  source.descriptor_ = descriptor;
  source.wanted_ =
      static_cast<std::uint8_t>((interest.read ? EPOLLIN : 0U) | (interest.write ? EPOLLOUT : 0U));
  // A descriptor that wants nothing more to be read stays as it is until something arrives.
  const std::uint32_t missing = source.wanted_ & ~std::uint32_t{source.registered_};
  const std::uint32_t eager = source.registered_ & ~std::uint32_t{source.wanted_} & EPOLLOUT;
  if ((missing | eager) == 0)
    source.unlink();
  else if (interest.patient && missing == EPOLLIN && eager == 0)
    patient_.push_back(source);
  else
    changed_.push_back(source);
}

void EventPoll::forget(Source& source) noexcept {
  source.unlink();
  source.in_set_ = false;
  source.registered_ = source.wanted_ = 0;
  for (int i = next_; i < count_; ++i) {
    if (ready_[static_cast<std::size_t>(i)].data.ptr == &source)
      ready_[static_cast<std::size_t>(i)].data.ptr = &ready_;
  }
}

void EventPoll::remove(Source& source) noexcept {
  source.wanted_ = 0;
  apply(source);
  forget(source);
}

void EventPoll::embed(int descriptor) noexcept {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  ::epoll_ctl(descriptor_, EPOLL_CTL_ADD, descriptor, &event);
}

void EventPoll::apply(Source& source) noexcept {
  epoll_event event{};
  event.events = source.wanted_;
  event.data.ptr = &source;
  source.registered_ = source.wanted_;
  if (source.wanted_ == 0) {
    // With no interest the kernel would still tell of hang-ups, again and again.
    if (source.in_set_) ::epoll_ctl(descriptor_, EPOLL_CTL_DEL, source.descriptor_, &event);
    source.in_set_ = false;
    return;
  }
  ::epoll_ctl(descriptor_, source.in_set_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, source.descriptor_,
              &event);
  source.in_set_ = true;
}

void EventPoll::register_patient() noexcept {
  patient_turns_ = 0;
  while (Source* source = patient_.front()) {
    source->unlink();
    apply(*source);
  }
}

bool EventPoll::wait(int timeout_ms) noexcept {
  while (Source* source = changed_.front()) {
    source->unlink();
    apply(*source);
  }
  if (!patient_.empty()) {
    if (++patient_turns_ >= kPatientTurns)
      register_patient();
    else if (timeout_ms < 0 || timeout_ms > kPatientMs)
      timeout_ms = kPatientMs;
  }
  const int count = ::epoll_wait(descriptor_, ready_.data(), kBatch, timeout_ms);
  if (count == 0) register_patient();
  bool embedded = false;
  count_ = count;
  for (next_ = 0; next_ < count_;) {
    const epoll_event event = ready_[static_cast<std::size_t>(next_++)];
    if (event.data.ptr == nullptr)
      embedded = true;
    else if (event.data.ptr != &ready_)
      dispatch(*static_cast<Source*>(event.data.ptr), event.events);
  }
  next_ = count_ = 0;
  return embedded;
}

void EventPoll::dispatch(Source& source, std::uint32_t events) noexcept {
  if ((events & kFailed) != 0) events |= EPOLLIN | EPOLLOUT;
  if ((events & source.wanted_) == 0 || source.wanted_ == 0) {
    // Nobody waits for this any more: now it is worth a system call.
    source.unlink();
    apply(source);
    return;
  }
  // A failure is told whole, so that who waits to write reads what came before the reset.
  const bool failed = (events & kFailed) != 0;
  source.on_poll(failed || (events & source.wanted_ & EPOLLIN) != 0,
                 failed || (events & source.wanted_ & EPOLLOUT) != 0);
}

}  // namespace sluice::net
