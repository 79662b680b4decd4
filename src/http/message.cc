#include "http/message.h"

#include <algorithm>

#include "base/text.h"

namespace sluice::http {

namespace {

struct MethodName {
  Method method;
  std::string_view token;
};
constexpr MethodName kMethods[] = {
    {Method::Get, "GET"},         {Method::Head, "HEAD"},     {Method::Post, "POST"},
    {Method::Put, "PUT"},         {Method::Delete, "DELETE"}, {Method::Options, "OPTIONS"},
    {Method::Connect, "CONNECT"}, {Method::Trace, "TRACE"},   {Method::Patch, "PATCH"},
};

struct Reason {
  int status;
  std::string_view phrase;
};
constexpr Reason kReasons[] = {
    // RFC 9110 §15, RFC 6585
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Payload Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Entity"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

}  // namespace

Method method_of(std::string_view token) noexcept {
  if (token == "GET") return Method::Get;  // nearly always
  for (const MethodName& row : kMethods) {
    if (row.token == token) return row.method;
  }
  return Method::Other;
}

std::string_view to_text(Method method) noexcept {
  for (const MethodName& row : kMethods) {
    if (row.method == method) return row.token;
  }
  return "OTHER";
}

std::string_view reason_phrase(int status) noexcept {
  for (const Reason& row : kReasons) {
    if (row.status == status) return row.phrase;
  }
  return "";
}

const Field* FieldList::find_present(FieldId id) const noexcept {
  for (const Field& field : fields_) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

const Field* FieldList::find(std::string_view name) const noexcept {
  for (const Field& field : fields_) {
    if (base::iequals(field.name, name)) return &field;
  }
  return nullptr;
}

std::size_t FieldList::remove_present(FieldId id) noexcept {
  present_ &= ~bit(id);
  return std::erase_if(fields_, [id](const Field& field) { return field.id == id; });
}

std::size_t FieldList::remove(std::string_view name) noexcept {
  return std::erase_if(fields_,
                       [name](const Field& field) { return base::iequals(field.name, name); });
}

void Head::clear() {
  method = Method::Get;
  target_form = TargetForm::Origin;
  method_token = scheme = authority = path = reason = {};
  status = 0;
  version = Version::Http11;
  fields.clear();
}

std::string_view Head::host() const noexcept {
  const Field* host = fields.find(FieldId::Host);
  return host != nullptr ? host->value : authority;
}

std::string_view Head::path_only() const noexcept { return path.substr(0, path.find('?')); }

std::string_view Head::query() const noexcept {
  const std::size_t mark = path.find('?');
  return mark == std::string_view::npos ? std::string_view{} : path.substr(mark + 1);
}

std::string_view Head::target(base::Arena& arena) const {
  switch (target_form) {
    case TargetForm::Origin:
    case TargetForm::Asterisk:
      return path;
    case TargetForm::Authority:
      return authority;
    case TargetForm::Absolute:
      return arena.concat({scheme, "://", authority, path});
  }
  return path;
}

}  // namespace sluice::http
