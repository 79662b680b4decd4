#include "simulation/client.h"

#include <algorithm>

#include "simulation/pattern.h"

namespace sluice::simulation {

namespace {

constexpr unsigned kMostInVain = 3;  // connections that close before anything was sent

std::string compose(const RequestPlan& request) {
  const bool posts = request.ask == Ask::PostLength || request.ask == Ask::PostChunked;
  std::string out = request.ask == Ask::Head ? "HEAD" : posts ? "POST" : "GET";
  out += request.ask == Ask::Service ? " /service" : " /request";
  out += "?id=" + std::to_string(request.id) + (request.old_version ? " HTTP/1.0" : " HTTP/1.1");
  out += "\r\nHost: simulation\r\nX-Id: " + std::to_string(request.id) +
         "\r\nX-Answer: " + std::to_string(static_cast<int>(request.answer)) +
         "\r\nX-Bytes: " + std::to_string(request.answer_bytes) +
         "\r\nX-Slow: " + std::to_string(request.slow_answer_ms) + "\r\n";
  if (request.once) out += "X-Once: 1\r\n";
  if (!request.cookie.empty()) out += "Cookie: " + request.cookie + "\r\n";
  if (request.close) out += "Connection: close\r\n";
  if (request.ask == Ask::Upgrade) out += "Connection: Upgrade\r\nUpgrade: echo\r\n";
  if (posts) out += "X-Body: " + std::to_string(request.body_bytes) + "\r\n";
  if (!posts) return out + "\r\n";
  const std::string body = pattern(request.id, request.body_bytes);
  if (request.ask == Ask::PostLength) {
    return out + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  out += "Transfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t piece = std::min(body.size() - at, 1 + (at * 11 + request.id * 257) % 4'000);
    char size[24];
    std::snprintf(size, sizeof(size), "%zX\r\n", piece);
    out += size + body.substr(at, piece) + "\r\n";
    at += piece;
  }
  return out + "0\r\n\r\n";
}

}  // namespace

Client::Client(net::SimLoop& loop, Ledger& ledger, const ClientPlan& plan, bool polite,
               const std::uint16_t& port)
    : loop_(loop),
      ledger_(ledger),
      plan_(plan),
      polite_(polite),
      port_(port),
      alarm_(loop),
      read_alarm_(loop) {
  alarm_.after(plan.start_ms, [this] { open(); });
}

std::string Client::position() const { return waiting_.empty() ? "nothing" : say(waiting()); }

void Client::open() {
  closes_ = reading_ = busy_sending_ = tunnel_ = false;
  peers_.push_back(
      std::make_unique<net::SimPeer>(loop_, [this](net::SimPeer& peer) { on_change(peer); }));
  peers_.back()->connect(*base::Address::from_ip(kAddress, plan_.raw ? kRawPort : port_));
}

bool Client::may_pipeline() const {
  if (!plan_.requests[next_].with_previous) return false;
  const RequestPlan& last = plan_.requests[next_ - 1];
  return !last.close && !last.old_version && last.quit == Quit::Never && !closes_;
}

void Client::send_next() {
  if (busy_sending_ || next_ == plan_.requests.size()) return;
  if (!waiting_.empty() && !may_pipeline()) return;
  busy_sending_ = true;
  alarm_.after(plan_.requests[next_].pause_ms, [this] { transmit(next_); });
}

void Client::transmit(std::size_t index) {
  const RequestPlan& request = plan_.requests[index];
  ledger_.say("a client sends " + say(request));
  ledger_.note_sent(request.id);
  waiting_.push_back(index);
  ++next_;
  const std::string bytes = compose(request);
  std::size_t half = bytes.size();
  if (request.quit == Quit::CloseInRequest || request.quit == Quit::ResetInRequest) half /= 2;
  if (request.slow_send_ms != 0) return transmit_slowly(request, bytes.substr(0, half), half / 2);
  peers_.back()->send(std::string_view(bytes).substr(0, half));
  if (!done_) sent(request);
}

void Client::transmit_slowly(const RequestPlan& request, std::string bytes, std::size_t half) {
  peers_.back()->send(std::string_view(bytes).substr(0, half));
  alarm_.after(request.slow_send_ms, [this, &request, rest = bytes.substr(half)] {
    peers_.back()->send(rest);
    sent(request);
  });
}

/// Everything of it is in the hands of its connection.
void Client::sent(const RequestPlan& request) {
  busy_sending_ = false;
  switch (request.quit) {
    case Quit::CloseInRequest:
    case Quit::ResetInRequest:
    case Quit::CloseAwaiting:
      alarm_.after(static_cast<std::uint32_t>(request.id * 7 % 40),
                   [this, how = request.quit] { quit(how); });
      busy_sending_ = true;
      return;
    case Quit::FinAfterRequest:
      peers_.back()->finish();
      return;
    default:
      break;
  }
  send_next();
}

void Client::quit(Quit how) {
  ledger_.say("a client goes away");
  if (how == Quit::CloseInRequest || how == Quit::CloseAwaiting)
    peers_.back()->close();
  else
    peers_.back()->reset();
  ledger_.abandoned += waiting_.size();
  waiting_.clear();
  go_on();
}

void Client::on_change(net::SimPeer& peer) {
  if (done_ || &peer != peers_.back().get()) return;
  if (peer.failed()) {
    ledger_.say("a client is refused");
    if (polite_) ledger_.wrong("a polite client was refused");
    next_ = plan_.requests.size();
    return closed("refused");
  }
  if (!peer.open()) return;
  if (tunnel_) return take_tunnel(peer);
  while (peer.open() && take_response(peer)) {
  }
  if (!peer.open() || done_ || &peer != peers_.back().get()) return;
  if (tunnel_) return take_tunnel(peer);
  if (peer.ended() || peer.error() != 0) return closed(peer.ended() ? "closed" : "reset");
  if (waiting_.empty() && next_ == plan_.requests.size()) return hang_up();
  send_next();
}

/// True: one is through, another may follow. The connection may be gone then.
bool Client::take_response(net::SimPeer& peer) {
  if (peer.received().empty() && !(peer.ended() && reading_)) return false;
  // Only a 408 comes unasked; the next request may still take it for its own.
  if (waiting_.empty()) {
    constexpr std::string_view kLate = "HTTP/1.1 408 ";
    const std::string_view got = std::string_view(peer.received()).substr(0, kLate.size());
    if (polite_ || got != kLate.substr(0, got.size())) {
      ledger_.wrong("bytes to a client that waits for nothing: " + peer.received().substr(0, 60));
      peer.received().clear();
    }
    return false;
  }
  const RequestPlan& request = waiting();
  if (!reading_) {
    response_.start(Message::Kind::Response, request.ask == Ask::Head);
    reading_ = true;
    head_seen_ = false;
  }
  response_.read(peer.received(), peer.ended());
  if (response_.state() == Message::State::Bad) {
    ledger_.wrong("a bad response to " + say(request) + ": " + response_.why());
    peer.received().clear();
    return false;
  }
  if (response_.has_head() && !head_seen_) begin_response(peer);
  if (!peer.open() || response_.state() != Message::State::Done) return false;
  reading_ = false;
  const unsigned status = response_.status();
  if (status == 101) {
    tunnel_ = true;
    peer.send(pattern(request.id, request.body_bytes));
    peer.finish();
    return false;
  }
  if (status < 200) return true;
  judge(request);
  closes_ = response_.closes() || response_.until_close() || request.quit == Quit::FinAfterRequest;
  waiting_.pop_front();
  if (closes_) hang_up();
  return !closes_;
}

void Client::begin_response(net::SimPeer& peer) {
  head_seen_ = true;
  const RequestPlan& request = waiting();
  if (request.quit == Quit::ResetInResponse) return quit(request.quit);
  if (plan_.slow_read_ms == 0) return;
  peer.pause_reading();
  read_alarm_.after(plan_.slow_read_ms, [this, index = peers_.size()] {
    if (index == peers_.size() && peers_.back()->open()) peers_.back()->resume_reading();
  });
}

void Client::judge(const RequestPlan& request) {
  const auto id = response_.field("X-Id");
  ledger_.say("a client has the response to " + say(request) + ": " + response_.first_line());
  if (!id) return judge_own(request);
  if (response_.number("X-Id") != request.id) {
    ledger_.wrong(say(request) + " got the response to request " + *id);
    return;
  }
  const Given* given = ledger_.given(response_.number("X-Number"));
  if (given == nullptr || given->id != request.id) {
    ledger_.wrong(say(request) + " got a response that nobody gave");
    return;
  }
  judge_body(request);
}

void Client::judge_body(const RequestPlan& request) {
  const std::uint64_t number = response_.number("X-Number");
  const std::string& body = response_.body();
  const unsigned status = response_.status();
  const bool bare = request.ask == Ask::Head || status == 204 || status == 304;
  const std::size_t expected = bare ? 0 : ledger_.given(number)->bytes;
  if (!begins_pattern(number, body) || body.size() > expected) {
    ledger_.wrong(say(request) + " got bytes that are not its own");
  } else if (body.size() < expected && (polite_ || !response_.until_close())) {
    ledger_.wrong(say(request) + " got " + std::to_string(body.size()) + " bytes instead of " +
                  std::to_string(expected));
  }
  ++ledger_.answered;
}

/// The proxy's own responses.
void Client::judge_own(const RequestPlan& request) {
  const unsigned status = response_.status();
  const bool expected =
      status == 408 || status == 500 || status == 502 || status == 503 || status == 504;
  if (polite_ || !expected) {
    ledger_.wrong(say(request) + " got " + response_.first_line() + " " + response_.body());
  }
  ++ledger_.own;
}

void Client::take_tunnel(net::SimPeer& peer) {
  const RequestPlan& request = waiting();
  const std::string& echo = peer.received();
  if (!begins_pattern(request.id, echo) || echo.size() > request.body_bytes) {
    ledger_.wrong("the tunnel of " + say(request) + " gave other bytes than it took");
    peer.received().clear();
    return;
  }
  if (!peer.ended() && peer.error() == 0) return;
  if (polite_ && (echo.size() != request.body_bytes || peer.error() != 0)) {
    ledger_.wrong("the tunnel of " + say(request) + " lost bytes: " + std::to_string(echo.size()) +
                  " of " + std::to_string(request.body_bytes));
  }
  ++ledger_.answered;
  waiting_.pop_front();
  hang_up();
}

/// The other side has closed.
void Client::closed(const char* why) {
  if (!waiting_.empty()) {
    ledger_.say(say(waiting()) + " ends with its connection " + why);
    if (polite_) ledger_.wrong(say(waiting()) + " ended with its connection " + why);
  } else if (++vain_ > kMostInVain && next_ < plan_.requests.size()) {
    ++next_;  // nobody lets it send this one
    ++ledger_.closed;
  }
  ledger_.closed += waiting_.size();
  waiting_.clear();
  peers_.back()->close();
  go_on();
}

/// The last response was the connection's last one; what was sent behind it goes again.
void Client::hang_up() {
  if (!waiting_.empty()) next_ = waiting_.front();
  waiting_.clear();
  peers_.back()->close();
  go_on();
}

void Client::go_on() {
  alarm_.cancel();
  read_alarm_.cancel();
  busy_sending_ = false;
  if (next_ < plan_.requests.size()) {
    alarm_.after(1, [this] { open(); });
  } else {
    done_ = true;
  }
}

}  // namespace sluice::simulation
