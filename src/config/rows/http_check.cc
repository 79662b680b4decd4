// `option httpchk` and the steps of `http-check`.
#include <array>

#include "base/text.h"
#include "config/check_steps.h"
#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::CheckSend;
using model::CheckStep;
using model::Proxy;
using model::ProxyCheck;
constexpr Support kYes = Support::Implemented;

constexpr std::array<std::string_view, 8> kSendParts = {"meth", "uri",  "uri-lf",  "ver",
                                                        "hdr",  "body", "body-lf", "comment"};
constexpr std::array<std::string_view, 9> kHttpSteps = {"connect", "send",        "expect",
                                                        "comment", "send-state",  "disable-on-404",
                                                        "set-var", "set-var-fmt", "unset-var"};

// The old way to send headers: "HTTP/1.1\r\nHost:\ example.com" as the version.
void split_version(const base::Word& word, CheckSend& send, Arguments& arguments) {
  const std::string_view text = word.text;
  const std::size_t end = text.find("\r\n");
  send.version = std::string(text.substr(0, end));
  if (end == std::string_view::npos) return;
  arguments.warning(
      word.span, "headers in the version of 'option httpchk' are an old way",
      "write 'http-check send ver " + send.version + " hdr <name> <value>' below 'option httpchk'");
  std::string_view rest = text.substr(end + 2);
  const std::size_t body = rest.find("\r\n\r\n");
  if (body != std::string_view::npos) {
    send.body = std::string(rest.substr(body + 4));
    rest = rest.substr(0, body);
  }
  while (!rest.empty()) {
    const std::size_t line_end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, line_end);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      if (!line.empty()) arguments.error(word.span, "'" + std::string(line) + "' is no header");
    } else {
      send.headers.emplace_back(line.substr(0, colon), base::trim(line.substr(colon + 1)));
    }
    if (line_end == std::string_view::npos) return;
    rest.remove_prefix(line_end + 2);
  }
}

void check_version(const base::Word& word, const CheckSend& send, Arguments& arguments) {
  const std::string_view version = send.version;
  const bool fine = version.size() == 8 && version.starts_with("HTTP/") &&
                    base::is_digit(version[5]) && version[6] == '.' && base::is_digit(version[7]);
  if (!fine) {
    arguments.error(word.span, "'" + send.version + "' is not a version such as HTTP/1.1");
  }
}

/// What the newer send says replaces what the older one does.
void overwrite(CheckSend& send, const CheckSend& with) {
  if (!with.method.empty()) send.method = with.method;
  if (!with.uri.empty()) {
    send.uri = with.uri;
    send.uri_is_format = with.uri_is_format;
  }
  if (!with.version.empty()) send.version = with.version;
  if (!with.headers.empty()) send.headers = with.headers;
  if (!with.body.empty()) {
    send.body = with.body;
    send.body_is_format = with.body_is_format;
  }
}

/// The option's request is the first one of the rules, before or behind which line it stands.
void place_option_send(std::vector<CheckStep>& steps, CheckStep step) {
  for (CheckStep& other : steps) {
    if (other.kind == CheckStep::Kind::Connect && &other == first_wire_step(steps)) continue;
    if (other.kind == CheckStep::Kind::Comment || other.kind == CheckStep::Kind::Variable) continue;
    if (other.kind != CheckStep::Kind::Send) break;
    if (other.send.is_option) {
      other = std::move(step);
    } else {
      overwrite(other.send, step.send);
    }
    return;
  }
  steps.insert(steps.begin(), std::move(step));
}

void parse_httpchk(Context& context, Arguments& arguments) {
  ProxyCheck& check = context.proxy->check;
  CheckStep step;
  step.kind = CheckStep::Kind::Send;
  step.span = arguments.span();
  step.send.is_option = true;
  const base::Word* first = arguments.next();
  const base::Word* second = arguments.next();
  if (second != nullptr) {
    step.send.method = first->text;
    step.send.uri = second->text;
    if (const base::Word* version = arguments.next()) {
      split_version(*version, step.send, arguments);
      check_version(*version, step.send, arguments);
    }
  } else if (first != nullptr) {
    step.send.uri = first->text;
  }
  if (!arguments.finish()) return;
  // Without a request of its own it takes over what the defaults say.
  const bool inherits = first == nullptr && check.kind == model::CheckKind::Http;
  check.kind = model::CheckKind::Http;
  check.span = arguments.span();
  if (inherits) return;
  place_option_send(own_steps(context, CheckProtocol::Http), std::move(step));
}

bool send_part(const base::Word& word, CheckStep& step, Arguments& arguments) {
  CheckSend& send = step.send;
  const auto value = [&](std::string& field) {
    const base::Word* text = arguments.expect("a value after '" + word.text + "'");
    if (text != nullptr) field = text->text;
    return text != nullptr;
  };
  if (word.text == "meth") return value(send.method);
  if (word.text == "comment") return value(step.comment);
  if (word.text == "uri" || word.text == "uri-lf") {
    send.uri_is_format = word.text == "uri-lf";
    return value(send.uri);
  }
  if (word.text == "body" || word.text == "body-lf") {
    send.body_is_format = word.text == "body-lf";
    return value(send.body);
  }
  if (word.text == "ver") {
    if (!value(send.version)) return false;
    check_version(word, send, arguments);
    return true;
  }
  if (word.text == "hdr") {
    std::pair<std::string, std::string> header;
    if (!value(header.first) || !value(header.second)) return false;
    send.headers.push_back(std::move(header));
    return true;
  }
  arguments.error_choice(word, kSendParts);
  return false;
}

void parse_send(Context& context, Arguments& arguments) {
  if (arguments.empty())
    return arguments.error("'http-check send' needs meth, uri, ver, hdr or body");
  CheckStep step;
  step.kind = CheckStep::Kind::Send;
  step.span = arguments.span();
  while (const base::Word* word = arguments.next()) {
    if (!send_part(*word, step, arguments)) return;
  }
  std::vector<CheckStep>& steps = own_steps(context, CheckProtocol::Http);
  CheckStep* first = first_wire_step(steps);
  if (first != nullptr && first->kind == CheckStep::Kind::Send && first->send.is_option) {
    CheckStep merged = *first;
    overwrite(merged.send, step.send);
    merged.send.is_option = false;
    merged.comment = step.comment;
    merged.span = step.span;
    steps.erase(steps.begin() + (first - steps.data()));
    steps.push_back(std::move(merged));
    return;
  }
  const CheckStep* last = last_wire_step(steps);
  if (last != nullptr && last->kind != CheckStep::Kind::Connect) {
    return arguments.error("a second 'http-check send' needs a connection of its own",
                           "write 'http-check connect' before it");
  }
  steps.push_back(std::move(step));
}

void parse_expect(Context& context, Arguments& arguments) {
  CheckStep step;
  if (!parse_check_expect(step, CheckProtocol::Http, arguments)) return;
  const CheckStep* last = last_wire_step(own_steps(context, CheckProtocol::Http));
  if (last != nullptr && last->kind == CheckStep::Kind::Connect) {
    return arguments.error("nothing was sent on this connection that an answer could follow",
                           "write 'http-check send' before it");
  }
  append_check_step(context, std::move(step), CheckProtocol::Http, arguments);
}

void parse_connect(Context& context, Arguments& arguments) {
  CheckStep step;
  if (!parse_check_connect(step, arguments)) return;
  const CheckStep* last = last_wire_step(own_steps(context, CheckProtocol::Http));
  if (last != nullptr && last->kind == CheckStep::Kind::Connect) {
    return arguments.error("the connection before this one was not used",
                           "write 'http-check send' between the two");
  }
  append_check_step(context, std::move(step), CheckProtocol::Http, arguments);
}

void parse_comment(Context& context, Arguments& arguments) {
  CheckStep step;
  if (parse_check_comment(step, arguments))
    append_check_step(context, std::move(step), CheckProtocol::Http, arguments);
}

template <bool ProxyCheck::*Field>
void parse_switch(Context& context, Arguments& arguments) {
  if (arguments.finish()) context.proxy->check.*Field = true;
}

void parse_variable(Context& context, Arguments& arguments) {
  CheckStep step;
  if (parse_check_variable(step, kHttpSteps, arguments))
    append_check_step(context, std::move(step), CheckProtocol::Http, arguments);
}

constexpr std::array<Row, 8> kRows = {{
    {"option httpchk", "[[<method>] <uri> [<version>]]", kBackends, kYes, Negation::No,
     parse_httpchk, "checks speak HTTP"},
    {"http-check connect", "[default] [port <port>|<expression>] [addr <address>] [linger]",
     kBackends, kYes, Negation::No, parse_connect, "a new connection of an HTTP check"},
    {"http-check send",
     "[meth <method>] [uri|uri-lf <uri>] [ver <version>] [hdr <name> <format>]… "
     "[body|body-lf <text>]",
     kBackends, kYes, Negation::No, parse_send, "what an HTTP check sends"},
    {"http-check expect",
     "[min-recv <bytes>] [ok-status|error-status|tout-status <status>] [on-success|on-error "
     "<format>] [status-code <expression>] [!] status|rstatus|hdr|fhdr|string|rstring|string-lf "
     "<pattern>",
     kBackends, kYes, Negation::No, parse_expect, "what a good answer is"},
    {"http-check comment", "<text>", kBackends, kYes, Negation::No, parse_comment,
     "is said when the step that follows fails"},
    {"http-check send-state", "", kBackends, kYes, Negation::No,
     parse_switch<&ProxyCheck::send_state>,
     "HTTP checks tell the server its state in X-Haproxy-Server-State"},
    {"http-check disable-on-404", "", kBackends, kYes, Negation::No,
     parse_switch<&ProxyCheck::disable_on_404>,
     "a server that is up and answers 404 gets nothing new"},
    {"http-check", "set-var|set-var-fmt|unset-var(<name>) [<expression>|<format>]", kBackends, kYes,
     Negation::No, parse_variable, "variables of a check: check.NAME and sess.NAME"},
}};

}  // namespace

std::span<const Row> http_check() { return kRows; }

std::span<const std::string_view> check_send_parts() { return kSendParts; }

}  // namespace sluice::config::rows
