// The floor: what a forwarder on libuv and llhttp costs when it does nothing but forward. Each
// client connection has a server connection of its own; both heads are parsed; bytes go on
// unchanged. One loop, one thread, one 64 KiB buffer for every read. What a full socket does not
// take is kept by its side, and the other side is not read until it went out, so memory is bounded.
// With a TLS context the clients speak TLS, OpenSSL reads and writes their sockets itself.
#pragma once

#include <llhttp.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <uv.h>

#include <array>
#include <cstddef>
#include <vector>

namespace bench {

class Forwarder {
 public:
  /// `tls` is null for clients in clear text; it outlives the forwarder.
  Forwarder(uv_loop_t& loop, std::vector<sockaddr_in> servers, SSL_CTX* tls);
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;
  /// False: errno says why.
  [[nodiscard]] bool listen(const sockaddr_in& address);

 private:
  static constexpr std::size_t kBufferBytes = 64 * 1024;
  static constexpr int kAcceptsPerEvent = 64;
  static constexpr int kReadsPerEvent = 4;

  struct Pair;

  /// One socket of a pair.
  struct Side {
    uv_poll_t poll;
    Pair* pair = nullptr;
    Side* other = nullptr;
    int descriptor = -1;
    SSL* tls = nullptr;
    int events = 0;
    bool connecting = false;
    llhttp_t parser;
    std::vector<char> unsent;
  };

  struct Pair {
    Forwarder* owner = nullptr;
    Side client;
    Side server;
    int open = 2;  // handles whose close callback is still to come
    bool closing = false;
  };

  static void on_acceptable(uv_poll_t* poll, int status, int events) noexcept;
  static void on_ready(uv_poll_t* poll, int status, int events) noexcept;
  static void on_closed(uv_handle_t* handle) noexcept;
  void start_pair(int client) noexcept;
  void start_side(Side& side, Side& other, Pair& pair, int descriptor, llhttp_type_t type,
                  int events) noexcept;
  [[nodiscard]] ssize_t receive(Side& side) noexcept;
  [[nodiscard]] static ssize_t transmit(Side& side, const char* bytes, std::size_t size) noexcept;
  [[nodiscard]] bool read_side(Side& from) noexcept;
  [[nodiscard]] bool send_to(Side& to, const char* bytes, std::size_t size) noexcept;
  [[nodiscard]] bool drain(Side& side) noexcept;
  static void watch(Side& side, int events) noexcept;
  static void close_pair(Pair& pair) noexcept;

  uv_loop_t& loop_;
  std::vector<sockaddr_in> servers_;
  SSL_CTX* tls_;
  std::size_t next_server_ = 0;
  llhttp_settings_t settings_;
  int listener_ = -1;
  uv_poll_t listener_poll_;
  std::array<char, kBufferBytes> buffer_;
};

}  // namespace bench
