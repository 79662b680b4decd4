#include "admin/runtime_connection.h"

#include <algorithm>

#include "admin/runtime_socket.h"

namespace sluice::admin {

namespace {

std::string_view word_of(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "err";
    case Severity::Warning:
      return "warning";
    case Severity::Notice:
      return "notice";
    case Severity::Info:
      return "info";
  }
  return "";
}

std::string mark(SeverityOutput output, const CommandReply& reply) {
  if (output == SeverityOutput::None || !reply.severity || reply.text.empty()) return {};
  if (output == SeverityOutput::Number)
    return "[" + std::to_string(static_cast<int>(*reply.severity)) + "]: ";
  return "[" + std::string(word_of(*reply.severity)) + "]: ";
}

}  // namespace

RuntimeConnection::RuntimeConnection(RuntimeSocket& owner, net::Loop& loop, const View& view,
                                     int descriptor, CliSession session)
    : owner_(owner),
      loop_(loop),
      view_(view),
      session_(session),
      stream_(loop.adopt(descriptor, nullptr, *this)) {
  stream_->want({true, false});
  be_patient();
}

RuntimeConnection::~RuntimeConnection() {
  if (later_) later_->when_given(nullptr);
}

void RuntimeConnection::on_timer() noexcept { owner_.remove(*this); }

/// What was waited for is there, or is to be looked at again.
void RuntimeConnection::on_later() noexcept {
  if (advance() == Outcome::Finished) owner_.remove(*this);
}

void RuntimeConnection::on_stream_ready(bool readable, bool) noexcept {
  if (readable && read_input() == Outcome::Finished) {
    owner_.remove(*this);
    return;
  }
  if (advance() == Outcome::Finished) owner_.remove(*this);
}

/// Idle is who is waited for, not who waits for an answer.
void RuntimeConnection::be_patient() {
  if (later_ || watch_)
    disarm();
  else
    arm(loop_.timers(), loop_.now_ms() + session_.timeout_ms);
}

RuntimeConnection::Outcome RuntimeConnection::read_input() noexcept {
  while (!peer_ended_ && input_.size() < RuntimeSocket::kMaxLineBytes) {
    char bytes[4096];
    iovec into{bytes, std::min(sizeof bytes, RuntimeSocket::kMaxLineBytes - input_.size())};
    const net::IoResult result = stream_->try_read(&into, 1);
    switch (result.status) {
      case net::IoStatus::Ok:
        input_.append(bytes, result.bytes);
        break;
      case net::IoStatus::WouldBlock:
        return Outcome::Waiting;
      case net::IoStatus::Eof:
        peer_ended_ = true;
        break;
      case net::IoStatus::Error:
        return Outcome::Finished;
    }
  }
  return Outcome::Waiting;
}

RuntimeConnection::Outcome RuntimeConnection::advance() noexcept {
  for (;;) {
    if (sent_ < output_.size()) {
      if (send_output() == Outcome::Finished) return Outcome::Finished;
      if (sent_ < output_.size()) break;
    }
    output_.clear();
    sent_ = 0;
    if (session_.closing) return Outcome::Finished;
    if (produce_output()) continue;
    if (later_ || watch_) break;
    // Nothing is left to do: an answered line, the end of the input, or a line that is too long.
    if (last_line_ || peer_ended_ || input_.size() >= RuntimeSocket::kMaxLineBytes)
      return Outcome::Finished;
    break;
  }
  be_patient();
  const bool room = !peer_ended_ && !last_line_ && input_.size() < RuntimeSocket::kMaxLineBytes;
  stream_->want({room, sent_ < output_.size()});
  return Outcome::Waiting;
}

RuntimeConnection::Outcome RuntimeConnection::send_output() noexcept {
  while (sent_ < output_.size()) {
    const iovec from{output_.data() + sent_, output_.size() - sent_};
    const net::IoResult result = stream_->try_write(&from, 1);
    if (result.status == net::IoStatus::WouldBlock) return Outcome::Waiting;
    if (result.status != net::IoStatus::Ok) return Outcome::Finished;
    sent_ += result.bytes;
  }
  return Outcome::Waiting;
}

bool RuntimeConnection::produce_output() {
  if (later_) {
    if (!later_->text()) return false;
    output_ = *later_->text();
    later_ = nullptr;
    end_command();
    return true;
  }
  if (watch_) return watch_on();
  if (more_) {
    output_ = more_();
    if (output_.empty()) end_command();
    return true;
  }
  if (payload_end_ || commands_.empty()) return take_line();
  const WaitingCommand command = std::move(commands_.front());
  commands_.pop_front();
  start_command(command);
  return true;
}

/// True: there is something to send.
bool RuntimeConnection::watch_on() {
  const std::uint64_t now_ms = loop_.now_ms();
  if (watch_->interruptible && (peer_ended_ || !input_.empty())) {
    watch_->done = true;
    input_.clear();
  } else {
    const bool over = now_ms >= watch_ends_at_ms_;
    output_ = watch_->look(over ? CommandWatch::Moment::End : CommandWatch::Moment::Meanwhile,
                           watch_->done);
  }
  if (watch_->done) {
    watch_ = nullptr;
    watch_timer_.disarm();
    end_command();
    return true;
  }
  if (!output_.empty()) return true;
  watch_timer_.arm(loop_.timers(), std::min(watch_ends_at_ms_, now_ms + CommandWatch::kEveryMs));
  return false;
}

/// True: a line was taken.
bool RuntimeConnection::take_line() {
  const std::size_t end = input_.find('\n');
  if (end == std::string::npos || last_line_) return false;
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  if (payload_end_) {
    take_payload(line);
    return true;
  }
  was_interactive_ = session_.interactive;
  payload_end_ = take_payload_mark(line);
  payload_bytes_ = 0;
  for (std::string& command : split_commands(line)) commands_.push_back({std::move(command), {}});
  if (payload_end_ && session_.prompt) output_ = "+ ";
  return true;
}

void RuntimeConnection::take_payload(std::string_view line) {
  if (line == *payload_end_) {
    payload_end_.reset();
    return;
  }
  std::string& payload = commands_.back().payload;
  payload_bytes_ += line.size() + 1;
  if (payload_bytes_ > RuntimeSocket::kMaxPayloadBytes) {
    session_.closing = true;
    return;
  }
  payload.append(line);
  payload += '\n';
  if (session_.prompt) output_ = "+ ";
}

void RuntimeConnection::start_command(const WaitingCommand& command) {
  // An empty line in a session that stays open only asks for the prompt again.
  const bool idle_line = session_.interactive && split_words(command.text).empty();
  CommandReply reply =
      idle_line ? success() : run_command(view_, session_, command.text, command.payload);
  if (session_.closing) return;
  output_ = mark(session_.severity, reply) + reply.text;
  more_ = std::move(reply.more);
  later_ = std::move(reply.later);
  watch_ = std::move(reply.watch);
  if (watch_) watch_ends_at_ms_ = loop_.now_ms() + watch_->lasts_ms;
  if (later_ && !later_->text()) later_->when_given([this] { on_later(); });
  if (!command_runs()) end_command();
}

void RuntimeConnection::end_command() {
  more_ = nullptr;
  output_ += '\n';
  output_ += prompt_text();
  if (!was_interactive_ && !session_.interactive && commands_.empty()) last_line_ = true;
}

std::string RuntimeConnection::prompt_text() const {
  if (!session_.prompt) return {};
  if (!session_.timed) return "> ";
  const std::uint64_t now_ms = view_.now_ms();
  const std::uint64_t up_s =
      now_ms > view_.facts.start_ms ? (now_ms - view_.facts.start_ms) / 1'000 : 0;
  const auto two = [](std::uint64_t value) {
    return std::string(value < 10 ? "0" : "") + std::to_string(value);
  };
  return "[" + std::to_string(up_s / 86'400) + ":" + two(up_s / 3'600 % 24) + ":" +
         two(up_s / 60 % 60) + ":" + two(up_s % 60) + "]> ";
}

}  // namespace sluice::admin
