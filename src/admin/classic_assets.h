// The files of admin-ui/classic, embedded in the program when it is built.
#pragma once

#include <string_view>

namespace sluice::admin {

[[nodiscard]] std::string_view classic_template() noexcept;  // page.html
[[nodiscard]] std::string_view classic_style() noexcept;     // style.css
[[nodiscard]] std::string_view classic_script() noexcept;    // page.js

}  // namespace sluice::admin
