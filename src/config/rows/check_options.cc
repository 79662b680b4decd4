// `option …` lines that make checks speak the protocol of a database, of mail or of a directory,
// and those that Sluice leaves to others.
#include <array>

#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::CheckKind;
using model::ProxyCheck;
constexpr Support kYes = Support::Implemented;
constexpr Support kNot = Support::Unsupported;
constexpr std::string_view kNoProgram =
    "no program is started from the proxy: let an agent (agent-check) or an HTTP address "
    "(option httpchk) run the test beside the server";
constexpr std::string_view kNoMail =
    "alert on the log's lines about states, or on the metrics at /metrics";

void choose(Context& context, Arguments& arguments, CheckKind kind) {
  context.proxy->check.kind = kind;
  context.proxy->check.span = arguments.span();
}

template <CheckKind Kind>
void parse_plain(Context& context, Arguments& arguments) {
  if (arguments.finish()) choose(context, arguments, Kind);
}

const base::Word* take_user(Arguments& arguments) {
  constexpr std::array<std::string_view, 1> kUser = {"user"};
  const base::Word* keyword = arguments.expect("'user' and a name");
  if (keyword == nullptr) return nullptr;
  if (keyword->text != "user") {
    arguments.error_choice(*keyword, kUser);
    return nullptr;
  }
  return arguments.expect("a name after 'user'");
}

void parse_mysql(Context& context, Arguments& arguments) {
  ProxyCheck& check = context.proxy->check;
  check.user.clear();
  check.mysql_before_41 = false;
  if (!arguments.empty()) {
    const base::Word* user = take_user(arguments);
    if (user == nullptr) return;
    check.user = user->text;
    if (const base::Word* version = arguments.next()) {
      constexpr std::array<std::string_view, 2> kVersions = {"post-41", "pre-41"};
      if (version->text != "post-41" && version->text != "pre-41")
        return arguments.error_choice(*version, kVersions);
      check.mysql_before_41 = version->text == "pre-41";
    }
  }
  if (arguments.finish()) choose(context, arguments, CheckKind::Mysql);
}

void parse_pgsql(Context& context, Arguments& arguments) {
  const base::Word* user = take_user(arguments);
  if (user == nullptr || !arguments.finish()) return;
  context.proxy->check.user = user->text;
  choose(context, arguments, CheckKind::Pgsql);
}

void parse_smtp(Context& context, Arguments& arguments) {
  std::string hello = "HELO localhost";
  if (const base::Word* command = arguments.next()) {
    constexpr std::array<std::string_view, 2> kCommands = {"HELO", "EHLO"};
    if (command->text != "HELO" && command->text != "EHLO")
      return arguments.error_choice(*command, kCommands);
    const base::Word* domain = arguments.expect("a domain after '" + command->text + "'");
    if (domain == nullptr) return;
    hello = command->text + " " + domain->text;
  }
  if (!arguments.finish()) return;
  context.proxy->check.smtp_hello = std::move(hello);
  choose(context, arguments, CheckKind::Smtp);
}

constexpr std::array<Row, 11> kRows = {{
    {"option mysql-check", "[user <name> [post-41|pre-41]]", kBackends, kYes, Negation::No,
     parse_mysql, "checks read the greeting of MySQL or MariaDB, and log in"},
    {"option pgsql-check", "user <name>", kBackends, kYes, Negation::No, parse_pgsql,
     "checks begin a session with PostgreSQL"},
    {"option redis-check", "", kBackends, kYes, Negation::No, parse_plain<CheckKind::Redis>,
     "checks send PING to Redis"},
    {"option smtpchk", "[HELO|EHLO <domain>]", kBackends, kYes, Negation::No, parse_smtp,
     "checks greet a mail server"},
    {"option ldap-check", "", kBackends, kYes, Negation::No, parse_plain<CheckKind::Ldap>,
     "checks bind anonymously to a directory"},
    {"option ssl-hello-chk", "", kBackends, kNot, Negation::Yes, nullptr,
     "write 'check-ssl' on the server lines: the check makes a whole TLS handshake"},
    {"option spop-check", "", kBackends, kNot, Negation::Yes, nullptr,
     "there are no SPOE agents: write 'option tcp-check'"},
    {"option external-check", "", kBackends, kNot, Negation::Yes, nullptr, kNoProgram},
    {"external-check command", "", kBackends, kNot, Negation::Yes, nullptr, kNoProgram},
    {"external-check path", "", kBackends, kNot, Negation::Yes, nullptr, kNoProgram},
    {"email-alert", "", kBackends, kNot, Negation::Yes, nullptr, kNoMail},
}};

}  // namespace

std::span<const Row> check_options() { return kRows; }

}  // namespace sluice::config::rows
