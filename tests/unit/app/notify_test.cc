#include "app/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "support/catch.h"

using namespace sluice;
using namespace sluice::app;

namespace {

/// Sets a variable while it lives; an empty value takes it out.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (value.empty())
      ::unsetenv(name);
    else
      ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

/// A service manager's end: a datagram socket at a path, or at an abstract name after '@'.
class Manager {
 public:
  explicit Manager(std::string name) : name_(std::move(name)) { listen(); }
  ~Manager() { close(); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  void listen() {
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    if (name_[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }
  void close() {
    ::close(socket_);
    if (name_[0] != '@') ::unlink(name_.c_str());
  }
  /// The next datagram, or nothing.
  std::string next() {
    char buffer[8192];
    const ssize_t size = ::recv(socket_, buffer, sizeof(buffer), 0);
    return size < 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(size));
  }

 private:
  std::string name_;
  int socket_ = -1;
};

std::string path() { return "/tmp/sluice-test-" + std::to_string(::getpid()) + ".notify"; }

}  // namespace

TEST_CASE("the service manager is told by path and by abstract name") {
  for (const std::string& name : {path(), "@" + path()}) {
    Manager manager(name);
    const Variable variable("NOTIFY_SOCKET", name);
    auto notifier = Notifier::from_environment();
    REQUIRE(notifier);
    notifier->ready("up");
    CHECK(manager.next() == "READY=1\nMAINPID=" + std::to_string(::getpid()) + "\nSTATUS=up\n");
    notifier->status("so so");
    notifier->alive();
    notifier->stopping("bye");
    CHECK(notifier->send("RELOADING=1\n"));
    CHECK(manager.next() == "STATUS=so so\n");
    CHECK(manager.next() == "WATCHDOG=1\n");
    CHECK(manager.next() == "STOPPING=1\nSTATUS=bye\n");
    CHECK(manager.next() == "RELOADING=1\n");
    CHECK(manager.next().empty());
    notifier->reloading("reading");
    const std::string reloading = manager.next();
    CHECK(reloading.find("RELOADING=1\nMONOTONIC_USEC=") == 0);
    CHECK(reloading.find("\nSTATUS=reading\n") != std::string::npos);
  }
}

TEST_CASE("without NOTIFY_SOCKET nothing is said") {
  for (const auto* value : {"", "unset"}) {
    ::unsetenv("NOTIFY_SOCKET");
    if (*value == '\0') ::setenv("NOTIFY_SOCKET", "", 1);
    auto notifier = Notifier::from_environment();
    REQUIRE(notifier);
    notifier->ready("up");
    CHECK_FALSE(notifier->send("READY=1\n"));
    CHECK(notifier->alive_period_ms() == 0);
  }
  ::unsetenv("NOTIFY_SOCKET");
}

TEST_CASE("a NOTIFY_SOCKET that cannot be used is named") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"run/notify", "neither a path nor an abstract name"},
      {"vsock:2:1234", "neither a path nor an abstract name"},
      {"/" + std::string(107, 'x'), "too long"},
      {"@" + std::string(108, 'x'), "too long"},
      {"/no/such/folder/notify", "No such file"},
      {"@nobody-listens-here-" + std::to_string(::getpid()), "Connection refused"}};
  for (const auto& [value, wanted] : cases) {
    const Variable variable("NOTIFY_SOCKET", value);
    const auto notifier = Notifier::from_environment();
    REQUIRE_FALSE(notifier);
    CHECK(notifier.error().detail.find("NOTIFY_SOCKET") == 0);
    CHECK(notifier.error().detail.find(wanted) != std::string::npos);
  }
  const std::string longest =
      "@" + std::string(107 - std::to_string(::getpid()).size(), 'x') + std::to_string(::getpid());
  Manager manager(longest);
  const Variable variable("NOTIFY_SOCKET", longest);
  CHECK(Notifier::from_environment());
}

TEST_CASE("a status is one line, and of a length that the manager takes") {
  Manager manager(path());
  const Variable variable("NOTIFY_SOCKET", path());
  auto notifier = Notifier::from_environment();
  REQUIRE(notifier);
  notifier->status("one\nREADY=1\ntwo");
  CHECK(manager.next() == "STATUS=one READY=1 two\n");
  notifier->status(std::string(5'000, 'x'));
  CHECK(manager.next() == "STATUS=" + std::string(1'024, 'x') + "\n");
  notifier->status(std::string(1'023, 'x') + "\u00e9\u00e9");  // not cut within a character
  CHECK(manager.next() == "STATUS=" + std::string(1'023, 'x') + "\n");
  notifier->status("");
  CHECK(manager.next() == "STATUS=\n");
}

TEST_CASE("a manager that does not read holds nobody up") {
  Manager manager(path());
  const Variable variable("NOTIFY_SOCKET", path());
  auto notifier = Notifier::from_environment();
  REQUIRE(notifier);
  bool arrived = true;
  int count = 0;
  for (; arrived && count < 100'000; ++count) arrived = notifier->send("STATUS=x\n");
  CHECK_FALSE(arrived);
  notifier->ready("late");  // waits, and gives up
  while (!manager.next().empty()) {
  }
  notifier->ready("up");
  CHECK(manager.next().find("READY=1\n") == 0);
}

TEST_CASE("a manager that was started anew is found again, one that is gone does no harm") {
  Manager manager(path());
  const Variable variable("NOTIFY_SOCKET", path());
  auto notifier = Notifier::from_environment();
  REQUIRE(notifier);
  manager.close();
  CHECK_FALSE(notifier->send("STATUS=x\n"));
  manager.listen();
  notifier->status("again");
  CHECK(manager.next() == "STATUS=again\n");
}

TEST_CASE("the watchdog's period is half of its limit, for the process that it means") {
  const Manager manager(path());
  const Variable variable("NOTIFY_SOCKET", path());
  const std::string own = std::to_string(::getpid());
  struct Case {
    std::string limit_us;
    std::string pid;
    std::uint64_t period_ms;
  };
  for (const Case& each : {Case{"30000000", own, 15'000}, Case{"30000000", "", 15'000},
                           Case{"30000000", "1", 0}, Case{"1", own, 1}, Case{"", own, 0},
                           Case{"0", own, 0}, Case{"soon", own, 0}, Case{"1s", own, 0}}) {
    const Variable limit("WATCHDOG_USEC", each.limit_us);
    const Variable pid("WATCHDOG_PID", each.pid);
    auto notifier = Notifier::from_environment();
    REQUIRE(notifier);
    CHECK(notifier->alive_period_ms() == each.period_ms);
    const Notifier moved = std::move(*notifier);
    CHECK(moved.alive_period_ms() == each.period_ms);
    CHECK_FALSE(notifier->send("STATUS=x\n"));
  }
}
