#include "config/check_steps.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "config/addresses.h"

namespace sluice::config {

namespace {

using model::CheckStep;

constexpr std::array<std::string_view, 3> kVariableWords = {"set-var", "set-var-fmt", "unset-var"};
constexpr std::array<std::string_view, 5> kConnectWords = {"default", "port", "addr", "linger",
                                                           "comment"};

bool take_text(Arguments& arguments, const base::Word& keyword, std::string& out) {
  const base::Word* text = arguments.expect("a value after '" + keyword.text + "'");
  if (text != nullptr) out = text->text;
  return text != nullptr;
}

bool take_port(Arguments& arguments, model::CheckConnect& connect) {
  const base::Word* word = arguments.expect("a port, or an expression, after 'port'");
  if (word == nullptr) return false;
  const auto number = base::to_unsigned(word->text);
  if (!number) {
    connect.port_expression = *word;
    return true;
  }
  if (*number < 1 || *number > 65'535) {
    arguments.error(word->span, "'" + word->text + "' is not a port from 1 to 65535");
    return false;
  }
  connect.port = static_cast<std::uint16_t>(*number);
  return true;
}

bool take_address(Arguments& arguments, model::CheckConnect& connect) {
  const base::Word* word = arguments.expect("an address after 'addr'");
  if (word == nullptr) return false;
  const auto address = parse_address(word->text);
  if (!address) {
    arguments.error(word->span, address.error().detail);
    return false;
  }
  if (connect.port == 0 && address->port_form == PortForm::Plain) connect.port = address->port;
  connect.host = address->host;
  return true;
}

}  // namespace

std::span<const std::string_view> check_connect_words() { return kConnectWords; }

bool parse_check_connect(CheckStep& step, Arguments& arguments) {
  step.kind = CheckStep::Kind::Connect;
  while (const base::Word* word = arguments.next()) {
    bool fine = true;
    if (word->text == "default") {
      step.connect.as_server = true;
    } else if (word->text == "linger") {
      step.connect.linger = true;
    } else if (word->text == "port") {
      fine = take_port(arguments, step.connect);
    } else if (word->text == "addr") {
      fine = take_address(arguments, step.connect);
    } else if (word->text == "comment") {
      fine = take_text(arguments, *word, step.comment);
    } else if (word->text == "ssl" || word->text == "sni" || word->text == "alpn") {
      arguments.unsupported(*word, "write 'check-ssl' on the server line and 'connect default'");
      return false;
    } else if (word->text == "send-proxy" || word->text == "via-socks4" || word->text == "proto") {
      arguments.unsupported(*word);
      return false;
    } else {
      arguments.error_choice(*word, kConnectWords);
      return false;
    }
    if (!fine) return false;
  }
  return true;
}

std::span<const std::string_view> check_variable_words() { return kVariableWords; }

bool parse_check_variable(CheckStep& step, std::span<const std::string_view> steps,
                          Arguments& arguments) {
  step.kind = CheckStep::Kind::Variable;
  const base::Word* action = arguments.expect("a step");
  if (action == nullptr) return false;
  const std::string_view name = std::string_view(action->text).substr(0, action->text.find('('));
  if (std::find(kVariableWords.begin(), kVariableWords.end(), name) == kVariableWords.end()) {
    arguments.error_choice(*action, steps);
    return false;
  }
  step.words.push_back(*action);
  while (const base::Word* word = arguments.next()) step.words.push_back(*word);
  return true;
}

bool parse_check_comment(CheckStep& step, Arguments& arguments) {
  step.kind = CheckStep::Kind::Comment;
  const base::Word* text = arguments.expect("a text");
  if (text == nullptr) return false;
  step.comment = text->text;
  return arguments.finish();
}

std::vector<CheckStep>& own_steps(Context& context, CheckProtocol protocol) {
  const bool http = protocol == CheckProtocol::Http;
  std::vector<CheckStep>& steps =
      http ? context.proxy->check.http_steps : context.proxy->check.tcp_steps;
  bool& own = http ? context.state->own_http_checks : context.state->own_tcp_checks;
  if (!std::exchange(own, true)) steps.clear();
  return steps;
}

namespace {
bool is_wire(const CheckStep& step) {
  return step.kind != CheckStep::Kind::Comment && step.kind != CheckStep::Kind::Variable;
}
}  // namespace

CheckStep* last_wire_step(std::vector<CheckStep>& steps) {
  for (auto at = steps.rbegin(); at != steps.rend(); ++at) {
    if (is_wire(*at)) return &*at;
  }
  return nullptr;
}

CheckStep* first_wire_step(std::vector<CheckStep>& steps) {
  for (CheckStep& step : steps) {
    if (is_wire(step)) return &step;
  }
  return nullptr;
}

void append_check_step(Context& context, CheckStep step, CheckProtocol protocol,
                       Arguments& arguments) {
  std::vector<CheckStep>& steps = own_steps(context, protocol);
  step.span = arguments.span();
  if (step.kind == CheckStep::Kind::Connect) {
    const CheckStep* first = nullptr;
    for (const CheckStep& before : steps) {
      const bool counts = is_wire(before) && !before.send.is_option;
      if (first == nullptr && counts) first = &before;
    }
    if (first != nullptr && first->kind != CheckStep::Kind::Connect) {
      return arguments.error("the first step must be a connect where there is one at all",
                             "write a 'connect' before the first send or expect");
    }
  }
  steps.push_back(std::move(step));
}

std::optional<std::string> bytes_of(std::string_view hexadecimal) {
  std::string out;
  int high = -1;
  for (const char c : hexadecimal) {
    const char folded = base::to_lower(c);
    int digit = -1;
    if (base::is_digit(c)) digit = c - '0';
    if (folded >= 'a' && folded <= 'f') digit = folded - 'a' + 10;
    if (digit < 0) return std::nullopt;
    if (high < 0) {
      high = digit;
      continue;
    }
    out += static_cast<char>(high * 16 + digit);
    high = -1;
  }
  if (high >= 0) return std::nullopt;
  return out;
}

}  // namespace sluice::config
