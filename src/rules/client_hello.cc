#include "rules/client_hello.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::rules {

namespace {

constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kHandshakeHeader = 4;
constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::size_t kMaxRecord = 16'384;  // RFC 8446 §5.1: of plaintext
constexpr std::uint8_t kClientHello = 1;
constexpr std::uint8_t kServerHello = 2;
constexpr std::uint16_t kServerNameExtension = 0;
constexpr std::uint16_t kAlpnExtension = 16;

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

/// Takes numbers and vectors from the front; after a length that is not there, nothing but failure.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool empty() const { return left_.empty(); }

  std::size_t number(std::size_t size) {
    const std::string_view bytes = take(size);
    std::size_t value = 0;
    for (const char c : bytes) value = value << 8U | static_cast<std::uint8_t>(c);
    return value;
  }
  std::string_view take(std::size_t size) {
    if (failed_ || left_.size() < size) {
      failed_ = true;
      return {};
    }
    const std::string_view bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return bytes;
  }
  /// A vector whose length stands before it in `size` bytes.
  std::string_view vector(std::size_t size) { return take(number(size)); }

 private:
  std::string_view left_;
  bool failed_ = false;
};

/// A host name that can be compared: RFC 6066 §3 wants letters, digits, hyphens and dots; anything
/// else, a NUL above all, must not reach what compares names.
bool is_host_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

/// The one host name of the list; a list that is malformed has none, and the hello is refused.
bool read_server_name(std::string_view extension, std::string_view& name) {
  Reader outer(extension);
  Reader list(outer.vector(2));
  if (outer.failed() || !outer.empty() || list.empty()) return false;
  while (!list.empty()) {
    const std::size_t kind = list.number(1);
    const std::string_view text = list.vector(2);
    if (list.failed()) return false;
    if (kind != 0) continue;
    if (!name.empty() || !is_host_name(text)) return false;
    name = text;
  }
  return true;
}

bool read_protocols(std::string_view extension, std::string_view& protocols) {
  Reader outer(extension);
  const std::string_view list = outer.vector(2);
  if (outer.failed() || !outer.empty() || list.empty()) return false;
  Reader names(list);
  while (!names.empty()) {
    if (names.vector(1).empty()) return false;  // RFC 7301 §3.1: never empty
  }
  protocols = list;
  return true;
}

bool read_extensions(std::string_view block, TlsHello& hello) {
  Reader extensions(block);
  bool has_name = false;
  bool has_protocols = false;
  while (!extensions.empty()) {
    const auto kind = static_cast<std::uint16_t>(extensions.number(2));
    const std::string_view body = extensions.vector(2);
    if (extensions.failed()) return false;
    // Twice the same would let us and the server each read another one.
    if (kind == kServerNameExtension) {
      if (std::exchange(has_name, true) || !read_server_name(body, hello.name)) return false;
    } else if (kind == kAlpnExtension) {
      if (std::exchange(has_protocols, true) || !read_protocols(body, hello.protocols))
        return false;
    }
  }
  return true;
}

bool read_client_hello(std::string_view body, TlsHello& hello) {
  Reader reader(body);
  hello.version = static_cast<std::uint16_t>(reader.number(2));
  (void)reader.take(32);  // random
  const std::string_view session = reader.vector(1);
  const std::string_view suites = reader.vector(2);
  const std::string_view compressions = reader.vector(1);
  if (reader.failed() || hello.version < 0x0300 || session.size() > 32 || suites.empty() ||
      suites.size() % 2 != 0 || compressions.empty()) {
    return false;
  }
  if (reader.empty()) return true;  // SSL 3.0 and TLS 1.0 know hellos without extensions
  const std::string_view extensions = reader.vector(2);
  return !reader.failed() && reader.empty() && read_extensions(extensions, hello);
}

bool read_server_hello(std::string_view body, TlsHello& hello) {
  Reader reader(body);
  hello.version = static_cast<std::uint16_t>(reader.number(2));
  (void)reader.take(32);
  const std::string_view session = reader.vector(1);
  (void)reader.take(3);  // cipher suite, compression
  return !reader.failed() && hello.version >= 0x0300 && session.size() <= 32;
}

/// The payload of the record in front of `bytes`, as much as came; nothing where it is no handshake
/// record or where that cannot be told yet (`incomplete`).
std::optional<std::string_view> record_payload(std::string_view bytes, bool& incomplete) {
  incomplete = false;
  if (!bytes.empty() && byte_at(bytes, 0) != kHandshakeRecord) return std::nullopt;
  if (bytes.size() > 1 && byte_at(bytes, 1) != 3) return std::nullopt;
  if (bytes.size() < kRecordHeader) {
    incomplete = true;
    return std::nullopt;
  }
  const std::size_t size = static_cast<std::size_t>(byte_at(bytes, 3)) << 8U | byte_at(bytes, 4);
  if (size == 0 || size > kMaxRecord) return std::nullopt;  // RFC 8446 §5.1: never empty
  return bytes.substr(kRecordHeader, size);
}

bool is_hello_type(std::uint8_t type) { return type == kClientHello || type == kServerHello; }

/// The handshake message at the front of `bytes`, from as many records as it takes.
HelloStatus take_message(std::string_view bytes, base::Arena& arena, std::string_view& message) {
  bool incomplete = false;
  auto payload = record_payload(bytes, incomplete);
  if (!payload) return incomplete ? HelloStatus::Incomplete : HelloStatus::None;
  if (!payload->empty() && !is_hello_type(byte_at(*payload, 0))) return HelloStatus::None;
  std::string_view joined = *payload;
  std::size_t at = 0;
  for (;;) {
    if (joined.size() >= kHandshakeHeader) {
      const std::size_t size = static_cast<std::size_t>(byte_at(joined, 1)) << 16U |
                               static_cast<std::size_t>(byte_at(joined, 2)) << 8U |
                               byte_at(joined, 3);
      if (size > kMaxRecord) return HelloStatus::None;
      if (joined.size() >= kHandshakeHeader + size) {
        message = joined.substr(0, kHandshakeHeader + size);
        return HelloStatus::Whole;
      }
    }
    const std::size_t size =
        static_cast<std::size_t>(byte_at(bytes, at + 3)) << 8U | byte_at(bytes, at + 4);
    if (bytes.size() - at - kRecordHeader < size) return HelloStatus::Incomplete;
    at += kRecordHeader + size;
    payload = record_payload(bytes.substr(at), incomplete);
    if (!payload) return incomplete ? HelloStatus::Incomplete : HelloStatus::None;
    joined = arena.concat({joined, *payload});
  }
}

}  // namespace

TlsHello read_hello(std::string_view bytes, base::Arena& arena) {
  TlsHello hello;
  std::string_view message;
  hello.status = take_message(bytes, arena, message);
  if (hello.status != HelloStatus::Whole) return hello;
  hello.type = byte_at(message, 0);
  const std::string_view body = message.substr(kHandshakeHeader);
  const bool sound =
      hello.type == kClientHello ? read_client_hello(body, hello) : read_server_hello(body, hello);
  if (sound) return hello;
  TlsHello none;
  none.status = HelloStatus::None;
  return none;
}

}  // namespace sluice::rules
