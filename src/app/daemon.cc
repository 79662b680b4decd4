#include "app/daemon.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::app {

namespace {

tl::unexpected<base::Error> failed(const std::string& what) {
  const int code = errno;
  return base::fail(base::ErrorKind::System, what + ": " + std::strerror(code), code);
}

/// The parent's whole remaining life.
[[noreturn]] void wait_for(pid_t child, int pipe) {
  char ready = 0;
  ssize_t got = 0;
  do {
    got = ::read(pipe, &ready, 1);
  } while (got < 0 && errno == EINTR);
  if (got == 1) ::_exit(0);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

}  // namespace

base::Result<Daemon> Daemon::detach() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed("cannot go to the background");
  const pid_t child = ::fork();
  if (child < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return failed("cannot go to the background");
  }
  if (child > 0) {
    ::close(ends[1]);
    wait_for(child, ends[0]);
  }
  ::close(ends[0]);
  ::setsid();
  return Daemon(ends[1]);
}

Daemon::Daemon(Daemon&& other) noexcept : parent_(std::exchange(other.parent_, -1)) {}

Daemon::~Daemon() {
  if (parent_ >= 0) ::close(parent_);
}

void Daemon::ready() noexcept {
  if (parent_ < 0) return;
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null >= 0) {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, stream);
    ::close(null);
  }
  const char yes = 1;
  (void)!::write(parent_, &yes, 1);
  ::close(std::exchange(parent_, -1));
}

base::Result<Pidfile> Pidfile::open(const std::string& path) {
  ::unlink(path.c_str());  // a link that somebody laid there is not followed
  const int descriptor =
      ::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor < 0) return failed("cannot create the pidfile " + path);
  return Pidfile(descriptor);
}

Pidfile::Pidfile(Pidfile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Pidfile::~Pidfile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

base::Result<> Pidfile::write(pid_t pid) noexcept {
  const std::string line = std::to_string(pid) + "\n";
  if (::write(descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    return failed("cannot write the pidfile");
  }
  return {};
}

}  // namespace sluice::app
