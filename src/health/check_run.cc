#include "health/check_run.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "health/check_request.h"
#include "health/schedule.h"
#include "model/proxy_live.h"
#include "rules/cast.h"

namespace sluice::health {

using model::CheckReport;
using model::CheckStatus;

namespace {

CheckReport report_of(CheckStatus status, std::string detail = {}) {
  CheckReport out;
  out.status = status;
  out.detail = std::move(detail);
  return out;
}

}  // namespace

CheckRun::CheckRun(CheckContext& context, Plan plan, Owner& owner)
    : context_(context), plan_(std::move(plan)), owner_(owner) {
  evaluation_.arena = &arena_;
  evaluation_.random = &context_.random;
  evaluation_.server = plan_.server.get();
  evaluation_.backend = &plan_.server->backend();
  evaluation_.sess = &session_;
  evaluation_.check = &variables_;
}

std::optional<CheckReport> CheckRun::start() { return advance(); }

void CheckRun::on_timer() noexcept { owner_.on_run_ended(timed_out()); }

void CheckRun::on_stream_ready(bool, bool) noexcept {
  if (auto report = advance()) owner_.on_run_ended(std::move(*report));
}

std::optional<CheckReport> CheckRun::advance() {
  const std::vector<Step>& steps = plan_.script->steps();
  while (at_ < steps.size()) {
    const Step& step = steps[at_];
    if (!std::holds_alternative<VariableStep>(step.what)) current_ = &step;
    switch (std::visit([&](const auto& what) { return run(step, what); }, step.what)) {
      case Progress::Next:
        ++at_;
        break;
      case Progress::Wait:
        return std::nullopt;
      case Progress::Stop:
        return std::move(report_);
    }
  }
  return succeeded();
}

CheckRun::Progress CheckRun::run(const Step&, const ConnectStep& connect) {
  if (stream_ == nullptr || connected_) {
    const Progress opened = open(connect);
    if (opened != Progress::Next) return opened;
  }
  switch (stream_->establish()) {
    case net::Establish::Pending:
      return Progress::Wait;
    case net::Establish::Failed:
      report_ = connect_failed();
      return Progress::Stop;
    case net::Establish::Done:
      break;
  }
  return established();
}

CheckRun::Progress CheckRun::open(const ConnectStep& connect) {
  close();
  linger_ = connect.linger;
  over_tls_ = connect.as_server && plan_.tls != nullptr;
  net::ConnectOptions options;
  options.address = destination(connect);
  options.tls = over_tls_ ? static_cast<const net::TlsClientContext*>(plan_.tls.get()) : nullptr;
  options.tls_server_name = plan_.tls_server_name;
  options.one_write = plan_.script->sends_once();
  if (plan_.source.family() == options.address.family()) options.source = plan_.source;
  options.interface = plan_.interface;
  auto stream = context_.loop.connect(options, *this);
  if (!stream) {
    const bool ours = stream.error().origin == base::Origin::Internal;
    return stop(ours ? CheckStatus::SocketError : CheckStatus::L4Connection,
                stream.error().detail + place());
  }
  stream_ = std::move(*stream);
  const std::uint32_t limit =
      connect_limit_ms(plan_.inter_ms, plan_.timeout_check_ms, plan_.timeout_connect_ms);
  arm_within(limit);
  return Progress::Next;
}

/// A limit that is not reached leaves its moment behind in the wheel: those of several checks are
/// to be one.
void CheckRun::arm_within(std::uint32_t limit_ms) {
  arm(context_.loop.timers(), bunched_limit_ms(context_.loop.now_ms() + limit_ms, limit_ms));
}

CheckRun::Progress CheckRun::established() {
  connected_ = true;
  if (plan_.timeout_check_ms != 0) arm_within(plan_.timeout_check_ms);
  return Progress::Next;
}

base::Address CheckRun::destination(const ConnectStep& connect) {
  const base::Address own = plan_.server->address();
  base::Address out = plan_.address.is_set() ? plan_.address : own;
  if (connect.address.is_set()) out = connect.address;
  if (!out.is_ip()) return out;
  std::uint16_t port = connect.port;
  if (port == 0 && connect.port_expression != nullptr) {
    rules::Sample sample;
    rules::Certainty certainty = rules::Certainty::Final;
    if (connect.port_expression->evaluate(evaluation(), sample, certainty) &&
        rules::cast(sample, rules::SampleType::Int, arena_)) {
      port = static_cast<std::uint16_t>(sample.number);
    }
  }
  if (port == 0) port = plan_.port;
  if (port == 0) port = out.port();
  if (port == 0 && own.is_ip()) port = own.port();
  out.set_port(port);
  return out;
}

CheckRun::Progress CheckRun::run(const Step& step, const SendStep& send) {
  if (!sending_ && plan_.send) {
    output_ = *plan_.send;
    return write(step, true);
  }
  const bool composed = sending_ || compose(send, evaluation(), output_);
  return write(step, composed);
}

CheckRun::Progress CheckRun::run(const Step& step, const HttpSendStep& send) {
  bool composed = true;
  if (!sending_) {
    const std::string state = plan_.script->send_state()
                                  ? server_state_text(*plan_.server, context_.node)
                                  : std::string();
    composed = compose(send, state, evaluation(), output_);
    method_ = http::method_of(send.method);
  }
  return write(step, composed);
}

CheckRun::Progress CheckRun::write(const Step& step, bool composed) {
  if (!sending_) {
    if (!composed) {
      return stop(CheckStatus::L7Response,
                  plan_.script->is_http()
                      ? "tcp-check send : failed to build HTTP request at step " +
                            std::to_string(step.number)
                      : "tcp-check send : failed to build log-format string at step " +
                            std::to_string(step.number));
    }
    input_.clear();
    reply_.reset();
    if (plan_.script->is_http())
      reply_ = std::make_unique<ReplyReader>(context_.reply_limit, method_);
    sent_ = 0;
    sending_ = true;
  }
  while (sent_ < output_.size()) {
    const iovec part{output_.data() + sent_, output_.size() - sent_};
    const net::IoResult result = stream_->try_write(&part, 1);
    if (result.status == net::IoStatus::Ok) {
      sent_ += result.bytes;
      continue;
    }
    if (result.status == net::IoStatus::WouldBlock) {
      stream_->want({false, true});
      return Progress::Wait;
    }
    break;  // the peer went: it may have answered before
  }
  sending_ = false;
  must_read_ = true;
  return Progress::Next;
}

void CheckRun::take(std::string_view bytes) {
  if (reply_ != nullptr) {
    reply_->feed(bytes);
  } else {
    input_.append(bytes.substr(0, context_.reply_limit - input_.size()));
  }
}

bool CheckRun::heard_all() const {
  if (reply_ != nullptr) {
    return reply_->state() == ReplyReader::State::Done ||
           reply_->state() == ReplyReader::State::Invalid;
  }
  return peer_closed_ || read_error_ != 0 || input_.size() == context_.reply_limit;
}

bool CheckRun::heard_nothing() const { return reply_ != nullptr ? false : input_.empty(); }

/// Next: there is something new to judge.
CheckRun::Progress CheckRun::read(const Step& step) {
  bool news = false;
  char buffer[base::limits::kBlockBytes];
  while (!heard_all()) {
    iovec space{buffer, sizeof(buffer)};
    const net::IoResult result = stream_->try_read(&space, 1);
    if (result.status == net::IoStatus::WouldBlock) break;
    if (result.status == net::IoStatus::Ok) {
      take({buffer, result.bytes});
      news = true;
      continue;
    }
    peer_closed_ = result.status == net::IoStatus::Eof;
    if (!peer_closed_ && (reply_ != nullptr || input_.empty())) {
      return stop(CheckStatus::SocketError,
                  (result.error != 0 ? std::strerror(result.error) : "") + place());
    }
    if (!peer_closed_) read_error_ = result.error != 0 ? result.error : EIO;
    if (reply_ != nullptr) reply_->finish();
    news = true;
  }
  if (!news && !heard_all()) {
    stream_->want({true, false});
    return Progress::Wait;
  }
  if (heard_nothing()) {
    const auto& expect = std::get<ExpectStep>(step.what);
    std::string text = "TCPCHK got an empty response at step " + std::to_string(step.number);
    if (!step.comment.empty()) text += " comment: '" + step.comment + "'";
    return stop(expect.config.error_status.value_or(CheckStatus::L7Response), std::move(text));
  }
  return Progress::Next;
}

CheckRun::Progress CheckRun::run(const Step& step, const ExpectStep& expect) {
  if (must_read_) {
    const Progress got = read(step);
    if (got != Progress::Next) return got;
    must_read_ = false;
  }
  const Heard heard{reply_.get(), input_, heard_all()};
  judgement_ = judge(*plan_.script, step, heard, evaluation());
  switch (judgement_.is) {
    case Expectation::Met:
      return Progress::Next;
    case Expectation::Failed:
      report_ = std::move(judgement_.report);
      return Progress::Stop;
    case Expectation::Wait:
      break;
  }
  must_read_ = true;
  at_ = expect.first;
  stream_->want({true, false});
  return Progress::Wait;
}

CheckRun::Progress CheckRun::run(const Step&, const VariableStep& variable) {
  variable->run(evaluation());
  return Progress::Next;
}

rules::Evaluation& CheckRun::evaluation() {
  const bool has_head = reply_ != nullptr && (reply_->state() == ReplyReader::State::Body ||
                                              reply_->state() == ReplyReader::State::Done);
  evaluation_.response = has_head ? &reply_->head() : nullptr;
  evaluation_.payload = input_;
  evaluation_.payload_final = heard_all();
  evaluation_.now = context_.loop.now();
  return evaluation_;
}

/// TCP stands and what is missing is the TLS handshake.
bool CheckRun::transport_is_up() const noexcept {
  if (!over_tls_ || stream_ == nullptr) return false;
  if (stream_->descriptor() < 0) return true;
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  return ::getpeername(stream_->descriptor(), reinterpret_cast<sockaddr*>(&peer), &length) == 0;
}

CheckRun::Progress CheckRun::stop(CheckStatus status, std::string detail) {
  report_ = report_of(status, std::move(detail));
  return Progress::Stop;
}

CheckReport CheckRun::connect_failed() {
  const int code = stream_->failure();
  // A reset can only come from a peer that had let us in; then it broke the handshake.
  if (over_tls_ && (code == 0 || code == ECONNRESET || code == EPIPE || transport_is_up())) {
    return report_of(CheckStatus::L6Response, "SSL handshake failure" + place());
  }
  return report_of(CheckStatus::L4Connection, std::strerror(code) + place());
}

CheckReport CheckRun::timed_out() {
  if (!connected_) {
    return report_of(transport_is_up() ? CheckStatus::L6Timeout : CheckStatus::L4Timeout, place());
  }
  CheckStatus status = CheckStatus::L7Timeout;
  if (current_ != nullptr) {
    if (const auto* expect = std::get_if<ExpectStep>(&current_->what))
      status = expect->config.timeout_status.value_or(status);
  }
  return report_of(status, place());
}

CheckReport CheckRun::succeeded() {
  CheckReport out;
  out.passed = true;
  const bool tcp = plan_.script->names_steps();
  if (current_ != nullptr && std::holds_alternative<ExpectStep>(current_->what)) {
    const std::uint16_t code = reply_ != nullptr ? reply_->status() : 0;
    return success(*plan_.script, *current_, judgement_, code, evaluation());
  }
  if (current_ != nullptr && std::holds_alternative<ConnectStep>(current_->what)) {
    out.status = over_tls_ ? CheckStatus::L6Ok : CheckStatus::L4Ok;
    if (tcp && current_->number != 0) out.detail = "(tcp-check)";
    return out;
  }
  out.status = CheckStatus::L7Ok;
  out.detail = "(tcp-check)";
  return out;
}

std::string CheckRun::place() const {
  if (!plan_.script->names_steps() || current_ == nullptr) return {};
  if (current_->number == 0) return " at initial connection step of tcp-check";
  std::string out = " at step " + std::to_string(current_->number) + " of tcp-check";
  if (const auto* connect = std::get_if<ConnectStep>(&current_->what)) {
    out +=
        connect->port != 0 ? " (connect port " + std::to_string(connect->port) + ")" : " (connect)";
  } else if (std::holds_alternative<ExpectStep>(current_->what)) {
    out += waited_for(*current_);
  } else {
    out += " (send)";
  }
  if (!current_->comment.empty()) out += " comment: '" + current_->comment + "'";
  return out;
}

void CheckRun::close() noexcept {
  // A reset leaves no TIME_WAIT behind; HAProxy closes its checks the same way.
  if (stream_ != nullptr && !peer_closed_ && !(linger_ && connected_)) stream_->reset_on_close();
  stream_.reset();
  input_.clear();
  reply_.reset();
  connected_ = sending_ = peer_closed_ = false;
  must_read_ = true;
  read_error_ = 0;
}

}  // namespace sluice::health
