#include "app/opener_session.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "app/configuration.h"
#include "app/listeners.h"
#include "app/surroundings.h"
#include "base/crash_context.h"
#include "net/listening_socket.h"

namespace sluice::app {

namespace {

constexpr std::size_t kMaxPassed = 128;

OpenerReply failure(const base::Error& error) {
  OpenerReply reply;
  reply.code = error.code;
  const std::size_t size = std::min(error.detail.size(), reply.text.size() - 1);
  std::memcpy(reply.text.data(), error.detail.data(), size);
  return reply;
}

/// A file without a name that holds `bytes`; -1 when there is none to be had.
int memory_file(const std::string& bytes) {
  const int descriptor = ::memfd_create("sluice", MFD_CLOEXEC);
  std::size_t done = 0;
  while (descriptor >= 0 && done < bytes.size()) {
    const ssize_t wrote = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (wrote <= 0) {
      ::close(descriptor);
      return -1;
    }
    done += static_cast<std::size_t>(wrote);
  }
  return descriptor;
}

/// One reading of the configuration, and what may be opened by it.
class Session {
 public:
  Session(int socket, const RunCommand& command) : socket_(socket), command_(command) {}

  bool read() {
    base::Diagnostics diagnostics;
    control::Registry registry;
    RecordingSurroundings surroundings;
    Loaded loaded = load_configuration(command_, 1, registry, surroundings, diagnostics);
    if (loaded.snapshot) config_ = loaded.config;  // else nothing is opened
    const int file = memory_file(surroundings.record().to_bytes());
    OpenerReply reply;
    reply.failed = file < 0 ? 1 : 0;
    const bool sent =
        send_message(socket_, &reply, sizeof(reply), std::span<const int>(&file, file < 0 ? 0 : 1));
    if (file >= 0) ::close(file);
    return sent;
  }

  bool listen(const OpenerRequest& request) {
    base::Address address;
    if (request.address_bytes > base::Address::kCapacity) return false;
    std::memcpy(address.data(), request.address.data(), request.address_bytes);
    address.set_length(request.address_bytes);
    const std::string interface(request.interface.data(),
                                ::strnlen(request.interface.data(), request.interface.size()));
    auto options = options_of(address, interface);
    if (!options || request.copies > kMaxPassed)
      return refuse("the configuration does not name " + address.to_string());
    options->copies = request.copies;
    options->probe = request.probe != 0;
    auto socket = net::ListeningSocket::open(*options);
    if (!socket) {
      const OpenerReply reply = failure(socket.error());
      return send_message(socket_, &reply, sizeof(reply), {});
    }
    OpenerReply reply;
    reply.failed = 0;
    const std::vector<int> descriptors = std::move(*socket).release();
    const bool sent = send_message(socket_, &reply, sizeof(reply), descriptors);
    for (const int descriptor : descriptors) ::close(descriptor);
    return sent;
  }

 private:
  bool refuse(const std::string& why) {
    const OpenerReply reply =
        failure({base::ErrorKind::Denied, base::Origin::Internal, base::Retry::No, EACCES, why});
    return send_message(socket_, &reply, sizeof(reply), {});
  }

  [[nodiscard]] std::optional<net::ListenOptions> options_of(const base::Address& address,
                                                             const std::string& interface) const {
    if (config_ == nullptr) return std::nullopt;
    for (const model::Proxy& proxy : config_->proxies) {
      for (const model::Bind& bind : proxy.binds) {
        if (!bind.inherited_fd && bind.address == address && bind.interface == interface)
          return listen_options(bind);
      }
    }
    for (const model::StatsSocket& socket : config_->global.stats_sockets) {
      if (socket.address == address) return listen_options(socket);
    }
    return std::nullopt;
  }

  const int socket_;
  const RunCommand& command_;
  std::shared_ptr<const model::Config> config_;  // valid, or null
};

/// False: the other half is gone, or ended the session.
bool serve_one(int socket, Session& session) {
  OpenerRequest request;
  std::vector<int> unexpected;
  if (receive_message(socket, &request, sizeof(request), unexpected) != sizeof(request))
    return false;
  for (const int descriptor : unexpected) ::close(descriptor);
  return request.wish == OpenerWish::Listen && session.listen(request);
}

/// In a child, so that whatever a reading leaves behind goes with it.
void serve_session(int socket, const RunCommand& command) {
  const pid_t child = ::fork();
  if (child == 0) {
    Session session(socket, command);
    if (session.read()) {
      while (serve_one(socket, session)) {
      }
    }
    ::_exit(0);
  }
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child > 0 && WIFEXITED(status)) return;
  const OpenerReply reply = failure({base::ErrorKind::Internal, base::Origin::Internal,
                                     base::Retry::No, 0, "the reading half of the process died"});
  (void)send_message(socket, &reply, sizeof(reply), {});
}

}  // namespace

bool send_message(int socket, const void* bytes, std::size_t size,
                  std::span<const int> descriptors) noexcept {
  iovec part{const_cast<void*>(bytes), size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxPassed)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(size);
}

std::size_t receive_message(int socket, void* bytes, std::size_t size,
                            std::vector<int>& descriptors) noexcept {
  iovec part{bytes, size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxPassed)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); got >= 0 && each != nullptr;
       each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    const std::size_t before = descriptors.size();
    descriptors.resize(before + count);
    std::memcpy(descriptors.data() + before, CMSG_DATA(each), count * sizeof(int));
  }
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

void serve_opener(int socket, const RunCommand& command) noexcept {
  constexpr const char* kName = "sluice/opener";
  ::prctl(PR_SET_NAME, kName);
  base::crash_context.thread = kName;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE})
    ::signal(number, SIG_IGN);
  // Listening sockets that it held would outlive their closing.
  const int kept = ::dup3(socket, STDERR_FILENO + 1, O_CLOEXEC);
  const int own = kept >= 0 ? kept : socket;
  if (own == STDERR_FILENO + 1) (void)::close_range(STDERR_FILENO + 2, ~0U, 0);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int stream = STDIN_FILENO; null >= 0 && stream <= STDERR_FILENO; ++stream)
    ::dup2(null, stream);
  for (;;) {
    OpenerRequest request;
    std::vector<int> unexpected;
    if (receive_message(own, &request, sizeof(request), unexpected) != sizeof(request)) break;
    for (const int descriptor : unexpected) ::close(descriptor);
    if (request.wish == OpenerWish::Read) serve_session(own, command);
  }
  ::_exit(0);
}

}  // namespace sluice::app
