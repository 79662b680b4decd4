// Mail to another thread's loop: intrusive, lock-free for many senders, one receiver. A Mail is
// owned by whoever posted it until deliver() runs in the receiver's thread, in order of posting.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "net/loop.h"

namespace sluice::net {

class Mail {
 public:
  virtual ~Mail() = default;
  /// In the receiver's thread. Deletes itself where it was made for one delivery.
  virtual void deliver() noexcept = 0;

 private:
  friend class Mailbox;
  Mail* next_ = nullptr;
};

class Mailbox final : private Wakeup::Events {
 public:
  explicit Mailbox(Loop& loop) : wakeup_(loop.make_wakeup(*this)) {}
  ~Mailbox();

  /// Any thread.
  void post(Mail& mail) noexcept {
    Mail* head = head_.load(std::memory_order_relaxed);
    do {
      mail.next_ = head;
    } while (!head_.compare_exchange_weak(head, &mail, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    if (head == nullptr) wakeup_->wake();
  }
  /// Any thread; allocates. For what is rare.
  template <class Function>
  void run(Function function) {
    post(*new Call<Function>(std::move(function)));
  }

 private:
  template <class Function>
  class Call final : public Mail {
   public:
    explicit Call(Function function) : function_(std::move(function)) {}
    void deliver() noexcept override {
      function_();
      delete this;
    }

   private:
    Function function_;
  };

  void on_wakeup() noexcept override { drain(); }
  void drain() noexcept;

  std::atomic<Mail*> head_{nullptr};
  std::unique_ptr<Wakeup> wakeup_;
};

}  // namespace sluice::net
