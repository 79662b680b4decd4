// The processes of the demo: each runs this very binary with other arguments, dies with its parent,
// and is told to stop when this object goes. One thread; the caller handles SIGCHLD by calling
// reap().
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::demo {

struct Child {
  std::string name;
  std::vector<std::string> arguments;  // behind the program's name
  pid_t pid = -1;
};

/// How a child ended.
struct Ended {
  Child child;
  int status = 0;  // of waitpid
};

class Children {
 public:
  Children() = default;
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  /// SIGTERM to all that run, SIGKILL to who is still there after three seconds.
  ~Children() { stop_all(); }

  [[nodiscard]] base::Result<> start(std::string name, std::vector<std::string> arguments);
  /// The next child that has ended, if any has.
  [[nodiscard]] std::optional<Ended> reap();
  [[nodiscard]] const std::vector<Child>& running() const { return running_; }
  void stop_all();

 private:
  std::vector<Child> running_;
};

/// "killed by signal 9 (Killed)", "exit code 1".
[[nodiscard]] std::string how_it_ended(int status);

}  // namespace sluice::demo
