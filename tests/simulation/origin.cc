#include "simulation/origin.h"

#include "simulation/pattern.h"

namespace sluice::simulation {

Origin::Origin(net::SimLoop& loop, Ledger& ledger, std::string name, const base::Address& address)
    : loop_(loop),
      ledger_(ledger),
      name_(std::move(name)),
      address_(address),
      listener_(loop, address, [this](net::SimPeer& peer) { on_change(peer); }) {}

void Origin::on_change(net::SimPeer& peer) {
  auto& talk = talks_[&peer];
  if (!talk) {
    talk = std::make_unique<Conversation>(loop_);
    talk->request.start(Message::Kind::Request, false);
  }
  if (!talk->over) take(peer, *talk);
}

void Origin::take(net::SimPeer& peer, Conversation& talk) {
  if (peer.error() != 0 || peer.failed()) return give_up(peer, talk, Then::Close);
  if (talk.tunnel) {
    peer.send(peer.received());
    peer.received().clear();
    if (peer.ended()) give_up(peer, talk, Then::Finish);
    return;
  }
  if (!peer.received().empty() && !talk.active && !talk.answering) begin(talk);
  if (talk.request.state() != Message::State::Done && !peer.received().empty()) {
    talk.request.read(peer.received(), false);
  }
  if (talk.request.state() == Message::State::Bad) {
    ledger_.wrong(name_ + " got a bad request: " + talk.request.why());
    return give_up(peer, talk, Then::Reset);
  }
  if (talk.request.has_head() && !talk.decided) decide(peer, talk);
  if (talk.over) return;
  if (talk.request.state() == Message::State::Done && !talk.answering) whole(peer, talk);
  const bool stalls = talk.answer == Answer::Silent || talk.answer == Answer::SilentInBody;
  if (!talk.over && peer.ended() && (stalls || !talk.answering)) {
    give_up(peer, talk, Then::Finish);
  }
}

void Origin::begin(Conversation& talk) {
  talk.active = true;
  if (++active_ > limit_ && limit_ != 0) {
    ledger_.wrong(name_ + " has " + std::to_string(active_) + " requests at once, at most " +
                  std::to_string(limit_));
  }
}

void Origin::end(Conversation& talk) {
  if (talk.active) --active_;
  talk.active = false;
}

void Origin::give_up(net::SimPeer& peer, Conversation& talk, Then how) {
  end(talk);
  talk.over = true;
  talk.alarm.cancel();
  if (how == Then::Reset) return peer.reset();
  if (how == Then::Close) return peer.close();
  if (peer.open()) peer.finish();
  close_when_sent(peer, talk);
}

void Origin::close_when_sent(net::SimPeer& peer, Conversation& talk) {
  constexpr std::uint32_t kLookAgainMs = 500;
  talk.alarm.after(kLookAgainMs, [this, &peer, &talk] {
    if (peer.all_sent() || peer.error() != 0)
      peer.close();
    else
      close_when_sent(peer, talk);
  });
}

/// The head is there: what is done before the request's end.
void Origin::decide(net::SimPeer& peer, Conversation& talk) {
  talk.decided = true;
  talk.id = talk.request.number("X-Id");
  talk.answer = static_cast<Answer>(talk.request.number("X-Answer"));
  const unsigned tries = ledger_.tried(talk.id);
  const bool fault = static_cast<int>(talk.answer) >= kPoliteAnswers;
  if (fault && tries > 1 && talk.request.field("X-Once")) talk.answer = Answer::Length;
  ledger_.say(name_ + " has the head of " + std::to_string(talk.id) + ", try " +
              std::to_string(tries) + ", answers " + name_of(talk.answer));
  if (!ledger_.may_come(talk.id, address_.port(), address_.host())) {
    ledger_.wrong(name_ + " got request " + std::to_string(talk.id) + " at " +
                  address_.to_string() + ", sent when it was no longer there");
  }
  if (talk.answer == Answer::ResetBefore) return give_up(peer, talk, Then::Reset);
  if (talk.answer != Answer::Early && talk.answer != Answer::EarlyReset) return;
  respond(peer, talk);
}

/// The request is there, whole.
void Origin::whole(net::SimPeer& peer, Conversation& talk) {
  check_request(talk);
  if (talk.answered) return next(peer, talk);
  if (talk.answer == Answer::ResetAfter) return give_up(peer, talk, Then::Reset);
  if (talk.answer == Answer::FinAfter) return give_up(peer, talk, Then::Finish);
  if (talk.answer == Answer::Silent) {
    talk.answering = true;
    return;
  }
  const bool upgrade = talk.request.field("Upgrade").has_value();
  if (upgrade && static_cast<int>(talk.answer) < kPoliteAnswers) {
    peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Id: " +
              std::to_string(talk.id) + "\r\n\r\n");
    talk.tunnel = true;
    take(peer, talk);
    return;
  }
  respond(peer, talk);
}

void Origin::check_request(const Conversation& talk) {
  const std::string& body = talk.request.body();
  const std::uint64_t expected = talk.request.number("X-Body");
  if (body.size() == expected && begins_pattern(talk.id, body)) return;
  ledger_.wrong(name_ + " got " + std::to_string(body.size()) + " bytes as the body of " +
                std::to_string(talk.id) + ", not its " + std::to_string(expected));
}

std::string Origin::compose(Conversation& talk, std::size_t& head_bytes) {
  const auto bytes = static_cast<std::size_t>(talk.request.number("X-Bytes"));
  const std::uint64_t number = ledger_.give(talk.id, bytes);
  const Answer answer = talk.answer;
  const bool bare = answer == Answer::NoContent || answer == Answer::NotModified;
  const bool old_version = talk.request.first_line().find("HTTP/1.0") != std::string::npos;
  const bool chunked = answer == Answer::Chunked && !old_version;
  const bool is_head = talk.request.first_line().rfind("HEAD ", 0) == 0;
  const bool closes = answer == Answer::CloseAfter || talk.request.closes() ||
                      (answer == Answer::UntilClose && is_head);
  std::string out;
  if (answer == Answer::Interim && !old_version) {
    out += "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  }
  out += answer == Answer::NoContent     ? "HTTP/1.1 204 No Content\r\n"
         : answer == Answer::NotModified ? "HTTP/1.1 304 Not Modified\r\n"
                                         : "HTTP/1.1 200 OK\r\n";
  out += "X-Id: " + std::to_string(talk.id) + "\r\nX-Number: " + std::to_string(number) +
         "\r\nX-Bytes: " + std::to_string(bytes) + "\r\n";
  if (chunked)
    out += "Transfer-Encoding: chunked\r\n";
  else if (answer != Answer::UntilClose && !bare)
    out += "Content-Length: " + std::to_string(bytes) + "\r\n";
  if (closes) out += "Connection: close\r\n";
  out += "\r\n";
  head_bytes = out.size();
  if (bare || is_head) return out;
  const std::string body = pattern(number, bytes);
  if (!chunked) return out + body;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t piece = std::min(body.size() - at, 1 + (at * 7 + number * 131) % 5'000);
    char size[24];
    std::snprintf(size, sizeof(size), "%zx\r\n", piece);
    out += size + body.substr(at, piece) + "\r\n";
    at += piece;
  }
  return out + "0\r\nX-Trailer: " + std::to_string(talk.id) + "\r\n\r\n";
}

void Origin::respond(net::SimPeer& peer, Conversation& talk) {
  talk.answering = true;
  if (talk.answer == Answer::Junk) {
    transmit(peer, talk, "SMTP ready\r\n\r\nbody", Then::Finish);
    return;
  }
  std::size_t head = 0;
  std::string bytes = compose(talk, head);
  const std::size_t body = bytes.size() - head;
  Then then = Then::Keep;
  switch (talk.answer) {
    case Answer::UntilClose:
    case Answer::CloseAfter:
      then = Then::Finish;
      break;
    case Answer::EarlyReset:
      then = Then::Reset;
      break;
    case Answer::ResetInHead:
      bytes.resize(head / 2);
      then = Then::Reset;
      break;
    case Answer::ResetInBody:
    case Answer::FinInBody:
      bytes.resize(head + body / 2);
      then = talk.answer == Answer::FinInBody ? Then::Finish : Then::Reset;
      break;
    case Answer::SilentInBody:
      bytes.resize(head + body / 2);
      then = Then::Stall;
      break;
    default:
      break;
  }
  if (talk.request.closes() && then == Then::Keep) then = Then::Finish;
  transmit(peer, talk, std::move(bytes), then);
}

void Origin::transmit(net::SimPeer& peer, Conversation& talk, std::string bytes, Then then) {
  const auto slow_ms = static_cast<std::uint32_t>(talk.request.number("X-Slow"));
  if (slow_ms == 0) {
    peer.send(bytes);
    transmitted(peer, talk, then);
    return;
  }
  talk.alarm.after(slow_ms, [this, &peer, &talk, slow_ms, then, bytes = std::move(bytes)] {
    if (!peer.open()) return give_up(peer, talk, Then::Close);
    peer.send(std::string_view(bytes).substr(0, bytes.size() / 2));
    talk.alarm.after(slow_ms, [this, &peer, &talk, then, rest = bytes.substr(bytes.size() / 2)] {
      if (!peer.open()) return give_up(peer, talk, Then::Close);
      peer.send(rest);
      transmitted(peer, talk, then);
    });
  });
}

void Origin::transmitted(net::SimPeer& peer, Conversation& talk, Then then) {
  if (then == Then::Stall) return;
  if (then == Then::Keep && peer.ended()) then = Then::Finish;
  if (then != Then::Keep) return give_up(peer, talk, then);
  end(talk);
  if (talk.request.state() == Message::State::Done) return next(peer, talk);
  talk.answering = false;
  talk.answered = true;
}

/// Another request may come.
void Origin::next(net::SimPeer& peer, Conversation& talk) {
  if (talk.answer == Answer::IdleClose) return give_up(peer, talk, Then::Finish);
  talk.request.start(Message::Kind::Request, false);
  talk.decided = talk.answering = talk.answered = false;
  if (!peer.received().empty() || peer.ended()) {
    talk.alarm.after(0, [this, &peer, &talk] {
      if (!talk.over) take(peer, talk);
    });
  }
}

}  // namespace sluice::simulation
