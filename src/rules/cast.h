// Casts between sample types (manual §7.1, the table of compatible types): what converters and
// matches rely on when a sample is not of the type that they take. Text made by a cast lives in the
// arena.
#pragma once

#include <optional>
#include <string_view>

#include "base/arena.h"
#include "rules/sample.h"

namespace sluice::rules {

/// "boolean", "integer", … as error messages name them; None is "any".
[[nodiscard]] std::string_view name_of(SampleType type) noexcept;
/// Whether a cast from `from` can ever succeed; None stands for any type (variables).
[[nodiscard]] bool can_cast(SampleType from, SampleType to) noexcept;
/// Turns `sample` into `to`; false when this value cannot be (text that is no address).
[[nodiscard]] bool cast(Sample& sample, SampleType to, base::Arena& arena);
/// Leading digits of a text with an optional sign, as HAProxy casts text to a number; 0 without
/// any.
[[nodiscard]] std::int64_t leading_number(std::string_view text) noexcept;
/// An IPv4 or IPv6 literal as an Ip sample.
[[nodiscard]] std::optional<Sample> parse_ip(std::string_view text);

}  // namespace sluice::rules
