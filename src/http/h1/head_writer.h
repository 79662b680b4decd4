// Composes the head of an HTTP/1 message into one buffer. Fields that only pass through are copied
// in runs, as they lie in the block that they were read into; framing and Connection are always
// ours.
#pragma once

#include <cstddef>
#include <cstdint>

#include "http/framing.h"
#include "http/message.h"

namespace sluice::http::h1 {

enum class ConnectionField : std::uint8_t { None, Close, KeepAlive, Upgrade };

struct WriteOptions {
  Framing framing;
  /// For a response without a body whose Content-Length says what GET would have given (HEAD, 304).
  bool announce_length = false;
  ConnectionField connection = ConnectionField::None;
};

/// The size written, or 0 when `capacity` is too small.
[[nodiscard]] std::size_t write_request(const Head& head, const WriteOptions& options, char* out,
                                        std::size_t capacity) noexcept;
[[nodiscard]] std::size_t write_response(const Head& head, const WriteOptions& options, char* out,
                                         std::size_t capacity) noexcept;
/// "1f4\r\n" into `out` (at least 20 bytes).
[[nodiscard]] std::size_t write_chunk_size(std::uint64_t size, char* out) noexcept;

}  // namespace sluice::http::h1
