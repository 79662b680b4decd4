// The names of ACL criteria that are a fetch and a match method in one: hdr_beg is req.hdr -m beg.
#pragma once

#include <optional>
#include <string_view>

#include "rules/pattern.h"

namespace sluice::rules {

struct Criterion {
  std::string_view fetch;
  std::optional<MatchMethod> method;  // implied by the name
};

/// The fetch itself, or a fetch that yields text with one of _beg, _end, _sub, _dir, _dom, _len,
/// _reg.
[[nodiscard]] std::optional<Criterion> find_criterion(std::string_view name) noexcept;

}  // namespace sluice::rules
