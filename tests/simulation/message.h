// A small strict reader of HTTP/1 messages, written apart from the one under test. It takes bytes
// off the front of a buffer; anything that is not well formed is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::simulation {

class Message {
 public:
  enum class Kind : std::uint8_t { Request, Response };
  enum class State : std::uint8_t { Head, Length, Chunked, UntilClose, Done, Bad };

  /// `no_body`: a response to HEAD.
  void start(Kind kind, bool no_body);
  /// Takes what it can from `input`; `ended`: no more will come.
  void read(std::string& input, bool ended);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool has_head() const { return !first_.empty() && state_ != State::Head; }
  [[nodiscard]] const std::string& first_line() const { return first_; }
  [[nodiscard]] unsigned status() const;
  [[nodiscard]] std::optional<std::string> field(std::string_view name) const;
  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t otherwise = 0) const;
  [[nodiscard]] const std::string& body() const { return body_; }
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] bool closes() const;
  /// Its end is the connection's.
  [[nodiscard]] bool until_close() const { return until_close_; }

 private:
  bool read_head(std::string& input);
  bool choose_framing();
  bool read_chunk(std::string& input);
  bool bad(std::string why);

  Kind kind_ = Kind::Request;
  State state_ = State::Head;
  bool no_body_ = false;
  bool last_chunk_ = false;
  bool until_close_ = false;
  std::uint64_t left_ = 0;
  std::string first_;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::string body_;
  std::string why_;
};

}  // namespace sluice::simulation
