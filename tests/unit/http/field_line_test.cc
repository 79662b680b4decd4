// Plain field lines: taken in one pass, and never what llhttp would not take in the same way.
#include "http/h1/field_line.h"

#include <llhttp.h>

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "base/text.h"
#include "support/catch.h"

using namespace sluice::http;
using namespace sluice::http::h1;

namespace {

using Taken = std::optional<std::pair<std::string, std::string>>;

/// From bytes with nothing behind them, so that a sanitizer sees a look too far.
Taken take(const std::string& line, std::size_t shown) {
  const auto bytes = std::make_unique<char[]>(shown);
  line.copy(bytes.get(), shown);
  Field field;
  const char* next = take_plain_line(bytes.get(), bytes.get() + shown, field);
  if (next == nullptr) return std::nullopt;
  CHECK(next - bytes.get() == static_cast<std::ptrdiff_t>(line.find('\n') + 1));
  CHECK(field.id == field_id(field.name));
  return std::pair{std::string(field.name), std::string(field.value)};
}
Taken take(const std::string& line) { return take(line, line.size()); }

struct Seen {
  std::string name, value;
  int fields = 0;
};

/// What llhttp makes of a request with that line alone.
Taken by_llhttp(const std::string& line) {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_header_field = [](llhttp_t* parser, const char* at, std::size_t size) {
    static_cast<Seen*>(parser->data)->name.append(at, size);
    return 0;
  };
  settings.on_header_value = [](llhttp_t* parser, const char* at, std::size_t size) {
    static_cast<Seen*>(parser->data)->value.append(at, size);
    return 0;
  };
  settings.on_header_field_complete = [](llhttp_t* parser) {
    ++static_cast<Seen*>(parser->data)->fields;
    return 0;
  };
  Seen seen;
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  parser.data = &seen;
  const std::string message = "GET / HTTP/1.1\r\n" + line + "\r\n";
  if (llhttp_execute(&parser, message.data(), message.size()) != HPE_OK || seen.fields != 1)
    return std::nullopt;
  return std::pair{seen.name, std::string(sluice::base::trim(seen.value))};
}

std::string with(std::string line, std::size_t at, unsigned byte) {
  line[at] = static_cast<char>(byte);
  return line;
}

}  // namespace

TEST_CASE("a plain field line is its name and its trimmed value") {
  CHECK(take("Accept: */*\r\n") == Taken{{"Accept", "*/*"}});
  CHECK(take("X:\r\n") == Taken{{"X", ""}});
  CHECK(take("X: \t \r\n") == Taken{{"X", ""}});
  CHECK(take("x-a:b\tc \t\r\nY: 1\r\n") == Taken{{"x-a", "b\tc"}});
  CHECK(take("X: \xC3\xA4\x80\xFF\r\n") == Taken{{"X", "\xC3\xA4\x80\xFF"}});
  const std::string longer(1000, 'v');
  CHECK(take("Cookie: " + longer + "\r\n") == Taken{{"Cookie", longer}});
}

TEST_CASE("a line that is not plain is left alone") {
  for (const char* line : {"\r\n", ": x\r\n", " X: y\r\n", "\tX: y\r\n", "X : y\r\n", "X y: z\r\n",
                           "X\r\n", "X: y\n", "X: a\rb\r\n", "X: a\nb\r\n", "X: a\x01\r\n",
                           "X: a\x7F\r\n", "X\x80: y\r\n", "X: y\r\r\n"}) {
    INFO(line);
    CHECK(!take(line));
  }
  CHECK(!take(std::string("X: a\0b\r\n", 8)));
}

TEST_CASE("framing that is not plain is left to llhttp") {
  for (const char* line :
       {"Transfer-Encoding: chunked\r\n", "transfer-encoding:\r\n", "Content-Length:\r\n",
        "Content-Length: +1\r\n", "content-length: 1,1\r\n", "Content-Length: 0x1\r\n",
        "Content-Length: 1 1\r\n", "Content-Length: 1\t\r\n",
        "Content-Length: 1234567890123456789\r\n"}) {
    INFO(line);
    CHECK(!take(line));
  }
  CHECK(take("Content-Length: 123456789012345678\r\n") ==
        Taken{{"Content-Length", "123456789012345678"}});
  CHECK(take("Content_Length: x\r\n"));
}

TEST_CASE("a line that has not come whole is left alone, wherever it is cut") {
  const std::string line = "X-Something: a value of more than sixteen bytes\tand a tab\r\n";
  for (std::size_t shown = 0; shown < line.size(); ++shown) CHECK(!take(line, shown));
  CHECK(take(line));
}

TEST_CASE("every byte at every place is judged as llhttp judges it") {
  const std::string line = GENERATE(std::string("Xa-b: some value, 16 and 32 bytes of it\r\n"),
                                    std::string("Connection: close\r\n"),
                                    std::string("A-Name-Of-More-Than-16-Bytes: v\r\n"),
                                    std::string("Content-Length: 12\r\n"),
                                    std::string("Upgrade: h2c\r\n"), std::string("0:1\r\n"));
  for (std::size_t at = 0; at + 2 < line.size(); ++at) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      const std::string changed = with(line, at, byte);
      // A folded line, an empty name, a CRLF or a colon elsewhere: lines of their own kind.
      if (at == 0 && (byte == ' ' || byte == '\t' || byte == ':' || byte == '\r')) continue;
      if (byte == '\n') continue;
      if (!take(changed) &&
          field_id(changed.substr(0, changed.find(':'))) == FieldId::ContentLength)
        continue;  // left to llhttp, whatever it says
      INFO("byte " << byte << " at " << at);
      CHECK(take(changed) == by_llhttp(changed));
    }
  }
}

TEST_CASE("what is taken of random lines, llhttp takes as the same field") {
  std::mt19937 random(7);
  const std::string bytes = "aZ0-_:: \t\r\n\x01\x7F\x80~\"(";
  int taken = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string line;
    for (unsigned left = random() % 40; left > 0; --left) line += bytes[random() % bytes.size()];
    line.insert(random() % 2 == 0 ? 0 : line.size(), "Ab:");
    line += "\r\n";
    const Taken got = take(line);
    if (!got) continue;
    ++taken;
    line.resize(line.find('\n') + 1);
    INFO(line);
    CHECK(by_llhttp(line) == got);
  }
  CHECK(taken > 1000);
}
