// The one table of statistics fields: HAProxy 3.5's names in HAProxy's order, with what each means,
// which objects have it, how the typed formats tag it, and how its value is taken from a Sample.
// CSV, typed, JSON, the page and the metrics all read these rows. A field that Sluice has no number
// for yields nothing, as HAProxy does for what does not apply.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "stats/sample.h"
#include "stats/value.h"

namespace sluice::stats {

/// Bits of Field::kinds, by ObjectKind.
inline constexpr unsigned kF = 1U << static_cast<unsigned>(ObjectKind::Frontend);
inline constexpr unsigned kB = 1U << static_cast<unsigned>(ObjectKind::Backend);
inline constexpr unsigned kS = 1U << static_cast<unsigned>(ObjectKind::Server);
inline constexpr unsigned kL = 1U << static_cast<unsigned>(ObjectKind::Listener);

struct Field {
  std::string_view name;
  unsigned kinds;
  Tag tag;
  std::string_view description;
  Value (*value)(const Sample&);
  Tag backend_tag{};  // where HAProxy tags a backend's value otherwise

  [[nodiscard]] bool has(ObjectKind kind) const {
    return (kinds >> static_cast<unsigned>(kind) & 1U) != 0;
  }
  [[nodiscard]] Value of(const Sample& sample) const {
    return has(sample.kind) ? value(sample) : Value{};
  }
  [[nodiscard]] Tag tag_for(ObjectKind kind) const {
    return kind == ObjectKind::Backend && backend_tag.set() ? backend_tag : tag;
  }
};

[[nodiscard]] std::span<const Field> fields();
/// The position of a field by name; aborts in debug builds when there is none (names are ours).
[[nodiscard]] std::size_t field_index(std::string_view name);

}  // namespace sluice::stats
