#include "rules/variables.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace sluice::rules {

namespace {

/// Name → id, growing only while configurations are compiled; evaluation never comes here.
std::uint32_t intern(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::uint32_t, std::less<>> ids;
  const std::lock_guard<std::mutex> guard(mutex);
  const auto found = ids.find(name);
  if (found != ids.end()) return found->second;
  const auto id = static_cast<std::uint32_t>(ids.size() + 1);
  ids.emplace(name, id);
  return id;
}

bool is_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  });
}

}  // namespace

const Sample* VariableScope::find(std::uint32_t name_id) const {
  for (const Variable& variable : variables_) {
    if (variable.name_id == name_id) return &variable.value;
  }
  return nullptr;
}

void VariableScope::set(std::uint32_t name_id, const Sample& value) {
  for (Variable& variable : variables_) {
    if (variable.name_id != name_id) continue;
    variable.value = value;
    return;
  }
  variables_.push_back({name_id, value});
}

void VariableScope::unset(std::uint32_t name_id) {
  std::erase_if(variables_,
                [name_id](const Variable& variable) { return variable.name_id == name_id; });
}

base::Result<VariableName> parse_variable(std::string_view text, VariableUser user) {
  using base::ErrorKind;
  const std::size_t dot = text.find('.');
  const std::string_view scope = text.substr(0, dot);
  const std::string_view name =
      dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
  const bool of_check = user == VariableUser::Check;
  VariableName out;
  if (scope == "sess")
    out.scope = Scope::Session;
  else if (scope == "check" && of_check)
    out.scope = Scope::Check;
  else if (of_check && (scope == "txn" || scope == "req" || scope == "res"))
    return base::fail(ErrorKind::Configuration,
                      "'" + std::string(text) +
                          "' does not exist in a check: its variables begin with check. or sess.");
  else if (scope == "check" && dot != std::string_view::npos)
    return base::fail(ErrorKind::Configuration,
                      "'" + std::string(text) + "' exists only in steps of health checks");
  else if (scope == "txn")
    out.scope = Scope::Transaction;
  else if (scope == "req")
    out.scope = Scope::Request;
  else if (scope == "res")
    out.scope = Scope::Response;
  else if (scope == "proc" && dot != std::string_view::npos)
    return base::fail(ErrorKind::Configuration, "the variable scope '" + std::string(scope) +
                                                    "' is not supported by Sluice yet");
  else
    return base::fail(ErrorKind::Configuration,
                      "'" + std::string(text) +
                          "' is not a variable: its name begins with its scope, "
                          "one of sess., txn., req. and res.");
  if (!is_name(name)) {
    return base::fail(
        ErrorKind::Configuration,
        "'" + std::string(text) + "' is not a variable: names have letters, digits, '.' and '_'");
  }
  out.id = intern(name);
  return out;
}

VariableScope* scope_of(const VariableName& name, Evaluation& evaluation) noexcept {
  switch (name.scope) {
    case Scope::Session:
      return evaluation.sess != nullptr ? evaluation.sess->find() : nullptr;
    case Scope::Transaction:
      return evaluation.txn;
    case Scope::Request:
      return evaluation.req;
    case Scope::Response:
      return evaluation.res;
    case Scope::Check:
      return evaluation.check;
  }
  return nullptr;
}

const Sample* find_variable(const VariableName& name, Evaluation& evaluation) noexcept {
  const VariableScope* scope = scope_of(name, evaluation);
  return scope == nullptr ? nullptr : scope->find(name.id);
}

void store_variable(const VariableName& name, const Sample& value, Evaluation& evaluation) {
  const bool session = name.scope == Scope::Session && evaluation.sess != nullptr;
  VariableScope* scope = session ? &evaluation.sess->scope() : scope_of(name, evaluation);
  if (scope == nullptr) return;
  base::Arena* arena = session ? &evaluation.sess->arena() : evaluation.arena;
  if (arena == nullptr) return;
  Sample kept = value;
  // The same text set again on each request of a long session must not grow its memory.
  const Sample* before = scope->find(name.id);
  const bool same = before != nullptr && before->type == value.type && before->text == value.text;
  kept.text = same ? before->text : arena->copy(value.text);
  scope->set(name.id, kept);
}

void drop_variable(const VariableName& name, Evaluation& evaluation) {
  if (VariableScope* scope = scope_of(name, evaluation)) scope->unset(name.id);
}

}  // namespace sluice::rules
