#include "http/h1/chunk_decoder.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace sluice::http::h1 {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_field_text(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u == '\t' || (u >= 0x20 && u != 0x7F);
}

}  // namespace

void ChunkDecoder::start() noexcept {
  left_ = 0;
  line_bytes_ = 0;
  trailers_.clear();
  cause_ = "";
  state_ = State::Size;
  any_digit_ = saw_cr_ = false;
}

ChunkDecoder::Status ChunkDecoder::fail(const char* cause) noexcept {
  cause_ = cause;
  return Status::Error;
}

ChunkDecoder::Status ChunkDecoder::take_size(char c) noexcept {
  if (++line_bytes_ > base::limits::kMaxChunkLineBytes)
    return fail("a chunk line that is too long");
  if (state_ == State::SizeLf) {
    if (c != '\n') return fail("a chunk line ends without LF");
    line_bytes_ = 0;
    state_ = left_ == 0 ? State::TrailerStart : State::Data;
    return Status::NeedMore;
  }
  if (c == '\r') {
    if (!any_digit_) return fail("a chunk without a size");
    state_ = State::SizeLf;
    return Status::NeedMore;
  }
  if (state_ == State::Extension) {
    return is_field_text(c) ? Status::NeedMore : fail("a control character in a chunk extension");
  }
  if (c == ';' || c == ' ' || c == '\t') {  // BWS and extensions are read and dropped
    if (!any_digit_ || c != ';') return fail("a malformed chunk size");
    state_ = State::Extension;
    return Status::NeedMore;
  }
  const int digit = hex_value(c);
  if (digit < 0) return fail("a malformed chunk size");
  if (line_bytes_ > 16 || left_ > (UINT64_MAX >> 5)) return fail("a chunk size that is too large");
  left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
  any_digit_ = true;
  return Status::NeedMore;
}

ChunkDecoder::Status ChunkDecoder::take_trailer(char c) noexcept {
  if (trailers_.size() >= base::limits::kMaxTrailerBytes)
    return fail("a trailer section that is too long");
  if (saw_cr_) {
    if (c != '\n') return fail("a trailer line ends without LF");
    saw_cr_ = false;
    if (state_ == State::TrailerStart) {
      state_ = State::Done;
      return Status::Done;
    }
    trailers_ += "\r\n";
    state_ = State::TrailerStart;
    return Status::NeedMore;
  }
  if (c == '\r') {
    saw_cr_ = true;
    return Status::NeedMore;
  }
  if (!is_field_text(c)) return fail("a control character in a trailer");
  state_ = State::Trailer;
  trailers_ += c;
  return Status::NeedMore;
}

ChunkDecoder::Status ChunkDecoder::next(std::string_view& input, std::string_view& data) noexcept {
  while (!input.empty()) {
    switch (state_) {
      case State::Data: {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
        data = input.substr(0, n);
        input.remove_prefix(n);
        left_ -= n;
        if (left_ == 0) state_ = State::DataCr;
        return Status::Data;
      }
      case State::DataCr:
      case State::DataLf: {
        const char expected = state_ == State::DataCr ? '\r' : '\n';
        if (input.front() != expected) return fail("chunk data is not followed by CRLF");
        input.remove_prefix(1);
        if (state_ == State::DataCr) {
          state_ = State::DataLf;
        } else {
          state_ = State::Size;
          any_digit_ = false;
          line_bytes_ = 0;
        }
        break;
      }
      case State::Size:
      case State::Extension:
      case State::SizeLf: {
        const Status status = take_size(input.front());
        if (status == Status::Error) return status;
        input.remove_prefix(1);
        break;
      }
      case State::TrailerStart:
      case State::Trailer: {
        const Status status = take_trailer(input.front());
        if (status == Status::Error) return status;
        input.remove_prefix(1);
        if (status == Status::Done) return status;
        break;
      }
      case State::Done:
        return Status::Done;
    }
  }
  return state_ == State::Done ? Status::Done : Status::NeedMore;
}

bool read_trailers(std::string_view section, FieldList& fields) {
  while (!section.empty()) {
    const std::size_t end = section.find("\r\n");
    const std::string_view line = section.substr(0, end);
    section.remove_prefix(end == std::string_view::npos ? section.size() : end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const std::string_view name = line.substr(0, colon);
    if (name.find_first_of(" \t") != std::string_view::npos) return false;
    switch (const FieldId id = field_id(name)) {
      case FieldId::Other:
      case FieldId::Date:
      case FieldId::UserAgent:
        fields.add(id, name, base::trim(line.substr(colon + 1)));
        break;
      default:
        break;  // framing, routing, authentication, hop-by-hop: dropped
    }
  }
  return true;
}

}  // namespace sluice::http::h1
