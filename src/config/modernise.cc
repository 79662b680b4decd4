#include "config/modernise.h"

#include <algorithm>

#include "base/text.h"
#include "config/dispatch.h"

namespace sluice::config {
namespace {

using Lines = std::vector<WrittenLine>;

WrittenLine as_written(const Directive& directive) {
  WrittenLine out;
  for (const base::Word& word : directive.words) out.emplace_back(written(word));
  return out;
}

/// A word that needs it gets single quotes, or double ones where it holds a single quote.
std::string quoted(std::string_view text) {
  if (text.find_first_of(" \t\"\\#$") == std::string_view::npos &&
      text.find('\'') == std::string_view::npos && !text.empty()) {
    return std::string(text);
  }
  if (text.find('\'') == std::string_view::npos) return "'" + std::string(text) + "'";
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\' || c == '$') out += '\\';
    out += c;
  }
  return out + '"';
}

/// New first words, then the old ones from `from` on.
WrittenLine replace_head(const Directive& directive, std::initializer_list<const char*> head,
                         std::size_t from) {
  WrittenLine out(head.begin(), head.end());
  for (std::size_t i = from; i < directive.words.size(); ++i) {
    out.emplace_back(written(directive.words[i]));
  }
  return out;
}

// reqadd "Name: value" [if …]
std::optional<WrittenLine> from_add(const Directive& directive, const char* rule) {
  if (directive.words.size() < 2) return std::nullopt;
  const std::string_view text = directive.words[1].text;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  WrittenLine out{rule, "add-header", quoted(text.substr(0, colon)),
                  quoted(base::trim(text.substr(colon + 1)))};
  for (std::size_t i = 2; i < directive.words.size(); ++i) {
    out.emplace_back(written(directive.words[i]));
  }
  return out;
}

/// The header of "^Name:…" where the name is plain text.
std::optional<std::string_view> plain_header(std::string_view pattern) {
  if (!pattern.starts_with('^')) return std::nullopt;
  pattern.remove_prefix(1);
  const std::size_t colon = pattern.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view name = pattern.substr(0, colon);
  const bool plain = std::ranges::all_of(name, [](char c) {
    return c == '-' || base::is_digit(c) || (base::to_lower(c) >= 'a' && base::to_lower(c) <= 'z');
  });
  if (!plain) return std::nullopt;
  return name;
}

// reqidel ^Name:.* deletes the header whatever its value; anything finer is for a human.
std::optional<WrittenLine> from_delete(const Directive& directive, const char* rule) {
  if (directive.words.size() < 2) return std::nullopt;
  const std::string_view pattern = directive.words[1].text;
  const auto name = plain_header(pattern);
  if (!name) return std::nullopt;
  const std::string_view rest = pattern.substr(name->size() + 2);
  if (!rest.empty() && rest != ".*" && rest != "\\ .*" && rest != " .*" && rest != ".*$") {
    return std::nullopt;
  }
  WrittenLine out{rule, "del-header", std::string(*name)};
  for (std::size_t i = 2; i < directive.words.size(); ++i) {
    out.emplace_back(written(directive.words[i]));
  }
  return out;
}

// option httpchk HEAD / HTTP/1.1\r\nHost:\ x
Lines from_httpchk(const Directive& directive) {
  if (directive.words.size() != 5) return {as_written(directive)};
  const std::string_view version = directive.words[4].text;
  const std::size_t end = version.find("\r\n");
  if (end == std::string_view::npos) return {as_written(directive)};
  WrittenLine send{"http-check", "send",
                   "meth",       std::string(written(directive.words[2])),
                   "uri",        std::string(written(directive.words[3])),
                   "ver",        std::string(version.substr(0, end))};
  std::string_view rest = version.substr(end + 2);
  while (!rest.empty()) {
    const std::size_t line_end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, line_end);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return {as_written(directive)};
    send.insert(send.end(),
                {"hdr", quoted(line.substr(0, colon)), quoted(base::trim(line.substr(colon + 1)))});
    if (line_end == std::string_view::npos) break;
    rest.remove_prefix(line_end + 2);
  }
  return {{"option", "httpchk"}, std::move(send)};
}

Lines from_section(const Directive& directive) {
  const bool has_address =
      (directive.section == SectionKind::Frontend || directive.section == SectionKind::Listen) &&
      directive.words.size() > 2 && directive.words[2].text != "from";
  if (!has_address) return {as_written(directive)};
  return {{std::string(written(directive.words[0])), std::string(written(directive.words[1]))},
          {"bind", std::string(written(directive.words[2]))}};
}

// monitor-net NETWORK
WrittenLine from_monitor_net(const Directive& directive) {
  WrittenLine out{"http-request", "return", "status", "200", "if", "{", "src"};
  for (std::size_t i = 1; i < directive.words.size(); ++i) {
    out.emplace_back(written(directive.words[i]));
  }
  out.emplace_back("}");
  return out;
}

std::optional<Lines> rewrite(const Directive& directive, std::string_view keyword) {
  const auto one = [](WrittenLine line) { return Lines{std::move(line)}; };
  const auto maybe = [](std::optional<WrittenLine> line) -> std::optional<Lines> {
    if (!line) return std::nullopt;
    return Lines{std::move(*line)};
  };
  if (keyword == "clitimeout") return one(replace_head(directive, {"timeout", "client"}, 1));
  if (keyword == "contimeout") return one(replace_head(directive, {"timeout", "connect"}, 1));
  if (keyword == "srvtimeout") return one(replace_head(directive, {"timeout", "server"}, 1));
  if (keyword == "timeout clitimeout") {
    return one(replace_head(directive, {"timeout", "client"}, 2));
  }
  if (keyword == "timeout contimeout") {
    return one(replace_head(directive, {"timeout", "connect"}, 2));
  }
  if (keyword == "timeout srvtimeout") {
    return one(replace_head(directive, {"timeout", "server"}, 2));
  }
  if (keyword == "redispatch") return one({"option", "redispatch"});
  if (keyword == "block") return one(replace_head(directive, {"http-request", "deny"}, 1));
  if (keyword == "option forceclose") return one({"option", "httpclose"});
  if (keyword == "monitor-net") return one(from_monitor_net(directive));
  if (keyword == "nbproc") return one(replace_head(directive, {"nbthread"}, 1));
  if (keyword == "reqadd") return maybe(from_add(directive, "http-request"));
  if (keyword == "rspadd") return maybe(from_add(directive, "http-response"));
  if (keyword == "reqidel" || keyword == "reqdel") {
    return maybe(from_delete(directive, "http-request"));
  }
  if (keyword == "rspidel" || keyword == "rspdel") {
    return maybe(from_delete(directive, "http-response"));
  }
  for (std::string_view gone : {"option http-use-htx", "option http-tunnel", "option tcpsplice",
                                "bind-process", "debug", "stats bind-process"}) {
    if (keyword == gone) return Lines{};
  }
  return std::nullopt;
}

}  // namespace

std::vector<WrittenLine> modernise(const Directive& directive, base::Diagnostics& diagnostics) {
  if (directive.role == DirectiveRole::Conditional) return {as_written(directive)};
  if (directive.role == DirectiveRole::SectionStart) return from_section(directive);
  std::span<const base::Word> words = directive.words;
  const bool negated = words.size() > 1 && (words[0].text == "no" || words[0].text == "default");
  if (negated) words = words.subspan(1);
  if (!negated && words.size() > 1 && words[0].text == "option" && words[1].text == "httpchk") {
    return from_httpchk(directive);
  }
  const RowMatch match = find_row(words, directive.section);
  if (match.row == nullptr || match.row->support != Support::Retired)
    return {as_written(directive)};
  if (negated) return {};  // what is gone need not be turned off
  if (auto lines = rewrite(directive, match.row->keyword)) return std::move(*lines);
  diagnostics.error(directive.span,
                    "'" + std::string(match.row->keyword) + "' cannot be rewritten without a human",
                    today(match.row->help));
  return {as_written(directive)};
}

}  // namespace sluice::config
