#include "demo/children.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace sluice::demo {

namespace {

constexpr int kPatienceMs = 3'000;
constexpr int kStepMs = 10;

/// In the child, after fork(): only what is safe between fork and exec.
[[noreturn]] void become(char* const* arguments, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // it went before we could ask to be told
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv("/proc/self/exe", arguments);
  ::_exit(127);
}

void pause_ms(int ms) {
  const timespec step{0, ms * 1'000'000L};
  ::nanosleep(&step, nullptr);
}

}  // namespace

base::Result<> Children::start(std::string name, std::vector<std::string> arguments) {
  std::string program = "sluice";
  std::vector<char*> words{program.data()};
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0)
    return base::fail(base::ErrorKind::Resource,
                      "cannot start " + name + ": " + std::strerror(errno), errno);
  if (pid == 0) become(words.data(), parent);
  running_.push_back({std::move(name), std::move(arguments), pid});
  return {};
}

std::optional<Ended> Children::reap() {
  for (auto child = running_.begin(); child != running_.end(); ++child) {
    int status = 0;
    if (::waitpid(child->pid, &status, WNOHANG) != child->pid) continue;
    Ended out{std::move(*child), status};
    running_.erase(child);
    return out;
  }
  return std::nullopt;
}

void Children::stop_all() {
  for (const Child& child : running_) ::kill(child.pid, SIGTERM);
  for (int waited = 0; waited < kPatienceMs && !running_.empty(); waited += kStepMs) {
    if (!reap()) pause_ms(kStepMs);
  }
  for (const Child& child : running_) {
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
  }
  running_.clear();
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return "killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace sluice::demo
