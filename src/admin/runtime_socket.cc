#include "admin/runtime_socket.h"

#include <algorithm>

#include "admin/runtime_connection.h"

namespace sluice::admin {

void RuntimeLimits::set_max(std::uint32_t max) {
  max_ = max;
  for (RuntimeSocket* socket : sockets_) socket->reconsider();
}

void RuntimeLimits::one_left() {
  --open_;
  for (RuntimeSocket* socket : sockets_) socket->reconsider();
}

base::Result<std::unique_ptr<RuntimeSocket>> RuntimeSocket::open(net::Loop& loop, const View& view,
                                                                 const model::StatsSocket& settings,
                                                                 std::uint32_t timeout_ms,
                                                                 RuntimeLimits& limits) {
  net::ListenOptions options;
  options.address = settings.address;
  options.unix_mode = settings.mode;
  options.unix_user = settings.user;
  options.unix_group = settings.group;
  options.unix_uid = settings.uid;
  options.unix_gid = settings.gid;
  auto socket = net::ListeningSocket::open(options);
  if (!socket) return tl::unexpected<base::Error>(socket.error());
  return std::make_unique<RuntimeSocket>(loop, view, std::move(*socket), settings, timeout_ms,
                                         limits);
}

RuntimeSocket::RuntimeSocket(net::Loop& loop, const View& view, net::ListeningSocket socket,
                             const model::StatsSocket& settings, std::uint32_t timeout_ms,
                             RuntimeLimits& limits)
    : loop_(loop),
      view_(view),
      socket_(std::move(socket)),
      address_(socket_->address()),
      limits_(limits) {
  take_settings(settings, timeout_ms);
  limits_.sockets_.push_back(this);
  acceptor_ = loop_.accept_on(socket_->descriptor(0), *this);
  reconsider();
}

RuntimeSocket::~RuntimeSocket() {
  std::erase(limits_.sockets_, this);
  limits_.open_ -= static_cast<std::uint32_t>(connections_.size());
}

void RuntimeSocket::take_settings(const model::StatsSocket& settings, std::uint32_t timeout_ms) {
  first_.level = static_cast<Level>(settings.level);
  first_.severity = static_cast<SeverityOutput>(settings.severity);
  first_.timeout_ms = timeout_ms;
  max_connections_ = settings.maxconn;
  if (acceptor_) reconsider();
}

void RuntimeSocket::stop_listening() {
  acceptor_->drain();
  acceptor_.reset();
  socket_.reset();
}

bool RuntimeSocket::has_room() const {
  return limits_.open_ < limits_.max_ &&
         (max_connections_ == 0 || connections_.size() < max_connections_);
}

void RuntimeSocket::reconsider() {
  if (!acceptor_) return;
  if (has_room())
    acceptor_->resume();
  else
    acceptor_->pause();
}

void RuntimeSocket::on_accepted(net::Acceptor&, const net::Accepted& accepted) noexcept {
  ++limits_.open_;
  connections_.push_back(
      std::make_unique<RuntimeConnection>(*this, loop_, view_, accepted.descriptor, first_));
  reconsider();
}

void RuntimeSocket::remove(RuntimeConnection& connection) noexcept {
  const auto found =
      std::find_if(connections_.begin(), connections_.end(),
                   [&connection](const auto& owned) { return owned.get() == &connection; });
  if (found == connections_.end()) return;
  connections_.erase(found);
  limits_.one_left();
}

}  // namespace sluice::admin
