#include "simulation/message.h"

#include <algorithm>
#include <cstdlib>

namespace sluice::simulation {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return (x | 0x20) == (y | 0x20);
         });
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

void Message::start(Kind kind, bool no_body) {
  *this = Message();
  kind_ = kind;
  no_body_ = no_body;
}

unsigned Message::status() const {
  return kind_ == Kind::Response && first_.size() > 11
             ? static_cast<unsigned>(std::atoi(first_.c_str() + 9))
             : 0;
}

std::optional<std::string> Message::field(std::string_view name) const {
  for (const auto& [own, value] : fields_) {
    if (same_name(own, name)) return value;
  }
  return std::nullopt;
}

std::uint64_t Message::number(std::string_view name, std::uint64_t otherwise) const {
  const auto text = field(name);
  return text ? std::strtoull(text->c_str(), nullptr, 10) : otherwise;
}

bool Message::closes() const {
  const std::string connection = field("Connection").value_or("");
  if (first_.find("HTTP/1.0") != std::string::npos) return !same_name(connection, "keep-alive");
  return same_name(connection, "close");
}

bool Message::bad(std::string why) {
  state_ = State::Bad;
  why_ = std::move(why);
  return false;
}

void Message::read(std::string& input, bool ended) {
  if (state_ == State::Head && !read_head(input)) return;
  if (state_ == State::Length) {
    const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    body_.append(input, 0, n);
    input.erase(0, n);
    left_ -= n;
    if (left_ == 0) state_ = State::Done;
  }
  while (state_ == State::Chunked && read_chunk(input)) {
  }
  if (state_ != State::UntilClose) return;
  body_ += input;
  input.clear();
  if (ended) state_ = State::Done;
}

/// False: it is not whole, or bad.
bool Message::read_head(std::string& input) {
  const std::size_t end = input.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  std::size_t at = input.find("\r\n");
  first_ = input.substr(0, at);
  while (at < end) {
    at += 2;
    const std::size_t eol = input.find("\r\n", at);
    const std::string line = input.substr(at, eol - at);
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) return bad("a header without a colon: " + line);
    fields_.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    at = eol;
  }
  input.erase(0, end + 4);
  if (kind_ == Kind::Response && first_.rfind("HTTP/1.", 0) != 0)
    return bad("not a status line: " + first_);
  if (kind_ == Kind::Request && first_.find(" HTTP/1.") == std::string::npos)
    return bad("not a request line: " + first_);
  return choose_framing();
}

bool Message::choose_framing() {
  const auto length = field("Content-Length");
  const auto coding = field("Transfer-Encoding");
  if (length && coding) return bad("two framings");
  const unsigned code = status();
  state_ = State::Done;
  const bool none = kind_ == Kind::Response && (code < 200 || code == 204 || code == 304);
  if (none || no_body_) return true;
  if (coding) {
    state_ = State::Chunked;
  } else if (length) {
    left_ = number("Content-Length");
    if (left_ > 0) state_ = State::Length;
  } else if (kind_ == Kind::Response) {
    state_ = State::UntilClose;
    until_close_ = true;
  }
  return true;
}

/// False: more bytes are needed, it was the last one, or it is bad.
bool Message::read_chunk(std::string& input) {
  if (last_chunk_) {  // trailers, then an empty line
    const std::size_t eol = input.find("\r\n");
    if (eol == std::string::npos) return false;
    input.erase(0, eol + 2);
    if (eol == 0) state_ = State::Done;
    return eol != 0;
  }
  const std::size_t eol = input.find("\r\n");
  if (eol == std::string::npos) return false;
  if (eol == 0 || !is_hex(input[0])) return bad("not a chunk size: " + input.substr(0, eol));
  const std::size_t size = std::strtoull(input.c_str(), nullptr, 16);
  if (size == 0) {
    last_chunk_ = true;
    input.erase(0, eol + 2);
    return true;
  }
  if (input.size() < eol + 2 + size + 2) return false;
  body_.append(input, eol + 2, size);
  if (input.compare(eol + 2 + size, 2, "\r\n") != 0) return bad("no line end after a chunk");
  input.erase(0, eol + 2 + size + 2);
  return true;
}

}  // namespace sluice::simulation
