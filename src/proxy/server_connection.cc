#include "proxy/server_connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/crash_context.h"
#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace sluice::proxy {

ServerConnection::ServerConnection(Worker& worker, std::shared_ptr<model::ServerLive> server,
                                   std::shared_ptr<void> tls, std::uint64_t pool_key)
    : worker_(worker),
      server_(std::move(server)),
      tls_(std::move(tls)),
      pool_key_(pool_key),
      address_generation_(server_->address_generation()) {}

ServerConnection::~ServerConnection() {
  if (tls_counted_) worker_.shared().tls.connections.decrease();
}

void ServerConnection::establish(Exchange& exchange) {
  exchange_ = &exchange;
  mode_ = Mode::Connecting;
  on_establishing();
}

void ServerConnection::on_establishing() noexcept {
  switch (stream_->establish()) {
    case net::Establish::Pending:
      return;
    case net::Establish::Failed: {
      Exchange* exchange = exchange_;
      const int error = stream_->failure();
      const char* text = error != 0 ? std::strerror(error) : stream_->failure_text();
      exchange->on_connect_failed(error, text);
      return;
    }
    case net::Establish::Done:
      break;
  }
  if (const net::TlsInfo* info = stream_->tls_info()) {
    worker_.shared().tls.begun();
    tls_counted_ = true;
    if (!info->resumed) worker_.shared().tls.server_keys.add(worker_.now().ms());
  }
  mode_ = Mode::Ended;
  update_interest();
  exchange_->on_connected();
}

void ServerConnection::attach(Exchange& exchange) {
  exchange_ = &exchange;
  disarm();
  base::ListNode<struct IdleTag>::unlink();
}

void ServerConnection::expect_response(http::Head& response, http::Method method,
                                       bool upgrade_asked) {
  ++requests_;
  head_ = &response;
  method_ = method;
  upgrade_asked_ = upgrade_asked;
  response_bytes_ = 0;
  facts_ = {};
  read_wanted_ = true;
  extra_bytes_ = false;
  expect_next_head();
}

void ServerConnection::expect_next_head() {
  reader_.start(http::h1::HeadReader::Kind::Response, *head_, worker_.max_fields());
  mode_ = Mode::Head;
}

bool ServerConnection::reusable() const {
  return mode_ == Mode::Ended && facts_.keep_alive && !ended_ && !extra_bytes_ && out_.empty() &&
         response_bytes_ > 0;
}

void ServerConnection::become_idle(std::uint64_t deadline_ms) {
  mode_ = Mode::Idle;
  out_.end_relay();
  read_wanted_ = true;
  update_interest();
  arm(worker_.timers(), deadline_ms);
}

void ServerConnection::set_read_flow(bool wanted) {
  if (read_wanted_ == wanted) return;
  read_wanted_ = wanted;
  update_interest();
}

void ServerConnection::update_interest() noexcept {
  if (mode_ == Mode::Connecting) return;
  stream_->want({read_wanted_ && !ended_, write_blocked_});
}

void ServerConnection::on_timer() noexcept {
  Worker::EventScope scope(worker_);
  if (mode_ == Mode::Idle) worker_.idle_pool().remove(*this);
}

void ServerConnection::flush_now() noexcept {
  // Without an exchange it was given up: what it still holds is not for the server any more.
  if (out_.empty() || mode_ == Mode::Connecting || exchange_ == nullptr) return;
  int error = 0;
  switch (out_.flush(*stream_, error)) {
    case OutQueue::Flush::Failed:
      // What the server said before it closed may still be read (an early 413).
      out_.clear();
      write_blocked_ = false;
      update_interest();
      if (read_wanted_ && !ended_)
        read_some();
      else
        fault(ServerFault::Reset, std::strerror(error));
      return;
    case OutQueue::Flush::Blocked:
      if (!write_blocked_) {
        write_blocked_ = true;
        update_interest();
      }
      return;
    case OutQueue::Flush::Empty:
      break;
  }
  if (write_blocked_) {
    write_blocked_ = false;
    update_interest();
  }
  if (exchange_ != nullptr) exchange_->on_server_drained();
}

void ServerConnection::on_stream_ready(bool readable, bool writable) noexcept {
  Worker::EventScope scope(worker_);
  const base::CrashScope work(&phase_of_exchange, exchange_);
  if (mode_ == Mode::Connecting) {
    on_establishing();
    return;
  }
  if (mode_ == Mode::Idle) {  // a byte, EOF or an error: it is of no more use
    worker_.idle_pool().remove(*this);
    return;
  }
  if (writable && write_blocked_) flush_now();
  bulk_reads_left_ = base::limits::kFastRelayReads;
  if (readable && exchange_ != nullptr && read_wanted_ && !ended_) read_some();
}

/// A full read was written as a whole, so the next may follow in the same event: fewer and larger
/// writes wake the reader less often, which costs more than the writing.
void ServerConnection::continue_now() noexcept {
  const bool more = exchange_ != nullptr && read_wanted_ && !ended_ && wants_bulk();
  if (more && exchange_->client_drained()) read_some();
}

void ServerConnection::read_some() noexcept {
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    if (OutQueue* through = wants_bulk() ? relay_queue() : nullptr) {
      if (!relay(*through)) return;
      continue;
    }
    if (wants_bulk()) {
      if (!read_bulk()) return;
      continue;
    }
    char* into = nullptr;
    std::size_t room = 0;
    const bool contiguous = static_cast<bool>(partial_.block);
    if (contiguous) {
      into = const_cast<char*>(partial_.bytes.data()) + partial_.bytes.size();
      room = partial_capacity_ - partial_.bytes.size();
    } else {
      if (!worker_.responses().reserve(bulk_ ? worker_.blocks().block_bytes() : 4096)) {
        fault(ServerFault::Reset, "no buffer is left");
        return;
      }
      into = worker_.responses().data();
      room = worker_.responses().room();
    }
    iovec vector{into, room};
    const net::IoResult result = stream_->try_read(&vector, 1);
    if (result.status == net::IoStatus::WouldBlock) return;
    if (result.status != net::IoStatus::Ok) {
      on_end_of_stream(result.status == net::IoStatus::Error, result.error);
      return;
    }
    response_bytes_ += result.bytes;
    bulk_ = result.bytes == room;
    base::Slice slice;
    if (contiguous) {
      partial_.bytes = {partial_.bytes.data(), partial_.bytes.size() + result.bytes};
      slice = std::move(partial_);
      partial_ = {};
    } else {
      slice = worker_.responses().take(result.bytes);
    }
    if (!take_bytes(std::move(slice))) return;
    if (exchange_ == nullptr || !read_wanted_ || ended_) return;
    if (!bulk_ && !stream_->has_buffered()) return;
  }
}

/// A body whose end is known beforehand or is the connection's: nothing of another message follows.
bool ServerConnection::wants_bulk() const noexcept {
  if (!bulk_) return false;
  return mode_ == Mode::Length || mode_ == Mode::UntilClose || mode_ == Mode::Opaque;
}

OutQueue* ServerConnection::relay_into() {
  if (!stream_->is_plain()) return nullptr;
  if (out_.pipe() == nullptr) out_.relay_through(worker_.pipes().take());
  return out_.pipe() != nullptr ? &out_ : nullptr;
}

OutQueue* ServerConnection::relay_queue() noexcept {
  if (!stream_->is_plain() || stream_->has_buffered()) return nullptr;
  if (mode_ == Mode::Length && left_ < base::limits::kRelayedBytes) return nullptr;
  return exchange_->relay_queue();
}

/// Once a pipe holds something nothing else may be read: false.
bool ServerConnection::relay(OutQueue& through) noexcept {
  if (through.pipe()->held() > 0) return false;
  const std::uint64_t most = mode_ == Mode::Length ? left_ : UINT64_MAX;
  const net::IoResult result =
      through.pipe()->fill(*stream_, std::min<std::uint64_t>(most, base::limits::kPipeBytes));
  if (result.status == net::IoStatus::WouldBlock) return false;
  if (result.status != net::IoStatus::Ok) {
    on_end_of_stream(result.status == net::IoStatus::Error, result.error);
    return false;
  }
  response_bytes_ += result.bytes;
  bulk_ = result.bytes >= worker_.blocks().block_bytes();
  exchange_->on_response_relayed(result.bytes);
  if (mode_ != Mode::Length || exchange_ == nullptr) return false;
  left_ -= result.bytes;
  if (left_ == 0) end_response();
  return false;
}

/// Reads into several blocks at once, no further than the body's end; it all goes out in one write
/// when the event ends. True: more is there that no event will tell of.
bool ServerConnection::read_bulk() noexcept {
  using base::limits::kFastRelayBlocks, base::limits::kFastRelayReads, base::limits::kRelayBlocks;
  std::array<base::BlockRef, kFastRelayBlocks> blocks;
  std::array<iovec, kFastRelayBlocks> vectors;
  const std::size_t most = bulk_reads_left_ < kFastRelayReads ? kFastRelayBlocks : kRelayBlocks;
  std::size_t count = 0;
  std::uint64_t wanted = mode_ == Mode::Length ? left_ : UINT64_MAX;
  for (; count < most && wanted > 0; ++count) {
    blocks[count] = worker_.blocks().take();
    if (!blocks[count]) break;
    const std::size_t room = std::min<std::uint64_t>(blocks[count].capacity(), wanted);
    vectors[count] = {blocks[count].data(), room};
    wanted -= room;
  }
  if (count == 0) {
    fault(ServerFault::Reset, "no buffer is left");
    return false;
  }
  const net::IoResult result = stream_->try_read(vectors.data(), static_cast<int>(count));
  if (result.status == net::IoStatus::WouldBlock) return false;
  if (result.status != net::IoStatus::Ok) {
    on_end_of_stream(result.status == net::IoStatus::Error, result.error);
    return false;
  }
  response_bytes_ += result.bytes;
  bulk_ = result.bytes >= vectors[0].iov_len;
  if (result.bytes >= count * vectors[0].iov_len && bulk_reads_left_ > 0) {
    --bulk_reads_left_;
    worker_.continue_later(*this);
  }
  std::size_t left = result.bytes;
  for (std::size_t i = 0; left > 0; ++i) {
    const std::size_t size = std::min(left, vectors[i].iov_len);
    left -= size;
    const char* bytes = blocks[i].data();
    if (!take_bytes({std::move(blocks[i]), {bytes, size}})) return false;
  }
  return exchange_ != nullptr && read_wanted_ && !ended_ && stream_->has_buffered();
}

/// False: the connection was given up or given away.
bool ServerConnection::take_bytes(base::Slice slice) noexcept {
  switch (mode_) {
    case Mode::Head:
    case Mode::Interim:
      return take_head(std::move(slice));
    case Mode::Length:
    case Mode::Chunked:
    case Mode::UntilClose:
    case Mode::Opaque:
      return take_body(std::move(slice));
    default:
      extra_bytes_ = true;
      return true;
  }
}

/// A head that is not whole moves once to a block of its own, where the rest is read behind it.
bool ServerConnection::keep_partial(const base::Slice& slice) noexcept {
  if (slice.bytes.size() >= worker_.max_head_bytes()) {
    fault(ServerFault::HeadTooLarge, "the response's head is too large");
    return false;
  }
  const bool has_own = slice.block.get() != nullptr && partial_capacity_ != 0 &&
                       slice.bytes.data() == slice.block.data();
  if (has_own) {
    partial_ = slice;
    return true;
  }
  base::BlockRef block = worker_.blocks().take();
  if (!block) {
    fault(ServerFault::Reset, "no buffer is left");
    return false;
  }
  std::memcpy(block.data(), slice.bytes.data(), slice.bytes.size());
  partial_.bytes = {block.data(), slice.bytes.size()};
  partial_capacity_ = block.capacity();
  partial_.block = std::move(block);
  reader_.start(http::h1::HeadReader::Kind::Response, *head_, worker_.max_fields());
  const char* begin = partial_.bytes.data();
  (void)reader_.read(begin, begin + partial_.bytes.size());  // its views lie in the new block
  return true;
}

bool ServerConnection::take_head(base::Slice slice) noexcept {
  const char* begin = slice.bytes.data();
  const char* end = begin + slice.bytes.size();
  switch (reader_.read(begin, end)) {
    case http::h1::ReadStatus::NeedMore:
      return keep_partial(slice);
    case http::h1::ReadStatus::Error:
      refuse_head(slice.bytes, reader_.error().cause);
      return false;
    case http::h1::ReadStatus::Done:
      break;
  }
  partial_capacity_ = 0;
  http::HeadError error;
  if (!http::h1::judge_response(*head_, method_, upgrade_asked_, facts_, error)) {
    refuse_head(slice.bytes, error.cause);
    return false;
  }
  base::Slice rest{slice.block, slice.bytes.substr(reader_.consumed())};
  exchange_->hold_response(slice.block);
  const bool interim = head_->status < 200 && head_->status != 101;
  mode_ = Mode::Interim;
  exchange_->on_response_head();
  if (exchange_ == nullptr) return false;
  if (interim) return rest.bytes.empty() ? true : take_head(std::move(rest));
  if (mode_ == Mode::Opaque) return rest.bytes.empty() ? true : take_body(std::move(rest));
  return begin_body(std::move(rest));
}

void ServerConnection::refuse_head(std::string_view bytes, const char* cause) noexcept {
  if (exchange_ != nullptr)
    exchange_->capture(Exchange::Side::Response, bytes, reader_.consumed(), cause);
  fault(ServerFault::BadResponse, cause);
}

bool ServerConnection::begin_body(base::Slice rest) noexcept {
  switch (facts_.framing.kind) {
    case http::BodyKind::None:
      extra_bytes_ = !rest.bytes.empty();
      end_response();
      return false;
    case http::BodyKind::Length:
      mode_ = Mode::Length;
      left_ = facts_.framing.length;
      break;
    case http::BodyKind::Chunked:
      mode_ = Mode::Chunked;
      chunks_.start();
      break;
    case http::BodyKind::UntilClose:
      mode_ = Mode::UntilClose;
      break;
    case http::BodyKind::Tunnel:
      mode_ = Mode::Opaque;
      break;
  }
  return rest.bytes.empty() ? true : take_body(std::move(rest));
}

bool ServerConnection::take_body(base::Slice slice) noexcept {
  switch (mode_) {
    case Mode::Length: {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, slice.bytes.size()));
      left_ -= n;
      extra_bytes_ = n < slice.bytes.size();
      slice.bytes = slice.bytes.substr(0, n);
      exchange_->on_response_body(std::move(slice));
      if (exchange_ == nullptr) return false;
      if (left_ > 0) return true;
      end_response();
      return false;
    }
    case Mode::Chunked:
      return take_chunked(std::move(slice));
    default:
      exchange_->on_response_body(std::move(slice));
      return exchange_ != nullptr;
  }
}

bool ServerConnection::take_chunked(base::Slice slice) noexcept {
  std::string_view input = slice.bytes;
  for (;;) {
    std::string_view data;
    switch (chunks_.next(input, data)) {
      case http::h1::ChunkDecoder::Status::Data:
        exchange_->on_response_body({slice.block, data});
        if (exchange_ == nullptr) return false;
        break;
      case http::h1::ChunkDecoder::Status::NeedMore:
        return true;
      case http::h1::ChunkDecoder::Status::Error:
        fault(ServerFault::BadResponse, chunks_.cause());
        return false;
      case http::h1::ChunkDecoder::Status::Done:
        extra_bytes_ = !input.empty();
        end_response();
        return false;
    }
  }
}

void ServerConnection::end_response() noexcept {
  mode_ = Mode::Ended;
  exchange_->on_response_end();
}

void ServerConnection::on_end_of_stream(bool reset, int error) noexcept {
  ended_ = true;
  update_interest();
  switch (mode_) {
    case Mode::UntilClose:
      if (!reset) {
        end_response();
        return;
      }
      break;
    case Mode::Opaque:
      if (!reset) {
        exchange_->on_response_end();
        return;
      }
      break;
    case Mode::Ended:
      return;
    default:
      break;
  }
  fault(reset ? ServerFault::Reset : ServerFault::Eof,
        reset ? std::strerror(error) : "the server closed the connection");
}

void ServerConnection::fault(ServerFault fault, const char* cause) noexcept {
  fault_cause_ = cause;
  if (exchange_ != nullptr) exchange_->on_server_fault(fault, cause);
}

}  // namespace sluice::proxy
