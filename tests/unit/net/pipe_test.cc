#include "net/pipe.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "net/event_poll.h"
#include "net/socket_stream.h"
#include "support/catch.h"

using namespace sluice::net;

namespace {

struct Nobody final : Stream::Events {
  void on_stream_ready(bool, bool) noexcept override {}
};

/// A stream of ours and the raw descriptor of its peer.
struct End {
  explicit End(EventPoll& poll) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    stream = std::make_unique<SocketStream>(poll, ends[0], nobody, false);
    peer = ends[1];
  }
  ~End() {
    if (peer >= 0) ::close(peer);
  }
  Nobody nobody;
  std::unique_ptr<SocketStream> stream;
  int peer = -1;
};

}  // namespace

TEST_CASE("bytes pass through a pipe from one stream to another") {
  EventPoll poll;
  End from(poll);
  End into(poll);
  PipePool pool(1);
  PipePool::Pointer pipe = pool.take();
  REQUIRE(pipe);
  CHECK(pipe->fill(*from.stream, 100).status == IoStatus::WouldBlock);
  REQUIRE(::send(from.peer, "0123456789", 10, 0) == 10);
  const IoResult first = pipe->fill(*from.stream, 4);
  CHECK(first.status == IoStatus::Ok);
  CHECK(first.bytes == 4);
  CHECK(pipe->held() == 4);
  CHECK(pipe->drain(*into.stream).bytes == 4);
  CHECK(pipe->held() == 0);
  char got[16];
  CHECK(std::string(got, static_cast<std::size_t>(::recv(into.peer, got, sizeof(got), 0))) ==
        "0123");
  SECTION("the end of one is told") {
    CHECK(pipe->fill(*from.stream, 100).bytes == 6);
    CHECK(pipe->drain(*into.stream).bytes == 6);
    ::close(from.peer);
    from.peer = -1;
    CHECK(pipe->fill(*from.stream, 100).status == IoStatus::Eof);
  }
  SECTION("a reader that is full blocks, and what the pipe holds stays") {
    const std::string block(65536, 'x');
    while (::send(into.stream->descriptor(), block.data(), block.size(), MSG_DONTWAIT) > 0) {
    }
    CHECK(pipe->fill(*from.stream, 100).bytes == 6);
    CHECK(pipe->drain(*into.stream).status == IoStatus::WouldBlock);
    CHECK(pipe->held() == 6);
  }
}

TEST_CASE("a pool lends so many pipes, keeps the empty ones and drops the others") {
  EventPoll poll;
  End from(poll);
  PipePool pool(2);
  PipePool::Pointer one = pool.take();
  PipePool::Pointer two = pool.take();
  REQUIRE(one);
  REQUIRE(two);
  CHECK_FALSE(pool.take());
  Pipe* const kept = one.get();
  one.reset();
  one = pool.take();
  CHECK(one.get() == kept);
  REQUIRE(::send(from.peer, "x", 1, 0) == 1);
  CHECK(one->fill(*from.stream, 1).bytes == 1);
  one.reset();
  one = pool.take();  // another one: that one held a byte of somebody else's
  REQUIRE(one);
  CHECK(one->held() == 0);
}
