#include "net/listening_socket.h"

#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "net/socket_options.h"

namespace sluice::net {

namespace {

base::Result<int> fail_errno(const std::string& what, int code) {
  const bool full = code == EMFILE || code == ENFILE;
  return base::fail(full ? base::ErrorKind::Resource : base::ErrorKind::System,
                    what + ": " + std::strerror(code), code);
}

enum class Sharing : unsigned char { Alone, ReusePort };

/// The errno, or 0.
int restrict_socket(int descriptor, const ListenOptions& options) {
  if (!options.address.is_ip()) return 0;
  const std::string& interface = options.interface;
  if (!interface.empty() && ::setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                                         static_cast<socklen_t>(interface.size())) != 0)
    return errno;
  if (options.transparent && !set_transparent(descriptor, options.address.family())) return errno;
  if (!set_user_timeout(descriptor, options.user_timeout_ms)) return errno;
  const int size = static_cast<int>(options.max_segment_bytes);
  if (size != 0 && ::setsockopt(descriptor, IPPROTO_TCP, TCP_MAXSEG, &size, sizeof(size)) != 0)
    return errno;
  return 0;
}

base::Result<int> bind_one(const ListenOptions& options, Sharing sharing) {
  const int descriptor =
      ::socket(options.address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return fail_errno("cannot create a socket", errno);
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (sharing == Sharing::ReusePort && options.address.is_ip()) {
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  }
  if (options.address.family() == AF_INET6) {
    const int only = options.v6only ? 1 : 0;
    ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
  }
  if (options.address.is_ip()) {
    if (options.defer_accept)
      ::setsockopt(descriptor, IPPROTO_TCP, TCP_DEFER_ACCEPT, &on, sizeof(on));
    const int queue = 256;
    if (options.fast_open)
      ::setsockopt(descriptor, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue));
  }
  if (const int code = restrict_socket(descriptor, options); code != 0) {
    ::close(descriptor);
    return fail_errno("cannot give the socket of " + options.address.to_string() + " its options",
                      code);
  }
  if (::bind(descriptor, options.address.data(), options.address.length()) != 0) {
    const int code = errno;
    ::close(descriptor);
    return fail_errno("cannot bind to " + options.address.to_string(), code);
  }
  return descriptor;
}

/// SO_REUSEPORT would let us join a stranger of our uid: bind once without it to see.
base::Result<> probe(const ListenOptions& options) {
  auto probed = bind_one(options, Sharing::Alone);
  if (!probed) return tl::unexpected(probed.error());
  // Two sockets with SO_REUSEADDR may both bind until one listens.
  const int code = ::listen(*probed, 1) == 0 ? 0 : errno;
  ::close(*probed);
  if (code != 0) {
    return base::fail(
        base::ErrorKind::Resource,
        "cannot listen on " + options.address.to_string() + ": " + std::strerror(code), code);
  }
  return {};
}

/// A path that nobody answers on is a leftover and is removed; one that answers is in use.
base::Result<> clear_stale_path(const base::Address& address) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return base::fail(base::ErrorKind::System, std::strerror(errno), errno);
  const bool answers = ::connect(descriptor, address.data(), address.length()) == 0;
  ::close(descriptor);
  if (answers)
    return base::fail(base::ErrorKind::Resource, address.host() + " is in use", EADDRINUSE);
  struct stat info {};
  if (::lstat(address.host().c_str(), &info) == 0 && S_ISSOCK(info.st_mode))
    ::unlink(address.host().c_str());
  return {};
}

/// Once for all that it accepts: they inherit it. No effect on unix sockets.
void without_delay(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void set_owner_and_mode(const ListenOptions& options, const std::string& path) {
  uid_t uid = options.unix_uid.value_or(static_cast<uid_t>(-1));
  gid_t gid = options.unix_gid.value_or(static_cast<gid_t>(-1));
  if (const passwd* user =
          options.unix_user.empty() ? nullptr : ::getpwnam(options.unix_user.c_str()))
    uid = user->pw_uid;
  if (const group* found =
          options.unix_group.empty() ? nullptr : ::getgrnam(options.unix_group.c_str()))
    gid = found->gr_gid;
  if (uid != static_cast<uid_t>(-1) || gid != static_cast<gid_t>(-1))
    (void)!::chown(path.c_str(), uid, gid);
  if (options.unix_mode) (void)::chmod(path.c_str(), *options.unix_mode);
}

}  // namespace

base::Result<ListeningSocket> ListeningSocket::open(const ListenOptions& options) {
  ListeningSocket out;
  out.address_ = options.address;
  ListenOptions each = options;
  const bool has_path = options.address.is_unix() && options.address.host().rfind("abns@", 0) != 0;
  if (has_path) {
    if (auto cleared = clear_stale_path(options.address); !cleared)
      return tl::unexpected(cleared.error());
  } else if (options.probe && options.address.is_ip() && options.address.port() != 0) {
    if (auto free = probe(options); !free) return tl::unexpected(free.error());
  }
  const std::size_t copies = options.address.is_ip() ? std::max<std::size_t>(1, options.copies) : 1;
  for (std::size_t i = 0; i < copies; ++i) {
    auto descriptor = bind_one(each, Sharing::ReusePort);
    if (!descriptor) return tl::unexpected(descriptor.error());
    out.descriptors_.push_back(*descriptor);
    without_delay(*descriptor);
    const auto backlog =
        static_cast<int>(options.backlog != 0 ? options.backlog : base::limits::kListenBacklog);
    if (::listen(*descriptor, backlog) != 0) {
      return base::fail(
          base::ErrorKind::Resource,
          "cannot listen on " + options.address.to_string() + ": " + std::strerror(errno), errno);
    }
    if (options.address.is_ip() && i == 0) {  // port 0: the kernel chose; the copies share it
      socklen_t length = base::Address::kCapacity;
      ::getsockname(*descriptor, out.address_.data(), &length);
      out.address_.set_length(length);
      each.address = out.address_;
    }
  }
  if (has_path) {
    out.unix_path_ = options.address.host();
    set_owner_and_mode(options, out.unix_path_);
  }
  return out;
}

base::Result<ListeningSocket> ListeningSocket::inherit(int descriptor) {
  int listening = 0;
  socklen_t length = sizeof(listening);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0 ||
      listening == 0) {
    return base::fail(base::ErrorKind::Resource,
                      "fd@" + std::to_string(descriptor) + " is not a listening socket");
  }
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  ListeningSocket out;
  length = base::Address::kCapacity;
  ::getsockname(descriptor, out.address_.data(), &length);
  out.address_.set_length(length);
  out.descriptors_.push_back(descriptor);
  without_delay(descriptor);
  return out;
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : address_(other.address_),
      descriptors_(std::exchange(other.descriptors_, {})),
      unix_path_(std::exchange(other.unix_path_, {})) {}

ListeningSocket& ListeningSocket::operator=(ListeningSocket&& other) noexcept {
  if (this != &other) {
    close();
    address_ = other.address_;
    descriptors_ = std::exchange(other.descriptors_, {});
    unix_path_ = std::exchange(other.unix_path_, {});
  }
  return *this;
}

ListeningSocket::~ListeningSocket() { close(); }

void ListeningSocket::close() noexcept {
  for (const int descriptor : descriptors_) ::close(descriptor);
  descriptors_.clear();
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
  unix_path_.clear();
}

}  // namespace sluice::net
