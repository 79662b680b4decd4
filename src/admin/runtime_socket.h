// The runtime socket (`stats socket`): listens on the control thread's loop and speaks HAProxy's
// framing. A connection executes one line, whose commands are cut at ';', answers each with its
// text and an empty line, and is closed; after `prompt` it stays open and shows "> ". Everything is
// bounded: the line, the answer that is buffered (one piece; the next is made when it was sent),
// the connections, the time between activities (`stats timeout`, or `set timeout cli`).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/runtime_commands.h"
#include "admin/view.h"
#include "base/result.h"
#include "model/config.h"
#include "net/listening_socket.h"
#include "net/loop.h"

namespace sluice::admin {

class RuntimeConnection;

class RuntimeSocket final : private net::Acceptor::Events {
 public:
  static constexpr std::size_t kMaxConnections = 32;
  static constexpr std::size_t kMaxLineBytes = 16'384;

  /// Opens the socket that a `stats socket` line asks for.
  [[nodiscard]] static base::Result<std::unique_ptr<RuntimeSocket>> open(
      net::Loop& loop, const View& view, const model::StatsSocket& settings,
      std::uint32_t timeout_ms);
  RuntimeSocket(net::Loop& loop, const View& view, net::ListeningSocket socket, Level level,
                std::uint32_t timeout_ms);
  ~RuntimeSocket();
  RuntimeSocket(const RuntimeSocket&) = delete;
  RuntimeSocket& operator=(const RuntimeSocket&) = delete;

  /// For connections that come from now on.
  void take_settings(Level level, std::uint32_t timeout_ms) {
    level_ = level;
    timeout_ms_ = timeout_ms;
  }
  /// Nobody new is accepted; the connections that are there go on.
  void stop_listening();
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }
  [[nodiscard]] const base::Address& address() const { return address_; }

 private:
  friend class RuntimeConnection;
  void on_accepted(net::Acceptor& acceptor, const net::Accepted& accepted) noexcept override;
  void on_accept_exhausted(net::Acceptor&) noexcept override {}
  /// Destroys the connection; its caller must not touch it afterwards.
  void remove(RuntimeConnection& connection) noexcept;

  net::Loop& loop_;
  const View& view_;
  std::optional<net::ListeningSocket> socket_;  // none after stop_listening()
  const base::Address address_;
  Level level_;
  std::uint32_t timeout_ms_;
  std::unique_ptr<net::Acceptor> acceptor_;
  std::vector<std::unique_ptr<RuntimeConnection>> connections_;
};

}  // namespace sluice::admin
