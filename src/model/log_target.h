// A `log` line as plain data.
#pragma once

#include <cstdint>
#include <string>

#include "base/address.h"
#include "base/source.h"

namespace sluice::model {

/// Default: Local, or Rfc3164 with log-send-hostname.
enum class LogFormatKind : unsigned char {
  Rfc3164,
  Rfc5424,
  Raw,
  Short,
  Timed,
  Iso,
  Local,
  Default
};
enum class LogTransport : unsigned char { Udp, UnixDatagram, Fd };

struct LogTarget {
  base::SourceSpan span;
  LogTransport transport = LogTransport::Udp;
  base::Address address;  // Udp and UnixDatagram; not set where `host` is a name
  std::string host;       // Udp: a name to be resolved at start, with `port`; else empty
  std::uint16_t port = 514;
  int fd = -1;  // Fd: stdout is 1, stderr 2, fd@N is N
  LogFormatKind format = LogFormatKind::Default;
  std::uint32_t max_length = 1024;
  int facility = 16;  // local0
  int max_level = 7;  // the least important level that is sent (7 debug)
  int min_level = 0;  // levels more important than this are lowered to it
};

}  // namespace sluice::model
