#include "admin/runtime_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "support/catch.h"
#include "unit/admin/fixture.h"

using namespace sluice;
using admin_test::Fixture;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// The socket on a real loop in a thread of its own; clients are plain blocking sockets.
class Server final : private net::Wakeup::Events {
 public:
  static constexpr std::uint32_t kMaxConnections = 6;
  explicit Server(std::uint32_t timeout_ms = 5'000, std::uint32_t of_socket = 0)
      : loop_(net::make_uv_loop()) {
    path_ = "/tmp/sluice-runtime-" + std::to_string(getpid()) + ".sock";
    model::StatsSocket settings;
    settings.address = *base::Address::from_unix_path(path_);
    settings.level = admin::Level::Admin;
    settings.maxconn = of_socket;
    auto opened = admin::RuntimeSocket::open(*loop_, fixture.view, settings, timeout_ms, limits_);
    REQUIRE(opened);
    socket_ = std::move(*opened);
    wakeup_ = loop_->make_wakeup(*this);
    thread_ = std::thread([this] { loop_->run(); });
  }
  ~Server() {
    wakeup_->wake();
    thread_.join();
  }

  int connect() const {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = *base::Address::from_unix_path(path_);
    REQUIRE(::connect(fd, address.data(), address.length()) == 0);
    const timeval limit{10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
  }
  static void send(int fd, std::string_view text) {
    REQUIRE(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  static std::string receive_all(int fd) {
    std::string out;
    char bytes[4096];
    for (ssize_t n; (n = ::recv(fd, bytes, sizeof bytes, 0)) > 0;)
      out.append(bytes, static_cast<std::size_t>(n));
    ::close(fd);
    return out;
  }
  static std::string receive_until(int fd, std::string_view end) {
    std::string out;
    char byte;
    while (!out.ends_with(end) && ::recv(fd, &byte, 1, 0) == 1) out += byte;
    return out;
  }
  std::string ask(std::string_view text) const {
    const int fd = connect();
    send(fd, text);
    return receive_all(fd);
  }

  Fixture fixture;

 private:
  // In the loop's thread: its objects go before it stops.
  void on_wakeup() noexcept override {
    socket_.reset();
    wakeup_.reset();
    loop_->stop();
  }
  std::string path_;
  std::unique_ptr<net::Loop> loop_;
  admin::RuntimeLimits limits_{kMaxConnections};
  std::unique_ptr<admin::RuntimeSocket> socket_;
  std::unique_ptr<net::Wakeup> wakeup_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a connection executes one line and is closed") {
  Server server;
  CHECK(server.ask("show version\n") == "0.1.0\n\n");
  CHECK(server.ask("set server nosuch/x state ready\n") == "No such backend.\n\n");
  CHECK(server.ask("set server be_a/s1 state drain\n") == "\n");
  CHECK(server.ask("show version\nshow version\n") == "0.1.0\n\n");
  CHECK(server.ask("show version\r\n") == "0.1.0\n\n");
}

TEST_CASE("several commands of a line are each answered and followed by an empty line") {
  Server server;
  CHECK(server.ask("user;show cli level;clear counters\n") == "\nuser\n\nPermission denied\n\n");
  CHECK(server.ask("set severity-output number;show backend;get weight x\n") ==
        "\n# name\nstats\nbe_a\n\n[3]: Require 'backend/server'.\n\n");
}

TEST_CASE("after prompt a connection stays open until quit") {
  Server server;
  const int fd = server.connect();
  Server::send(fd, "prompt\n");
  CHECK(Server::receive_until(fd, "> ") == "\n> ");
  Server::send(fd, "show version;show cli level\n");
  CHECK(Server::receive_until(fd, "admin\n\n> ") == "0.1.0\n\n> admin\n\n> ");
  Server::send(fd, "\n");
  CHECK(Server::receive_until(fd, "> ") == "\n> ");
  Server::send(fd, "bogus\n");
  CHECK_THAT(Server::receive_until(fd, "\n> "), StartsWith("Unknown command"));
  Server::send(fd, "quit\n");
  CHECK(Server::receive_all(fd).empty());
}

TEST_CASE("a line may arrive byte by byte, and one that never ends is cut off") {
  Server server;
  const int fd = server.connect();
  for (const char c : std::string_view("show version\n")) Server::send(fd, std::string_view(&c, 1));
  CHECK(Server::receive_all(fd) == "0.1.0\n\n");
  CHECK(server.ask(std::string(admin::RuntimeSocket::kMaxLineBytes, 'x')).empty());
}

TEST_CASE("a command whose line never ended is not executed") {
  Server server;
  const int fd = server.connect();
  Server::send(fd, "disable server be_a/s1");
  ::shutdown(fd, SHUT_WR);
  CHECK(Server::receive_all(fd).empty());
  CHECK(server.fixture.server("s1").state().admin == model::AdminState::Ready);
}

TEST_CASE("several connections are served at once") {
  Server server;
  const int idle = server.connect();
  Server::send(idle, "prompt\n");
  CHECK(Server::receive_until(idle, "> ") == "\n> ");
  CHECK(server.ask("show version\n") == "0.1.0\n\n");
  Server::send(idle, "show version\n");
  CHECK(Server::receive_until(idle, "> ") == "0.1.0\n\n> ");
  ::close(idle);
}

TEST_CASE("an answer larger than the socket's buffer arrives whole") {
  Server server;
  for (int i = 0; i < 3'000; ++i) {
    server.fixture.config->proxies[2].servers.emplace_back().name = "n" + std::to_string(i);
  }
  server.fixture.build();
  const std::string answer = server.ask("show stat typed;show version\n");
  CHECK(answer.size() > 4'000'000);
  CHECK_THAT(answer.substr(answer.size() - 60), Contains("\n\n0.1.0\n\n"));
}

TEST_CASE("an idle connection is closed after stats timeout") {
  Server server(50);
  const int fd = server.connect();
  CHECK(Server::receive_all(fd).empty());
}

TEST_CASE("connections past the limit wait until there is room") {
  const std::uint32_t of_socket = GENERATE(0U, 2U);
  Server server(20'000, of_socket);
  std::vector<int> open;
  const std::uint32_t limit = of_socket != 0 ? of_socket : Server::kMaxConnections;
  for (std::uint32_t i = 0; i < limit; ++i) {
    open.push_back(server.connect());
    Server::send(open.back(), "prompt\n");
    CHECK(Server::receive_until(open.back(), "> ") == "\n> ");
  }
  const int late = server.connect();
  Server::send(late, "show version\n");
  char byte;
  CHECK(::recv(late, &byte, 1, MSG_DONTWAIT) == -1);
  ::close(open.back());
  open.pop_back();
  CHECK(Server::receive_all(late) == "0.1.0\n\n");
  for (const int fd : open) ::close(fd);
}

TEST_CASE("a payload belongs to the last command of its line, and is no command itself") {
  Server server;
  CHECK(server.ask("show version <<\nshow cli level\n\nshow version\n") == "0.1.0\n\n");
  CHECK(server.ask("show cli level;show version <<\nx\n\n") == "admin\n\n0.1.0\n\n");
  CHECK(server.ask("show version <<END\n\nx\nEND\n") == "0.1.0\n\n");
  CHECK(server.ask("show version <<\r\nx\r\n\r\n") == "0.1.0\n\n");
  const int fd = server.connect();
  Server::send(fd, "prompt\nshow version <<\nfoo\nbar\n\n");
  CHECK(Server::receive_until(fd, "0\n\n> ") == "\n> + + + 0.1.0\n\n> ");
  ::close(fd);
}

TEST_CASE("a payload without an end is cut off, one that is cut is not executed") {
  Server server;
  std::string endless = "disable server be_a/s1 <<\n";
  for (std::size_t i = 0; i < 2 * admin::RuntimeSocket::kMaxPayloadBytes; i += 64)
    endless += std::string(63, 'x') + "\n";
  const int fd = server.connect();
  ::send(fd, endless.data(), endless.size(), MSG_NOSIGNAL);
  CHECK(Server::receive_all(fd).empty());
  const int other = server.connect();
  Server::send(other, "disable server be_a/s1 <<\nx\n");
  ::shutdown(other, SHUT_WR);
  CHECK(Server::receive_all(other).empty());
  CHECK(server.fixture.server("s1").state().admin == model::AdminState::Ready);
}

TEST_CASE("prompts: with the uptime, without, and none") {
  Server server;
  server.fixture.view.facts.start_ms = 16'000;
  const int fd = server.connect();
  Server::send(fd, "prompt timed\n");
  CHECK(Server::receive_until(fd, "> ") == "\n[0:00:01:24]> ");
  Server::send(fd, "prompt timed\n");
  CHECK(Server::receive_until(fd, "> ") == "\n> ");
  Server::send(fd, "prompt i\nshow version\n");
  CHECK(Server::receive_until(fd, "0\n\n") == "\n0.1.0\n\n");
  Server::send(fd, "prompt x\n");
  CHECK(Server::receive_until(fd, "timed.\n\n").starts_with("'prompt' expects"));
  Server::send(fd, "prompt n\nshow version\nshow version\n");
  CHECK(Server::receive_all(fd) == "\n0.1.0\n\n");
}

TEST_CASE("wait holds its connection only, past the idle time-out, and then the line goes on") {
  Server server(100);
  const int fd = server.connect();
  Server::send(fd, "wait 300;show version\n");
  CHECK(server.ask("show version\n") == "0.1.0\n\n");
  CHECK(Server::receive_all(fd) == "Done.\n\n0.1.0\n\n");
}
