// What may stand in an `admin` section: what a frontend takes, but for what leads elsewhere, what
// goes to servers, and what is of the classic page, which such a section does not serve.
#pragma once

#include <string>

#include "config/table.h"

namespace sluice::config {

[[nodiscard]] bool stands_in_admin(const Row& row);
/// What to do with a line that may not; `allowed` names the sections that take it.
[[nodiscard]] std::string admin_hint(const Row& row, const std::string& allowed);

}  // namespace sluice::config
