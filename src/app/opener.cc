#include "app/opener.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "app/opener_session.h"

namespace sluice::app {

namespace {

constexpr time_t kPatienceS = 60;  // names may have to be resolved

base::Result<std::string> read_all(int descriptor) {
  std::string out;
  char buffer[65536];
  off_t at = 0;
  for (;;) {
    const ssize_t got = ::pread(descriptor, buffer, sizeof(buffer), at);
    if (got < 0) return base::fail(base::ErrorKind::System, std::strerror(errno), errno);
    if (got == 0) return out;
    out.append(buffer, static_cast<std::size_t>(got));
    at += got;
  }
}

tl::unexpected<base::Error> gone() {
  return base::fail(base::ErrorKind::System,
                    "the privileged half of the process does not answer: only a restart helps");
}

/// Asks, and waits for the answer.
base::Result<std::vector<int>> ask(int socket, const OpenerRequest& request) {
  if (!send_message(socket, &request, sizeof(request), {})) return gone();
  OpenerReply reply;
  std::vector<int> descriptors;
  if (receive_message(socket, &reply, sizeof(reply), descriptors) != sizeof(reply)) return gone();
  if (reply.failed == 0) return descriptors;
  for (const int descriptor : descriptors) ::close(descriptor);
  reply.text.back() = '\0';
  return base::fail(base::ErrorKind::System, reply.text.data(), reply.code);
}

}  // namespace

base::Result<std::unique_ptr<Opener>> Opener::fork(const RunCommand& command) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return base::fail(base::ErrorKind::System, std::strerror(errno), errno);
  const pid_t child = ::fork();
  if (child < 0) {
    const int code = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    return base::fail(base::ErrorKind::System, std::string("cannot fork: ") + std::strerror(code),
                      code);
  }
  if (child == 0) serve_opener(ends[1], command);
  ::close(ends[1]);
  const timeval patience{kPatienceS, 0};
  ::setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  return std::unique_ptr<Opener>(new Opener(ends[0]));
}

Opener::~Opener() { ::close(socket_); }

base::Result<std::unique_ptr<Surroundings>> Opener::read() {
  end_session();
  OpenerRequest request;
  request.wish = OpenerWish::Read;
  auto descriptors = ask(socket_, request);
  in_session_ = true;
  if (!descriptors) return tl::unexpected(descriptors.error());
  if (descriptors->size() != 1) return gone();
  const auto bytes = read_all(descriptors->front());
  ::close(descriptors->front());
  if (!bytes) return tl::unexpected(bytes.error());
  auto record = Record::from_bytes(*bytes);
  if (record == nullptr) return gone();
  return std::make_unique<RecordedSurroundings>(std::move(record));
}

base::Result<net::ListeningSocket> Opener::listen(const net::ListenOptions& options) {
  OpenerRequest request;
  request.wish = OpenerWish::Listen;
  request.copies = static_cast<std::uint32_t>(options.copies);
  request.probe = options.probe ? 1 : 0;
  request.v6only = options.v6only ? 1 : 0;
  request.address_bytes = options.address.length();
  std::memcpy(request.address.data(), options.address.data(), options.address.length());
  options.interface.copy(request.interface.data(), request.interface.size() - 1);
  auto descriptors = ask(socket_, request);
  if (!descriptors) return tl::unexpected(descriptors.error());
  return net::ListeningSocket::of_descriptors(options.address, std::move(*descriptors));
}

void Opener::end_session() noexcept {
  if (!in_session_) return;
  in_session_ = false;
  OpenerRequest request;
  (void)send_message(socket_, &request, sizeof(request), {});
}

base::Result<net::ListeningSocket> open_listener(const net::ListenOptions& options,
                                                 Opener* opener) {
  return opener != nullptr ? opener->listen(options) : net::ListeningSocket::open(options);
}

}  // namespace sluice::app
