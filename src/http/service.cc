#include "http/service.h"

#include "base/text.h"

namespace sluice::http {

const std::string* ServiceRequest::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (base::iequals(key, name)) return &value;
  }
  return nullptr;
}

}  // namespace sluice::http
