#include "http/caching.h"

#include "base/text.h"

namespace sluice::http {
namespace {

bool cacheable_by_default(Method method, std::uint16_t status) {
  if (method != Method::Get && method != Method::Head && method != Method::Options) return false;
  switch (status) {
    case 200:
    case 203:
    case 204:
    case 206:
    case 300:
    case 301:
    case 404:
    case 405:
    case 410:
    case 414:
    case 501:
      return true;
    default:
      return false;
  }
}

bool begins(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && base::iequals(text.substr(0, with.size()), with);
}

struct Caching {
  bool allowed = false;
  bool has_lifetime = false;
  bool spares_cookie = false;

  void note(std::string_view directive) {
    if (base::iequals(directive, "public")) allowed = true;
    for (const std::string_view no : {"private", "no-cache", "no-store", "max-age=0", "s-maxage=0"})
      if (base::iequals(directive, no)) allowed = false;
    if (begins(directive, "max-age") || begins(directive, "s-maxage")) {
      has_lifetime = has_lifetime || !(base::iequals(directive, "max-age=0") ||
                                       base::iequals(directive, "s-maxage=0"));
    }
  }
};

/// no-cache="set-cookie" or no-cache="set-cookie, …; a comma in its quotes ends the element.
bool spares_cookie(std::string_view directive) {
  constexpr std::string_view kBegin = "no-cache=\"set-cookie";
  if (!begins(directive, kBegin)) return false;
  const std::string_view rest = directive.substr(kBegin.size());
  return rest.empty() || rest == "\"";
}

}  // namespace

bool is_cookie_cacheable(Method method, std::uint16_t status, const FieldList& response) {
  if (!response.has(FieldId::SetCookie)) return false;
  const Field* pragma = response.find("pragma");
  if (pragma != nullptr && base::iequals(pragma->value, "no-cache")) return false;
  const Method safe = method == Method::Trace ? Method::Get : method;
  Caching caching{cacheable_by_default(safe, status)};
  for (const Field& field : response) {
    if (field.id != FieldId::Other || !base::iequals(field.name, "cache-control")) continue;
    base::for_each_element(field.value, [&](std::string_view directive) {
      caching.note(directive);
      caching.spares_cookie = caching.spares_cookie || spares_cookie(directive);
    });
  }
  return caching.allowed && !caching.spares_cookie;
}

bool is_cacheable(Method method, std::uint16_t status, const FieldList& response) {
  const Field* pragma = response.find("pragma");
  if (pragma != nullptr && base::iequals(pragma->value, "no-cache")) return false;
  Caching caching{cacheable_by_default(method, status)};
  for (const Field& field : response) {
    if (field.id != FieldId::Other || !base::iequals(field.name, "cache-control")) continue;
    base::for_each_element(
        field.value, [&](std::string_view directive) { caching.note(base::trim(directive)); });
  }
  if (!caching.allowed) return false;
  return caching.has_lifetime || response.find("expires") != nullptr ||
         response.find("etag") != nullptr || response.find("last-modified") != nullptr;
}

}  // namespace sluice::http
