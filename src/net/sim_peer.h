// Scripted ends for simulations: a fake client, or one connection of a fake origin. A peer sends
// what it is told as the window allows, keeps what it receives, and calls its script at every
// change. A SimOrigin listens and makes a peer of each connection. Give them a loop of their own in
// the world.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/sim_loop.h"

namespace sluice::net {

class SimPeer final : private Stream::Events {
 public:
  /// After new bytes, an end, or an error; it may send, finish or close.
  using Script = std::function<void(SimPeer&)>;

  explicit SimPeer(SimLoop& loop, Script script = {}) : loop_(loop), script_(std::move(script)) {}
  void connect(const ConnectOptions& options);
  void connect(const base::Address& address);
  void adopt(int descriptor, const TlsServerContext* tls = nullptr);

  void send(std::string_view bytes);
  /// Half-closes once everything was sent.
  void finish();
  void close() { stream_.reset(); }
  void reset();
  void pause_reading();
  void resume_reading();

  [[nodiscard]] std::string& received() { return received_; }
  [[nodiscard]] bool open() const { return stream_ != nullptr; }
  [[nodiscard]] bool established() const { return established_; }
  [[nodiscard]] bool failed() const { return failed_; }  // to connect, or in the TLS handshake
  [[nodiscard]] bool ended() const { return ended_; }    // the other side sends no more
  [[nodiscard]] int error() const { return error_; }     // errno, -1 for a TLS error
  [[nodiscard]] bool all_sent() const { return sent_ == to_send_.size(); }
  [[nodiscard]] Stream* stream() { return stream_.get(); }

 private:
  void on_stream_ready(bool readable, bool writable) noexcept override;
  void start(std::unique_ptr<Stream> stream);
  bool advance();
  void write();
  bool read();
  void update();
  void broken(const IoResult& result);

  SimLoop& loop_;
  Script script_;
  std::unique_ptr<Stream> stream_;
  std::string to_send_;
  std::string received_;
  std::size_t sent_ = 0;
  int error_ = 0;
  bool established_ = false;
  bool failed_ = false;
  bool ended_ = false;
  bool paused_ = false;
  bool finish_ = false;
};

class SimOrigin final : private Acceptor::Events {
 public:
  SimOrigin(SimLoop& loop, const base::Address& address, SimPeer::Script script,
            const TlsServerContext* tls = nullptr);
  ~SimOrigin();
  /// Every connection so far, in order of acceptance.
  [[nodiscard]] std::vector<std::unique_ptr<SimPeer>>& connections() { return connections_; }

 private:
  void on_accepted(Acceptor& acceptor, const Accepted& accepted) noexcept override;
  void on_accept_exhausted(Acceptor&) noexcept override {}

  SimLoop& loop_;
  SimPeer::Script script_;
  const TlsServerContext* tls_;
  int descriptor_;
  std::unique_ptr<Acceptor> acceptor_;
  std::vector<std::unique_ptr<SimPeer>> connections_;
};

}  // namespace sluice::net
