// The variables that a configuration may read: the process's environment, overlaid by setenv,
// presetenv, unsetenv and resetenv of the global section. The process's own is never changed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

class Environment {
 public:
  /// An empty environment, for tests.
  Environment() = default;
  /// One that falls back to the process's environment.
  [[nodiscard]] static Environment of_process();

  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  void set(std::string_view name, std::string_view value);
  void unset(std::string_view name);
  /// Everything but `kept` is forgotten.
  void keep_only(const std::vector<std::string_view>& kept);

 private:
  std::map<std::string, std::optional<std::string>, std::less<>> overlay_;  // nullopt: unset
  bool reads_process_ = false;
};

}  // namespace sluice::config
