#include "rules/credentials.h"

#include "base/base64.h"
#include "base/text.h"

namespace sluice::rules {

std::optional<Authorization> find_authorization(const http::Head& head,
                                                std::string_view field) noexcept {
  const http::Field* found = head.fields.find(field);
  if (found == nullptr) return std::nullopt;
  const std::size_t space = found->value.find(' ');
  if (space == 0 || space == std::string_view::npos) return std::nullopt;
  return Authorization{found->value.substr(0, space), base::trim(found->value.substr(space))};
}

std::optional<Credentials> find_credentials(const http::Head& head, base::Arena& arena) {
  const auto authorization = find_authorization(head);
  if (!authorization || !base::iequals(authorization->scheme, "basic")) return std::nullopt;
  char* out = arena.allocate(authorization->value.size());
  const auto size = base::decode_base64(authorization->value, out);
  if (!size) return std::nullopt;
  const std::string_view text(out, *size);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return Credentials{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace sluice::rules
