// The HTML of the demo's pages: one small document each, no request to anywhere else, and a line
// that says which server made it. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "demo/stores.h"

namespace sluice::demo {

/// Who answers: name ("monolith"), address, and what it is.
struct Server {
  std::string name;
  std::string address;
  std::string about;
  std::string colour;
};

enum class LoginTry : unsigned char { First, Again };

[[nodiscard]] std::string search_page(const Server& server, std::string_view user,
                                      std::string_view text, const std::vector<Thought>& thoughts);
[[nodiscard]] std::string list_page(const Server& server, std::string_view user,
                                    const std::vector<Thought>& thoughts);
[[nodiscard]] std::string login_page(const Server& server, LoginTry attempt);
[[nodiscard]] std::string load_page(const Server& server, std::string_view user, unsigned cpu_ms);
/// A heading and a paragraph (already HTML).
[[nodiscard]] std::string message_page(const Server& server, std::string_view heading,
                                       std::string_view paragraph);
/// The Host trap: `host` is not among the names that this server answers to.
[[nodiscard]] std::string unknown_host_page(const Server& server, std::string_view host,
                                            std::string_view known);

}  // namespace sluice::demo
