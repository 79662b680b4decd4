// One connection of the load: sends a request, reads its answer, sends the next.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "histogram.h"

using ssl_st = struct ssl_st;
using ssl_ctx_st = struct ssl_ctx_st;

/// What all connections share; times in nanoseconds on the monotonic clock.
struct Load {
  sockaddr_in address{};
  std::string request;            // head and body, the same every time
  bool close_each = false;        // a connection per request
  std::uint64_t interval_ns = 0;  // between the requests of one connection; 0: as fast as it goes
  std::uint64_t counts_from_ns = 0;
  struct ssl_ctx_st* tls = nullptr;
  int epoll = -1;
  std::string handshake;         // of a WebSocket, before the first request
  std::uint64_t echo_bytes = 0;  // the answer's size where there is a handshake
  unsigned sources = 0;          // connections come from so many addresses in turn; 0: any
  unsigned next_source = 0;

  Histogram latencies;
  std::uint64_t bytes = 0;       // received
  std::uint64_t sent_bytes = 0;  // of requests
  std::uint64_t lost = 0;        // connections that the peer closed while they were idle
  std::uint64_t errors = 0;
  std::uint64_t bad_statuses = 0;
};

[[nodiscard]] std::uint64_t monotonic_ns();

class Client {
 public:
  Client() = default;
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// The first request is due at `first_ns`.
  void begin(Load& load, std::uint64_t first_ns);
  void on_event(std::uint32_t events);
  /// Sends what is due now, when nothing is on its way.
  void on_due();
  [[nodiscard]] std::uint64_t due_ns() const { return due_ns_; }
  [[nodiscard]] bool busy() const { return busy_; }

 private:
  bool open();
  [[nodiscard]] bool take_source() const;
  [[nodiscard]] bool shake_hands() const;
  void close();
  void fail();
  void send_rest();
  void read_some();
  bool take(std::string_view bytes);
  bool take_head(std::string_view head);
  void answered();
  void watch(std::uint32_t events);
  long read_into(char* into, std::size_t size);

  Load* load_ = nullptr;
  struct ssl_st* tls_ = nullptr;
  int descriptor_ = -1;
  std::uint32_t watched_ = 0;
  bool busy_ = false;  // a request is on its way
  bool in_body_ = false;
  bool closes_ = false;  // the server closes after this answer
  std::size_t sent_ = 0;
  std::uint64_t due_ns_ = 0;
  std::uint64_t body_left_ = 0;
  std::string head_;
};
