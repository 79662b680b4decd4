// The one form of a message for every codec, on both sides: a head (ordered fields; method, scheme,
// authority and path apart), then a body of slices, then trailers. Owned by an exchange and reused;
// what it views lives in the exchange's blocks or its arena. Rules edit it; codecs read and write
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "http/field.h"

namespace sluice::http {

enum class Method : std::uint8_t {
  Get,
  Head,
  Post,
  Put,
  Delete,
  Options,
  Connect,
  Trace,
  Patch,
  Other
};
enum class Version : std::uint8_t { Http10, Http11, Http2 };
/// RFC 9112 §3.2: how the target was written, so that it can be written so again.
enum class TargetForm : std::uint8_t { Origin, Absolute, Authority, Asterisk };

[[nodiscard]] Method method_of(std::string_view token) noexcept;
[[nodiscard]] std::string_view to_text(Method method) noexcept;
/// The standard reason phrase ("Not Found"), or "" for a status without one.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

/// Fields in the order in which they arrived. Removal keeps the order of the rest. Which ids are
/// there is kept as bits, since most questions are about fields that are not.
class FieldList {
 public:
  FieldList() { fields_.reserve(32); }
  void clear() {
    fields_.clear();
    present_ = 0;
  }
  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  [[nodiscard]] Field& operator[](std::size_t i) { return fields_[i]; }
  [[nodiscard]] const Field& operator[](std::size_t i) const { return fields_[i]; }
  [[nodiscard]] auto begin() { return fields_.begin(); }
  [[nodiscard]] auto end() { return fields_.end(); }
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

  void add(Field field) {
    fields_.push_back(field);
    present_ |= bit(field.id);
  }
  /// The name's bytes and the value's must outlive the head (arena, block, static).
  void add(std::string_view name, std::string_view value) { add(field_id(name), name, value); }
  void add(FieldId id, std::string_view name, std::string_view value) {
    add(Field{name, value, id});
  }
  [[nodiscard]] Field& last() { return fields_.back(); }
  /// The field was added before its name was known.
  void identify(std::size_t i, FieldId id) {
    fields_[i].id = id;
    present_ |= bit(id);
  }
  [[nodiscard]] bool has(FieldId id) const { return (present_ & bit(id)) != 0; }
  /// The first field of that id or name, or null. Names compare without case.
  [[nodiscard]] const Field* find(FieldId id) const noexcept {
    return has(id) ? find_present(id) : nullptr;
  }
  [[nodiscard]] const Field* find(std::string_view name) const noexcept;
  /// Removes every field of that name or id; returns how many there were.
  std::size_t remove(FieldId id) noexcept { return has(id) ? remove_present(id) : 0; }
  std::size_t remove(std::string_view name) noexcept;
  void remove_at(std::size_t i) { fields_.erase(fields_.begin() + static_cast<std::ptrdiff_t>(i)); }

 private:
  static constexpr std::uint32_t bit(FieldId id) { return 1U << static_cast<unsigned>(id); }
  [[nodiscard]] const Field* find_present(FieldId id) const noexcept;
  std::size_t remove_present(FieldId id) noexcept;

  std::vector<Field> fields_;
  // A field of that id was added; it may have been removed one by one since (then a search finds
  // none).
  std::uint32_t present_ = 0;
  static_assert(kFieldIds <= 32);
};

/// The head of a request or of a response; the half that does not apply is empty.
struct Head {
  // request
  Method method = Method::Get;
  TargetForm target_form = TargetForm::Origin;
  std::string_view method_token;  // as received, any token
  std::string_view scheme;        // "http", "https"; empty when the target did not say
  std::string_view authority;     // of an absolute- or authority-form target; empty else
  std::string_view path;          // with its query: "/a?b=c"; "*" in asterisk-form
  // response
  std::uint16_t status = 0;
  std::string_view reason;

  Version version = Version::Http11;
  FieldList fields;

  void clear();
  /// The request's host: the Host field, else the target's authority.
  [[nodiscard]] std::string_view host() const noexcept;
  /// `path` without and the query after its '?'.
  [[nodiscard]] std::string_view path_only() const noexcept;
  [[nodiscard]] std::string_view query() const noexcept;
  /// The target as it was (or will be) written, for `url` and logs; composed in `arena` if need be.
  [[nodiscard]] std::string_view target(base::Arena& arena) const;
};

}  // namespace sluice::http
