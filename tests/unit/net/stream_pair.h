// Two ends of a socket pair on one real loop, each driven by a small script: what to send, when to
// stop reading, when to close. For tests of streams.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>

#include "net/loop.h"
#include "net/tls/tls_client_context.h"
#include "net/tls/tls_server_context.h"
#include "net/tls/tls_stream.h"

namespace sluice::test {

class Peer final : public net::Stream::Events {
 public:
  std::unique_ptr<net::Stream> stream;
  std::string to_send;
  std::string received;
  std::size_t sent = 0;
  std::size_t read_size = 16'384;
  std::size_t pause_after = SIZE_MAX;  // bytes after which it stops reading
  std::size_t events = 0;
  bool single_reads = false;
  bool close_when_sent = false;
  bool established = false, failed = false, eof = false, error = false;
  int error_code = 0;
  std::function<void()> after_event;

  void begin() {
    if (advance()) pump();
  }

  void pump() {
    if (stream == nullptr || !established || failed) return;
    write();
    if (received.size() < pause_after && !eof && !error) read();
    update();
  }

  void update() {
    stream->want({received.size() < pause_after && !eof && !error, sent < to_send.size()});
  }

 private:
  void on_stream_ready(bool, bool) noexcept override {
    ++events;
    if (advance()) pump();
    if (after_event) after_event();
  }

  bool advance() {
    if (established) return true;
    switch (stream->establish()) {
      case net::Establish::Pending:
        return false;
      case net::Establish::Failed:
        failed = true;
        stream->want({});
        return false;
      case net::Establish::Done:
        established = true;
        return true;
    }
    return false;
  }

  void write() {
    while (sent < to_send.size()) {
      const std::size_t left = to_send.size() - sent;
      const std::size_t head = left > 100 ? 100 : left;  // two pieces, as a head and a body
      iovec from[2] = {{to_send.data() + sent, head}, {to_send.data() + sent + head, left - head}};
      const net::IoResult result = stream->try_write(from, 2);
      if (result.status == net::IoStatus::Error) error = true;
      if (result.status != net::IoStatus::Ok) return;
      sent += result.bytes;
    }
    if (close_when_sent) {
      close_when_sent = false;
      stream->shutdown_write();
    }
  }

  void read() {
    std::string buffer(read_size, '\0');
    do {
      iovec into{buffer.data(), buffer.size()};
      const net::IoResult result = stream->try_read(&into, 1);
      if (result.status == net::IoStatus::Eof) eof = true;
      if (result.status == net::IoStatus::Error) {
        error = true;
        error_code = result.error;
      }
      if (result.status != net::IoStatus::Ok) return;
      received.append(buffer, 0, result.bytes);
      if (result.bytes < buffer.size() && !stream->has_buffered()) return;
    } while (!single_reads && received.size() < pause_after);
  }
};

/// Stops a loop when something did not happen in time.
class Deadline final : public net::Timer {
 public:
  Deadline(net::Loop& loop, std::uint64_t wait_ms) : loop_(loop) {
    arm(loop.timers(), loop.now_ms() + wait_ms);
  }
  bool passed = false;

 private:
  void on_timer() noexcept override {
    passed = true;
    loop_.stop();
  }
  net::Loop& loop_;
};

class StreamPair {
 public:
  explicit StreamPair(int buffer_bytes = 0) {
    (void)::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, descriptors_);
    for (const int descriptor : descriptors_) {
      if (buffer_bytes > 0) {
        ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes));
      }
    }
  }

  std::unique_ptr<net::Loop> loop = net::make_uv_loop();
  Peer client, server;

  /// Clear text on both sides.
  void plain() {
    client.stream = loop->adopt(descriptors_[0], nullptr, client);
    server.stream = loop->adopt(descriptors_[1], nullptr, server);
  }
  void tls(const net::TlsClientContext& from, const net::TlsServerContext& to,
           std::string_view name) {
    client.stream = net::make_tls_client_stream(loop->adopt(descriptors_[0], nullptr, client), from,
                                                name, *loop, client);
    server.stream = loop->adopt(descriptors_[1], &to, server);
  }
  [[nodiscard]] int client_descriptor() const { return descriptors_[0]; }
  [[nodiscard]] int server_descriptor() const { return descriptors_[1]; }

  void begin() {
    client.begin();
    server.begin();
  }
  /// Runs until `done()`; false when it took over ten seconds.
  bool run(const std::function<bool()>& done) {
    if (done()) return true;
    Deadline deadline(*loop, 10'000);
    client.after_event = server.after_event = [&] {
      if (done()) loop->stop();
    };
    loop->run();
    client.after_event = server.after_event = nullptr;
    return !deadline.passed;
  }
  /// Runs for a while, for what must not happen.
  void run_for(std::uint64_t wait_ms) {
    Deadline deadline(*loop, wait_ms);
    loop->run();
  }
  bool handshake() {
    begin();
    return run([this] {
      return (client.established || client.failed) && (server.established || server.failed);
    });
  }

 private:
  int descriptors_[2] = {-1, -1};
};

}  // namespace sluice::test
