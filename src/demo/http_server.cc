#include "demo/http_server.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/limits.h"
#include "http/h1/chunk_decoder.h"
#include "http/h1/head_reader.h"
#include "http/h1/judge.h"

namespace sluice::demo {

/// One client: a head, its body, the handler, the answer; then the next one.
class HttpServer::Connection final : private net::Stream::Events, private net::Timer {
 public:
  Connection(HttpServer& server, std::uint64_t id, int descriptor)
      : server_(server), id_(id), buffer_(new char[kMaxHeadBytes]) {
    stream_ = server.loop_.adopt(descriptor, nullptr, *this);
    begin_request();
    stream_->want({true, false});
  }

  void answer(Reply reply) {
    if (phase_ != Phase::Handling) return;
    compose(reply);
    if (!running_ && !advance()) server_.close(id_);
  }

 private:
  enum class Phase : std::uint8_t { Head, Body, Handling, Writing };
  enum class Step : std::uint8_t { Again, Wait, Close };

  void on_timer() noexcept override { server_.close(id_); }
  void on_stream_ready(bool, bool) noexcept override {
    if (!advance()) server_.close(id_);
  }

  /// False: the connection has ended.
  bool advance() {
    running_ = true;
    Step step = Step::Again;
    while (step == Step::Again) {
      switch (phase_) {
        case Phase::Head:
          step = read_head();
          break;
        case Phase::Body:
          step = read_body();
          break;
        case Phase::Handling:
          step = Step::Wait;
          break;
        case Phase::Writing:
          step = write();
          break;
      }
    }
    running_ = false;
    return step == Step::Wait;
  }

  void begin_request() {
    phase_ = Phase::Head;
    reader_.start(http::h1::HeadReader::Kind::Request, head_, base::limits::kMaxHeaderFields);
    chunks_.start();
    request_ = {};
    facts_ = {};
    arm(server_.loop_.timers(), server_.loop_.now_ms() + kIdleTimeoutMs);
  }

  /// More bytes behind what the buffer holds.
  Step fill() {
    iovec space{buffer_.get() + filled_, kMaxHeadBytes - filled_};
    const net::IoResult result = stream_->try_read(&space, 1);
    switch (result.status) {
      case net::IoStatus::Ok:
        filled_ += result.bytes;
        return Step::Again;
      case net::IoStatus::WouldBlock:
        stream_->want({true, false});
        return Step::Wait;
      case net::IoStatus::Eof:
      case net::IoStatus::Error:
        break;
    }
    return Step::Close;
  }

  Step read_head() {
    switch (reader_.read(buffer_.get(), buffer_.get() + filled_)) {
      case http::h1::ReadStatus::NeedMore:
        return filled_ == kMaxHeadBytes ? refuse(431) : fill();
      case http::h1::ReadStatus::Error:
        return refuse(reader_.error().status);
      case http::h1::ReadStatus::Done:
        break;
    }
    http::HeadError error;
    if (!http::h1::judge_request(head_, facts_, error)) return refuse(error.status);
    if (facts_.framing.kind == http::BodyKind::Length && facts_.framing.length > kMaxBodyBytes)
      return refuse(413);
    keep_alive_ = facts_.keep_alive;
    copy_head();
    const std::size_t used = reader_.consumed();
    std::memmove(buffer_.get(), buffer_.get() + used, filled_ - used);
    filled_ -= used;
    if (facts_.expect_continue && filled_ == 0) {
      static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
      const iovec part{const_cast<char*>(kGoOn.data()), kGoOn.size()};
      (void)stream_->try_write(&part, 1);
    }
    phase_ = Phase::Body;
    return Step::Again;
  }

  void copy_head() {
    const auto text = [this](http::FieldId id) {
      const http::Field* field = head_.fields.find(id);
      return field != nullptr ? std::string(field->value) : std::string();
    };
    request_.method = head_.method;
    request_.host = std::string(head_.host());
    request_.path = std::string(head_.path_only());
    request_.query = std::string(head_.query());
    request_.cookies = text(http::FieldId::Cookie);
    request_.authorization = text(http::FieldId::Authorization);
    request_.content_type = text(http::FieldId::ContentType);
  }

  Step read_body() {
    bool complete = facts_.framing.kind == http::BodyKind::None;
    std::string_view input(buffer_.get(), filled_);
    if (facts_.framing.kind == http::BodyKind::Length) {
      const std::size_t missing =
          static_cast<std::size_t>(facts_.framing.length) - request_.body.size();
      const std::string_view mine = input.substr(0, missing);
      request_.body.append(mine);
      input.remove_prefix(mine.size());
      complete = mine.size() == missing;
    } else if (facts_.framing.kind == http::BodyKind::Chunked) {
      std::string_view data;
      auto status = chunks_.next(input, data);
      for (; status == http::h1::ChunkDecoder::Status::Data; status = chunks_.next(input, data)) {
        request_.body.append(data);
        if (request_.body.size() > kMaxBodyBytes) return refuse(413);
      }
      if (status == http::h1::ChunkDecoder::Status::Error) return refuse(400);
      complete = status == http::h1::ChunkDecoder::Status::Done;
    }
    std::memmove(buffer_.get(), input.data(), input.size());
    filled_ = input.size();
    if (!complete) return fill();
    phase_ = Phase::Handling;
    stream_->want({});
    disarm();
    server_.handler_.serve(request_, [server = &server_, id = id_](Reply reply) {
      server->answer(id, std::move(reply));
    });
    return Step::Again;
  }

  Step refuse(int status) {
    keep_alive_ = false;
    Reply reply;
    reply.status = status;
    reply.content_type = "text/plain";
    reply.body = std::string(http::reason_phrase(status)) + "\n";
    compose(reply);
    return Step::Again;
  }

  void compose(const Reply& reply) {
    output_ = "HTTP/1.1 " + std::to_string(reply.status) + " " +
              std::string(http::reason_phrase(reply.status)) +
              "\r\nContent-Type: " + reply.content_type +
              "\r\nContent-Length: " + std::to_string(reply.body.size());
    for (const auto& [name, value] : reply.fields) output_ += "\r\n" + name + ": " + value;
    output_ += keep_alive_ ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
    if (request_.method != http::Method::Head) output_ += reply.body;
    written_ = 0;
    phase_ = Phase::Writing;
    arm(server_.loop_.timers(), server_.loop_.now_ms() + kIdleTimeoutMs);
  }

  Step write() {
    while (written_ < output_.size()) {
      const iovec part{output_.data() + written_, output_.size() - written_};
      const net::IoResult result = stream_->try_write(&part, 1);
      if (result.status == net::IoStatus::WouldBlock) {
        stream_->want({false, true});
        return Step::Wait;
      }
      if (result.status != net::IoStatus::Ok) return Step::Close;
      written_ += result.bytes;
    }
    output_.clear();
    if (!keep_alive_) return Step::Close;
    begin_request();
    return Step::Again;
  }

  HttpServer& server_;
  const std::uint64_t id_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<char[]> buffer_;
  std::size_t filled_ = 0;
  http::h1::HeadReader reader_;
  http::h1::ChunkDecoder chunks_;
  http::h1::HeadFacts facts_;
  http::Head head_;
  Request request_;
  std::string output_;
  std::size_t written_ = 0;
  Phase phase_ = Phase::Head;
  bool keep_alive_ = true;
  bool running_ = false;
};

HttpServer::HttpServer(net::Loop& loop, net::ListeningSocket socket, Handler& handler)
    : loop_(loop), socket_(std::move(socket)), handler_(handler) {
  acceptor_ = loop.accept_on(socket_.descriptor(0), *this);
}

HttpServer::~HttpServer() = default;

void HttpServer::on_accepted(net::Acceptor&, const net::Accepted& accepted) noexcept {
  if (connections_.size() >= kMaxConnections) {
    ::close(accepted.descriptor);
    return;
  }
  const std::uint64_t id = next_id_++;
  connections_.emplace(id, std::make_unique<Connection>(*this, id, accepted.descriptor));
}

void HttpServer::answer(std::uint64_t connection, Reply reply) {
  const auto found = connections_.find(connection);
  if (found != connections_.end()) found->second->answer(std::move(reply));
}

void HttpServer::close(std::uint64_t connection) noexcept { connections_.erase(connection); }

}  // namespace sluice::demo
