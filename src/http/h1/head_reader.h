// Reads the head of an HTTP/1 message: lines are found here (strictly: CRLF only, no folding, no
// bare LF; RFC 9112 §2.2, §5.2), plain field lines are taken as they are (h1/field_line.h), every
// other line is parsed by llhttp, what llhttp lets through is judged in h1/judge.h. The bytes of
// one head must be contiguous and stay where they are between calls. Memory: fixed. One reader is
// reused for message after message.
#pragma once

#include <llhttp.h>

#include <cstddef>
#include <cstdint>

#include "http/framing.h"
#include "http/message.h"

namespace sluice::http::h1 {

enum class ReadStatus : std::uint8_t { NeedMore, Done, Error };

class HeadReader {
 public:
  enum class Kind : std::uint8_t { Request, Response };

  HeadReader();
  HeadReader(const HeadReader&) = delete;
  HeadReader& operator=(const HeadReader&) = delete;

  /// For the next message. `head` is filled with views into the bytes given to read().
  void start(Kind kind, Head& head, std::size_t max_fields) noexcept;
  /// `begin` is where the message's bytes start (the same at each call until Done), `end` where
  /// they end now. On Done, `consumed()` bytes were the head, the empty line included.
  [[nodiscard]] ReadStatus read(const char* begin, const char* end) noexcept;
  [[nodiscard]] std::size_t consumed() const noexcept { return scanned_; }
  [[nodiscard]] const HeadError& error() const noexcept { return error_; }
  /// The request line is whole (it tells 414 from 431 when the buffer is full).
  [[nodiscard]] bool has_first_line() const noexcept { return lines_ > 0; }
  [[nodiscard]] bool started() const noexcept { return scanned_ > 0 || lines_ > 0 || seen_ > 0; }

 private:
  friend struct Callbacks;
  ReadStatus fail(std::uint16_t status, const char* cause) noexcept;
  ReadStatus take_first(const char* line, const char* end) noexcept;
  ReadStatus read_fields(const char* begin, const char* end) noexcept;
  const char* next_line(const char* begin, const char* end) noexcept;
  ReadStatus first_line(const char* line, const char* end) noexcept;
  bool take_line(const char* line, const char* end) noexcept;
  ReadStatus parse_line(const char* line, const char* end) noexcept;
  ReadStatus finish(const char* line, const char* end) noexcept;
  bool feed(const char* at, std::size_t size) noexcept;
  bool check_method_so_far(const char* at, const char* end) noexcept;

  llhttp_t parser_;
  Head* head_ = nullptr;
  std::size_t scanned_ = 0;  // bytes up to the end of the last complete line
  std::size_t seen_ = 0;     // bytes looked at for a line feed
  std::size_t lines_ = 0;    // complete lines, a leading empty one not counted
  std::size_t max_fields_ = 0;
  HeadError error_;
  Kind kind_ = Kind::Request;
  bool skipped_empty_ = false;
  bool name_open_ = false;  // a field's name came, its value not yet
  bool complete_ = false;
  bool too_many_ = false;
};

}  // namespace sluice::http::h1
