// How the servers of a section are checked, as plain data: the steps of `http-check` and
// `tcp-check` in the order of the file, and what `option httpchk`, `option mysql-check`, … say.
// config/ writes it, health/ compiles it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "model/rule.h"
#include "model/server_state.h"

namespace sluice::model {

/// `option tcp-check` (the default), httpchk, mysql-check, …
enum class CheckKind : unsigned char { Tcp, Http, Mysql, Pgsql, Redis, Smtp, Ldap, Agent };

/// `http-check connect`, `tcp-check connect`.
struct CheckConnect {
  bool as_server = false;  // `default`: TLS as the server line says
  bool linger = false;     // closed by FIN, not by a reset
  std::uint16_t port = 0;
  Word port_expression;  // where no port was written
  std::string host;      // `addr`; empty: the server's
  base::Address address;
};

/// `http-check send`, `tcp-check send…`. Empty texts: not set.
struct CheckSend {
  bool is_option = false;  // from `option httpchk`; the first send of the rules is merged with it
  bool is_format = false;  // of data: -lf
  bool is_hexadecimal = false;
  std::string data;  // tcp-check
  std::string method, uri, version, body;
  bool uri_is_format = false;
  bool body_is_format = false;
  std::vector<std::pair<std::string, std::string>> headers;  // values are log formats
};

enum class ExpectKind : unsigned char {
  Status,
  RegexStatus,
  String,
  RegexString,
  StringFormat,
  Binary,
  RegexBinary,
  BinaryFormat,
  Header,         // one of the values of a comma-separated list
  FullHeader,     // a whole field
  MysqlGreeting,  // these are no words of the configuration: steps of option mysql-check, …
  MysqlLogin,
  LdapBind,
  AgentLine,
};

/// One side of `expect hdr`: `name [-m str|beg|end|sub|reg] TEXT`.
struct CheckPattern {
  enum class Method : unsigned char { Whole, Begin, End, Part, Regex };
  Method method = Method::Whole;
  bool is_format = false;
  std::string text;
};

struct CheckExpect {
  ExpectKind kind = ExpectKind::Status;
  bool negated = false;
  std::string pattern;  // "200,301-303" for Status; bytes for Binary
  CheckPattern name;
  std::optional<CheckPattern> value;
  std::int32_t min_recv = -1;
  std::optional<CheckStatus> ok_status, error_status, timeout_status;
  FormatText on_success, on_error;
  Word status_code;  // an expression
};

struct CheckStep {
  enum class Kind : unsigned char { Connect, Send, Expect, Variable, Comment };
  Kind kind = Kind::Comment;
  SourceSpan span;
  std::string comment;
  CheckConnect connect;
  CheckSend send;
  CheckExpect expect;
  std::vector<Word> words;  // Variable: set-var(…) and what follows
};

struct ProxyCheck {
  CheckKind kind = CheckKind::Tcp;
  SourceSpan span;
  std::vector<CheckStep> http_steps;
  std::vector<CheckStep> tcp_steps;
  bool tcp_steps_count = false;  // `option tcp-check` stands
  bool send_state = false;
  bool disable_on_404 = false;
  std::string user;              // mysql-check, pgsql-check
  bool mysql_before_41 = false;  // `pre-41`
  std::string agent_send;        // sent to an agent before it speaks
  std::string smtp_hello;        // "HELO localhost"

  /// Those that run; none where connecting, or the protocol of the kind, is the whole check.
  [[nodiscard]] const std::vector<CheckStep>& steps() const {
    static const std::vector<CheckStep> kNone;
    if (kind == CheckKind::Http) return http_steps;
    return kind == CheckKind::Tcp && tcp_steps_count ? tcp_steps : kNone;
  }
};

}  // namespace sluice::model
