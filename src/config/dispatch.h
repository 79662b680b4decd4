// Finds the row of a directive and applies it, or says what is wrong with its keyword.
#pragma once

#include <string>
#include <vector>

#include "config/table.h"

namespace sluice::config {

struct RowMatch {
  const Row* row = nullptr;
  std::size_t words = 0;  // of the keyword
};

/// The row whose keyword is the longest that the words begin with, in a section of that kind where
/// two rows share a keyword (log-tag); else a row of another kind of section; else none.
[[nodiscard]] RowMatch find_row(std::span<const base::Word> words, SectionKind section);
[[nodiscard]] Place place_of(const Row& row, SectionKind section);

void apply_directive(Context& context, const Directive& directive);

}  // namespace sluice::config
