#include "config/environment.h"

#include <algorithm>
#include <cstdlib>

namespace sluice::config {

Environment Environment::of_process() {
  Environment out;
  out.reads_process_ = true;
  return out;
}

std::optional<std::string> Environment::get(std::string_view name) const {
  if (const auto found = overlay_.find(name); found != overlay_.end()) return found->second;
  if (!reads_process_) return std::nullopt;
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

void Environment::set(std::string_view name, std::string_view value) {
  overlay_.insert_or_assign(std::string(name), std::string(value));
}

void Environment::unset(std::string_view name) {
  overlay_.insert_or_assign(std::string(name), std::nullopt);
}

void Environment::keep_only(const std::vector<std::string_view>& kept) {
  std::map<std::string, std::optional<std::string>, std::less<>> next;
  for (std::string_view name : kept) next.emplace(std::string(name), get(name));
  overlay_ = std::move(next);
  reads_process_ = false;
}

}  // namespace sluice::config
