// Going to the background (`daemon`, -D), and the file with the process's id (`pidfile`, -p).
// detach() forks before any thread or loop exists. The parent stays until the child says that it is
// ready, so that a start that fails still fails where it was asked for, with its messages and its
// code.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace sluice::app {

class Daemon {
 public:
  /// Returns in the child only. The parent exits: 0 once ready() was called, else with the child's
  /// code.
  [[nodiscard]] static base::Result<Daemon> detach();
  Daemon(Daemon&& other) noexcept;
  Daemon& operator=(Daemon&&) = delete;
  ~Daemon();
  /// Lets the parent go, and the terminal: standard streams become /dev/null.
  void ready() noexcept;

 private:
  explicit Daemon(int parent) : parent_(parent) {}
  int parent_;  // a pipe that the parent reads
};

/// Opened while the process has its rights and its root, written once its id is final. Stays behind
/// at the end, as HAProxy's does.
class Pidfile {
 public:
  [[nodiscard]] static base::Result<Pidfile> open(const std::string& path);
  Pidfile(Pidfile&& other) noexcept;
  Pidfile& operator=(Pidfile&&) = delete;
  ~Pidfile();
  [[nodiscard]] base::Result<> write(pid_t pid) noexcept;

 private:
  explicit Pidfile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace sluice::app
