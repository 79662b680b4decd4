// Checks and resolves the arguments of fetches and converters by their rows' signatures.
#include "base/text.h"
#include "rules/call.h"

namespace sluice::rules {

namespace {

struct Signature {
  std::string_view required;
  std::string_view optional;
  [[nodiscard]] std::size_t most() const { return required.size() + optional.size(); }
  [[nodiscard]] char kind(std::size_t i) const {
    return i < required.size() ? required[i] : optional[i - required.size()];
  }
};

Signature split_signature(std::string_view text) {
  const std::size_t mark = text.find('?');
  if (mark == std::string_view::npos) return {text, {}};
  return {text.substr(0, mark), text.substr(mark + 1)};
}

std::string count_of(std::size_t n) {
  return std::to_string(n) + (n == 1 ? " argument" : " arguments");
}

bool check_count(const ParsedCall& parsed, const Signature& signature, CompileScope& scope) {
  const std::size_t given = parsed.arguments.size();
  if (given >= signature.required.size() && given <= signature.most()) return true;
  std::string wanted = count_of(signature.required.size());
  if (signature.most() == 0)
    wanted = "no argument";
  else if (!signature.optional.empty()) {
    wanted = std::to_string(signature.required.size()) + " to " + count_of(signature.most());
  }
  scope.diagnostics.error(
      parsed.span, "'" + parsed.name + "' takes " + wanted + ", not " + std::to_string(given));
  return false;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view near = base::nearest(word, known);
  return near.empty() ? std::string{} : "did you mean '" + std::string(near) + "'?";
}

bool resolve_backend(Argument& argument, CompileScope& scope) {
  const std::string name = argument.text.empty() ? scope.proxy.name : argument.text;
  const model::Proxy* proxy = scope.config.find_backend(name);
  if (proxy != nullptr) argument.backend = scope.live.find_backend(name);
  if (argument.backend != nullptr) return true;
  std::vector<std::string_view> known;
  for (const model::Proxy& other : scope.config.proxies) {
    if (other.is_backend()) known.push_back(other.name);
  }
  scope.diagnostics.error(argument.span, "there is no backend '" + name + "'",
                          suggestion(name, known));
  return false;
}

bool resolve_frontend(Argument& argument, CompileScope& scope) {
  const std::string name = argument.text.empty() ? scope.proxy.name : argument.text;
  const model::Proxy* proxy = scope.config.find_frontend(name);
  if (proxy != nullptr) argument.frontend = scope.live.find_frontend(name);
  if (argument.frontend != nullptr) return true;
  std::vector<std::string_view> known;
  for (const model::Proxy& other : scope.config.proxies) {
    if (other.is_frontend()) known.push_back(other.name);
  }
  scope.diagnostics.error(argument.span, "there is no frontend '" + name + "'",
                          suggestion(name, known));
  return false;
}

/// BACKEND/SERVER, or SERVER of the section itself.
bool resolve_server(Argument& argument, CompileScope& scope) {
  const std::size_t slash = argument.text.find('/');
  const std::string backend =
      slash == std::string::npos ? scope.proxy.name : argument.text.substr(0, slash);
  const std::string name =
      slash == std::string::npos ? argument.text : argument.text.substr(slash + 1);
  argument.server = scope.live.find_server(backend, name);
  if (argument.server != nullptr) return true;
  std::vector<std::string_view> known;
  if (const model::Proxy* proxy = scope.config.find_backend(backend)) {
    for (const model::Server& server : proxy->servers) known.push_back(server.name);
  }
  scope.diagnostics.error(argument.span,
                          "there is no server '" + name + "' in a backend '" + backend + "'",
                          suggestion(name, known));
  return false;
}

bool resolve_userlist(Argument& argument, CompileScope& scope) {
  argument.userlist = scope.config.find_userlist(argument.text);
  if (argument.userlist == nullptr) {
    std::vector<std::string_view> known;
    for (const model::Userlist& list : scope.config.userlists) known.push_back(list.name);
    scope.diagnostics.error(argument.span, "there is no userlist '" + argument.text + "'",
                            suggestion(argument.text, known));
    return false;
  }
  if (argument.userlist->any_hash() != nullptr)
    scope.userlists.emplace_back(argument.userlist, argument.span);
  return true;
}

bool resolve_integer(Argument& argument, CompileScope& scope) {
  if (argument.text.empty()) return true;
  const auto number = base::to_signed(argument.text);
  if (!number) {
    scope.diagnostics.error(argument.span, "'" + argument.text + "' is not an integer");
    return false;
  }
  argument.number = *number;
  return true;
}

bool resolve_variable(Argument& argument, Place place, CompileScope& scope) {
  auto variable = parse_variable(argument.text, user_of(place));
  if (!variable) {
    scope.diagnostics.error(argument.span, variable.error().detail);
    return false;
  }
  argument.variable = *variable;
  return true;
}

bool resolve(char kind, Argument& argument, Place place, CompileScope& scope) {
  switch (kind) {
    case 'i':
      return resolve_integer(argument, scope);
    case 'b':
      return resolve_backend(argument, scope);
    case 'f':
      return resolve_frontend(argument, scope);
    case 'v':
      return resolve_server(argument, scope);
    case 'u':
      return resolve_userlist(argument, scope);
    case 'n':
      return resolve_variable(argument, place, scope);
    default:
      return true;
  }
}

}  // namespace

bool resolve_arguments(const ParsedCall& parsed, std::string_view text, Call& call,
                       CompileScope& scope) {
  const Signature signature = split_signature(text);
  if (!check_count(parsed, signature, scope)) return false;
  call.arguments = parsed.arguments;
  // A name that is left out is the section's own, so it must be resolved as well.
  if (call.arguments.empty() && (signature.optional == "b" || signature.optional == "f")) {
    call.arguments.emplace_back().span = parsed.span;
  }
  bool ok = true;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    ok = resolve(signature.kind(i), call.arguments[i], call.place, scope) && ok;
  }
  return ok;
}

}  // namespace sluice::rules
