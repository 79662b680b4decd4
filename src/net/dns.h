// What is asked of a name server and what it answered, as plain data. A message becomes an answer
// only as a whole: one that is malformed, or answers another question, has a status and no records.
// Source: RFC 1035 §4, RFC 2181 §8 (TTL), RFC 2782 (SRV), RFC 3596 (AAAA).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"

namespace sluice::net {

enum class DnsType : std::uint16_t { A = 1, Cname = 5, Aaaa = 28, Srv = 33 };

struct DnsQuestion {
  std::string name;  // without a dot at its end
  DnsType type = DnsType::A;
};

enum class DnsStatus : std::uint8_t {
  Valid,
  Empty,     // the name exists, but has no such record
  NxDomain,  // the name does not exist
  Refused,
  Other,       // any other code of failure
  CnameError,  // a chain of aliases that leads nowhere, or in a circle
  Truncated,   // and it could not be had over TCP
  Invalid,     // no answer to this question, or malformed, or with too many records
  Timeout,
  SendError,  // it could not be asked
};

struct DnsAddress {
  base::Address address;  // its port is 0
  std::uint32_t ttl_s = 0;
};

struct DnsService {
  std::string target;
  std::uint16_t port = 0;
  std::uint16_t weight = 0;
  std::uint32_t ttl_s = 0;
  std::vector<DnsAddress> addresses;  // of the target, where the answer had them too
};

struct DnsAnswer {
  DnsStatus status = DnsStatus::Invalid;
  bool through_alias = false;
  std::vector<DnsAddress> addresses;  // to A and AAAA
  std::vector<DnsService> services;   // to SRV
  std::uint32_t ttl_s = 0;            // the least of all that led to the records
};

/// Judges a message that was received as the answer to `question`.
[[nodiscard]] DnsAnswer read_dns_answer(std::span<const unsigned char> message,
                                        const DnsQuestion& question);

}  // namespace sluice::net
