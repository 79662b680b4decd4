// Doubly linked list whose links live in the elements: no allocation, removal by element.
// An element derives from ListNode<Tag>; it unlinks itself when destroyed. One thread, or a lock.
#pragma once

#include <cstddef>

namespace sluice::base {

template <class Tag>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }
  [[nodiscard]] bool linked() const { return next_ != nullptr; }
  void unlink() noexcept {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <class T, class U>
  friend class IntrusiveList;
  ListNode* next_ = nullptr;
  ListNode* previous_ = nullptr;
};

template <class T, class Tag = T>
class IntrusiveList {
 public:
  IntrusiveList() { head_.next_ = head_.previous_ = &head_; }
  ~IntrusiveList() {
    while (!empty()) head_.next_->unlink();
    head_.next_ = head_.previous_ = nullptr;
  }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  [[nodiscard]] bool empty() const { return head_.next_ == &head_; }
  void push_back(T& element) noexcept { insert_before(&head_, element); }
  void push_front(T& element) noexcept { insert_before(head_.next_, element); }
  [[nodiscard]] T* front() { return empty() ? nullptr : to_element(head_.next_); }
  [[nodiscard]] T* back() { return empty() ? nullptr : to_element(head_.previous_); }
  [[nodiscard]] T* next(T& element) {
    ListNode<Tag>* node = static_cast<ListNode<Tag>&>(element).next_;
    return node == &head_ ? nullptr : to_element(node);
  }
  void insert_before(T& place, T& element) noexcept {
    insert_before(static_cast<ListNode<Tag>*>(&place), element);
  }

 private:
  static T* to_element(ListNode<Tag>* node) { return static_cast<T*>(node); }
  void insert_before(ListNode<Tag>* place, T& element) noexcept {
    auto& node = static_cast<ListNode<Tag>&>(element);
    node.unlink();
    node.next_ = place;
    node.previous_ = place->previous_;
    place->previous_->next_ = &node;
    place->previous_ = &node;
  }
  ListNode<Tag> head_;
};

}  // namespace sluice::base
