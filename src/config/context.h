// What the parser of one directive gets: where to store, where to complain, and what is already
// known of the section. Lives while one configuration is parsed; one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/result.h"
#include "config/directive.h"
#include "model/config.h"

namespace sluice::config {

/// Reads a file that a configuration names (an errorfile). The application may supply its opener.
using FileReader = std::function<base::Result<std::string>(const std::string& path)>;

/// The order in which rules run; a rule written below a later one is warned of.
enum class RuleRank : unsigned char {
  None,
  TcpConnection,
  TcpSession,
  TcpContent,
  HttpRequest,
  Redirect,
  UseBackend,
  UseServer
};

class TlsVersionWords;

/// What belongs to the section while it is read but not to the model.
struct SectionState {
  bool anonymous_defaults = false;
  std::vector<model::Rule> redirects;  // bare ones: they run after every http-request rule
  RuleRank last_rank = RuleRank::None;
  std::string last_rank_keyword;
  bool own_http_checks = false;  // its first http-check line drops those of the defaults
  bool own_tcp_checks = false;
  /// Names of a userlist that its end looks up: users of a group, groups of a user.
  struct Member {
    base::Word user, group;
    base::SourceSpan span;  // of the one that may not be there
  };
  std::vector<Member> members;
  bool stats_detached = false;  // its own `stats` lines replace those of the defaults
};

struct Context {
  model::Config& config;
  base::Diagnostics& diagnostics;
  const FileReader& read_file;
  SectionKind section = SectionKind::None;
  model::Proxy* proxy = nullptr;  // null in `global`, resolvers and userlists
  SectionState* state = nullptr;
  bool& warnings_are_errors;                // zero-warning
  TlsVersionWords* tls_versions = nullptr;  // of the line that is being read

  /// Of a resolvers section.
  [[nodiscard]] model::Resolvers& resolvers() const { return config.resolvers.back(); }
  /// Of a userlist section.
  [[nodiscard]] model::Userlist& userlist() const { return config.userlists.back(); }
  [[nodiscard]] model::Global& global() const { return config.global; }
};

}  // namespace sluice::config
