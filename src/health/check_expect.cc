#include "health/check_expect.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "health/agent_words.h"
#include "health/check_request.h"
#include "health/protocol_steps.h"
#include "rules/cast.h"

namespace sluice::health {

namespace {

using model::CheckReport;
using model::CheckStatus;
using model::ExpectKind;

std::string text_of(const rules::CheckText& format, rules::Evaluation& evaluation) {
  const auto text = format.compose(evaluation);
  return text ? std::string(*text) : std::string();
}

std::uint16_t code_of(const ExpectStep& expect, std::uint16_t otherwise,
                      rules::Evaluation& evaluation) {
  rules::Sample sample;
  rules::Certainty certainty = rules::Certainty::Final;
  if (expect.status_code == nullptr ||
      !expect.status_code->evaluate(evaluation, sample, certainty)) {
    return otherwise;
  }
  const std::int64_t code = rules::leading_number(rules::as_text(sample, *evaluation.arena));
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(code, 0, UINT16_MAX));
}

/// What was compared with, for the message of a TCP check.
std::string pattern_text(const ExpectStep& expect) {
  switch (expect.config.kind) {
    case ExpectKind::String:
      return " '" + expect.config.pattern + "'";
    case ExpectKind::Binary:
      return " (binary)";
    case ExpectKind::RegexString:
      return " (regex)";
    case ExpectKind::RegexBinary:
      return " (binary regex)";
    case ExpectKind::StringFormat:
      return " (log-format string)";
    case ExpectKind::BinaryFormat:
      return " (log-format binary)";
    default:
      return "";
  }
}

/// A failure: the text is `detail`, or what `on-error` says, or (TCP) which step it was.
Judgement failed(const CheckScript& script, const Step& step, CheckStatus status,
                 std::string detail, std::uint16_t code, rules::Evaluation& evaluation) {
  const auto& expect = std::get<ExpectStep>(step.what);
  Judgement out;
  out.is = Expectation::Failed;
  out.report.status = status;
  out.report.passed = status == CheckStatus::L7OkConditional;
  out.report.conditional = out.report.passed;
  if (!detail.empty()) {
    out.report.detail = std::move(detail);
  } else if (expect.on_error != nullptr) {
    out.report.detail = text_of(*expect.on_error, evaluation);
  } else if (script.names_steps()) {
    out.report.detail = std::string(expect.config.negated ? "TCPCHK matched unwanted content"
                                                          : "TCPCHK did not match content") +
                        pattern_text(expect) + " at step " + std::to_string(step.number);
  }
  if (!step.comment.empty()) out.report.detail += " comment: " + step.comment;
  out.report.code = code_of(expect, code, evaluation);
  return out;
}

bool matches(const HeaderPattern& pattern, std::string_view value, bool fold,
             rules::Evaluation& evaluation) {
  using Method = model::CheckPattern::Method;
  if (pattern.method == Method::Regex)
    return pattern.regex->matches(fold ? base::lower(value) : std::string(value));
  std::string wanted =
      pattern.format != nullptr ? text_of(*pattern.format, evaluation) : pattern.text;
  std::string seen(value);
  if (fold) {
    wanted = base::lower(wanted);
    seen = base::lower(seen);
  }
  switch (pattern.method) {
    case Method::Whole:
      return seen == wanted;
    case Method::Begin:
      return seen.starts_with(wanted);
    case Method::End:
      return seen.ends_with(wanted);
    case Method::Part:
    case Method::Regex:
      break;
  }
  return seen.find(wanted) != std::string::npos;
}

bool header_matches(const ExpectStep& expect, const http::Head& head,
                    rules::Evaluation& evaluation) {
  for (const http::Field& field : head.fields) {
    if (!matches(expect.name, field.name, true, evaluation)) continue;
    if (expect.value == nullptr) return true;
    if (expect.config.kind == ExpectKind::FullHeader) {
      if (matches(*expect.value, field.value, false, evaluation)) return true;
      continue;
    }
    bool found = false;
    base::for_each_element(field.value, [&](std::string_view element) {
      found = found || matches(*expect.value, element, false, evaluation);
    });
    if (found) return true;
  }
  return false;
}

bool empty_format(const ExpectStep& expect, rules::Evaluation& evaluation, std::string& wanted) {
  wanted = expect.config.pattern;
  if (expect.format == nullptr) return false;
  wanted = text_of(*expect.format, evaluation);
  return wanted.empty();
}

constexpr const char* kEmptyFormat = "log-format string evaluated to an empty string";

Judgement judge_body(const CheckScript& script, const Step& step, const ReplyReader& reply,
                     bool complete, rules::Evaluation& evaluation) {
  const auto& expect = std::get<ExpectStep>(step.what);
  const CheckStatus status = expect.config.error_status.value_or(CheckStatus::L7Response);
  const auto fail = [&](CheckStatus as, const char* text) {
    return failed(script, step, as, expect.on_error != nullptr ? "" : text, reply.status(),
                  evaluation);
  };
  const std::string_view body = reply.body();
  if (body.empty()) {
    return complete ? fail(status, "HTTP content check could not find a response body")
                    : Judgement{};
  }
  std::string wanted;
  if (empty_format(expect, evaluation, wanted))
    return failed(script, step, CheckStatus::L7Response, kEmptyFormat, reply.status(), evaluation);
  const bool is_regex = expect.config.kind == ExpectKind::RegexString;
  const bool too_short = !is_regex && body.size() < wanted.size();
  const std::int32_t least = expect.config.min_recv;
  if (!complete && (too_short || (least > 0 && body.size() < static_cast<std::size_t>(least)))) {
    return {};
  }
  const bool found =
      is_regex ? expect.regex->matches(body) : body.find(wanted) != std::string_view::npos;
  if (!found && !complete && least == -1) return {};
  if (found == expect.config.negated) {
    return fail(status, expect.config.negated ? "HTTP check matched unwanted content"
                                              : "HTTP content check did not match");
  }
  Judgement met;
  met.is = Expectation::Met;
  return met;
}

Judgement judge_http(const CheckScript& script, const Step& step, const ReplyReader& reply,
                     rules::Evaluation& evaluation) {
  const auto& expect = std::get<ExpectStep>(step.what);
  if (reply.state() == ReplyReader::State::Head) return {};
  if (reply.state() == ReplyReader::State::Invalid)
    return failed(script, step, CheckStatus::L7Response, {}, 0, evaluation);
  Judgement met;
  met.is = Expectation::Met;
  const std::uint16_t status = reply.status();
  if (script.disable_on_404() && status == 404 && evaluation.server != nullptr &&
      evaluation.server->state().oper != model::OperState::Down) {
    return met;
  }
  bool found = false;
  switch (expect.config.kind) {
    case ExpectKind::Status:
      found = std::any_of(
          expect.statuses.begin(), expect.statuses.end(),
          [status](const auto& range) { return status >= range.first && status <= range.second; });
      break;
    case ExpectKind::RegexStatus:
      found = expect.regex->matches(std::to_string(status));
      break;
    case ExpectKind::Header:
    case ExpectKind::FullHeader:
      found = header_matches(expect, reply.head(), evaluation);
      break;
    default:
      return judge_body(script, step, reply, reply.state() == ReplyReader::State::Done, evaluation);
  }
  if (found != expect.config.negated) return met;
  return failed(script, step, expect.config.error_status.value_or(CheckStatus::L7Status),
                expect.on_error != nullptr ? "" : std::string(reply.reason()), status, evaluation);
}

/// The steps of protocols; nothing: it is an ordinary one.
std::optional<Judgement> judge_protocol(const CheckScript& script, const Step& step,
                                        const Heard& heard, rules::Evaluation& evaluation) {
  std::optional<CheckReport> report;
  switch (std::get<ExpectStep>(step.what).config.kind) {
    case ExpectKind::MysqlGreeting:
      report = read_mysql_greeting(heard.bytes, heard.complete);
      break;
    case ExpectKind::MysqlLogin:
      report = read_mysql_login(heard.bytes, heard.complete);
      break;
    case ExpectKind::LdapBind:
      report = read_ldap_bind(heard.bytes, heard.complete);
      break;
    case ExpectKind::AgentLine:
      report = read_agent_line(heard.bytes, heard.complete);
      break;
    default:
      return std::nullopt;
  }
  if (!report) return Judgement{};
  if (!report->passed)
    return failed(script, step, report->status, report->detail, report->code, evaluation);
  return Judgement{Expectation::Met, *report};
}

Judgement judge_bytes(const CheckScript& script, const Step& step, const Heard& heard,
                      rules::Evaluation& evaluation) {
  const auto& expect = std::get<ExpectStep>(step.what);
  const ExpectKind kind = expect.config.kind;
  const std::string_view bytes = heard.bytes;
  const std::int32_t least = expect.config.min_recv;
  if (!heard.complete && least > 0 && bytes.size() < static_cast<std::size_t>(least)) return {};
  if (auto protocol = judge_protocol(script, step, heard, evaluation)) return *protocol;
  std::string wanted;
  if (empty_format(expect, evaluation, wanted))
    return failed(script, step, CheckStatus::L7Response, kEmptyFormat, 0, evaluation);
  if (kind == ExpectKind::BinaryFormat) {
    std::string decoded;
    if (!from_hexadecimal(wanted, decoded)) {
      return failed(script, step, CheckStatus::L7Response,
                    "Failed to parse hexastring resulting of eval of a log-format string", 0,
                    evaluation);
    }
    wanted = std::move(decoded);
  }
  bool found = false;
  if (expect.regex != nullptr) {
    found = kind == ExpectKind::RegexBinary ? expect.regex->matches(hexadecimal(bytes))
                                            : expect.regex->matches(bytes);
  } else if (bytes.size() < wanted.size() && !heard.complete) {
    return {};
  } else {
    found = bytes.find(wanted) != std::string_view::npos;
  }
  if (!found && !heard.complete && least == -1) return {};
  if (found == expect.config.negated) {
    return failed(script, step, expect.config.error_status.value_or(CheckStatus::L7Response), {}, 0,
                  evaluation);
  }
  Judgement met;
  met.is = Expectation::Met;
  return met;
}

}  // namespace

Judgement judge(const CheckScript& script, const Step& step, const Heard& heard,
                rules::Evaluation& evaluation) {
  if (heard.reply != nullptr) return judge_http(script, step, *heard.reply, evaluation);
  return judge_bytes(script, step, heard, evaluation);
}

CheckReport success(const CheckScript& script, const Step& step, const Judgement& judgement,
                    std::uint16_t code, rules::Evaluation& evaluation) {
  const auto& expect = std::get<ExpectStep>(step.what);
  CheckReport out = judgement.report;
  out.status = expect.config.ok_status.value_or(CheckStatus::L7Ok);
  out.passed = true;
  out.conditional = out.status == CheckStatus::L7OkConditional;
  if (script.disable_on_404() && code == 404) {
    out.status = CheckStatus::L7OkConditional;
    out.conditional = true;
    out.code = code;
    return out;
  }
  if (expect.on_success != nullptr) {
    out.detail += text_of(*expect.on_success, evaluation);
  } else if (script.names_steps()) {
    out.detail += "(tcp-check)";
  }
  out.code = code_of(expect, code, evaluation);
  return out;
}

std::string waited_for(const Step& step) {
  const auto& expect = std::get<ExpectStep>(step.what);
  switch (expect.config.kind) {
    case ExpectKind::String:
      return " (expect string '" + expect.config.pattern + "')";
    case ExpectKind::Binary:
      return " (expect binary '" + expect.config.pattern + "')";
    case ExpectKind::RegexString:
      return " (expect regex)";
    case ExpectKind::RegexBinary:
      return " (expect binary regex)";
    case ExpectKind::StringFormat:
      return " (expect log-format string)";
    case ExpectKind::BinaryFormat:
      return " (expect log-format binary)";
    default:
      return "";
  }
}

}  // namespace sluice::health
