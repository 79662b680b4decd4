#include "net/mailbox.h"

namespace sluice::net {

Mailbox::~Mailbox() { deliver_pending(); }

bool Mailbox::deliver_pending() noexcept {
  Mail* newest = head_.exchange(nullptr, std::memory_order_acq_rel);
  const bool any = newest != nullptr;
  Mail* oldest = nullptr;
  while (newest != nullptr) {  // the stack holds the newest first
    Mail* next = newest->next_;
    newest->next_ = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest != nullptr) {
    Mail* mail = std::exchange(oldest, oldest->next_);
    mail->deliver();
  }
  return any;
}

}  // namespace sluice::net
