#include "health/check_script.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "health/protocol_steps.h"

namespace sluice::health {

namespace {

using model::CheckStep;
using model::ExpectKind;
using rules::CheckTextUse;

class Compiler {
 public:
  Compiler(const CheckStep& step, rules::CompileScope& scope) : step_(step), scope_(scope) {}
  [[nodiscard]] bool ok() const { return ok_; }

  ConnectStep connect() {
    ConnectStep out;
    out.as_server = step_.connect.as_server;
    out.linger = step_.connect.linger;
    out.port = step_.connect.port;
    out.address = step_.connect.address;
    if (!step_.connect.port_expression.text.empty())
      out.port_expression = expression(step_.connect.port_expression);
    return out;
  }

  SendStep send() {
    SendStep out;
    out.hexadecimal = step_.send.is_hexadecimal;
    if (step_.send.is_format) {
      out.format = text(CheckTextUse::Bytes, step_.send.data);
    } else {
      out.bytes = step_.send.data;
    }
    return out;
  }

  HttpSendStep http_send() {
    const model::CheckSend& send = step_.send;
    HttpSendStep out;
    out.method = send.method.empty() ? "OPTIONS" : send.method;
    out.uri = send.uri.empty() ? "/" : send.uri;
    out.version = send.version.empty() ? "HTTP/1.0" : send.version;
    out.body = send.body;
    if (send.uri_is_format) out.uri_format = text(CheckTextUse::Target, send.uri);
    if (send.body_is_format) out.body_format = text(CheckTextUse::Body, send.body);
    for (const auto& [name, value] : send.headers) {
      // Framing fields are ours to write.
      if (base::iequals(name, "content-length") || base::iequals(name, "transfer-encoding"))
        continue;
      out.headers.push_back({name, text(CheckTextUse::Field, value)});
    }
    return out;
  }

  ExpectStep expect() {
    ExpectStep out;
    out.config = step_.expect;
    switch (step_.expect.kind) {
      case ExpectKind::Status:
        out.statuses = statuses(step_.expect.pattern);
        break;
      case ExpectKind::RegexStatus:
      case ExpectKind::RegexString:
      case ExpectKind::RegexBinary:
        out.regex = regex(step_.expect.pattern);
        break;
      case ExpectKind::StringFormat:
      case ExpectKind::BinaryFormat:
        out.format = text(CheckTextUse::Bytes, step_.expect.pattern);
        break;
      case ExpectKind::Header:
      case ExpectKind::FullHeader:
        fill(out.name, step_.expect.name);
        if (step_.expect.value) out.value = value_pattern(*step_.expect.value);
        break;
      default:
        break;
    }
    out.on_success = message(step_.expect.on_success);
    out.on_error = message(step_.expect.on_error);
    if (!step_.expect.status_code.text.empty())
      out.status_code = expression(step_.expect.status_code);
    return out;
  }

  VariableStep variable() {
    auto out = rules::compile_check_variable(step_.words, scope_);
    ok_ = ok_ && out != nullptr;
    return out;
  }

 private:
  std::unique_ptr<const rules::CheckText> text(CheckTextUse use, std::string_view format) {
    auto out = rules::compile_check_text(use, format, step_.span, scope_);
    ok_ = ok_ && out != nullptr;
    return out;
  }
  std::unique_ptr<const rules::CheckText> message(const model::FormatText& format) {
    return format.is_set() ? text(CheckTextUse::Bytes, format.text) : nullptr;
  }
  std::unique_ptr<const rules::Expression> expression(const base::Word& word) {
    auto out = rules::compile_check_expression(word, scope_);
    ok_ = ok_ && out != nullptr;
    return out;
  }
  std::shared_ptr<const rules::Regex> regex(const std::string& pattern) {
    auto out = rules::Regex::compile(pattern, rules::RegexCase::Sensitive);
    if (out) return *out;
    scope_.diagnostics.error(step_.span, out.error().detail);
    ok_ = false;
    return nullptr;
  }
  void fill(HeaderPattern& out, const model::CheckPattern& pattern) {
    out.method = pattern.method;
    out.text = pattern.text;
    if (pattern.method == model::CheckPattern::Method::Regex) out.regex = regex(pattern.text);
    if (pattern.is_format) out.format = text(CheckTextUse::Bytes, pattern.text);
  }
  std::unique_ptr<const HeaderPattern> value_pattern(const model::CheckPattern& pattern) {
    auto out = std::make_unique<HeaderPattern>();
    fill(*out, pattern);
    return out;
  }
  /// config/ has checked the list.
  static std::vector<std::pair<std::uint16_t, std::uint16_t>> statuses(const std::string& list) {
    std::vector<std::pair<std::uint16_t, std::uint16_t>> out;
    for (const std::string_view element : base::split(list, ',')) {
      const auto bounds = base::split(element, '-');
      const auto low = base::to_unsigned(bounds.front()).value_or(0);
      const auto high = base::to_unsigned(bounds.back()).value_or(0);
      out.emplace_back(static_cast<std::uint16_t>(low), static_cast<std::uint16_t>(high));
    }
    return out;
  }

  const CheckStep& step_;
  rules::CompileScope& scope_;
  bool ok_ = true;
};

bool is_wire(const Step& step) { return !std::holds_alternative<VariableStep>(step.what); }

/// An expect that waits for bytes is evaluated again from the first negated one of its group.
std::size_t resume_point(const std::vector<Step>& steps, std::size_t at) {
  std::size_t out = at;
  while (at-- > 0) {
    if (!is_wire(steps[at])) continue;
    const auto* expect = std::get_if<ExpectStep>(&steps[at].what);
    if (expect == nullptr) break;
    if (expect->config.negated) out = at;
  }
  return out;
}

/// A comment stands for the steps of one kind that follow it, unless they have their own.
std::vector<CheckStep> with_comments(const std::vector<CheckStep>& steps) {
  std::vector<CheckStep> out;
  std::string comment;
  CheckStep::Kind before = CheckStep::Kind::Comment;
  for (const CheckStep& step : steps) {
    if (step.kind != before && before != CheckStep::Kind::Comment) comment.clear();
    before = step.kind;
    if (step.kind == CheckStep::Kind::Comment) comment = step.comment;
    out.push_back(step);
    if (out.back().comment.empty()) out.back().comment = comment;
    if (step.kind == CheckStep::Kind::Connect || step.kind == CheckStep::Kind::Variable)
      comment.clear();
  }
  return out;
}

/// The request of `option httpchk` comes after the connection that is written below it.
std::vector<CheckStep> in_order(std::vector<CheckStep> steps) {
  const auto wire = [](const CheckStep& step) {
    return step.kind != CheckStep::Kind::Comment && step.kind != CheckStep::Kind::Variable;
  };
  const auto first = std::find_if(steps.begin(), steps.end(), wire);
  if (first == steps.end() || !first->send.is_option) return steps;
  const auto next = std::find_if(first + 1, steps.end(), wire);
  if (next == steps.end() || next->kind != CheckStep::Kind::Connect) return steps;
  std::rotate(first, first + 1, next + 1);
  return steps;
}

}  // namespace

std::shared_ptr<const CheckScript> CheckScript::compile(const model::ProxyCheck& check,
                                                        rules::CompileScope& scope) {
  auto script = std::make_shared<CheckScript>();
  script->kind_ = check.kind;
  script->names_steps_ = check.kind == model::CheckKind::Tcp && check.tcp_steps_count;
  script->send_state_ = check.send_state;
  script->disable_on_404_ = check.disable_on_404;
  const bool own = check.kind == model::CheckKind::Http || check.kind == model::CheckKind::Tcp;
  bool ok = true;
  std::uint32_t number = 0;
  for (const CheckStep& step :
       with_comments(in_order(own ? check.steps() : protocol_steps(check)))) {
    // The request of `option httpchk` is no step of its own to count.
    if (!step.send.is_option) ++number;
    if (step.kind == CheckStep::Kind::Comment) continue;
    ok = script->add(step, scope) && ok;
    script->steps_.back().number = std::max(number, 1U);
  }
  script->complete(scope);
  script->sends_ =
      static_cast<std::size_t>(std::ranges::count_if(script->steps_, [](const Step& s) {
        return std::holds_alternative<SendStep>(s.what) ||
               std::holds_alternative<HttpSendStep>(s.what);
      }));
  return ok ? script : nullptr;
}

bool CheckScript::add(const CheckStep& step, rules::CompileScope& scope) {
  Compiler compiler(step, scope);
  Step out;
  out.comment = step.comment;
  switch (step.kind) {
    case CheckStep::Kind::Connect:
      out.what = compiler.connect();
      break;
    case CheckStep::Kind::Send:
      if (is_http()) {
        out.what = compiler.http_send();
      } else {
        out.what = compiler.send();
      }
      break;
    case CheckStep::Kind::Expect:
      out.what = compiler.expect();
      break;
    case CheckStep::Kind::Variable:
      out.what = compiler.variable();
      break;
    case CheckStep::Kind::Comment:
      break;
  }
  steps_.push_back(std::move(out));
  return compiler.ok();
}

/// What need not be written: the connection, a request, and that its answer is 2xx or 3xx.
void CheckScript::complete(rules::CompileScope& scope) {
  if (is_http()) {
    const auto last = std::find_if(steps_.rbegin(), steps_.rend(), is_wire);
    if (last != steps_.rend() && std::holds_alternative<HttpSendStep>(last->what)) {
      CheckStep status;
      status.kind = CheckStep::Kind::Expect;
      status.expect.pattern = "200-399";
      const std::uint32_t number = last->number;
      (void)add(status, scope);
      steps_.back().number = number;
    }
  }
  const auto first = std::find_if(steps_.begin(), steps_.end(), is_wire);
  if (first == steps_.end() || !std::holds_alternative<ConnectStep>(first->what)) {
    Step connect;
    connect.what = ConnectStep{};
    steps_.insert(steps_.begin(), std::move(connect));
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (auto* expect = std::get_if<ExpectStep>(&steps_[i].what))
      expect->first = resume_point(steps_, i);
  }
}

}  // namespace sluice::health
