// `option tcp-check` and the steps of `tcp-check`.
#include <array>

#include "base/text.h"
#include "config/check_steps.h"
#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::CheckStep;
constexpr Support kYes = Support::Implemented;
constexpr std::array<std::string_view, 10> kTcpSteps = {
    "connect", "send",    "send-lf", "send-binary", "send-binary-lf",
    "expect",  "comment", "set-var", "set-var-fmt", "unset-var"};

void parse_option(Context& context, Arguments& arguments) {
  if (!arguments.finish()) return;
  context.proxy->check.kind = model::CheckKind::Tcp;
  context.proxy->check.span = arguments.span();
  context.proxy->check.tcp_steps_count = true;
}

void append(Context& context, CheckStep step, Arguments& arguments) {
  append_check_step(context, std::move(step), CheckProtocol::Tcp, arguments);
}

void parse_connect(Context& context, Arguments& arguments) {
  CheckStep step;
  if (parse_check_connect(step, arguments)) append(context, std::move(step), arguments);
}

void parse_expect(Context& context, Arguments& arguments) {
  CheckStep step;
  if (parse_check_expect(step, CheckProtocol::Tcp, arguments))
    append(context, std::move(step), arguments);
}

void parse_comment(Context& context, Arguments& arguments) {
  CheckStep step;
  if (parse_check_comment(step, arguments)) append(context, std::move(step), arguments);
}

void parse_variable(Context& context, Arguments& arguments) {
  CheckStep step;
  if (parse_check_variable(step, kTcpSteps, arguments)) append(context, std::move(step), arguments);
}

template <bool Format, bool Hexadecimal>
void parse_send(Context& context, Arguments& arguments) {
  CheckStep step;
  step.kind = CheckStep::Kind::Send;
  step.send.is_format = Format;
  step.send.is_hexadecimal = Hexadecimal;
  const base::Word* data = arguments.expect(Hexadecimal ? "bytes in hexadecimal" : "a text");
  if (data == nullptr) return;
  step.send.data = data->text;
  if (Hexadecimal && !Format) {
    auto bytes = bytes_of(data->text);
    if (!bytes) {
      return arguments.error(data->span, "'" + data->text + "' is not hexadecimal",
                             "write each byte as two digits: 0d0a");
    }
    step.send.data = std::move(*bytes);
  }
  if (arguments.take("comment")) {
    const base::Word* comment = arguments.expect("a text after 'comment'");
    if (comment == nullptr) return;
    step.comment = comment->text;
  }
  if (arguments.finish()) append(context, std::move(step), arguments);
}

constexpr std::array<Row, 9> kRows = {{
    {"option tcp-check", "", kBackends, kYes, Negation::No, parse_option,
     "checks connect (the default), and do what 'tcp-check' lines say"},
    {"tcp-check connect", "[default] [port <port>|<expression>] [addr <address>] [linger]",
     kBackends, kYes, Negation::No, parse_connect, "a new connection of a TCP check"},
    {"tcp-check send", "<text> [comment <text>]", kBackends, kYes, Negation::No,
     parse_send<false, false>, "what a TCP check sends"},
    {"tcp-check send-lf", "<format> [comment <text>]", kBackends, kYes, Negation::No,
     parse_send<true, false>, "the same as a log format"},
    {"tcp-check send-binary", "<hexadecimal> [comment <text>]", kBackends, kYes, Negation::No,
     parse_send<false, true>, "bytes that a TCP check sends"},
    {"tcp-check send-binary-lf", "<format> [comment <text>]", kBackends, kYes, Negation::No,
     parse_send<true, true>, "the same, in hexadecimal from a log format"},
    {"tcp-check expect",
     "[min-recv <bytes>] [ok-status|error-status|tout-status <status>] [on-success|on-error "
     "<format>] [status-code <expression>] [!] string|rstring|string-lf|binary|rbinary|binary-lf "
     "<pattern>",
     kBackends, kYes, Negation::No, parse_expect, "what the server must send"},
    {"tcp-check comment", "<text>", kBackends, kYes, Negation::No, parse_comment,
     "is said when the step that follows fails"},
    {"tcp-check", "set-var|set-var-fmt|unset-var(<name>) [<expression>|<format>]", kBackends, kYes,
     Negation::No, parse_variable, "variables of a check: check.NAME and sess.NAME"},
}};

}  // namespace

std::span<const Row> tcp_check() { return kRows; }

}  // namespace sluice::config::rows
