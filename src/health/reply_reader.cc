#include "health/reply_reader.h"

#include <algorithm>

#include "base/limits.h"
#include "http/h1/judge.h"

namespace sluice::health {

ReplyReader::ReplyReader(std::size_t limit, http::Method request_method)
    : limit_(limit), request_method_(request_method) {
  raw_.reserve(limit);
  reader_.start(http::h1::HeadReader::Kind::Response, head_, base::limits::kMaxHeaderFields);
}

ReplyReader::State ReplyReader::feed(std::string_view bytes) {
  if (state_ == State::Head) {
    read_head(bytes);
  } else if (state_ == State::Body) {
    read_body(bytes);
  }
  return state_;
}

ReplyReader::State ReplyReader::finish() {
  if (state_ == State::Head) state_ = State::Invalid;
  if (state_ == State::Body) state_ = State::Done;
  return state_;
}

void ReplyReader::read_head(std::string_view bytes) {
  const std::size_t taken = std::min(bytes.size(), limit_ - raw_.size());
  raw_.append(bytes.substr(0, taken));
  switch (reader_.read(raw_.data(), raw_.data() + raw_.size())) {
    case http::h1::ReadStatus::NeedMore:
      if (raw_.size() == limit_) state_ = State::Invalid;
      return;
    case http::h1::ReadStatus::Error:
      state_ = State::Invalid;
      return;
    case http::h1::ReadStatus::Done:
      break;
  }
  const std::size_t of_body = raw_.size() - reader_.consumed();
  begin_body(std::string_view(raw_).substr(raw_.size() - of_body));
  if (state_ == State::Body) read_body(bytes.substr(taken));
}

void ReplyReader::begin_body(std::string_view rest) {
  http::h1::HeadFacts facts;
  http::HeadError error;
  if (!http::h1::judge_response(head_, request_method_, false, facts, error)) {
    state_ = State::Invalid;
    return;
  }
  framing_ = facts.framing;
  remaining_ = framing_.length;
  const bool interim = head_.status < 200;  // judged as it is, like any other status
  const bool empty = framing_.kind == http::BodyKind::None ||
                     (framing_.kind == http::BodyKind::Length && remaining_ == 0);
  state_ = interim || empty ? State::Done : State::Body;
  chunks_.start();
  if (state_ == State::Body) read_body(rest);
}

void ReplyReader::take(std::string_view bytes) {
  body_.append(bytes.substr(0, limit_ - body_.size()));
  if (body_.size() == limit_) state_ = State::Done;
}

void ReplyReader::read_body(std::string_view bytes) {
  if (framing_.kind == http::BodyKind::Length) {
    const std::string_view mine =
        bytes.substr(0, std::min<std::uint64_t>(remaining_, bytes.size()));
    remaining_ -= mine.size();
    take(mine);
    if (remaining_ == 0) state_ = State::Done;
    return;
  }
  if (framing_.kind != http::BodyKind::Chunked) {
    take(bytes);
    return;
  }
  while (state_ == State::Body) {
    std::string_view data;
    switch (chunks_.next(bytes, data)) {
      case http::h1::ChunkDecoder::Status::NeedMore:
        return;
      case http::h1::ChunkDecoder::Status::Data:
        take(data);
        break;
      case http::h1::ChunkDecoder::Status::Done:
        state_ = State::Done;
        break;
      case http::h1::ChunkDecoder::Status::Error:
        state_ = State::Invalid;
        break;
    }
  }
}

}  // namespace sluice::health
