// Reads the response of an HTTP check as its bytes arrive: the head by the codec's own reader, then
// the body with its chunks decoded. Bounded by tune.bufsize: a head that does not fit is invalid, a
// body that does not fit is cut there and counts as complete (manual, "http-check expect").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/framing.h"
#include "http/h1/chunk_decoder.h"
#include "http/h1/head_reader.h"
#include "http/message.h"

namespace sluice::health {

class ReplyReader {
 public:
  enum class State : std::uint8_t { Head, Body, Done, Invalid };

  ReplyReader(std::size_t limit, http::Method request_method);

  State feed(std::string_view bytes);
  /// The peer closed. A body that was cut short is Done: what came is judged.
  State finish();

  [[nodiscard]] State state() const { return state_; }
  /// Valid once the head was read (state Body or Done).
  [[nodiscard]] std::uint16_t status() const { return head_.status; }
  [[nodiscard]] std::string_view reason() const { return head_.reason; }
  [[nodiscard]] std::string_view body() const { return body_; }
  [[nodiscard]] http::Head& head() { return head_; }
  [[nodiscard]] const http::Head& head() const { return head_; }

 private:
  void read_head(std::string_view bytes);
  void begin_body(std::string_view rest);
  void read_body(std::string_view bytes);
  void take(std::string_view bytes);

  const std::size_t limit_;
  const http::Method request_method_;
  State state_ = State::Head;
  http::h1::HeadReader reader_;
  http::h1::ChunkDecoder chunks_;
  http::Head head_;
  http::Framing framing_;
  std::uint64_t remaining_ = 0;  // of a body with a length
  std::string raw_;              // the head; never grows past its reserve, so that views stay valid
  std::string body_;
};

}  // namespace sluice::health
