#include "client.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <ctime>

namespace {

std::array<char, 256 * 1024> buffer;

/// The value of a field whose name is given in lower case, or nothing.
std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    const auto same = [](char a, char b) { return std::tolower(a) == b; };
    if (!std::equal(name.begin(), name.end(), line.begin(),
                    [&](char b, char a) { return same(a, b); }))
      continue;
    std::string_view value = line.substr(name.size() + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    return value;
  }
  return {};
}

}  // namespace

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

Client::~Client() { close(); }

void Client::begin(Load& load, std::uint64_t first_ns) {
  load_ = &load;
  due_ns_ = first_ns;
  if (!load.close_each && !open()) fail();
}

bool Client::open() {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (!take_source() ||
      ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&load_->address),
                sizeof(load_->address)) != 0 ||
      !shake_hands())
    return false;
  ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
  if (load_->tls != nullptr) {
    tls_ = SSL_new(load_->tls);
    SSL_set_fd(tls_, descriptor_);
    SSL_set_connect_state(tls_);
  }
  return true;
}

/// From one of 127.0.0.2, 127.0.0.3…: an address has 28,000 ports only.
bool Client::take_source() const {
  if (load_->sources == 0) return true;
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + load_->next_source++ % load_->sources);
  const int on = 1;  // the port is chosen by connect, which knows the whole quadruple
  ::setsockopt(descriptor_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
  return ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&from), sizeof(from)) == 0;
}

/// A WebSocket's, on a socket that still blocks. Nothing follows the 101 until a frame was sent.
bool Client::shake_hands() const {
  if (load_->handshake.empty()) return true;
  const timeval limit{5, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  if (::send(descriptor_, load_->handshake.data(), load_->handshake.size(), MSG_NOSIGNAL) < 0)
    return false;
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    char piece[1024];
    const long n = ::recv(descriptor_, piece, sizeof(piece), 0);
    if (n <= 0) return false;
    head.append(piece, static_cast<std::size_t>(n));
  }
  return head.starts_with("HTTP/1.1 101");
}

void Client::close() {
  if (tls_ != nullptr) SSL_free(tls_);
  tls_ = nullptr;
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  watched_ = 0;
}

void Client::fail() {
  ++load_->errors;
  close();
  answered();
}

void Client::watch(std::uint32_t events) {
  if (events == watched_) return;
  epoll_event event{events, {.ptr = this}};
  ::epoll_ctl(load_->epoll, watched_ == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor_, &event);
  watched_ = events;
}

void Client::on_due() {
  busy_ = true;
  in_body_ = !load_->handshake.empty();
  body_left_ = load_->echo_bytes;
  closes_ = false;
  sent_ = 0;
  head_.clear();
  if (load_->interval_ns == 0) due_ns_ = monotonic_ns();
  if (descriptor_ < 0 && !open()) return fail();
  send_rest();
}

void Client::send_rest() {
  while (sent_ < load_->request.size()) {
    const char* from = load_->request.data() + sent_;
    const std::size_t size = load_->request.size() - sent_;
    long n = 0;
    if (tls_ != nullptr) {
      n = SSL_write(tls_, from, static_cast<int>(std::min<std::size_t>(size, 1 << 20)));
      if (n <= 0) {
        const int why = SSL_get_error(tls_, static_cast<int>(n));
        if (why == SSL_ERROR_WANT_READ) return watch(EPOLLIN);
        if (why == SSL_ERROR_WANT_WRITE) return watch(EPOLLIN | EPOLLOUT);
        return fail();
      }
    } else {
      n = ::send(descriptor_, from, size, MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) return watch(EPOLLIN | EPOLLOUT);
      if (n < 0) return fail();
    }
    sent_ += static_cast<std::size_t>(n);
    load_->sent_bytes += static_cast<std::uint64_t>(n);
  }
  watch(EPOLLIN);
}

void Client::on_event(std::uint32_t) {
  if (!busy_) {  // the server closed an idle connection
    ++load_->lost;
    close();
    return;
  }
  if (sent_ < load_->request.size()) send_rest();
  if (busy_ && descriptor_ >= 0) read_some();
}

/// Clear text bodies are dropped in the kernel: the load's core has other things to do.
long Client::read_into(char* into, std::size_t size) {
  if (tls_ != nullptr) {
    const int n = SSL_read(tls_, into, static_cast<int>(size));
    if (n > 0) return n;
    const int why = SSL_get_error(tls_, n);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return -1;
    return why == SSL_ERROR_ZERO_RETURN ? 0 : -2;
  }
  const bool skip = in_body_ && body_left_ > 0;
  const std::size_t most = skip ? std::min<std::uint64_t>(body_left_, 4U << 20) : size;
  const long n = ::recv(descriptor_, into, most, skip ? MSG_TRUNC : 0);
  if (n < 0) return errno == EAGAIN ? -1 : -2;
  return n;
}

void Client::read_some() {
  for (;;) {
    const bool skipped = tls_ == nullptr && in_body_ && body_left_ > 0;
    const long n = read_into(buffer.data(), buffer.size());
    if (n == -1) return;
    if (n <= 0) return fail();
    load_->bytes += static_cast<std::uint64_t>(n);
    if (skipped) {
      body_left_ -= static_cast<std::uint64_t>(n);
      if (body_left_ == 0) return answered();
    } else if (take({buffer.data(), static_cast<std::size_t>(n)})) {
      return answered();
    }
    if (!busy_ || (tls_ == nullptr && !in_body_)) return;
  }
}

/// True: the answer is whole.
bool Client::take(std::string_view bytes) {
  if (!in_body_) {
    if (head_.empty()) {
      const std::size_t end = bytes.find("\r\n\r\n");
      if (end != std::string_view::npos) {
        if (!take_head(bytes.substr(0, end + 2))) return false;
        bytes.remove_prefix(end + 4);
      } else {
        head_ = bytes;
        return false;
      }
    } else {
      head_ += bytes;
      const std::size_t end = head_.find("\r\n\r\n");
      if (end == std::string::npos) return false;
      const std::string all = std::move(head_);
      head_.clear();
      if (!take_head(std::string_view(all).substr(0, end + 2))) return false;
      body_left_ -= std::min<std::uint64_t>(body_left_, all.size() - end - 4);
      return body_left_ == 0;
    }
  }
  body_left_ -= std::min<std::uint64_t>(body_left_, bytes.size());
  return body_left_ == 0;
}

bool Client::take_head(std::string_view head) {
  if (head.size() < 12 || head[9] != '2') ++load_->bad_statuses;
  const std::string_view length = field(head, "content-length");
  if (length.empty()) {
    fail();
    return false;
  }
  body_left_ = std::strtoull(length.data(), nullptr, 10);
  closes_ = field(head, "connection") == "close";
  in_body_ = true;
  return true;
}

void Client::answered() {
  busy_ = false;
  const std::uint64_t now = monotonic_ns();
  if (now >= load_->counts_from_ns) load_->latencies.add(now > due_ns_ ? now - due_ns_ : 0);
  if (closes_ || load_->close_each) close();
  due_ns_ = load_->interval_ns == 0 ? now : due_ns_ + load_->interval_ns;
}
