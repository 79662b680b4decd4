// HAProxy's flags, one row each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/command_line.h"

namespace sluice::app {

enum class FlagArgument : unsigned char { None, Value, Pids };

struct Flag {
  std::string_view name;  // with its '-'
  FlagArgument argument;
  std::string_view shown;  // of the argument, in the help
  std::string_view help;
  /// False: `value` is not what this flag takes. For Pids it is called once per pid.
  bool (*apply)(RunCommand& command, std::string_view value);
};

[[nodiscard]] const std::vector<Flag>& flags();
/// Flags of HAProxy's that Sluice knows by name and does not have.
[[nodiscard]] bool is_flag_of_haproxy(std::string_view name);
[[nodiscard]] base::Result<Command> read_flags(const std::vector<std::string>& arguments);
[[nodiscard]] std::string flags_help();

/// A flag as the help, the manual and the completions of shells show it; those included that end
/// the command line or are no word of their own (-v, -dM, --).
struct FlagHelp {
  std::string_view name;
  FlagArgument argument;
  std::string_view shown;
  std::string_view help;
};
[[nodiscard]] std::vector<FlagHelp> flag_helps();

}  // namespace sluice::app
