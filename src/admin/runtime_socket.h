// The runtime socket (`stats socket`): listens on the control thread's loop and speaks HAProxy's
// framing. A connection executes one line, whose commands are cut at ';', answers each with its
// text and an empty line, and is closed; after `prompt` it stays open and shows "> ". Everything is
// bounded: the line, its payload, the answer that is buffered (one piece; the next is made when it
// was sent), the connections (who comes past `stats maxconn` waits in the kernel's backlog), the
// time between activities (`stats timeout`, or `set timeout cli`).
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

class RuntimeSocket;

/// What all runtime sockets of a process share: `stats maxconn`.
class RuntimeLimits {
 public:
  explicit RuntimeLimits(std::uint32_t max) : max_(max) {}
  /// For connections that come from now on; who waits is let in where there is room.
  void set_max(std::uint32_t max);

 private:
  friend class RuntimeSocket;
  void one_left();
  std::uint32_t max_;
  std::uint32_t open_ = 0;
  std::vector<RuntimeSocket*> sockets_;
};

class RuntimeSocket final : private net::Acceptor::Events {
 public:
  static constexpr std::size_t kMaxLineBytes = 16'384;
  static constexpr std::size_t kMaxPayloadBytes = 16'384;

  /// Opens the socket that a `stats socket` line asks for.
  [[nodiscard]] static base::Result<std::unique_ptr<RuntimeSocket>> open(
      net::Loop& loop, const View& view, const model::StatsSocket& settings,
      std::uint32_t timeout_ms, RuntimeLimits& limits);
  /// `limits` outlives this.
  RuntimeSocket(net::Loop& loop, const View& view, net::ListeningSocket socket,
                const model::StatsSocket& settings, std::uint32_t timeout_ms,
                RuntimeLimits& limits);
  ~RuntimeSocket();
  RuntimeSocket(const RuntimeSocket&) = delete;
  RuntimeSocket& operator=(const RuntimeSocket&) = delete;

  /// For connections that come from now on.
  void take_settings(const model::StatsSocket& settings, std::uint32_t timeout_ms);
  /// Nobody new is accepted; the connections that are there go on.
  void stop_listening();
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }
  [[nodiscard]] const base::Address& address() const { return address_; }

 private:
  friend class RuntimeConnection;
  friend class RuntimeLimits;
  [[nodiscard]] bool has_room() const;
  /// Polls for connections while there is room for one.
  void reconsider();
  void on_accepted(net::Acceptor& acceptor, const net::Accepted& accepted) noexcept override;
  void on_accept_exhausted(net::Acceptor&) noexcept override {}
  /// Destroys the connection; its caller must not touch it afterwards.
  void remove(RuntimeConnection& connection) noexcept;

  net::Loop& loop_;
  const View& view_;
  std::optional<net::ListeningSocket> socket_;  // none after stop_listening()
  const base::Address address_;
  RuntimeLimits& limits_;
  CliSession first_;                   // what a connection begins with
  std::uint32_t max_connections_ = 0;  // 0: as many as `stats maxconn`
  std::unique_ptr<net::Acceptor> acceptor_;
  std::vector<std::unique_ptr<RuntimeConnection>> connections_;
};

}  // namespace sluice::admin
