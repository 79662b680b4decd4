// bench_log_sink PATH: takes the datagrams of a proxy's log from a socket at PATH and drops them.
// At SIGTERM it prints how many came. It blocks in the kernel between two, so it wakes up once for
// as many as are there.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace {

volatile std::sig_atomic_t ends = 0;

constexpr unsigned kAtOnce = 64;
constexpr std::size_t kLineBytes = 2048;

/// A socket that anyone on this machine may send to; below 0: errno says why.
int bound(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof(address.sun_path)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::strcpy(address.sun_path, path);
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ::unlink(path);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::chmod(path, 0666) != 0) {
    return -1;
  }
  return descriptor;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_log_sink PATH\n");
    return 2;
  }
  const int descriptor = bound(argv[1]);
  if (descriptor < 0) {
    std::perror("bench_log_sink");
    return 1;
  }
  std::signal(SIGTERM, [](int) { ends = 1; });
  const timeval limit{0, 100'000};  // of a wait, which may begin just after the signal
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  static std::array<std::array<char, kLineBytes>, kAtOnce> lines;
  std::array<iovec, kAtOnce> parts{};
  std::array<mmsghdr, kAtOnce> messages{};
  for (unsigned i = 0; i < kAtOnce; ++i) {
    parts[i] = {lines[i].data(), kLineBytes};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  unsigned long long count = 0;
  for (;;) {
    const int how = ends != 0 ? MSG_DONTWAIT : MSG_WAITFORONE;  // at the end, what is there still
    const int n = ::recvmmsg(descriptor, messages.data(), kAtOnce, how, nullptr);
    if (n > 0) count += static_cast<unsigned>(n);
    if (n <= 0 && how == MSG_DONTWAIT) break;
  }
  std::printf("{\"lines\": %llu}\n", count);
  return 0;
}
