// What a client connection reads: heads, bodies, the bytes of tunnels, and its end.
#include <algorithm>
#include <cstring>

#include "proxy/client_connection.h"
#include "proxy/worker.h"

namespace sluice::proxy {

namespace {
// RFC 9112 §9.6: let the last response arrive before a reset.
constexpr std::uint64_t kLingerBytes = 524'288;
}  // namespace

void ClientConnection::read_some() noexcept {
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds && mode_ != Mode::Closed && wants_read(); ++round) {
    OutQueue* through = bulk_ ? server_queue() : nullptr;
    if (through != nullptr ? !relay(*through) : !read_once()) return;
  }
}

/// Through whose pipe the rest of the body may pass by the kernel; null: it has to be copied.
OutQueue* ClientConnection::server_queue() noexcept {
  const bool length = mode_ == Mode::Length && left_ >= base::limits::kRelayedBytes;
  if ((!length && mode_ != Mode::Opaque) || !exchange_ || !stream_->is_plain()) return nullptr;
  if (state_ && state_->pending_capacity != 0) return nullptr;
  return exchange_->request_relay_queue();
}

/// Once a pipe holds something nothing else may be read: false.
bool ClientConnection::relay(OutQueue& through) noexcept {
  if (through.pipe()->held() > 0) return false;
  const std::uint64_t most = mode_ == Mode::Length ? left_ : UINT64_MAX;
  const net::IoResult result =
      through.pipe()->fill(*stream_, std::min<std::uint64_t>(most, base::limits::kPipeBytes));
  if (result.status == net::IoStatus::WouldBlock) return false;
  if (result.status != net::IoStatus::Ok) {
    on_end_of_stream(result.status == net::IoStatus::Error);
    return false;
  }
  bulk_ = result.bytes >= worker_.blocks().block_bytes();
  touch();
  exchange_->on_request_relayed(result.bytes);
  if (mode_ != Mode::Length) return false;
  left_ -= result.bytes;
  if (left_ == 0) body_ended({}, {});
  return false;
}

/// False: nothing more is there now.
bool ClientConnection::read_once() noexcept {
  const bool contiguous = state_ && state_->pending_capacity != 0;
  iovec vector{};
  if (contiguous) {
    const std::string_view bytes = state_->pending.bytes;
    vector = {const_cast<char*>(bytes.data()) + bytes.size(),
              state_->pending_capacity - bytes.size()};
  } else {
    if (!worker_.reads().reserve(4096)) {
      close_now();
      return false;
    }
    vector = {worker_.reads().data(), worker_.reads().room()};
  }
  const net::IoResult result = stream_->try_read(&vector, 1);
  if (result.status == net::IoStatus::WouldBlock) return false;
  if (result.status != net::IoStatus::Ok) {
    on_end_of_stream(result.status == net::IoStatus::Error);
    return false;
  }
  base::Slice slice;
  if (contiguous) {
    slice = std::move(state_->pending);
    slice.bytes = {slice.bytes.data(), slice.bytes.size() + result.bytes};
    state_->pending = {};
  } else {
    slice = worker_.reads().take(result.bytes);
  }
  const bool full = result.bytes == vector.iov_len;
  bulk_ = full && (mode_ == Mode::Length || mode_ == Mode::Opaque);
  take_bytes(std::move(slice));
  return mode_ != Mode::Closed && (full || stream_->has_buffered());
}

void ClientConnection::take_bytes(base::Slice slice) noexcept {
  switch (mode_) {
    case Mode::Idle:
      begin_exchange();
      take_head(std::move(slice));
      return;
    case Mode::Head:
      take_head(std::move(slice));
      return;
    case Mode::Length:
    case Mode::Chunked:
      take_body(std::move(slice));
      return;
    case Mode::Opaque:
      touch();
      exchange_->on_request_body(std::move(slice));
      return;
    case Mode::Ended:  // the next request waits for the response to this one
      state_->pending = std::move(slice);
      state_->pending_capacity = 0;
      update_interest();
      return;
    default:  // draining: dropped, but not without end
      left_ += slice.bytes.size();
      if (left_ > kLingerBytes) dispose();
      return;
  }
}

/// A head that is not whole moves once to a block of its own, where the rest is read behind it.
void ClientConnection::keep_partial(base::Slice slice) noexcept {
  const std::size_t limit = worker_.max_head_bytes();
  if (slice.bytes.size() >= limit) {
    if (state_->reader.has_first_line())
      refuse_head(431, "the request's head is too large", slice.bytes);
    else
      refuse_head(414, "the request line is too long", slice.bytes);
    return;
  }
  if (state_->pending_capacity != 0) {
    state_->pending = std::move(slice);
    return;
  }
  base::BlockRef block = worker_.blocks().take();
  if (!block) {
    close_now();
    return;
  }
  std::memcpy(block.data(), slice.bytes.data(), slice.bytes.size());
  state_->pending_capacity = std::min(block.capacity(), limit);
  state_->pending = {block, {block.data(), slice.bytes.size()}};
  state_->reader.start(http::h1::HeadReader::Kind::Request, exchange_->request_head(),
                       worker_.max_fields());
  const char* begin = state_->pending.bytes.data();
  (void)state_->reader.read(
      begin, begin + state_->pending.bytes.size());  // its views lie in the new block
}

void ClientConnection::take_head(base::Slice slice) noexcept {
  const char* begin = slice.bytes.data();
  switch (state_->reader.read(begin, begin + slice.bytes.size())) {
    case http::h1::ReadStatus::NeedMore:
      keep_partial(std::move(slice));
      return;
    case http::h1::ReadStatus::Error:
      refuse_head(state_->reader.error().status, state_->reader.error().cause, slice.bytes);
      return;
    case http::h1::ReadStatus::Done:
      break;
  }
  state_->pending_capacity = 0;
  const std::size_t size = state_->reader.consumed();
  if (size > worker_.max_head_bytes()) {
    refuse_head(431, "the request's head is too large", slice.bytes);
    return;
  }
  http::h1::HeadFacts facts;
  http::HeadError error;
  exchange_->hold_head({slice.block, slice.bytes.substr(0, size)});
  if (!http::h1::judge_request(exchange_->request_head(), facts, error)) {
    refuse_head(error.status, error.cause, slice.bytes);
    return;
  }
  version_ = exchange_->request_head().version;
  keep_alive_ = facts.keep_alive;
  base::Slice rest{slice.block, slice.bytes.substr(size)};
  switch (facts.framing.kind) {
    case http::BodyKind::Length:
      mode_ = Mode::Length;
      left_ = facts.framing.length;
      break;
    case http::BodyKind::Chunked:
      mode_ = Mode::Chunked;
      state_->chunks.start();
      break;
    default:
      mode_ = Mode::Ended;
      break;
  }
  if (mode_ == Mode::Ended && !rest.bytes.empty()) take_bytes(std::move(rest));
  disarm();
  exchange_->on_request_head(facts);
  if (mode_ == Mode::Closed || finished_) return;
  if ((mode_ == Mode::Length || mode_ == Mode::Chunked) && !rest.bytes.empty())
    take_body(std::move(rest));
  else if (mode_ == Mode::Length || mode_ == Mode::Chunked)
    touch();
}

void ClientConnection::refuse_head(std::uint16_t status, const char* cause,
                                   std::string_view bytes) noexcept {
  exchange_->capture(Exchange::Side::Request, bytes, state_->reader.consumed(), cause);
  keep_alive_ = false;
  version_ = http::Version::Http11;
  mode_ = Mode::Ended;
  state_->pending = {};
  state_->pending_capacity = 0;
  Failure failure = Failure::BadRequest;
  switch (status) {
    case 414:
      failure = Failure::UriTooLong;
      break;
    case 431:
      failure = Failure::HeadTooLarge;
      break;
    case 501:
      failure = Failure::NotImplemented;
      break;
    case 505:
      failure = Failure::VersionUnsupported;
      break;
    default:
      break;
  }
  exchange_->on_request_failure(failure, cause);
}

void ClientConnection::take_body(base::Slice slice) noexcept {
  touch();
  if (mode_ == Mode::Chunked) {
    take_chunked(std::move(slice));
    return;
  }
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, slice.bytes.size()));
  left_ -= n;
  base::Slice rest{slice.block, slice.bytes.substr(n)};
  slice.bytes = slice.bytes.substr(0, n);
  const bool last = left_ == 0;
  exchange_->on_request_body(std::move(slice));
  if (last && mode_ == Mode::Length) body_ended(std::move(rest), {});
}

void ClientConnection::take_chunked(base::Slice slice) noexcept {
  std::string_view input = slice.bytes;
  while (mode_ == Mode::Chunked) {
    std::string_view data;
    switch (state_->chunks.next(input, data)) {
      case http::h1::ChunkDecoder::Status::Data:
        exchange_->on_request_body({slice.block, data});
        break;
      case http::h1::ChunkDecoder::Status::NeedMore:
        return;
      case http::h1::ChunkDecoder::Status::Error:
        keep_alive_ = false;
        mode_ = Mode::Ended;
        exchange_->on_request_failure(Failure::BadRequest, state_->chunks.cause());
        return;
      case http::h1::ChunkDecoder::Status::Done:
        body_ended({slice.block, input}, state_->chunks.trailers());
        return;
    }
  }
}

void ClientConnection::body_ended(base::Slice rest, std::string_view trailers) noexcept {
  mode_ = Mode::Ended;
  disarm();
  if (!rest.bytes.empty()) take_bytes(std::move(rest));
  update_interest();
  exchange_->on_request_end(trailers);
}

void ClientConnection::on_end_of_stream(bool reset) noexcept {
  eof_ = true;
  update_interest();
  switch (mode_) {
    case Mode::Idle:
      if (facts_.request_number == 0 && !frontend_->config->dontlognull) {
        begin_exchange();  // HAProxy logs a connection that brings nothing, unless told not to
        break;
      }
      dispose();
      return;
    case Mode::Handshake:
    case Mode::Draining:
      dispose();
      return;
    case Mode::Closed:
      return;
    default:
      break;
  }
  keep_alive_ = false;
  if (!exchange_ || finished_) {
    dispose();
    return;
  }
  if (reset)
    exchange_->on_client_error();
  else if (mode_ == Mode::Head) {
    mode_ = Mode::Ended;
    exchange_->on_request_failure(Failure::RequestAborted,
                                  "the client closed in the middle of the head");
  } else {
    exchange_->on_client_eof();
  }
}

}  // namespace sluice::proxy
