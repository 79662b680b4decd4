// Reading a head, judgement included, and composing what is sent on.
#include <array>
#include <string>

#include "http/h1/head_reader.h"
#include "http/h1/head_writer.h"
#include "http/h1/judge.h"
#include "steady.h"

namespace {

using namespace sluice::http;
using namespace sluice::http::h1;

const std::string kRequest =
    "GET /catalogue/books?page=2&sort=title HTTP/1.1\r\n"
    "Host: shop.example\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Cookie: session=0123456789abcdef; theme=dark\r\n"
    "Connection: keep-alive\r\n"
    "X-Request-Id: 6ba7b810-9dad-11d1-80b4-00c04fd430c8\r\n\r\n";
const std::string kSmallRequest = "GET /100 HTTP/1.1\r\nHost: bench\r\n\r\n";
const std::string kResponse =
    "HTTP/1.1 200 OK\r\n"
    "Server: origin\r\n"
    "Date: Tue, 24 Nov 2026 07:19:47 GMT\r\n"
    "Content-Type: text/html; charset=utf-8\r\n"
    "Content-Length: 10240\r\n"
    "Cache-Control: no-store\r\n"
    "Set-Cookie: seen=1; Path=/; HttpOnly\r\n\r\n";

/// A reader and what it fills, used again for message after message.
struct Codec {
  explicit Codec(HeadReader::Kind of) : kind(of) {}
  bool read(const std::string& bytes) {
    head.clear();
    facts = {};
    reader.start(kind, head, 101);
    if (reader.read(bytes.data(), bytes.data() + bytes.size()) != ReadStatus::Done) return false;
    return kind == HeadReader::Kind::Request
               ? judge_request(head, facts, error)
               : judge_response(head, Method::Get, false, facts, error);
  }
  HeadReader::Kind kind;
  HeadReader reader;
  Head head;
  HeadFacts facts;
  HeadError error;
};

void read_head(benchmark::State& state, HeadReader::Kind kind, const std::string& bytes) {
  Codec codec(kind);
  if (!codec.read(bytes)) return micro::fail(state, "refused");
  micro::run_steady(state, [&] { benchmark::DoNotOptimize(codec.read(bytes)); });
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void write_head(benchmark::State& state, HeadReader::Kind kind, const std::string& bytes) {
  Codec codec(kind);
  if (!codec.read(bytes)) return micro::fail(state, "refused");
  codec.head.fields.add("X-Forwarded-For", "192.0.2.1");
  codec.head.fields.add("X-Forwarded-Proto", "http");
  WriteOptions options;
  options.framing = codec.facts.framing;
  std::array<char, 4096> out;
  const auto write = kind == HeadReader::Kind::Request ? write_request : write_response;
  if (write(codec.head, options, out.data(), out.size()) == 0)
    return micro::fail(state, "does not fit");
  micro::run_steady(state, [&] {
    benchmark::DoNotOptimize(write(codec.head, options, out.data(), out.size()));
    benchmark::ClobberMemory();
  });
}

BENCHMARK_CAPTURE(read_head, request_of_a_browser, HeadReader::Kind::Request, kRequest);
BENCHMARK_CAPTURE(read_head, small_request, HeadReader::Kind::Request, kSmallRequest);
BENCHMARK_CAPTURE(read_head, response, HeadReader::Kind::Response, kResponse);
BENCHMARK_CAPTURE(write_head, request_of_a_browser, HeadReader::Kind::Request, kRequest);
BENCHMARK_CAPTURE(write_head, response, HeadReader::Kind::Response, kResponse);

}  // namespace
