// `option httpchk`, `option tcp-check` without rules, `http-check send` and `http-check expect`.
#include <array>

#include "base/text.h"
#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::ExpectKind;
using model::ProxyCheck;
constexpr Support kYes = Support::Implemented;

constexpr std::array<std::string_view, 5> kSendParts = {"meth", "uri", "ver", "hdr", "body"};

struct Match {
  std::string_view name;
  ExpectKind kind;
};
constexpr std::array<Match, 4> kMatches = {{{"status", ExpectKind::Status},
                                            {"rstatus", ExpectKind::RegexStatus},
                                            {"string", ExpectKind::String},
                                            {"rstring", ExpectKind::RegexString}}};

// The old way to send headers: "HTTP/1.1\r\nHost:\ example.com" as the version.
void split_version(const base::Word& word, ProxyCheck& check, Arguments& arguments) {
  const std::string_view text = word.text;
  const std::size_t end = text.find("\r\n");
  check.version = std::string(text.substr(0, end));
  if (end == std::string_view::npos) return;
  arguments.warning(word.span, "headers in the version of 'option httpchk' are an old way",
                    "write 'http-check send ver " + check.version +
                        " hdr <name> <value>' below 'option httpchk'");
  std::string_view rest = text.substr(end + 2);
  const std::size_t body = rest.find("\r\n\r\n");
  if (body != std::string_view::npos) {
    check.body = std::string(rest.substr(body + 4));
    rest = rest.substr(0, body);
  }
  while (!rest.empty()) {
    const std::size_t line_end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, line_end);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      if (!line.empty()) arguments.error(word.span, "'" + std::string(line) + "' is no header");
    } else {
      check.headers.emplace_back(line.substr(0, colon), base::trim(line.substr(colon + 1)));
    }
    if (line_end == std::string_view::npos) return;
    rest.remove_prefix(line_end + 2);
  }
}

void check_version(const base::Word& word, const ProxyCheck& check, Arguments& arguments) {
  const std::string_view version = check.version;
  const bool fine = version.size() == 8 && version.starts_with("HTTP/") &&
                    base::is_digit(version[5]) && version[6] == '.' && base::is_digit(version[7]);
  if (!fine) {
    arguments.error(word.span, "'" + check.version + "' is not a version such as HTTP/1.1");
  }
}

void parse_httpchk(Context& context, Arguments& arguments) {
  ProxyCheck& check = context.proxy->check;
  check.kind = model::CheckKind::Http;
  check.span = arguments.span();
  if (arguments.empty()) return;
  const ProxyCheck defaults;
  check.method = defaults.method;
  check.version = defaults.version;
  check.headers.clear();
  check.body.clear();
  const base::Word* first = arguments.next();
  const base::Word* second = arguments.next();
  if (second == nullptr) {
    check.uri = first->text;
    return;
  }
  check.method = first->text;
  check.uri = second->text;
  if (const base::Word* version = arguments.next()) {
    split_version(*version, check, arguments);
    check_version(*version, check, arguments);
  }
  (void)arguments.finish();
}

void parse_tcp_check(Context& context, Arguments& arguments) {
  if (!arguments.finish()) return;
  context.proxy->check.kind = model::CheckKind::Tcp;
  context.proxy->check.span = arguments.span();
}

bool send_part(const base::Word& word, ProxyCheck& check, Arguments& arguments) {
  const auto value = [&](std::string& field) {
    const base::Word* text = arguments.expect("a value after '" + word.text + "'");
    if (text != nullptr) field = text->text;
    return text != nullptr;
  };
  if (word.text == "meth") return value(check.method);
  if (word.text == "uri") return value(check.uri);
  if (word.text == "body") return value(check.body);
  if (word.text == "ver") {
    if (!value(check.version)) return false;
    check_version(word, check, arguments);
    return true;
  }
  if (word.text == "hdr") {
    std::pair<std::string, std::string> header;
    if (!value(header.first) || !value(header.second)) return false;
    check.headers.push_back(std::move(header));
    return true;
  }
  if (word.text == "uri-lf" || word.text == "body-lf" || word.text == "comment") {
    arguments.unsupported(word);
    return false;
  }
  arguments.error_choice(word, kSendParts);
  return false;
}

void parse_send(Context& context, Arguments& arguments) {
  if (arguments.empty())
    return arguments.error("'http-check send' needs meth, uri, ver, hdr or body");
  context.proxy->check.headers.clear();
  while (const base::Word* word = arguments.next()) {
    if (!send_part(*word, context.proxy->check, arguments)) return;
  }
}

// "200", "200-399,404"
bool is_status_list(std::string_view text) {
  bool fine = !text.empty();
  for (std::string_view element : base::split(text, ',')) {
    const auto bounds = base::split(element, '-');
    if (bounds.size() > 2) return false;
    for (std::string_view bound : bounds) {
      const auto status = base::to_unsigned(bound);
      fine = fine && status && *status >= 100 && *status <= 999;
    }
    if (fine && bounds.size() == 2)
      fine = base::to_unsigned(bounds[0]) <= base::to_unsigned(bounds[1]);
  }
  return fine;
}

void parse_expect(Context& context, Arguments& arguments) {
  bool negated = arguments.take("!");
  const base::Word* word = arguments.expect("status or string");
  if (word == nullptr) return;
  std::string_view name = word->text;
  if (name.starts_with('!')) {
    negated = !negated;
    name.remove_prefix(1);
  }
  for (const Match& match : kMatches) {
    if (match.name != name) continue;
    const base::Word* pattern = arguments.expect("a pattern");
    if (pattern == nullptr || !arguments.finish()) return;
    if (match.kind == ExpectKind::Status && !is_status_list(pattern->text)) {
      return arguments.error(pattern->span, "'" + pattern->text + "' is not a list of statuses",
                             "write it as 200 or 200-399,404");
    }
    context.proxy->check.expect = match.kind;
    context.proxy->check.expect_negated = negated;
    context.proxy->check.expect_pattern = pattern->text;
    return;
  }
  for (std::string_view other :
       {"hdr", "fhdr", "string-lf", "min-recv", "comment", "ok-status", "error-status",
        "tout-status", "on-success", "on-error", "status-code"}) {
    if (name == other) return arguments.unsupported(*word);
  }
  arguments.error_choice(*word, check_expectations());
}

constexpr std::array<Row, 4> kRows = {{
    {"option httpchk", "[[<method>] <uri> [<version>]]", kBackends, kYes, Negation::No,
     parse_httpchk, "checks speak HTTP"},
    {"option tcp-check", "", kBackends, kYes, Negation::No, parse_tcp_check,
     "checks connect (the default)"},
    {"http-check send",
     "[meth <method>] [uri <uri>] [ver <version>] [hdr <name> <value>]… "
     "[body <text>]",
     kBackends, kYes, Negation::No, parse_send, "what an HTTP check sends"},
    {"http-check expect", "[!] status|rstatus|string|rstring <pattern>", kBackends, kYes,
     Negation::No, parse_expect, "what a good answer is"},
}};

}  // namespace

std::span<const Row> http_check() { return kRows; }

std::span<const std::string_view> check_send_parts() { return kSendParts; }

std::vector<std::string_view> check_expectations() {
  std::vector<std::string_view> out;
  for (const Match& match : kMatches) out.push_back(match.name);
  return out;
}

}  // namespace sluice::config::rows
