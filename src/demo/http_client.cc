#include "demo/http_client.h"

#include <cstring>
#include <optional>

#include "health/reply_reader.h"

namespace sluice::demo {

namespace {

std::string compose(const FetchRequest& request) {
  std::string out = std::string(http::to_text(request.method)) + " " + request.target +
                    " HTTP/1.1\r\nHost: " + request.address.to_string() +
                    "\r\nConnection: close\r\n";
  if (!request.authorization.empty()) out += "Authorization: " + request.authorization + "\r\n";
  if (!request.body.empty()) {
    out += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
           std::to_string(request.body.size()) + "\r\n";
  }
  return out + "\r\n" + request.body;
}

base::Error error(base::ErrorKind kind, std::string detail) {
  return {kind, base::Origin::Server, base::Retry::No, 0, std::move(detail)};
}

}  // namespace

class HttpClient::Fetch final : private net::Stream::Events, private net::Timer {
 public:
  using Result = base::Result<Fetched>;

  Fetch(HttpClient& client, std::uint64_t id, const FetchRequest& request, Done done)
      : client_(client),
        id_(id),
        text_(compose(request)),
        reply_(kMaxFetchBytes, request.method),
        done_(std::move(done)) {
    arm(client.loop_.timers(), client.loop_.now_ms() + kFetchTimeoutMs);
    net::ConnectOptions options;
    options.address = request.address;
    auto stream = client.loop_.connect(options, *this);
    if (stream) {
      stream_ = std::move(*stream);
      stream_->want({false, true});
    } else {
      failure_ = stream.error();
      arm(client.loop_.timers(),
          client.loop_.now_ms());  // told from the loop, never from inside fetch()
    }
  }
  [[nodiscard]] Done take_done() { return std::move(done_); }

 private:
  void on_timer() noexcept override {
    client_.finish(id_,
                   tl::unexpected(failure_ ? *failure_
                                           : error(base::ErrorKind::Timeout, "no answer in time")));
  }
  void on_stream_ready(bool, bool) noexcept override {
    if (auto result = advance()) client_.finish(id_, std::move(*result));
  }

  std::optional<Result> advance() {
    switch (stream_->establish()) {
      case net::Establish::Pending:
        return std::nullopt;
      case net::Establish::Failed:
        return Result(
            tl::unexpected(error(base::ErrorKind::Refused, std::strerror(stream_->failure()))));
      case net::Establish::Done:
        break;
    }
    while (sent_ < text_.size()) {
      const iovec part{text_.data() + sent_, text_.size() - sent_};
      const net::IoResult result = stream_->try_write(&part, 1);
      if (result.status == net::IoStatus::WouldBlock) return std::nullopt;
      if (result.status != net::IoStatus::Ok) break;
      sent_ += result.bytes;
    }
    stream_->want({true, false});
    return read();
  }

  std::optional<Result> read() {
    char buffer[16'384];
    for (;;) {
      iovec space{buffer, sizeof(buffer)};
      const net::IoResult got = stream_->try_read(&space, 1);
      if (got.status == net::IoStatus::WouldBlock) return std::nullopt;
      if (got.status == net::IoStatus::Error) {
        return Result(tl::unexpected(error(base::ErrorKind::Reset, std::strerror(got.error))));
      }
      const auto state =
          got.status == net::IoStatus::Eof ? reply_.finish() : reply_.feed({buffer, got.bytes});
      if (state == health::ReplyReader::State::Done) {
        return Result(Fetched{reply_.status(), std::string(reply_.body())});
      }
      if (state == health::ReplyReader::State::Invalid) {
        return Result(tl::unexpected(error(base::ErrorKind::Protocol, "not an HTTP response")));
      }
    }
  }

  HttpClient& client_;
  const std::uint64_t id_;
  std::string text_;
  std::size_t sent_ = 0;
  health::ReplyReader reply_;
  Done done_;
  std::optional<base::Error> failure_;
  std::unique_ptr<net::Stream> stream_;
};

HttpClient::HttpClient(net::Loop& loop) : loop_(loop) {}
HttpClient::~HttpClient() = default;

void HttpClient::fetch(const FetchRequest& request, Done done) {
  const std::uint64_t id = next_id_++;
  fetches_.emplace(id, std::make_unique<Fetch>(*this, id, request, std::move(done)));
}

void HttpClient::finish(std::uint64_t id, base::Result<Fetched> result) {
  const auto found = fetches_.find(id);
  if (found == fetches_.end()) return;
  const Done done = found->second->take_done();
  fetches_.erase(found);
  done(std::move(result));
}

}  // namespace sluice::demo
