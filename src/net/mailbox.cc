#include "net/mailbox.h"

namespace sluice::net {

Mailbox::~Mailbox() { drain(); }

void Mailbox::drain() noexcept {
  Mail* newest = head_.exchange(nullptr, std::memory_order_acq_rel);
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
}

}  // namespace sluice::net
