// The converters: one row each (manual §7.3.1). A converter takes a sample of its input type
// (others are cast first) and leaves one of its output type, or fails, which is as if nothing was
// fetched.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "rules/call.h"
#include "rules/evaluation.h"

namespace sluice::rules {

struct ConverterContext {
  const Call& call;
  Evaluation& evaluation;
  [[nodiscard]] base::Arena& arena() const { return *evaluation.arena; }
};

using ConvertFunction = bool (*)(ConverterContext& context, Sample& sample);

struct ConverterRow {
  std::string_view name;
  std::string_view arguments;  // signature, see call.h
  SampleType input;            // None: any
  SampleType output;           // None: as it came
  ConvertFunction convert;
  PrepareFunction prepare = nullptr;
};

[[nodiscard]] const ConverterRow* find_converter(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string_view> converter_names();

// The tables, by subject
[[nodiscard]] std::span<const ConverterRow> integer_converters() noexcept;  // converters_integer.cc
[[nodiscard]] std::span<const ConverterRow> text_converters() noexcept;     // converters_text.cc
[[nodiscard]] std::span<const ConverterRow> code_converters() noexcept;     // converters_code.cc
[[nodiscard]] std::span<const ConverterRow> other_converters() noexcept;    // converters_other.cc

}  // namespace sluice::rules
