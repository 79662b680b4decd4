// The form of the stats page: which servers (`s`), of which backend (`b`, a name or "#id"), what to
// do
// (`action`). HAProxy's field names and result words, so that scripts written for it keep working.
#pragma once

#include <string>
#include <string_view>

#include "admin/view.h"

namespace sluice::admin {

/// What the page is told in `;st=`.
enum class FormResult : std::uint8_t { Done, Nothing, Part, Error, Denied, Exceeded, Unknown };
[[nodiscard]] std::string_view code_of(FormResult result);    // "DONE", "NONE", …
[[nodiscard]] FormResult form_result(std::string_view code);  // Unknown for every other word

/// Applies a posted form; `who` and `source` are remembered with each change.
[[nodiscard]] FormResult apply_form(const View& view, std::string_view body,
                                    const std::string& who);

/// The actions that the page offers, in order: value and label.
struct FormAction {
  std::string_view value;
  std::string_view label;  // empty: a name of old, understood but not offered
};
[[nodiscard]] const std::vector<FormAction>& form_actions();

}  // namespace sluice::admin
