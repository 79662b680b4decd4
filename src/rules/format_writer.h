// Writes the parts of a log-format line into a bounded buffer, with HAProxy's escapes (manual
// §8.6).
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::rules {

/// Which bytes a text may not show as they are, and what stands for them.
enum class Escape : std::uint8_t {
  None,
  Header,   // captured headers: '"', '#', '{', '|', '}', controls and beyond ASCII, as #XX
  Url,      // request lines: '"', '#', controls and beyond ASCII, as #XX
  Control,  // values of expressions in logs: controls, as #XX
  Http,     // values that become part of a message: controls but tab, as %XX
};

/// %{+Q,+X,+E}
struct FormatFlags {
  bool quote = false;
  bool hexadecimal = false;
  bool backslash = false;
  [[nodiscard]] bool plain() const { return !quote && !hexadecimal && !backslash; }
};

class FormatWriter {
 public:
  FormatWriter(char* out, std::size_t capacity) : begin_(out), at_(out), end_(out + capacity) {}

  [[nodiscard]] std::size_t length() const { return static_cast<std::size_t>(at_ - begin_); }
  /// Something did not fit; what did stays.
  [[nodiscard]] bool overflowed() const { return overflowed_; }

  void put(char c) noexcept {
    if (at_ < end_)
      *at_++ = c;
    else
      overflowed_ = true;
  }
  void put(std::string_view text) noexcept {
    std::size_t size = text.size();
    if (size > static_cast<std::size_t>(end_ - at_)) {
      size = static_cast<std::size_t>(end_ - at_);
      overflowed_ = true;
    }
    if (size != 0) std::memcpy(at_, text.data(), size);
    at_ += size;
  }
  void put_number(std::int64_t value) noexcept;
  /// At least `digits` upper-case hexadecimal digits.
  void put_hexadecimal(std::uint64_t value, int digits) noexcept;
  void put_escaped(std::string_view text, Escape escape, FormatFlags flags) noexcept;

 private:
  char* begin_;
  char* at_;
  char* end_;
  bool overflowed_ = false;
};

}  // namespace sluice::rules
