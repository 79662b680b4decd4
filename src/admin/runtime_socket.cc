#include "admin/runtime_socket.h"

#include <unistd.h>

#include <algorithm>

#include "admin/runtime_connection.h"

namespace sluice::admin {

base::Result<std::unique_ptr<RuntimeSocket>> RuntimeSocket::open(net::Loop& loop, const View& view,
                                                                 const model::StatsSocket& settings,
                                                                 std::uint32_t timeout_ms) {
  net::ListenOptions options;
  options.address = settings.address;
  options.unix_mode = settings.mode;
  options.unix_user = settings.user;
  options.unix_group = settings.group;
  auto socket = net::ListeningSocket::open(options);
  if (!socket) return tl::unexpected<base::Error>(socket.error());
  return std::make_unique<RuntimeSocket>(loop, view, std::move(*socket), settings.level,
                                         timeout_ms);
}

RuntimeSocket::RuntimeSocket(net::Loop& loop, const View& view, net::ListeningSocket socket,
                             Level level, std::uint32_t timeout_ms)
    : loop_(loop),
      view_(view),
      socket_(std::move(socket)),
      address_(socket_->address()),
      level_(level),
      timeout_ms_(timeout_ms) {
  acceptor_ = loop_.accept_on(socket_->descriptor(0), *this);
}

void RuntimeSocket::stop_listening() {
  acceptor_->drain();
  acceptor_.reset();
  socket_.reset();
}

RuntimeSocket::~RuntimeSocket() = default;

void RuntimeSocket::on_accepted(net::Acceptor&, const net::Accepted& accepted) noexcept {
  if (connections_.size() >= kMaxConnections) {
    ::close(accepted.descriptor);
    return;
  }
  CliSession session;
  session.level = level_;
  session.timeout_ms = timeout_ms_;
  connections_.push_back(
      std::make_unique<RuntimeConnection>(*this, loop_, view_, accepted.descriptor, session));
}

void RuntimeSocket::remove(RuntimeConnection& connection) noexcept {
  const auto found =
      std::find_if(connections_.begin(), connections_.end(),
                   [&connection](const auto& owned) { return owned.get() == &connection; });
  if (found != connections_.end()) connections_.erase(found);
}

}  // namespace sluice::admin
