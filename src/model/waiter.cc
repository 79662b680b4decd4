#include "model/waiter.h"

#include <cassert>

namespace sluice::model {

namespace {

/// Spreads arrivals evenly, so that the treap is as deep as one of random order.
std::uint32_t scatter(std::uint64_t arrival) noexcept {
  std::uint64_t x = arrival + 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return static_cast<std::uint32_t>(x >> 32);
}

}  // namespace

Waiter* WaiterTree::front() const noexcept {
  Waiter* waiter = root_;
  while (waiter != nullptr && waiter->left_ != nullptr) waiter = waiter->left_;
  return waiter;
}

/// Goes down to where it outranks what is there, and takes that apart into what comes before and
/// after it.
void WaiterTree::insert(Waiter& waiter) noexcept {
  waiter.balance_ = scatter(waiter.place_.arrival);
  Waiter** at = &root_;
  while (*at != nullptr && (*at)->balance_ <= waiter.balance_)
    at = waiter.place_ < (*at)->place_ ? &(*at)->left_ : &(*at)->right_;
  Waiter* rest = *at;
  *at = &waiter;
  Waiter** before = &waiter.left_;
  Waiter** after = &waiter.right_;
  while (rest != nullptr) {
    if (rest->place_ < waiter.place_) {
      *before = rest;
      before = &rest->right_;
      rest = rest->right_;
    } else {
      *after = rest;
      after = &rest->left_;
      rest = rest->left_;
    }
  }
  *before = *after = nullptr;
}

void WaiterTree::remove(Waiter& waiter) noexcept {
  Waiter** at = &root_;
  while (*at != &waiter) {
    assert(*at != nullptr);
    at = waiter.place_ < (*at)->place_ ? &(*at)->left_ : &(*at)->right_;
  }
  Waiter* before = waiter.left_;
  Waiter* after = waiter.right_;
  while (before != nullptr && after != nullptr) {
    if (before->balance_ <= after->balance_) {
      *at = before;
      at = &before->right_;
      before = before->right_;
    } else {
      *at = after;
      at = &after->left_;
      after = after->left_;
    }
  }
  *at = before != nullptr ? before : after;
  waiter.left_ = waiter.right_ = nullptr;
}

}  // namespace sluice::model
