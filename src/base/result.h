// Result<T>: a value or an Error, shaped like std::expected. Our code never throws.
// An Error says where the fault lies (which side is to blame) and whether another try may help;
// http/ and proxy/ map it to a status and a termination state in one table.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace sluice::base {

enum class ErrorKind : unsigned char {
  Configuration,
  Resource,  // descriptors, memory, ports
  System,    // errno in `code`
  Timeout,
  Refused,
  Reset,
  Closed,
  Protocol,
  Limit,
  Tls,
  NotFound,
  Denied,
  Internal,
};

enum class Origin : unsigned char { Client, Server, Internal };
enum class Retry : unsigned char { No, Yes, ReusedConnectionOnly };

struct Error {
  ErrorKind kind = ErrorKind::Internal;
  Origin origin = Origin::Internal;
  Retry retry = Retry::No;
  int code = 0;  // errno where kind is System
  std::string detail;
};

template <class T = void>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string detail, int code = 0) {
  return tl::unexpected<Error>(Error{kind, Origin::Internal, Retry::No, code, std::move(detail)});
}

}  // namespace sluice::base
