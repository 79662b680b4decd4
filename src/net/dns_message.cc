#include <ares.h>
#include <ares_nameser.h>
#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "base/limits.h"
#include "base/text.h"
#include "net/dns.h"

namespace sluice::net {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr unsigned kNoError = 0, kNxDomain = 3, kRefused = 5;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = base::to_lower(c);
  return out;
}

struct Record {
  std::string owner;  // in lower case, as every name here
  std::uint16_t type = 0;
  std::uint16_t dns_class = 0;
  std::uint32_t ttl_s = 0;
  std::size_t data = 0;  // where it begins in the message
  std::size_t size = 0;
};

/// Reads a message from its beginning; every step fails where the message ends too early.
class Reader {
 public:
  explicit Reader(std::span<const unsigned char> message) : message_(message) {}

  [[nodiscard]] unsigned u16(std::size_t at) const {
    return static_cast<unsigned>(message_[at]) << 8 | message_[at + 1];
  }
  [[nodiscard]] std::uint32_t u32(std::size_t at) const { return u16(at) << 16 | u16(at + 2); }
  [[nodiscard]] bool has(std::size_t at, std::size_t bytes) const {
    return at <= message_.size() && bytes <= message_.size() - at;
  }
  [[nodiscard]] const unsigned char* data(std::size_t at) const { return message_.data() + at; }
  [[nodiscard]] std::size_t at() const { return at_; }
  void skip(std::size_t bytes) { at_ += bytes; }

  /// A name, its compression undone within bounds; `bytes` is what it takes in the message.
  [[nodiscard]] std::optional<std::string> name(std::size_t from, std::size_t& bytes) const {
    if (!has(from, 1)) return std::nullopt;
    char* text = nullptr;
    long length = 0;
    const int status = ::ares_expand_name(data(from), message_.data(),
                                          static_cast<int>(message_.size()), &text, &length);
    if (status != ARES_SUCCESS) return std::nullopt;
    std::string out = lower(text);
    ::ares_free_string(text);
    bytes = static_cast<std::size_t>(length);
    return out;
  }

  [[nodiscard]] std::optional<Record> record() {
    std::size_t bytes = 0;
    auto owner = name(at_, bytes);
    if (!owner || !has(at_ + bytes, 10)) return std::nullopt;
    at_ += bytes;
    Record out{std::move(*owner),
               static_cast<std::uint16_t>(u16(at_)),
               static_cast<std::uint16_t>(u16(at_ + 2)),
               u32(at_ + 4),
               at_ + 10,
               u16(at_ + 8)};
    if (!has(out.data, out.size)) return std::nullopt;
    if ((out.ttl_s & 0x80000000U) != 0) out.ttl_s = 0;
    at_ = out.data + out.size;
    return out;
  }

 private:
  std::span<const unsigned char> message_;
  std::size_t at_ = kHeaderBytes;
};

std::optional<base::Address> address_of(const Reader& reader, const Record& record) {
  if (record.type == static_cast<std::uint16_t>(DnsType::A) && record.size == 4) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    std::memcpy(&address.sin_addr, reader.data(record.data), 4);
    return base::Address::from_sockaddr(reinterpret_cast<const sockaddr*>(&address),
                                        sizeof(address));
  }
  if (record.type == static_cast<std::uint16_t>(DnsType::Aaaa) && record.size == 16) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    std::memcpy(&address.sin6_addr, reader.data(record.data), 16);
    return base::Address::from_sockaddr(reinterpret_cast<const sockaddr*>(&address),
                                        sizeof(address));
  }
  return std::nullopt;
}

bool is(const Record& record, DnsType type) {
  return record.type == static_cast<std::uint16_t>(type) && record.dns_class == C_IN;
}

/// One answer under judgement. Each step yields the status that ends it, or none.
class Judge {
 public:
  Judge(std::span<const unsigned char> message, const DnsQuestion& question)
      : reader_(message), question_(question), name_(lower(question.name)) {}

  DnsAnswer run() {
    answer_.status = judge();
    if (answer_.status == DnsStatus::Valid) return std::move(answer_);
    DnsAnswer out;  // whatever was read before the fault is not to be used
    out.status = answer_.status;
    return out;
  }

 private:
  DnsStatus judge() {
    if (!reader_.has(0, kHeaderBytes)) return DnsStatus::Invalid;
    const unsigned flags = reader_.u16(2);
    const bool is_response = (flags & 0x8000U) != 0;
    if (!is_response || reader_.u16(4) != 1 || !question_matches()) return DnsStatus::Invalid;
    if ((flags & 0x0200U) != 0) return DnsStatus::Truncated;
    const unsigned code = flags & 0xFU;
    if (code == kNxDomain) return DnsStatus::NxDomain;
    if (code == kRefused) return DnsStatus::Refused;
    if (code != kNoError) return DnsStatus::Other;
    if (reader_.u16(6) + reader_.u16(10) > base::limits::kMaxDnsRecords) return DnsStatus::Invalid;
    if (!read_section(reader_.u16(6), records_)) return DnsStatus::Invalid;
    if (records_.empty()) return DnsStatus::Empty;
    if (!follow_aliases()) return DnsStatus::CnameError;
    if (question_.type == DnsType::Srv) return take_services();
    return take_addresses();
  }

  bool question_matches() {
    std::size_t bytes = 0;
    const auto name = reader_.name(kHeaderBytes, bytes);
    if (!name || !reader_.has(kHeaderBytes + bytes, 4)) return false;
    const std::size_t type_at = kHeaderBytes + bytes;
    reader_.skip(bytes + 4);
    return *name == name_ && reader_.u16(type_at) == static_cast<unsigned>(question_.type) &&
           reader_.u16(type_at + 2) == C_IN;
  }

  bool read_section(unsigned count, std::vector<Record>& out) {
    for (unsigned i = 0; i < count; ++i) {
      auto record = reader_.record();
      if (!record) return false;
      out.push_back(std::move(*record));
    }
    return true;
  }

  /// Aliases lead from the question's name to the one that has the records.
  bool follow_aliases() {
    for (std::size_t step = 0; step <= base::limits::kMaxDnsAliases; ++step) {
      const auto alias = std::ranges::find_if(records_, [&](const Record& record) {
        return is(record, DnsType::Cname) && record.owner == name_;
      });
      if (alias == records_.end()) return true;
      std::size_t bytes = 0;
      auto target = reader_.name(alias->data, bytes);
      if (!target || bytes > alias->size) return false;
      name_ = std::move(*target);
      note_ttl(alias->ttl_s);
      answer_.through_alias = true;
    }
    return false;
  }

  void note_ttl(std::uint32_t ttl_s) {
    answer_.ttl_s = has_ttl_ ? std::min(answer_.ttl_s, ttl_s) : ttl_s;
    has_ttl_ = true;
  }

  DnsStatus take_addresses() {
    for (const Record& record : records_) {
      if (!is(record, question_.type) || record.owner != name_) continue;
      const auto address = address_of(reader_, record);
      if (!address) return DnsStatus::Invalid;
      note_ttl(record.ttl_s);
      const bool known = std::ranges::any_of(
          answer_.addresses, [&](const DnsAddress& other) { return other.address == *address; });
      if (!known) answer_.addresses.push_back({*address, record.ttl_s});
    }
    if (!answer_.addresses.empty()) return DnsStatus::Valid;
    return answer_.through_alias ? DnsStatus::CnameError : DnsStatus::Empty;
  }

  DnsStatus take_services() {
    for (const Record& record : records_) {
      if (!is(record, DnsType::Srv) || record.owner != name_) continue;
      if (record.size < 7) return DnsStatus::Invalid;
      DnsService service;
      service.weight = static_cast<std::uint16_t>(reader_.u16(record.data + 2));
      service.port = static_cast<std::uint16_t>(reader_.u16(record.data + 4));
      service.ttl_s = record.ttl_s;
      std::size_t bytes = 0;
      auto target = reader_.name(record.data + 6, bytes);
      if (!target || bytes > record.size - 6) return DnsStatus::Invalid;
      if (target->empty()) continue;  // RFC 2782: the service is not there
      service.target = std::move(*target);
      note_ttl(record.ttl_s);
      answer_.services.push_back(std::move(service));
    }
    if (answer_.services.empty())
      return answer_.through_alias ? DnsStatus::CnameError : DnsStatus::Empty;
    std::vector<Record> authority, additional;
    if (reader_.u16(8) > base::limits::kMaxDnsRecords) return DnsStatus::Invalid;
    if (!read_section(reader_.u16(8), authority)) return DnsStatus::Invalid;
    if (!read_section(reader_.u16(10), additional)) return DnsStatus::Invalid;
    give_addresses(additional);
    return DnsStatus::Valid;
  }

  void give_addresses(const std::vector<Record>& additional) {
    std::unordered_map<std::string_view, std::vector<DnsAddress>> by_name;
    for (const Record& record : additional) {
      if (record.dns_class != C_IN) continue;
      if (const auto address = address_of(reader_, record))
        by_name[record.owner].push_back({*address, record.ttl_s});
    }
    for (DnsService& service : answer_.services) {
      const auto found = by_name.find(service.target);
      if (found == by_name.end()) continue;
      service.addresses = found->second;
      for (const DnsAddress& address : service.addresses) note_ttl(address.ttl_s);
    }
  }

  Reader reader_;
  const DnsQuestion& question_;
  std::string name_;  // whose records count; moves on with each alias
  std::vector<Record> records_;
  DnsAnswer answer_;
  bool has_ttl_ = false;
};

}  // namespace

DnsAnswer read_dns_answer(std::span<const unsigned char> message, const DnsQuestion& question) {
  return Judge(message, question).run();
}

}  // namespace sluice::net
