#include "base/limits.h"
#include "net/dns.h"
#include "support/catch.h"
#include "unit/net/dns_packets.h"

using namespace sluice;
using namespace sluice::net;
using namespace sluice::net::test;

namespace {

const std::string kQuestion("\xC0\x0C", 2);  // a pointer to the question's name

DnsAnswer read(const std::string& text, DnsType type = DnsType::A,
               const std::string& name = "app.local") {
  return read_dns_answer({reinterpret_cast<const unsigned char*>(text.data()), text.size()},
                         {name, type});
}
DnsAnswer read(const Packet& packet) { return read(packet.text()); }

std::string a(unsigned char last) { return {10, 0, 0, static_cast<char>(last)}; }

Packet two_addresses() {
  Packet out;
  out.answers = {record(kQuestion, 1, 30, a(1)), record(encoded("APP.local"), 1, 20, a(2))};
  return out;
}

DnsAnswer read_service(const Packet& packet) {
  return read(packet.text(), DnsType::Srv, "_http._tcp.app.local");
}
Packet service_packet() {
  Packet out;
  out.question_name = encoded("_http._tcp.app.local");
  out.question_type = 33;
  return out;
}
std::string srv(unsigned weight, unsigned port, std::string_view target) {
  return record(kQuestion, 33, 60, u16(1) + u16(weight) + u16(port) + encoded(target));
}

}  // namespace

TEST_CASE("addresses and the least TTL are read, names compared without case") {
  const DnsAnswer answer = read(two_addresses());
  REQUIRE(answer.status == DnsStatus::Valid);
  REQUIRE(answer.addresses.size() == 2);
  CHECK(answer.addresses[0].address.to_string() == "10.0.0.1:0");
  CHECK(answer.addresses[1].address.host() == "10.0.0.2");
  CHECK(answer.ttl_s == 20);
  CHECK_FALSE(answer.through_alias);
}

TEST_CASE("an IPv6 answer has IPv6 addresses") {
  Packet packet;
  packet.question_type = 28;
  packet.answers = {record(kQuestion, 28, 30, std::string(15, '\0') + '\1')};
  const DnsAnswer answer = read(packet.text(), DnsType::Aaaa);
  REQUIRE(answer.status == DnsStatus::Valid);
  CHECK(answer.addresses[0].address.host() == "::1");
}

TEST_CASE("aliases are followed in any order, and their TTL counts") {
  Packet packet;
  packet.answers = {record(encoded("b.local"), 1, 30, a(1)),
                    record(encoded("a.local"), 5, 9, encoded("b.local")),
                    record(kQuestion, 5, 40, encoded("a.local"))};
  const DnsAnswer answer = read(packet);
  REQUIRE(answer.status == DnsStatus::Valid);
  CHECK(answer.through_alias);
  CHECK(answer.ttl_s == 9);
  CHECK(answer.addresses.size() == 1);
}

TEST_CASE("aliases that lead nowhere, or in a circle, are an error of their own") {
  Packet nowhere;
  nowhere.answers = {record(kQuestion, 5, 9, encoded("a.local"))};
  CHECK(read(nowhere).status == DnsStatus::CnameError);
  Packet circle;
  circle.answers = {record(kQuestion, 5, 9, encoded("a.local")),
                    record(encoded("a.local"), 5, 9, encoded("app.local"))};
  CHECK(read(circle).status == DnsStatus::CnameError);
}

TEST_CASE("codes of failure, and answers without records, are told apart") {
  const std::pair<unsigned, DnsStatus> rows[] = {{0, DnsStatus::Empty}, {1, DnsStatus::Other},
                                                 {2, DnsStatus::Other}, {3, DnsStatus::NxDomain},
                                                 {4, DnsStatus::Other}, {5, DnsStatus::Refused}};
  for (const auto& [code, status] : rows) {
    Packet packet;
    packet.flags = 0x8180 | code;
    CHECK(read(packet).status == status);
  }
  Packet other_name;
  other_name.answers = {record(encoded("evil.local"), 1, 9, a(6))};
  CHECK(read(other_name).status == DnsStatus::Empty);
}

TEST_CASE("an answer to another question is none") {
  Packet packet = two_addresses();
  packet.question_name = encoded("app.other");
  CHECK(read(packet).status == DnsStatus::Invalid);
  packet = two_addresses();
  packet.question_type = 28;
  CHECK(read(packet).status == DnsStatus::Invalid);
  packet = two_addresses();
  packet.flags = 0x0180;  // a question
  CHECK(read(packet).status == DnsStatus::Invalid);
  packet = two_addresses();
  packet.questions = 0;
  CHECK(read(packet).status == DnsStatus::Invalid);
}

TEST_CASE("names that point in circles or out of the message make it invalid") {
  for (const std::string& pointer : {std::string("\xC0\x1B", 2), std::string("\xC0\xFF", 2),
                                     std::string("\xC0\x1B\xC0\x1B", 4), std::string("\x40", 1)}) {
    Packet packet;
    packet.answers = {record(pointer, 1, 9, a(1))};
    CHECK(read(packet).status == DnsStatus::Invalid);
  }
}

TEST_CASE("a message that is cut anywhere gives no records") {
  const std::string whole = two_addresses().text();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const DnsAnswer answer = read(whole.substr(0, size));
    CHECK(answer.status == DnsStatus::Invalid);
    CHECK(answer.addresses.empty());
  }
}

TEST_CASE("a truncated answer has no records") {
  Packet packet = two_addresses();
  packet.flags |= 0x0200;
  CHECK(read(packet).status == DnsStatus::Truncated);
}

TEST_CASE("records that lie about their number or size make the answer invalid") {
  Packet packet = two_addresses();
  packet.said_answers = 3;
  CHECK(read(packet).status == DnsStatus::Invalid);
  packet = two_addresses();
  packet.answers[0] = record(kQuestion, 1, 9, "too long for one");
  CHECK(read(packet).status == DnsStatus::Invalid);
}

TEST_CASE("more records than the bound are not taken") {
  Packet packet;
  for (std::size_t i = 0; i <= base::limits::kMaxDnsRecords; ++i)
    packet.answers.push_back(record(kQuestion, 1, 9, a(static_cast<unsigned char>(i))));
  CHECK(read(packet).status == DnsStatus::Invalid);
  packet.answers.pop_back();
  CHECK(read(packet).status == DnsStatus::Valid);
}

TEST_CASE("a TTL with its highest bit set is zero") {
  Packet packet;
  packet.answers = {record(kQuestion, 1, 0x80000001U, a(1))};
  CHECK(read(packet).ttl_s == 0);
}

TEST_CASE("an address that comes twice counts once") {
  Packet packet;
  packet.answers = {record(kQuestion, 1, 9, a(1)), record(kQuestion, 1, 9, a(1))};
  CHECK(read(packet).addresses.size() == 1);
}

TEST_CASE("a service's records have port, weight, and the addresses that came along") {
  Packet packet = service_packet();
  packet.answers = {srv(10, 8001, "A.local"), srv(0, 8002, "b.local")};
  packet.authority = {record(encoded("local"), 2, 9, encoded("ns.local"))};
  packet.additional = {record(encoded("a.local"), 1, 7, a(1)),
                       std::string(1, '\0') + u16(41) + u16(512) + u32(0) + u16(0)};
  const DnsAnswer answer = read_service(packet);
  REQUIRE(answer.status == DnsStatus::Valid);
  REQUIRE(answer.services.size() == 2);
  CHECK(answer.services[0].target == "a.local");
  CHECK(answer.services[0].port == 8001);
  CHECK(answer.services[0].weight == 10);
  REQUIRE(answer.services[0].addresses.size() == 1);
  CHECK(answer.services[0].addresses[0].address.host() == "10.0.0.1");
  CHECK(answer.services[1].addresses.empty());
  CHECK(answer.ttl_s == 7);
}

TEST_CASE("a service's record without room for a name, or with one too long, is invalid") {
  Packet packet = service_packet();
  packet.answers = {record(kQuestion, 33, 60, u16(1) + u16(1) + u16(80))};
  CHECK(read_service(packet).status == DnsStatus::Invalid);
  packet.answers = {record(kQuestion, 33, 60, u16(1) + u16(1) + u16(80) + "\x05" + "ab")};
  CHECK(read_service(packet).status == DnsStatus::Invalid);
}

TEST_CASE("a service whose target is the root is not there") {
  Packet packet = service_packet();
  packet.answers = {srv(0, 0, "")};
  CHECK(read_service(packet).status == DnsStatus::Empty);
}

TEST_CASE("rubbish of every kind is survived") {
  std::uint32_t seed = 1;
  const auto next = [&] { return seed = seed * 1'664'525U + 1'013'904'223U; };
  const std::string whole = two_addresses().text();
  for (int i = 0; i < 5'000; ++i) {
    std::string text = whole;
    for (int k = 0; k < 3; ++k) text[next() % text.size()] = static_cast<char>(next() >> 16);
    const DnsAnswer answer = read(text);
    if (answer.status != DnsStatus::Valid) CHECK(answer.addresses.empty());
  }
}
