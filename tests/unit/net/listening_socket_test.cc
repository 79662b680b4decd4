// What becomes of an open listening socket when a configuration changes.
#include "net/listening_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "support/catch.h"

using namespace sluice;

namespace {

net::ListeningSocket open_one(std::size_t copies) {
  net::ListenOptions options;
  options.address = *base::Address::from_ip("127.0.0.1", 0);
  options.copies = copies;
  auto socket = net::ListeningSocket::open(options);
  REQUIRE(socket);
  return std::move(*socket);
}

/// A client's descriptor; -1 when there is no connection within `wait_ms`.
int connect_to(const base::Address& address, int wait_ms) {
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (::connect(client, address.data(), address.length()) == 0) return client;
  pollfd ready{client, POLLOUT, 0};
  int error = EINPROGRESS;
  socklen_t length = sizeof(error);
  if (::poll(&ready, 1, wait_ms) == 1) ::getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error == 0) return client;
  ::close(client);
  return -1;
}

}  // namespace

TEST_CASE("a socket that fades takes nobody new and loses nobody who has connected") {
  net::ListeningSocket socket = open_one(1);
  const int early = connect_to(socket.address(), 5'000);
  REQUIRE(early >= 0);
  socket.refuse_new();
  CHECK(connect_to(socket.address(), 200) < 0);
  const int accepted = ::accept(socket.descriptor(0), nullptr, nullptr);
  CHECK(accepted >= 0);
  REQUIRE(::send(early, "x", 1, 0) == 1);
  char byte = 0;
  CHECK(::recv(accepted, &byte, 1, 0) == 1);
  socket.take_new();
  const int late = connect_to(socket.address(), 5'000);
  CHECK(late >= 0);
  for (const int descriptor : {early, accepted, late}) ::close(descriptor);
}

TEST_CASE("a socket gets more descriptors for more workers, and keeps those that it has") {
  net::ListeningSocket socket = open_one(2);
  const int first = socket.descriptor(0);
  net::ListenOptions options;
  options.address = socket.address();
  options.copies = 4;
  socket.take_options(options);
  CHECK(socket.count() == 4);
  CHECK(socket.descriptor(0) == first);
  options.copies = 1;
  socket.take_options(options);
  CHECK(socket.count() == 4);
}
