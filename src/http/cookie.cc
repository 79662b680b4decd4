#include "http/cookie.h"

namespace sluice::http {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Where a value ends: at a delimiter outside of quotes.
std::size_t end_of_value(std::string_view field, std::size_t at) noexcept {
  bool quoted = false;
  for (; at < field.size(); ++at) {
    const char c = field[at];
    if (quoted && c == '\\')
      ++at;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == ',' || c == ';'))
      return at;
  }
  return field.size();
}

void read_pair(std::string_view field, std::string_view name_ends, CookiePair& pair) noexcept {
  std::size_t at = pair.name_begin;
  while (at < field.size() && is_blank(field[at])) ++at;
  pair.name_begin = pair.name_end = at;
  while (at < field.size() && name_ends.find(field[at]) == std::string_view::npos) {
    if (!is_blank(field[at++])) pair.name_end = at;
  }
  pair.equals = at;
  pair.has_value = at < field.size() && field[at] == '=';
  pair.value_begin = pair.value_end = pair.end = at;
  if (!pair.has_value) return;
  ++at;
  while (at < field.size() && is_blank(field[at])) ++at;
  pair.value_begin = at;
  pair.end = pair.value_end = end_of_value(field, at);
  while (pair.value_end > at && is_blank(field[pair.value_end - 1])) --pair.value_end;
}

}  // namespace

bool CookieWalk::next(CookiePair& pair) noexcept {
  if (at_ >= field_.size()) return false;
  pair.begin = at_;
  pair.name_begin = first_ ? at_ : at_ + 1;
  first_ = false;
  read_pair(field_, "=,;", pair);
  at_ = pair.end;
  return true;
}

CookiePair read_set_cookie(std::string_view field) noexcept {
  CookiePair pair;
  read_pair(field, "=;", pair);
  pair.end = field.size();
  return pair;
}

}  // namespace sluice::http
