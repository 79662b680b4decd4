#include "config/keywords.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "config/check_steps.h"
#include "config/dispatch.h"
#include "config/rows/rows.h"

namespace sluice::config {
namespace {

/// "GDFLBA" with a dash for each section where the keyword cannot stand; "R" for resolvers, "U" for
/// userlists.
std::string sections_of(const Row& row) {
  if (row.where.resolvers == Place::Yes) return "R     ";
  if (row.where.userlist == Place::Yes) return "U     ";
  constexpr std::pair<SectionKind, char> kSections[] = {
      {SectionKind::Global, 'G'}, {SectionKind::Defaults, 'D'}, {SectionKind::Frontend, 'F'},
      {SectionKind::Listen, 'L'}, {SectionKind::Backend, 'B'},  {SectionKind::Admin, 'A'}};
  std::string out;
  for (const auto& [kind, letter] : kSections) {
    const Place place = place_of(row, kind);
    out += place == Place::Yes || place == Place::NamedDefaults ? letter : '-';
  }
  return out;
}

std::vector<Row> sorted_rows() {
  std::vector<Row> out(directive_rows().begin(), directive_rows().end());
  std::ranges::stable_sort(out, {}, &Row::keyword);
  return out;
}

void pad(std::string& out, std::size_t from, std::size_t width) {
  while (out.size() - from < width) out += ' ';
  out += ' ';
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|' || c == '<' || c == '*' || c == '_') out += '\\';
    out += c;
  }
  return out;
}

std::string code(std::string_view keyword, std::string_view syntax) {
  std::string out = "`" + std::string(keyword);
  if (!syntax.empty()) out += ' ' + std::string(syntax);
  out += '`';
  std::string escaped;  // a bar would end the table's cell even within backquotes
  for (char c : out) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return escaped;
}

void append_table(std::string& out, Support support, std::string_view help_title) {
  out += "| directive | sections | " + std::string(help_title) + " |\n| --- | --- | --- |\n";
  for (const Row& row : sorted_rows()) {
    if (row.support != support) continue;
    out += "| " + code(row.keyword, row.syntax);
    if (row.negation == Negation::Yes && support == Support::Implemented) out += " (`no`)";
    out += " | " + std::string(base::trim(sections_of(row))) + " | " + markdown_cell(row.help) +
           " |\n";
  }
  out += '\n';
}

template <class Target>
ReferenceGroup group(std::string_view title, std::span<const OptionRow<Target>> rows) {
  ReferenceGroup out{title, {}};
  for (const OptionRow<Target>& row : rows)
    out.entries.push_back({row.keyword, row.syntax, "", row.support, Negation::No, row.help});
  return out;
}

void append_options(std::string& out, const ReferenceGroup& group) {
  out += "## Options of " + std::string(group.title) +
         "\n\n| option | what it does |\n| --- | --- |\n";
  std::string missing;
  for (const ReferenceEntry& row : group.entries) {
    if (row.support == Support::Unsupported) {
      if (!missing.empty()) missing += ", ";
      missing += '`' + std::string(row.keyword) + '`';
      continue;
    }
    out += "| " + code(row.keyword, row.syntax) + " | ";
    if (row.support == Support::Automatic) out += "automatic: ";
    out += markdown_cell(row.help) + " |\n";
  }
  out += missing.empty() ? "\n" : "\nNot supported yet: " + missing + ".\n\n";
}

constexpr bool is_taken(Support support) {
  return support == Support::Implemented || support == Support::Automatic;
}

template <class Target>
void append_taken(std::vector<std::string>& out, const std::string& line,
                  std::span<const OptionRow<Target>> rows) {
  for (const OptionRow<Target>& row : rows) {
    if (is_taken(row.support)) out.push_back(line + ' ' + std::string(row.keyword));
  }
}

template <class Words>
void append_words(std::vector<std::string>& out, const std::string& line, const Words& words) {
  for (std::string_view word : words) out.push_back(line + ' ' + std::string(word));
}

}  // namespace

std::vector<std::string> accepted_keywords() {
  std::vector<std::string> out;
  for (const Row& row : directive_rows()) {
    if (!is_taken(row.support)) continue;
    if (row.where.global == Place::Yes) out.push_back("global " + std::string(row.keyword));
    if (row.where.resolvers == Place::Yes) out.push_back("resolvers " + std::string(row.keyword));
    if (row.where.userlist == Place::Yes) out.push_back("userlist " + std::string(row.keyword));
    const bool in_proxies = row.where.defaults != Place::No || row.where.frontend != Place::No ||
                            row.where.backend != Place::No;
    if (in_proxies) out.emplace_back(row.keyword);
  }
  append_taken(out, "bind", rows::bind_options());
  append_taken(out, "server", rows::server_options());
  append_taken(out, "cookie", rows::cookie_options());
  append_taken(out, "stats socket", rows::stats_socket_options());
  append_taken(out, "ssl-default-bind-options", rows::ssl_default_bind_options());
  append_taken(out, "ssl-default-server-options", rows::ssl_default_server_options());
  append_words(out, "balance", rows::balance_algorithms());
  append_words(out, "hash-type", rows::hash_words());
  append_words(out, "retry-on", rows::retry_causes());
  append_words(out, "http-check send", rows::check_send_parts());
  append_words(out, "http-check connect", check_connect_words());
  append_words(out, "http-check expect", check_expect_words(CheckProtocol::Http));
  append_words(out, "http-check", check_variable_words());
  append_words(out, "tcp-check connect", check_connect_words());
  append_words(out, "tcp-check expect", check_expect_words(CheckProtocol::Tcp));
  append_words(out, "tcp-check", check_variable_words());
  return out;
}

std::string keywords_text() {
  std::string out;
  for (const Row& row : sorted_rows()) {
    const std::size_t start = out.size();
    out += row.keyword;
    pad(out, start, 36);
    out += sections_of(row);
    out += ' ';
    const std::size_t support_at = out.size();
    out += to_string(row.support);
    pad(out, support_at, 11);
    out += row.support == Support::Retired ? today(row.help) : std::string(row.help);
    while (out.back() == ' ') out.pop_back();
    out += '\n';
  }
  return out;
}

std::vector<ReferenceEntry> reference_directives(Support support) {
  std::vector<ReferenceEntry> out;
  for (const Row& row : sorted_rows()) {
    if (row.support != support) continue;
    out.push_back({row.keyword, row.syntax, sections_of(row), row.support, row.negation, row.help});
  }
  return out;
}

std::vector<ReferenceGroup> reference_options() {
  return {group("bind", rows::bind_options()),
          group("server and default-server", rows::server_options()),
          group("cookie", rows::cookie_options()),
          group("stats socket", rows::stats_socket_options())};
}

std::string reference_markdown() {
  std::string out =
      "# Configuration reference\n\n"
      "This page is written by `sluice keywords --markdown` from the table of directives; a test "
      "compares the two.\n\n"
      "Sections: G global, D defaults, F frontend, L listen, B backend, A admin, R resolvers, U "
      "userlist. "
      "`(no)`: the directive may "
      "follow `no`. Times take us, ms, s, m, h or d; a bare number counts milliseconds unless "
      "said otherwise.\n\n"
      "The same directives may be written as INI: `[backend nodes]` opens a section, and "
      "`key = value` stands for the words of the key followed by those of the value; a directive "
      "without arguments is written `daemon =` or `daemon`.\n\n"
      "## Directives\n\n";
  append_table(out, Support::Implemented, "what it does");
  for (const ReferenceGroup& options : reference_options()) append_options(out, options);
  out += "## Automatic directives\n\nAccepted, because Sluice meets their purpose by itself.\n\n";
  append_table(out, Support::Automatic, "why nothing needs to be set");
  out +=
      "## Retired directives\n\nRemoved from HAProxy; `sluice convert --modernise` rewrites "
      "most of them.\n\n";
  append_table(out, Support::Retired, "what to write today");
  out += "## Not supported yet\n\nHAProxy 2.6 has these; Sluice refuses them by name.\n\n";
  std::string names;
  for (const Row& row : sorted_rows()) {
    if (row.support != Support::Unsupported) continue;
    if (!names.empty()) names += ", ";
    names += '`' + std::string(row.keyword) + '`';
  }
  out += names + ".\n";
  return out;
}

}  // namespace sluice::config
