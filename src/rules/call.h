// One use of a fetch or a converter as compiled: its arguments, checked and resolved. The rows of
// the tables say which arguments they take by a signature, one letter each:
//   s text, i integer, b backend, f frontend, v server (BACKEND/SERVER), n variable name, r regex,
//   u userlist
// What follows '?' is optional. Made by the compiler, immutable afterwards, shared by all workers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "rules/compile.h"
#include "rules/regex.h"
#include "rules/variables.h"

namespace sluice::rules {

struct Argument {
  std::string text;
  base::SourceSpan span;
  std::int64_t number = 0;
  model::BackendLive* backend = nullptr;
  model::FrontendLive* frontend = nullptr;
  model::ServerLive* server = nullptr;
  const model::Userlist* userlist = nullptr;
  VariableName variable;
};

/// Where an expression runs: a rule point, a log line, or a step of a health check.
enum class Place : std::uint8_t {
  Connection,
  Session,
  Content,
  HttpRequest,
  ResponseContent,
  HttpResponse,
  HttpAfterResponse,
  Log,
  Check
};
[[nodiscard]] constexpr Place place_of(model::RulePoint point) { return static_cast<Place>(point); }
[[nodiscard]] constexpr bool is_response(Place place) {
  return place == Place::ResponseContent || place == Place::HttpResponse ||
         place == Place::HttpAfterResponse;
}
[[nodiscard]] constexpr VariableUser user_of(Place place) {
  return place == Place::Check ? VariableUser::Check : VariableUser::Exchange;
}
[[nodiscard]] std::string_view name_of(Place place) noexcept;

/// A server and its bounds, for fetches that sum over a backend.
struct ServerBounds {
  const model::ServerLive* server = nullptr;
  std::uint32_t maxconn = 0;
  std::uint32_t maxqueue = 0;
};

struct Call {
  std::vector<Argument> arguments;
  Place place = Place::HttpRequest;
  // what a row's prepare() made of them
  std::shared_ptr<const Regex> regex;
  std::string constant;
  std::int64_t option = 0;
  Sample value;
  std::vector<ServerBounds> servers;

  [[nodiscard]] bool has(std::size_t i) const { return i < arguments.size(); }
  [[nodiscard]] std::string_view text(std::size_t i) const {
    return has(i) ? std::string_view(arguments[i].text) : std::string_view{};
  }
  [[nodiscard]] std::int64_t number(std::size_t i, std::int64_t otherwise) const {
    return has(i) && !arguments[i].text.empty() ? arguments[i].number : otherwise;
  }
};

/// Compile-time work of a row beyond its signature. Reports to scope.diagnostics and returns false.
using PrepareFunction = bool (*)(Call& call, const base::SourceSpan& span, CompileScope& scope);

/// A name with arguments as it stood in the text.
struct ParsedCall {
  std::string name;
  base::SourceSpan span;
  std::vector<Argument> arguments;
};

/// Resolves `parsed` by `signature` into `call`; false when something was reported.
[[nodiscard]] bool resolve_arguments(const ParsedCall& parsed, std::string_view signature,
                                     Call& call, CompileScope& scope);

}  // namespace sluice::rules
