#include "net/event_poll.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>

#include "support/catch.h"

using namespace sluice::net;

namespace {

struct Pair {
  Pair() { ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()); }
  ~Pair() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  void close(int which) {
    ::close(ends[static_cast<std::size_t>(which)]);
    ends[static_cast<std::size_t>(which)] = -1;
  }
  void send() const { REQUIRE(::send(ends[1], "x", 1, 0) == 1); }
  std::array<int, 2> ends{-1, -1};
};

struct Watched final : EventPoll::Source {
  void on_poll(bool readable, bool writable) noexcept override {
    ++calls;
    read |= readable;
    written |= writable;
    if (then) then();
  }
  int calls = 0;
  bool read = false, written = false;
  std::function<void()> then;
};

}  // namespace

TEST_CASE("a set tells of what is wanted, as long as it is there") {
  EventPoll poll;
  Pair pair;
  Watched source;
  poll.want(source, pair.ends[0], {true, false});
  CHECK_FALSE(poll.wait(0));
  CHECK(source.calls == 0);
  pair.send();
  (void)poll.wait(0);
  (void)poll.wait(0);
  CHECK(source.calls == 2);
  CHECK(source.read);
  CHECK_FALSE(source.written);
  poll.want(source, pair.ends[0], {true, true});
  (void)poll.wait(0);
  CHECK(source.written);
  poll.forget(source);
}

TEST_CASE("interest that was taken back brings no call, however much arrives") {
  EventPoll poll;
  Pair pair;
  Watched source;
  poll.want(source, pair.ends[0], {true, false});
  (void)poll.wait(0);
  poll.want(source, pair.ends[0], {false, false});
  pair.send();
  for (int i = 0; i < 3; ++i) (void)poll.wait(0);
  CHECK(source.calls == 0);
  SECTION("and comes back when it is wanted again") {
    poll.want(source, pair.ends[0], {true, false});
    (void)poll.wait(0);
    CHECK(source.calls == 1);
  }
  SECTION("nor does a hang-up") {
    pair.close(1);
    for (int i = 0; i < 3; ++i) (void)poll.wait(0);
    CHECK(source.calls == 0);
  }
  poll.forget(source);
}

TEST_CASE("patient interest is registered when nothing else happens for a while") {
  EventPoll poll;
  Pair pair;
  Watched source;
  poll.want(source, pair.ends[0], {true, false, true});
  pair.send();
  (void)poll.wait(-1);  // returns: nobody would wake it else
  CHECK(source.calls == 0);
  (void)poll.wait(-1);
  CHECK(source.calls == 1);
  poll.forget(source);
}

TEST_CASE("patient interest is registered after so many waits") {
  EventPoll poll;
  Pair busy;
  Pair pair;
  Watched other;
  Watched source;
  poll.want(other, busy.ends[0], {true, false});
  busy.send();
  poll.want(source, pair.ends[0], {true, false, true});
  pair.send();
  for (int i = 1; i < EventPoll::kPatientTurns; ++i) (void)poll.wait(-1);
  CHECK(other.calls == EventPoll::kPatientTurns - 1);
  CHECK(source.calls == 0);
  (void)poll.wait(-1);
  CHECK(source.calls == 1);
  poll.forget(source);
  poll.forget(other);
}

TEST_CASE("patience ends when more is wanted, or nothing") {
  EventPoll poll;
  Pair pair;
  Watched source;
  poll.want(source, pair.ends[0], {true, false, true});
  pair.send();
  SECTION("to read at once") {
    poll.want(source, pair.ends[0], {true, false});
    (void)poll.wait(-1);
    CHECK(source.calls == 1);
  }
  SECTION("to write") {
    poll.want(source, pair.ends[0], {true, true, true});
    (void)poll.wait(-1);
    CHECK(source.calls == 1);
    CHECK(source.written);
  }
  SECTION("nothing") {
    poll.want(source, pair.ends[0], {false, false});
    for (int i = 0; i < 3; ++i) (void)poll.wait(0);
    CHECK(source.calls == 0);
  }
  SECTION("what is registered already stays so") {
    poll.want(source, pair.ends[0], {true, false});
    (void)poll.wait(-1);
    poll.want(source, pair.ends[0], {true, false, true});
    (void)poll.wait(-1);
    CHECK(source.calls == 2);
  }
  poll.forget(source);
}

TEST_CASE("a hang-up is told to who only writes, as readable too") {
  EventPoll poll;
  Pair pair;
  Watched source;
  poll.want(source, pair.ends[0], {false, true});
  pair.close(1);
  (void)poll.wait(0);
  CHECK(source.read);
  CHECK(source.written);
  poll.forget(source);
}

TEST_CASE("what is forgotten within a batch is not called any more") {
  EventPoll poll;
  Pair one;
  Pair two;
  Watched first;
  Watched second;
  first.then = [&] { poll.forget(second); };
  second.then = [&] { poll.forget(first); };
  poll.want(first, one.ends[0], {true, false});
  poll.want(second, two.ends[0], {true, false});
  one.send();
  two.send();
  (void)poll.wait(0);
  CHECK(first.calls + second.calls == 1);
  one.close(0);
  two.close(0);
}

TEST_CASE("a descriptor that stays open can leave the set and come back") {
  EventPoll poll;
  Pair pair;
  Watched source;
  poll.want(source, pair.ends[0], {true, false});
  pair.send();
  (void)poll.wait(0);
  poll.remove(source);
  (void)poll.wait(0);
  CHECK(source.calls == 1);
  Watched other;
  poll.want(other, pair.ends[0], {true, false});
  (void)poll.wait(0);
  CHECK(other.calls == 1);
  poll.forget(other);
}

TEST_CASE("an embedded descriptor is told of by the return value") {
  EventPoll poll;
  Pair pair;
  poll.embed(pair.ends[0]);
  CHECK_FALSE(poll.wait(0));
  pair.send();
  CHECK(poll.wait(0));
}
