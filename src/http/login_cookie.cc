#include "http/login_cookie.h"

#include <algorithm>

#include "base/text.h"

namespace sluice::http {

std::string login_cookie_name(std::string_view host) {
  std::string name = "sluice_session";
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos) return name;
  const std::string_view port = host.substr(colon + 1);
  if (!port.empty() && std::ranges::all_of(port, base::is_digit)) name += "_" + std::string(port);
  return name;
}

std::string_view login_cookie(std::string_view field, std::string_view name) noexcept {
  while (!field.empty()) {
    const std::size_t end = field.find(';');
    const std::string_view pair = base::trim(field.substr(0, end));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
    if (end == std::string_view::npos) break;
    field.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace sluice::http
