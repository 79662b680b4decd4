// The parsers that most rows share: a directive that stores one number, time, text or switch in one
// field of the global section or of the proxy. The field is a template argument.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/table.h"

namespace sluice::config::store {

namespace detail {
/// The object that owns the field: the proxy or the global section.
template <class Owner>
Owner& owner(Context& context);
template <>
inline model::Global& owner<model::Global>(Context& context) {
  return context.global();
}
template <>
inline model::Proxy& owner<model::Proxy>(Context& context) {
  return *context.proxy;
}
template <>
inline model::Resolvers& owner<model::Resolvers>(Context& context) {
  return context.resolvers();
}
template <class T>
struct FieldOf;
template <class Owner, class Type>
struct FieldOf<Type Owner::*> {
  using owner = Owner;
};
template <auto Field>
auto& field(Context& context) {
  return owner<typename FieldOf<decltype(Field)>::owner>(context).*Field;
}
}  // namespace detail

/// A switch: on, and off with `no`.
template <auto Field>
void flag(Context& context, Arguments& arguments) {
  if (arguments.finish()) detail::field<Field>(context) = arguments.form() == Form::Plain;
}

template <auto Field, std::uint32_t Min, std::uint32_t Max>
void number(Context& context, Arguments& arguments) {
  const auto value = arguments.number(Min, Max);
  if (value && arguments.finish()) detail::field<Field>(context) = *value;
}

template <auto Field>
void milliseconds(Context& context, Arguments& arguments) {
  const auto value = arguments.milliseconds();
  if (value && arguments.finish()) detail::field<Field>(context) = *value;
}

template <auto Field>
void seconds(Context& context, Arguments& arguments) {
  const auto value = arguments.seconds();
  if (value && arguments.finish()) detail::field<Field>(context) = *value;
}

/// Exactly one word.
template <auto Field>
void word(Context& context, Arguments& arguments) {
  const base::Word* value = arguments.expect("a value");
  if (value != nullptr && arguments.finish()) detail::field<Field>(context) = value->text;
}

/// The rest of the line.
template <auto Field>
void text(Context& context, Arguments& arguments) {
  if (arguments.empty()) {
    arguments.error("'" + arguments.name() + "' needs a text");
    return;
  }
  detail::field<Field>(context) = arguments.take_rest();
}

}  // namespace sluice::config::store
