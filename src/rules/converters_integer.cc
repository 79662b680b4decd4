// Converters on integers and booleans (manual §7.3.1). Arithmetic saturates instead of overflowing.
#include <limits>

#include "base/text.h"
#include "rules/cast.h"
#include "rules/converter_table.h"

namespace sluice::rules {

namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

std::int64_t add(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  if (!__builtin_add_overflow(a, b, &out)) return out;
  return a < 0 ? kMin : kMax;
}

std::int64_t subtract(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  if (!__builtin_sub_overflow(a, b, &out)) return out;
  return a < 0 ? kMin : kMax;
}

std::int64_t multiply(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  if (!__builtin_mul_overflow(a, b, &out)) return out;
  return (a < 0) == (b < 0) ? kMax : kMin;
}

std::int64_t divide(std::int64_t a, std::int64_t b) {
  if (b == 0) return kMax;
  return a == kMin && b == -1 ? kMax : a / b;
}

std::int64_t modulo(std::int64_t a, std::int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }
std::int64_t bit_and(std::int64_t a, std::int64_t b) { return a & b; }
std::int64_t bit_or(std::int64_t a, std::int64_t b) { return a | b; }
std::int64_t bit_xor(std::int64_t a, std::int64_t b) { return a ^ b; }

/// The argument is a number or the name of a variable that holds one.
bool prepare_operand(Call& call, const base::SourceSpan&, CompileScope& scope) {
  Argument& argument = call.arguments[0];
  if (const auto number = base::to_signed(argument.text)) {
    argument.number = *number;
    return true;
  }
  auto variable = parse_variable(argument.text, user_of(call.place));
  if (variable) {
    argument.variable = *variable;
    return true;
  }
  scope.diagnostics.error(argument.span,
                          "'" + argument.text + "' is neither an integer nor a variable");
  return false;
}

template <std::int64_t (*operation)(std::int64_t, std::int64_t)>
bool calculate(ConverterContext& context, Sample& sample) {
  const Argument& argument = context.call.arguments[0];
  std::int64_t operand = argument.number;
  if (argument.variable.id != 0) {
    const Sample* value = find_variable(argument.variable, context.evaluation);
    if (value == nullptr) return false;
    Sample number = *value;
    if (!cast(number, SampleType::Int, context.arena())) return false;
    operand = number.number;
  }
  sample = Sample::of_int(operation(sample.number, operand));
  return true;
}

template <std::int64_t (*operation)(std::int64_t)>
bool change(ConverterContext&, Sample& sample) {
  sample = Sample::of_int(operation(sample.number));
  return true;
}

template <bool (*test)(std::int64_t)>
bool ask(ConverterContext&, Sample& sample) {
  sample = Sample::of_bool(test(sample.number));
  return true;
}

std::int64_t negate(std::int64_t value) { return value == kMin ? kMax : -value; }
std::int64_t complement(std::int64_t value) { return ~value; }
bool is_set(std::int64_t value) { return value != 0; }
bool is_zero(std::int64_t value) { return value == 0; }
bool is_odd(std::int64_t value) { return (value & 1) != 0; }
bool is_even(std::int64_t value) { return (value & 1) == 0; }

using enum SampleType;
constexpr ConverterRow kRows[] = {
    {"add", "s", Int, Int, calculate<add>, prepare_operand},
    {"and", "s", Int, Int, calculate<bit_and>, prepare_operand},
    {"bool", "", Int, Bool, ask<is_set>},
    {"cpl", "", Int, Int, change<complement>},
    {"div", "s", Int, Int, calculate<divide>, prepare_operand},
    {"even", "", Int, Bool, ask<is_even>},
    {"mod", "s", Int, Int, calculate<modulo>, prepare_operand},
    {"mul", "s", Int, Int, calculate<multiply>, prepare_operand},
    {"neg", "", Int, Int, change<negate>},
    {"not", "", Int, Bool, ask<is_zero>},
    {"odd", "", Int, Bool, ask<is_odd>},
    {"or", "s", Int, Int, calculate<bit_or>, prepare_operand},
    {"sub", "s", Int, Int, calculate<subtract>, prepare_operand},
    {"xor", "s", Int, Int, calculate<bit_xor>, prepare_operand},
};

}  // namespace

std::span<const ConverterRow> integer_converters() noexcept { return kRows; }

}  // namespace sluice::rules
