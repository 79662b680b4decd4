// The pairs of Cookie and Set-Cookie fields, split as HAProxy splits them: by ';' and, in requests,
// by ',' too, both outside of quotes. Offsets are into the field's value; nothing is copied.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::http {

/// One pair. Blanks around its parts are outside of name and value.
struct CookiePair {
  std::size_t begin = 0;  // the delimiter before it; 0 for the first
  std::size_t name_begin = 0, name_end = 0;
  std::size_t equals = 0;  // the '=', or the end of a pair without one
  std::size_t value_begin = 0, value_end = 0;
  std::size_t end = 0;     // the delimiter after it, or the field's end
  bool has_value = false;  // there is an '='; the value may be empty

  [[nodiscard]] std::string_view name(std::string_view field) const {
    return field.substr(name_begin, name_end - name_begin);
  }
  [[nodiscard]] std::string_view value(std::string_view field) const {
    return field.substr(value_begin, value_end - value_begin);
  }
  /// Are there blanks around the '='?
  [[nodiscard]] bool has_blanks() const { return name_end != equals || value_begin > equals + 1; }
  /// An attribute of the cookie before it (RFC 2109): $Path, $Domain, …
  [[nodiscard]] bool is_attribute(std::string_view field) const {
    return name_begin < field.size() && field[name_begin] == '$';
  }
};

/// Walks over the pairs of a Cookie field, empty ones included.
class CookieWalk {
 public:
  explicit CookieWalk(std::string_view field) : field_(field) {}
  /// False: there is none left.
  [[nodiscard]] bool next(CookiePair& pair) noexcept;

 private:
  std::string_view field_;
  std::size_t at_ = 0;
  bool first_ = true;
};
/// The cookie of a Set-Cookie field; what follows it are its attributes.
[[nodiscard]] CookiePair read_set_cookie(std::string_view field) noexcept;

}  // namespace sluice::http
