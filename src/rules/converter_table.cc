#include "rules/converter_table.h"

#include <array>

namespace sluice::rules {

namespace {

std::array<std::span<const ConverterRow>, 4> tables() noexcept {
  return {integer_converters(), text_converters(), code_converters(), other_converters()};
}

}  // namespace

const ConverterRow* find_converter(std::string_view name) noexcept {
  for (const std::span<const ConverterRow> table : tables()) {
    for (const ConverterRow& row : table) {
      if (row.name == name) return &row;
    }
  }
  return nullptr;
}

std::vector<std::string_view> converter_names() {
  std::vector<std::string_view> names;
  for (const std::span<const ConverterRow> table : tables()) {
    for (const ConverterRow& row : table) names.push_back(row.name);
  }
  return names;
}

}  // namespace sluice::rules
