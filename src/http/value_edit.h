// A field's value that is changed in places, front to back: what stays is copied once, into an
// arena, and only if anything changes at all. The value as received stays as it is, since others
// may view it.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/arena.h"

namespace sluice::http {

class ValueEdit {
 public:
  /// `growth` is by how much the insertions may outgrow what they replace.
  ValueEdit(std::string_view value, base::Arena& arena, std::size_t growth = 0)
      : value_(value), arena_(arena), growth_(growth) {}

  /// Puts `text` in the place of [begin, end). Places come in order; what was replaced already is
  /// not touched again.
  void replace(std::size_t begin, std::size_t end, std::string_view text = {}) {
    if (begin < kept_) begin = kept_;
    if (end < begin) end = begin;
    if (out_ == nullptr) out_ = arena_.allocate(value_.size() + growth_);
    put(value_.substr(kept_, begin - kept_));
    put(text);
    kept_ = end;
  }
  [[nodiscard]] bool changed() const { return out_ != nullptr; }
  /// How far the value has been decided: earlier offsets can't be replaced any more.
  [[nodiscard]] std::size_t kept() const { return kept_; }
  /// The value as it is now.
  [[nodiscard]] std::string_view finish() {
    if (out_ == nullptr) return value_;
    put(value_.substr(kept_));
    kept_ = value_.size();
    return {out_, size_};
  }

 private:
  void put(std::string_view text) {
    if (!text.empty()) std::memcpy(out_ + size_, text.data(), text.size());
    size_ += text.size();
  }

  std::string_view value_;
  base::Arena& arena_;
  std::size_t growth_;
  char* out_ = nullptr;
  std::size_t size_ = 0;
  std::size_t kept_ = 0;
};

}  // namespace sluice::http
