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
    return "[" + std::to_string(static_cast<int>(*reply.severity)) + "]:";
  return "[" + std::string(word_of(*reply.severity)) + "]:";
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
  arm(loop_.timers(), loop_.now_ms() + session_.timeout_ms);
}

RuntimeConnection::~RuntimeConnection() {
  if (later_) later_->when_given(nullptr);
}

void RuntimeConnection::on_timer() noexcept { owner_.remove(*this); }

/// The answer that was waited for is there.
void RuntimeConnection::on_later() noexcept {
  arm(loop_.timers(), loop_.now_ms() + session_.timeout_ms);
  if (advance() == Outcome::Finished) owner_.remove(*this);
}

void RuntimeConnection::on_stream_ready(bool readable, bool) noexcept {
  arm(loop_.timers(), loop_.now_ms() + session_.timeout_ms);
  if (readable && read_input() == Outcome::Finished) {
    owner_.remove(*this);
    return;
  }
  if (advance() == Outcome::Finished) owner_.remove(*this);
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
    if (later_) break;
    // Nothing is left to do: an answered line, the end of the input, or a line that is too long.
    if (last_line_ || peer_ended_ || input_.size() >= RuntimeSocket::kMaxLineBytes)
      return Outcome::Finished;
    break;
  }
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
  if (more_) {
    output_ = more_();
    if (output_.empty()) end_command();
    return true;
  }
  if (commands_.empty() && !take_line()) return false;
  const std::string command = std::move(commands_.front());
  commands_.pop_front();
  start_command(command);
  return true;
}

bool RuntimeConnection::take_line() {
  const std::size_t end = input_.find('\n');
  if (end == std::string::npos || last_line_) return false;
  for (std::string& command : split_commands(std::string_view(input_).substr(0, end))) {
    commands_.push_back(std::move(command));
  }
  input_.erase(0, end + 1);
  return true;
}

void RuntimeConnection::start_command(const std::string& command) {
  // An empty line in a session with a prompt only asks for the prompt again.
  const bool idle_line = session_.prompt && split_words(command).empty();
  CommandReply reply = idle_line ? success() : run_command(view_, session_, command);
  if (session_.closing) return;
  output_ = mark(session_.severity, reply) + reply.text;
  more_ = std::move(reply.more);
  later_ = std::move(reply.later);
  if (later_ && !later_->text()) later_->when_given([this] { on_later(); });
  if (!more_ && !later_) end_command();
}

void RuntimeConnection::end_command() {
  more_ = nullptr;
  output_ += '\n';
  if (session_.prompt)
    output_ += "> ";
  else if (commands_.empty())
    last_line_ = true;
}

}  // namespace sluice::admin
