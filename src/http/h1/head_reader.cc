#include "http/h1/head_reader.h"

#include <cassert>
#include <cstring>

#include "base/limits.h"
#include "base/text.h"
#include "http/h1/field_line.h"

namespace sluice::http::h1 {

struct Callbacks {
  static HeadReader& self(llhttp_t* parser) { return *static_cast<HeadReader*>(parser->data); }

  static int on_url(llhttp_t* parser, const char* at, std::size_t size) {
    std::string_view& path = self(parser).head_->path;
    if (path.empty())
      path = {at, size};
    else
      path = {path.data(), static_cast<std::size_t>(at + size - path.data())};
    return 0;
  }

  static int on_status(llhttp_t* parser, const char* at, std::size_t size) {
    std::string_view& reason = self(parser).head_->reason;
    if (reason.empty())
      reason = {at, size};
    else
      reason = {reason.data(), static_cast<std::size_t>(at + size - reason.data())};
    return 0;
  }

  static int on_name(llhttp_t* parser, const char* at, std::size_t size) {
    HeadReader& reader = self(parser);
    FieldList& fields = reader.head_->fields;
    if (fields.size() >= reader.max_fields_) {
      reader.too_many_ = true;
      return -1;
    }
    fields.add(Field{{at, size}, {}, FieldId::Other});
    reader.name_open_ = true;
    return 0;
  }

  static int on_value(llhttp_t* parser, const char* at, std::size_t size) {
    HeadReader& reader = self(parser);
    if (!reader.name_open_) return size == 0 ? 0 : -1;  // an empty value may be told twice
    reader.head_->fields.last().value = {at, size};
    reader.name_open_ = size == 0;
    return 0;
  }

  static int on_headers_complete(llhttp_t* parser) {
    self(parser).complete_ = true;
    return HPE_PAUSED;
  }

  static const llhttp_settings_t* settings() {
    static const llhttp_settings_t table = [] {
      llhttp_settings_t out;
      llhttp_settings_init(&out);
      out.on_url = &on_url;
      out.on_status = &on_status;
      out.on_header_field = &on_name;
      out.on_header_value = &on_value;
      out.on_headers_complete = &on_headers_complete;
      return out;
    }();
    return &table;
  }
};

HeadReader::HeadReader() { llhttp_init(&parser_, HTTP_REQUEST, Callbacks::settings()); }

void HeadReader::start(Kind kind, Head& head, std::size_t max_fields) noexcept {
  llhttp_init(&parser_, kind == Kind::Request ? HTTP_REQUEST : HTTP_RESPONSE,
              Callbacks::settings());
  parser_.data = this;
  head.clear();
  head_ = &head;
  scanned_ = seen_ = lines_ = 0;
  max_fields_ = max_fields;
  error_ = {};
  kind_ = kind;
  skipped_empty_ = name_open_ = complete_ = too_many_ = false;
}

ReadStatus HeadReader::fail(std::uint16_t status, const char* cause) noexcept {
  error_ = {static_cast<std::uint16_t>(kind_ == Kind::Request ? status : 502), cause};
  return ReadStatus::Error;
}

bool HeadReader::feed(const char* at, std::size_t size) noexcept {
  const llhttp_errno_t result = llhttp_execute(&parser_, at, size);
  return result == HPE_OK || (complete_ && result == HPE_PAUSED);
}

ReadStatus HeadReader::read(const char* begin, const char* end) noexcept {
  while (lines_ == 0) {
    if (begin + seen_ >= end) return ReadStatus::NeedMore;
    // First, so that it says the same whether the line has come whole or not.
    if (kind_ == Kind::Request && !check_method_so_far(begin + scanned_, end))
      return fail(400, "the method is not a token");
    const char* line = begin + scanned_;
    const char* line_end = next_line(begin, end);
    if (line_end == nullptr) return ReadStatus::NeedMore;
    if (line_end - line < 2 || line_end[-2] != '\r') return fail(400, "a line ends without CR");
    scanned_ = seen_ = static_cast<std::size_t>(line_end - begin);
    const ReadStatus status = take_first(line, line_end);
    if (status != ReadStatus::NeedMore) return status;
  }
  return read_fields(begin, end);
}

/// Behind the line feed that comes next, or null when none has come.
const char* HeadReader::next_line(const char* begin, const char* end) noexcept {
  const char* from = begin + seen_;
  const auto* feed_at =
      static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(end - from)));
  if (feed_at != nullptr) return feed_at + 1;
  seen_ = static_cast<std::size_t>(end - begin);
  return nullptr;
}

/// A line that is plain and has come whole is taken at once; any other goes to llhttp.
ReadStatus HeadReader::read_fields(const char* begin, const char* end) noexcept {
  for (;;) {
    const char* line = begin + scanned_;
    if (seen_ == scanned_ && take_line(line, end)) {
      if (too_many_) return fail(431, "too many fields");
      ++lines_;
      continue;
    }
    const char* line_end = next_line(begin, end);
    if (line_end == nullptr) return ReadStatus::NeedMore;
    if (line_end - line < 2 || line_end[-2] != '\r') return fail(400, "a line ends without CR");
    if (line_end - line == 2) {
      scanned_ = seen_ = static_cast<std::size_t>(line_end - begin);
      return finish(line, line_end);
    }
    const ReadStatus status = parse_line(line, line_end);
    if (status != ReadStatus::NeedMore) return status;
    scanned_ = seen_ = static_cast<std::size_t>(line_end - begin);
    ++lines_;
  }
}

bool HeadReader::take_line(const char* line, const char* end) noexcept {
  Field field;
  const char* next = take_plain_line(line, end, field);
  if (next == nullptr) return false;
  too_many_ = head_->fields.size() >= max_fields_;
  if (!too_many_) head_->fields.add(field);
  scanned_ += static_cast<std::size_t>(next - line);
  seen_ = scanned_;
  return true;
}

/// Bad beginnings (a TLS hello, binary) are refused before a whole line has come. An empty line is
/// none: take_line() judges it.
bool HeadReader::check_method_so_far(const char* at, const char* end) noexcept {
  if (at < end && *at == '\r') return end - at == 1 || at[1] == '\n';
  for (const char* c = at; c < end; ++c) {
    if (*c == ' ') return c != at;
    if (!is_token_byte(static_cast<unsigned char>(*c))) return false;
    if (static_cast<std::size_t>(c - at) >= base::limits::kMaxMethodBytes) return false;
  }
  return true;
}

/// RFC 9112 §2.2: one empty line before a request is forgiven.
ReadStatus HeadReader::take_first(const char* line, const char* end) noexcept {
  if (end - line == 2) {
    if (kind_ == Kind::Response || skipped_empty_)
      return fail(400, "an empty line where a message begins");
    skipped_empty_ = true;
    return ReadStatus::NeedMore;
  }
  ++lines_;
  return first_line(line, end);
}

/// What came in pieces may still be plain; of any other line llhttp must make one field.
ReadStatus HeadReader::parse_line(const char* line, const char* end) noexcept {
  if (take_line(line, end)) return too_many_ ? fail(431, "too many fields") : ReadStatus::NeedMore;
  if (*line == ' ' || *line == '\t') return fail(400, "a folded field line");
  if (*line == ':') return fail(400, "a field without a name");
  FieldList& fields = head_->fields;
  const std::size_t before = fields.size();
  name_open_ = false;
  if (!feed(line, static_cast<std::size_t>(end - line))) {
    if (too_many_) return fail(431, "too many fields");
    return fail(400, llhttp_get_error_reason(&parser_));
  }
  if (fields.size() != before + 1) return fail(400, "a field line that is not one field");
  Field& field = fields.last();
  field.value = base::trim(field.value);
  fields.identify(before, field_id(field.name));
  return ReadStatus::NeedMore;
}

ReadStatus HeadReader::first_line(const char* line, const char* end) noexcept {
  if (kind_ == Kind::Response) {
    // HTTP-version SP 3DIGIT, then SP reason or nothing; llhttp is laxer about spaces.
    if (end - line < 14 || line[8] != ' ' || line[9] == ' ')
      return fail(502, "a malformed status line");
    if (!feed(line, static_cast<std::size_t>(end - line)))
      return fail(502, llhttp_get_error_reason(&parser_));
    return ReadStatus::NeedMore;
  }
  const auto* space =
      static_cast<const char*>(std::memchr(line, ' ', static_cast<std::size_t>(end - line)));
  assert(space != nullptr);  // check_method_so_far() saw it
  // What stands before "HTTP/1.1" CRLF; llhttp takes any number of spaces there.
  if (space[1] == ' ' || (end - space > 12 && end[-11] == ' ' && end[-12] == ' '))
    return fail(400, "two spaces in the request line");
  head_->method_token = {line, static_cast<std::size_t>(space - line)};
  head_->method = method_of(head_->method_token);
  // llhttp knows a list of methods; any token is legal (RFC 9110 §9.1), so it is shown one that it
  // knows.
  const std::string_view shown = head_->method == Method::Connect ? "CONNECT" : "POST";
  if (!feed(shown.data(), shown.size()) || !feed(space, static_cast<std::size_t>(end - space))) {
    const char* reason = llhttp_get_error_reason(&parser_);
    return fail(llhttp_get_errno(&parser_) == HPE_INVALID_VERSION ? 505 : 400, reason);
  }
  return ReadStatus::NeedMore;
}

ReadStatus HeadReader::finish(const char* line, const char* end) noexcept {
  if (!feed(line, static_cast<std::size_t>(end - line)) || !complete_) {
    return fail(400, llhttp_get_error_reason(&parser_));
  }
  const int version = parser_.http_major * 10 + parser_.http_minor;
  if (version != 10 && version != 11) return fail(505, "an HTTP version that is not 1.0 or 1.1");
  head_->version = version == 10 ? Version::Http10 : Version::Http11;
  head_->status = parser_.status_code;
  return ReadStatus::Done;
}

}  // namespace sluice::http::h1
