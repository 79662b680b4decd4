// Answers of name servers. The first byte says what was asked for, the rest is what came. What is
// not valid has no records, and what is valid is bounded.
#include <cstdint>
#include <cstdlib>

#include "base/limits.h"
#include "net/dns.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  if (size == 0) return 0;
  constexpr net::DnsType kTypes[] = {net::DnsType::A, net::DnsType::Aaaa, net::DnsType::Srv};
  const net::DnsQuestion question{"app.local", kTypes[data[0] % 3]};
  const net::DnsAnswer answer = net::read_dns_answer({data + 1, size - 1}, question);
  const bool valid = answer.status == net::DnsStatus::Valid;
  const std::size_t records = answer.addresses.size() + answer.services.size();
  if (valid != (records != 0) || records > base::limits::kMaxDnsRecords) std::abort();
  for (const net::DnsService& service : answer.services) {
    if (service.target.empty()) std::abort();
  }
  return 0;
}
