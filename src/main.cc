#include <cstdio>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/commands.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto command = sluice::app::read_command_line(arguments);
  if (!command) {
    std::fputs(command.error().detail.c_str(), stderr);
    std::fputc('\n', stderr);
    return 1;
  }
  return sluice::app::run_command(*command);
}
