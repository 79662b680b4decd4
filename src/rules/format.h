// A compiled log-format string (manual §8.2.4): literal text, % tags and %[expressions].
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "rules/evaluation.h"

namespace sluice::rules {

/// What a log line says beyond what Evaluation knows. Times in milliseconds, -1: did not happen.
struct LogRecord {
  std::string_view frontend_name;
  std::string_view backend_name;        // the frontend's when none was chosen
  std::string_view server_name;         // "<NOSRV>" without, "<STATS>" for the page
  bool frontend_is_tls = false;         // %ft appends "~"
  base::Address backend_source;         // %bi %bp: our side of the server connection
  base::Address server_address;         // %si %sp
  std::int64_t accept_wall_us = 0;      // %t, %T, %ts…
  std::int64_t request_wall_us = 0;     // %tr, %trg, %trl
  std::int64_t handshake_ms = 0;        // %Th
  std::int64_t idle_ms = 0;             // %Ti
  std::int64_t request_ms = -1;         // %TR
  std::int64_t queue_ms = -1;           // %Tw
  std::int64_t connect_ms = -1;         // %Tc
  std::int64_t response_ms = -1;        // %Tr
  std::int64_t data_ms = -1;            // %Td
  std::int64_t active_ms = -1;          // %Ta
  std::int64_t total_ms = -1;           // %Tt
  std::int64_t user_ms = -1;            // %Tu
  std::uint16_t status = 0;             // %ST; 0 prints -1 or 0 as HAProxy does
  std::uint64_t bytes_to_client = 0;    // %B
  std::uint64_t bytes_from_client = 0;  // %U
  char termination[2] = {'-', '-'};     // %ts, first two
  char cookies[2] = {'-', '-'};         // %tsc, last two
  std::string_view request_cookie;      // %CC
  std::string_view response_cookie;     // %CS
  std::uint32_t active_connections = 0, frontend_connections = 0, backend_connections = 0,
                server_connections = 0;               // %ac %fc %bc %sc
  std::uint32_t retries = 0;                          // %rc
  bool redispatched = false;                          // "+" before %rc
  std::uint32_t server_queue = 0, backend_queue = 0;  // %sq %bq
  std::string_view request_line;                      // %r: "GET / HTTP/1.1", or "<BADREQ>"
  std::string_view hostname;                          // %H
  std::uint32_t pid = 0;                              // %pid
  std::uint64_t request_counter = 0;                  // %rt
  std::uint64_t log_counter = 0;  // %lc: lines that the frontend has logged before
  bool logasap = false;           // "+" before times and sizes that are not final
};

class Format {
 public:
  virtual ~Format() = default;
  /// Writes at most `capacity` bytes, no terminator; returns the length. Never allocates but in the
  /// arena.
  virtual std::size_t write(char* out, std::size_t capacity, const LogRecord* record,
                            Evaluation& evaluation) const = 0;
  [[nodiscard]] virtual bool needs_body() const = 0;
  /// Has %bi or %bp, which only a connection that is still open can tell.
  [[nodiscard]] virtual bool names_backend_source() const = 0;
};

}  // namespace sluice::rules
