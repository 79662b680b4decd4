#include "health/reply_reader.h"

#include <string>

#include "support/catch.h"

using namespace sluice;
using health::ReplyReader;
using State = health::ReplyReader::State;

namespace {

ReplyReader::State read_split(ReplyReader& reader, std::string_view text, std::size_t at) {
  reader.feed(text.substr(0, at));
  return reader.feed(text.substr(at));
}

}  // namespace

TEST_CASE("a reply is the same wherever its bytes are split") {
  const std::string text =
      "HTTP/1.1 200 Fine\r\nServer: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nT: 1\r\n\r\n";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    ReplyReader reader(16'384, http::Method::Get);
    REQUIRE(read_split(reader, text, at) == State::Done);
    CHECK(reader.status() == 200);
    CHECK(reader.reason() == "Fine");
    CHECK(reader.body() == "hello");
  }
}

TEST_CASE("a body ends by its length, by the peer's close, or is none") {
  ReplyReader with_length(16'384, http::Method::Get);
  CHECK(with_length.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokgarbage") == State::Done);
  CHECK(with_length.body() == "ok");

  ReplyReader until_close(16'384, http::Method::Get);
  CHECK(until_close.feed("HTTP/1.0 200 OK\r\n\r\nok") == State::Body);
  CHECK(until_close.finish() == State::Done);
  CHECK(until_close.body() == "ok");

  ReplyReader to_head(16'384, http::Method::Head);
  CHECK(to_head.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n") == State::Done);
  ReplyReader no_content(16'384, http::Method::Get);
  CHECK(no_content.feed("HTTP/1.1 204 No Content\r\n\r\n") == State::Done);
}

TEST_CASE("an interim response is judged as it is") {
  ReplyReader reader(16'384, http::Method::Get);
  CHECK(reader.feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n") == State::Done);
  CHECK(reader.status() == 100);
}

TEST_CASE("what is no HTTP response is invalid") {
  for (const char* text : {"garbage\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                           "HTTP/1.1 200 OK\r\n: nameless\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"}) {
    INFO(text);
    ReplyReader reader(16'384, http::Method::Get);
    CHECK(reader.feed(text) == State::Invalid);
  }
  ReplyReader bad_chunk(16'384, http::Method::Get);
  CHECK(bad_chunk.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") ==
        State::Invalid);
}

TEST_CASE("a close before the head is whole is invalid") {
  ReplyReader nothing(16'384, http::Method::Get);
  CHECK(nothing.finish() == State::Invalid);
  ReplyReader partial(16'384, http::Method::Get);
  CHECK(partial.feed("HTTP/1.1 200 OK\r\n") == State::Head);
  CHECK(partial.finish() == State::Invalid);
}

TEST_CASE("a head larger than the buffer is invalid, a larger body is cut") {
  ReplyReader long_head(256, http::Method::Get);
  CHECK(long_head.feed("HTTP/1.1 200 OK\r\nX: " + std::string(300, 'x')) == State::Invalid);

  ReplyReader long_body(256, http::Method::Get);
  CHECK(long_body.feed("HTTP/1.1 200 OK\r\n\r\n" + std::string(200, 'x')) == State::Body);
  CHECK(long_body.feed(std::string(200, 'y')) == State::Done);
  CHECK(long_body.body().size() == 256);
}
