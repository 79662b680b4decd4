// Decodes a chunked body (RFC 9112 §7.1), strictly: CRLF only, bounded sizes, extensions and
// trailers. Yields the data as views into what it is given: nothing is copied but a trailer
// section.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace sluice::http::h1 {

class ChunkDecoder {
 public:
  enum class Status : std::uint8_t { NeedMore, Data, Done, Error };

  void start() noexcept;
  /// Takes from the front of `input` (advanced). Data: `data` is the next piece of the body.
  /// Done: the trailer section has ended too; what is left of `input` is the next message's.
  [[nodiscard]] Status next(std::string_view& input, std::string_view& data) noexcept;
  [[nodiscard]] const char* cause() const noexcept { return cause_; }
  /// Data bytes of the present chunk still to come: those may pass without being looked at.
  [[nodiscard]] std::uint64_t opaque() const noexcept { return state_ == State::Data ? left_ : 0; }
  /// The raw trailer section as it was read (lines with CRLF), valid after Done. Usually empty.
  [[nodiscard]] std::string_view trailers() const noexcept { return trailers_; }

 private:
  enum class State : std::uint8_t {
    Size,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    Trailer,
    Done
  };
  Status fail(const char* cause) noexcept;
  Status take_size(char c) noexcept;
  Status take_trailer(char c) noexcept;

  std::uint64_t left_ = 0;
  std::size_t line_bytes_ = 0;
  std::string trailers_;
  const char* cause_ = "";
  State state_ = State::Size;
  bool any_digit_ = false;
  bool saw_cr_ = false;
};

/// Adds the fields of a trailer section that may be forwarded (RFC 9110 §6.5.1: no framing, routing
/// or authentication); false when a line is no field.
[[nodiscard]] bool read_trailers(std::string_view section, FieldList& fields);

}  // namespace sluice::http::h1
