// Why and where an exchange ended: HAProxy's termination state (manual §8.5), and the one table
// that maps a failure to a status. No call site chooses a 5xx.
#pragma once

#include <cstdint>

namespace sluice::proxy {

/// The first letter: who or what ended it.
enum class EndCause : std::uint8_t {
  None,           // '-'
  ClientAbort,    // 'C'
  ServerAbort,    // 'S'
  Proxy,          // 'P' a rule, or a malformed message
  Local,          // 'L' answered by Sluice itself
  Resource,       // 'R'
  Internal,       // 'I'
  Down,           // 'D' killed since the server went down
  ClientTimeout,  // 'c'
  ServerTimeout,  // 's'
  Killed,         // 'K'
};

[[nodiscard]] constexpr char letter(EndCause cause) {
  switch (cause) {
    case EndCause::None:
      return '-';
    case EndCause::ClientAbort:
      return 'C';
    case EndCause::ServerAbort:
      return 'S';
    case EndCause::Proxy:
      return 'P';
    case EndCause::Local:
      return 'L';
    case EndCause::Resource:
      return 'R';
    case EndCause::Internal:
      return 'I';
    case EndCause::Down:
      return 'D';
    case EndCause::ClientTimeout:
      return 'c';
    case EndCause::ServerTimeout:
      return 's';
    case EndCause::Killed:
      return 'K';
  }
  return '-';
}

/// What went wrong, by kind; with its status and its letter.
enum class Failure : std::uint8_t {
  BadRequest,
  RequestTimeout,
  RequestAborted,
  UriTooLong,
  HeadTooLarge,
  NotImplemented,
  VersionUnsupported,
  Denied,
  NoServer,
  QueueTimeout,
  QueueFull,
  ConnectRefused,
  ConnectTimeout,
  NoResource,
  BadResponse,
  ResponseTooLarge,
  ServerClosed,
  ServerTimedOut,
  ClientGone,
  Internal,
};

struct FailureRow {
  std::uint16_t status;
  EndCause cause;
};

[[nodiscard]] constexpr FailureRow row_of(Failure failure) {
  switch (failure) {
    case Failure::BadRequest:
      return {400, EndCause::Proxy};
    case Failure::RequestTimeout:
      return {408, EndCause::ClientTimeout};
    case Failure::RequestAborted:
      return {400, EndCause::ClientAbort};
    case Failure::UriTooLong:
      return {414, EndCause::Proxy};
    case Failure::HeadTooLarge:
      return {431, EndCause::Proxy};
    case Failure::NotImplemented:
      return {501, EndCause::Proxy};
    case Failure::VersionUnsupported:
      return {505, EndCause::Proxy};
    case Failure::Denied:
      return {403, EndCause::Proxy};
    case Failure::NoServer:
      return {503, EndCause::ServerAbort};
    case Failure::QueueTimeout:
      return {503, EndCause::ServerTimeout};
    case Failure::QueueFull:
    case Failure::ConnectRefused:
      return {503, EndCause::ServerAbort};
    case Failure::ConnectTimeout:
      return {503, EndCause::ServerTimeout};
    case Failure::NoResource:
      return {503, EndCause::Resource};
    case Failure::BadResponse:
      return {502, EndCause::Proxy};
    case Failure::ResponseTooLarge:
      return {502, EndCause::Proxy};
    case Failure::ServerClosed:
      return {502, EndCause::ServerAbort};
    case Failure::ServerTimedOut:
      return {504, EndCause::ServerTimeout};
    case Failure::ClientGone:
      return {0, EndCause::ClientAbort};
    case Failure::Internal:
      return {500, EndCause::Internal};
  }
  return {500, EndCause::Internal};
}

}  // namespace sluice::proxy
