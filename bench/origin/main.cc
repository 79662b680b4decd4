// bench_origin PLACE…: the server behind every proxy that is measured, at each ADDRESS:PORT or port
// of 127.0.0.1. `GET /N` is answered by N bytes (at most 1 GiB) from memory, a WebSocket's frames
// are sent back, anything else is answered by none, once its body is in. HTTP/1.1, keep-alive, one
// thread, epoll. It trusts its peers: it is for the loopback of a benchmark alone.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "websocket.h"

namespace {

constexpr std::size_t kMaxBody = 1024 * 1024 * 1024;
constexpr std::size_t kPiece = 1024 * 1024;  // of a body, sent again and again
constexpr std::string_view kLastChunk = "0\r\n\r\n";

class Origin {
 public:
  bool listen(std::string_view place);
  [[noreturn]] void run();

 private:
  struct Connection {
    int descriptor = -1;
    bool listener = false;
    bool writing = false;  // epoll also asks for EPOLLOUT
    bool close_after = false;
    bool websocket = false;  // the handshake is over
    std::string request;
    std::string head;
    std::size_t head_sent = 0;
    std::size_t body_left = 0;
    std::size_t answer_bytes = 0;
    std::uint64_t request_left = 0;  // of a request's body
    bool chunked = false;            // the request's body comes in chunks
    std::string tail;                // the last bytes of those
  };

  void accept_all(int listener);
  void on_event(Connection& connection, std::uint32_t events);
  bool read_requests(Connection& connection);
  bool skip_body(Connection& connection, bool& broken);
  static void take_chunks(Connection& connection, std::string_view bytes);
  bool answer_next(Connection& connection);
  bool echo(Connection& connection);
  bool begin_body(Connection& connection, std::string_view head);
  bool answer(Connection& connection);
  bool flush(Connection& connection);
  void watch(Connection& connection, bool writing);
  void close(Connection& connection);

  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<char> body_ = std::vector<char>(kPiece, 'x');
  std::array<char, 64 * 1024> buffer_;
};

bool Origin::listen(std::string_view place) {
  const std::size_t colon = place.find(':');
  const std::string host(colon == std::string_view::npos ? "127.0.0.1" : place.substr(0, colon));
  const std::string port(colon == std::string_view::npos ? place : place.substr(colon + 1));
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port.c_str())));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 ||
      ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(descriptor, SOMAXCONN) != 0) {
    return false;
  }
  auto* listener = new Connection{};
  listener->descriptor = descriptor;
  listener->listener = true;
  epoll_event event{EPOLLIN, {.ptr = listener}};
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Origin::run() {
  std::array<epoll_event, 256> events;
  for (;;) {
    const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i)
      on_event(*static_cast<Connection*>(events[i].data.ptr), events[i].events);
  }
}

void Origin::accept_all(int listener) {
  for (;;) {
    const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    auto* connection = new Connection{};
    connection->descriptor = descriptor;
    epoll_event event{EPOLLIN, {.ptr = connection}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }
}

void Origin::on_event(Connection& connection, std::uint32_t events) {
  if (connection.listener) return accept_all(connection.descriptor);
  const bool pending = connection.head_sent < connection.head.size() || connection.body_left > 0;
  if (pending && (events & EPOLLOUT) != 0 && !flush(connection)) return close(connection);
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !read_requests(connection))
    close(connection);
}

/// A body is dropped, in the kernel where its length is known. False: more has to come, or nothing
/// will.
bool Origin::skip_body(Connection& connection, bool& broken) {
  while (connection.request_left > 0 || connection.chunked) {
    const std::size_t most = connection.chunked
                                 ? buffer_.size()
                                 : std::min<std::uint64_t>(connection.request_left, 4U << 20);
    const ssize_t n =
        ::recv(connection.descriptor, buffer_.data(), most, connection.chunked ? 0 : MSG_TRUNC);
    if (n <= 0) {
      broken = n == 0 || errno != EAGAIN;
      return false;
    }
    if (connection.chunked)
      take_chunks(connection, {buffer_.data(), static_cast<std::size_t>(n)});
    else
      connection.request_left -= static_cast<std::uint64_t>(n);
  }
  return true;
}

/// The data of the load's chunks has no digits: its end is where the last chunk's bytes are.
void Origin::take_chunks(Connection& connection, std::string_view bytes) {
  connection.tail += bytes.substr(bytes.size() - std::min(bytes.size(), kLastChunk.size()));
  if (connection.tail.size() > kLastChunk.size())
    connection.tail.erase(0, connection.tail.size() - kLastChunk.size());
  connection.chunked = connection.tail != kLastChunk;
}

bool Origin::read_requests(Connection& connection) {
  if (connection.request_left > 0 || connection.chunked) {
    bool broken = false;
    if (!skip_body(connection, broken)) return !broken;
    return answer(connection);
  }
  const ssize_t n = ::recv(connection.descriptor, buffer_.data(), buffer_.size(), 0);
  if (n < 0) return errno == EAGAIN;
  if (n == 0) return false;
  connection.request.append(buffer_.data(), static_cast<std::size_t>(n));
  return connection.websocket ? echo(connection) : answer_next(connection);
}

bool Origin::echo(Connection& connection) {
  if (connection.head_sent == connection.head.size()) {
    connection.head.clear();
    connection.head_sent = 0;
  }
  if (!echo_frames(connection.request, connection.head)) connection.close_after = true;
  return flush(connection);
}

bool Origin::answer_next(Connection& connection) {
  while (connection.head_sent == connection.head.size() && connection.body_left == 0) {
    const std::size_t end = connection.request.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    std::string head = connection.request.substr(0, end);
    connection.request.erase(0, end + 4);
    const bool get = head.starts_with("GET /");
    connection.answer_bytes =
        get ? std::min<std::size_t>(std::strtoul(head.data() + 5, nullptr, 10), kMaxBody) : 0;
    std::transform(head.begin(), head.end(), head.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    connection.close_after = head.find("connection: close") != std::string::npos;
    if (head.find("\r\nupgrade: websocket") != std::string::npos) {
      connection.websocket = true;
      connection.head = kWebSocketAccepted;
      connection.head_sent = 0;
      return echo(connection);
    }
    if (!get && !begin_body(connection, head)) return true;
    if (!answer(connection)) return false;
  }
  return true;
}

/// False: the rest of the body has to come first.
bool Origin::begin_body(Connection& connection, std::string_view head) {
  const std::size_t length = head.find("content-length: ");
  connection.chunked = head.find("transfer-encoding: chunked") != std::string_view::npos;
  if (connection.chunked) {
    connection.tail.clear();
    if (!connection.request.empty()) take_chunks(connection, connection.request);
    connection.request.clear();
    return !connection.chunked;
  }
  if (length == std::string_view::npos) return true;
  connection.request_left = std::strtoull(head.data() + length + 16, nullptr, 10);
  const std::size_t here =
      std::min<std::uint64_t>(connection.request_left, connection.request.size());
  connection.request.erase(0, here);
  connection.request_left -= here;
  return connection.request_left == 0;
}

bool Origin::answer(Connection& connection) {
  connection.body_left = connection.answer_bytes;
  connection.head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ";
  connection.head += std::to_string(connection.body_left);
  connection.head += connection.close_after ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n";
  connection.head_sent = 0;
  return flush(connection);
}

bool Origin::flush(Connection& connection) {
  for (;;) {
    const std::size_t head_left = connection.head.size() - connection.head_sent;
    std::array<iovec, 2> parts{{{connection.head.data() + connection.head_sent, head_left},
                                {body_.data(), std::min(connection.body_left, kPiece)}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t n = ::sendmsg(connection.descriptor, &message, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) return false;
    if (n < 0) {
      watch(connection, true);
      return true;
    }
    const std::size_t of_head = std::min(head_left, static_cast<std::size_t>(n));
    connection.head_sent += of_head;
    connection.body_left -= static_cast<std::size_t>(n) - of_head;
    if (connection.head_sent < connection.head.size() || connection.body_left > 0) continue;
    watch(connection, false);
    if (connection.close_after) return false;
    return true;
  }
}

void Origin::watch(Connection& connection, bool writing) {
  if (connection.writing == writing) return;
  connection.writing = writing;
  epoll_event event{EPOLLIN, {.ptr = &connection}};
  if (writing) event.events |= EPOLLOUT;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.descriptor, &event);
}

void Origin::close(Connection& connection) {
  ::close(connection.descriptor);
  delete &connection;
}

}  // namespace

int main(int argc, char** argv) {
  Origin origin;
  for (int i = 1; i < argc; ++i) {
    if (!origin.listen(argv[i])) {
      std::perror("bench_origin: listen");
      return 1;
    }
  }
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_origin PLACE...\n");
    return 2;
  }
  origin.run();
}
