#include "http/h1/head_writer.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "http/h1/judge.h"

namespace sluice::http::h1 {

namespace {

/// Appends with one bound check each; `ok` stays false after the first that did not fit.
class Writer {
 public:
  Writer(char* out, std::size_t capacity) : begin_(out), at_(out), end_(out + capacity) {}
  void put(std::string_view text) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < text.size()) {
      ok_ = false;
      return;
    }
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  /// A whole field line with one check.
  void put_line(std::string_view name, std::string_view value) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < name.size() + value.size() + 4) {
      ok_ = false;
      return;
    }
    at_ = std::copy_n(name.data(), name.size(), at_);
    *at_++ = ':';
    *at_++ = ' ';
    if (!value.empty()) at_ = std::copy_n(value.data(), value.size(), at_);
    *at_++ = '\r';
    *at_++ = '\n';
  }
  void put_number(std::uint64_t value) noexcept {
    char digits[20];
    put({digits, base::write_unsigned(value, digits)});
  }
  void put_status(std::uint16_t status) noexcept {
    const char digits[3] = {static_cast<char>('0' + status / 100),
                            static_cast<char>('0' + status / 10 % 10),
                            static_cast<char>('0' + status % 10)};
    put({digits, 3});
  }
  [[nodiscard]] std::size_t size() const {
    return ok_ ? static_cast<std::size_t>(at_ - begin_) : 0;
  }

 private:
  char* begin_;
  char* at_;
  char* end_;
  bool ok_ = true;
};

/// The line's bytes are as they were read: "name:" and the value within a few bytes.
bool lies_as_read(const Field& field) {
  const char* name_end = field.name.data() + field.name.size();
  const std::ptrdiff_t gap = field.value.data() - name_end;
  return gap >= 1 && gap <= 3 && *name_end == ':' && !field.value.empty();
}

bool follows(const Field& next, const char* value_end) {
  return next.name.data() == value_end + 2 && value_end[0] == '\r' && value_end[1] == '\n';
}

void put_fields(Writer& writer, const FieldList& fields) {
  const std::size_t count = fields.size();
  std::size_t i = 0;
  while (i < count) {
    const Field& field = fields[i];
    if (field.one_hop || is_hop_by_hop(field.id)) {
      ++i;
      continue;
    }
    if (!lies_as_read(field)) {
      writer.put_line(field.name, field.value);
      ++i;
      continue;
    }
    const char* run = field.name.data();
    const char* run_end = field.value.data() + field.value.size();
    for (++i; i < count; ++i) {
      const Field& next = fields[i];
      if (next.one_hop || is_hop_by_hop(next.id) || !follows(next, run_end) || !lies_as_read(next))
        break;
      run_end = next.value.data() + next.value.size();
    }
    // Behind a value that was read stand at least its CR and LF, with spaces before them at times.
    const bool crlf = run_end[0] == '\r';
    writer.put({run, static_cast<std::size_t>(run_end - run) + (crlf ? 2 : 0)});
    if (!crlf) writer.put("\r\n");
  }
}

void put_te(Writer& writer, const FieldList& fields) {
  const Field* te = fields.find(FieldId::Te);
  if (te == nullptr) return;
  bool trailers = false;
  base::for_each_element(te->value, [&](std::string_view token) {
    trailers = trailers || base::iequals(token, "trailers");
  });
  if (trailers) writer.put("TE: trailers\r\n");
}

void put_framing(Writer& writer, const WriteOptions& options) {
  if (options.framing.kind == BodyKind::Chunked) {
    writer.put("Transfer-Encoding: chunked\r\n");
  } else if (options.framing.kind == BodyKind::Length || options.announce_length) {
    writer.put("Content-Length: ");
    writer.put_number(options.framing.length);
    writer.put("\r\n");
  }
}

void put_connection(Writer& writer, const FieldList& fields, ConnectionField connection) {
  switch (connection) {
    case ConnectionField::None:
      return;
    case ConnectionField::Close:
      writer.put("Connection: close\r\n");
      return;
    case ConnectionField::KeepAlive:
      writer.put("Connection: keep-alive\r\n");
      return;
    case ConnectionField::Upgrade:
      writer.put("Connection: upgrade\r\n");
      for (const Field& field : fields) {
        if (field.id == FieldId::Upgrade) writer.put_line(field.name, field.value);
      }
      return;
  }
}

void put_target(Writer& writer, const Head& head) {
  switch (head.target_form) {
    case TargetForm::Origin:
    case TargetForm::Asterisk:
      writer.put(head.path);
      return;
    case TargetForm::Authority:
      writer.put(head.authority);
      return;
    case TargetForm::Absolute:
      writer.put(head.scheme);
      writer.put("://");
      writer.put(head.authority);
      writer.put(head.path);
      return;
  }
}

}  // namespace

std::size_t write_request(const Head& head, const WriteOptions& options, char* out,
                          std::size_t capacity) noexcept {
  Writer writer(out, capacity);
  writer.put(head.method_token);
  writer.put(" ");
  put_target(writer, head);
  writer.put(" HTTP/1.1\r\n");
  put_fields(writer, head.fields);
  put_te(writer, head.fields);
  put_framing(writer, options);
  put_connection(writer, head.fields, options.connection);
  writer.put("\r\n");
  return writer.size();
}

std::size_t write_response(const Head& head, const WriteOptions& options, char* out,
                           std::size_t capacity) noexcept {
  Writer writer(out, capacity);
  writer.put("HTTP/1.1 ");
  writer.put_status(head.status);
  writer.put(" ");
  writer.put(head.reason);
  writer.put("\r\n");
  put_fields(writer, head.fields);
  put_framing(writer, options);
  put_connection(writer, head.fields, options.connection);
  writer.put("\r\n");
  return writer.size();
}

std::size_t write_chunk_size(std::uint64_t size, char* out) noexcept {
  char digits[16];
  int count = 0;
  do {
    digits[count++] = "0123456789abcdef"[size & 15];
    size >>= 4;
  } while (size != 0);
  for (int i = 0; i < count; ++i) out[i] = digits[count - 1 - i];
  out[count] = '\r';
  out[count + 1] = '\n';
  return static_cast<std::size_t>(count) + 2;
}

}  // namespace sluice::http::h1
