#include "net/name_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <functional>

#include "support/catch.h"
#include "unit/net/dns_packets.h"

using namespace sluice;
using namespace sluice::net;
using namespace sluice::net::test;

namespace {

/// A name server of the test's, in its own loop: gives packets for each question.
class Peer final : private Watch::Events {
 public:
  using Script = std::function<std::vector<std::string>(const std::string& question)>;
  Peer(Loop& loop, Script script)
      : descriptor_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        script_(std::move(script)) {
    const base::Address any = *base::Address::from_ip("127.0.0.1", 0);
    REQUIRE(::bind(descriptor_, any.data(), any.length()) == 0);
    watch_ = loop.watch(descriptor_, *this);
    watch_->want({true, false});
  }
  ~Peer() {
    watch_.reset();
    ::close(descriptor_);
  }
  [[nodiscard]] base::Address address() const {
    base::Address out;
    socklen_t length = base::Address::kCapacity;
    ::getsockname(descriptor_, out.data(), &length);
    out.set_length(length);
    return out;
  }
  int questions = 0;

 private:
  void on_watch_ready(int, bool, bool) noexcept override {
    char bytes[4'096];
    base::Address from;
    socklen_t length = base::Address::kCapacity;
    const ssize_t n = ::recvfrom(descriptor_, bytes, sizeof(bytes), 0, from.data(), &length);
    if (n < 0) return;
    from.set_length(length);
    ++questions;
    for (const std::string& packet : script_({bytes, static_cast<std::size_t>(n)}))
      ::sendto(descriptor_, packet.data(), packet.size(), 0, from.data(), from.length());
  }
  int descriptor_;
  Script script_;
  std::unique_ptr<Watch> watch_;
};

/// Keeps what it is told and stops the loop at the last answer that is waited for.
struct Heard final : NameServer::Events {
  explicit Heard(Loop& which) : loop(which) {}
  void on_dns_answer(std::uint64_t token, DnsAnswer answer) noexcept override {
    tokens.push_back(token);
    answers.push_back(std::move(answer));
    if (answers.size() == wanted) loop.stop();
  }
  void on_dns_noise(DnsNoise kind) noexcept override { noise.push_back(kind); }
  Loop& loop;
  std::size_t wanted = 1;
  std::vector<std::uint64_t> tokens;
  std::vector<DnsAnswer> answers;
  std::vector<DnsNoise> noise;
};

Packet reply_to(const std::string& question) {
  Packet out;
  out.id = static_cast<unsigned char>(question[0]) * 256U + static_cast<unsigned char>(question[1]);
  out.answers = {record(std::string("\xC0\x0C", 2), 1, 30, {10, 0, 0, 1})};
  return out;
}

NameServerOptions options_for(const Peer& peer, std::uint32_t timeout_ms = 60'000) {
  NameServerOptions out;
  out.address = peer.address();
  out.timeout_ms = timeout_ms;
  return out;
}

}  // namespace

TEST_CASE("a name server's answer comes with the token of its question") {
  const auto loop = make_uv_loop();
  Peer peer(*loop, [](const std::string& q) { return std::vector{reply_to(q).text()}; });
  Heard heard(*loop);
  const auto server = make_name_server(*loop, options_for(peer), heard);
  server->ask(42, {"app.local", DnsType::A});
  CHECK(heard.answers.empty());  // never out of ask()
  loop->run();
  CHECK(heard.tokens == std::vector<std::uint64_t>{42});
  CHECK(heard.answers[0].status == DnsStatus::Valid);
  CHECK(heard.answers[0].addresses[0].address.host() == "10.0.0.1");
  CHECK(heard.noise.empty());
}

TEST_CASE("datagrams with a wrong id, a wrong question or rubbish are noise, the answer counts") {
  const auto loop = make_uv_loop();
  Peer peer(*loop, [](const std::string& q) {
    Packet wrong_id = reply_to(q), wrong_name = reply_to(q), no_reply = reply_to(q);
    wrong_id.id ^= 1;
    wrong_name.question_name = encoded("app.evil1");
    no_reply.flags = 0x0100;
    return std::vector<std::string>{
        wrong_id.text(), wrong_name.text(), no_reply.text(), "rubbish", "", reply_to(q).text()};
  });
  Heard heard(*loop);
  const auto server = make_name_server(*loop, options_for(peer), heard);
  server->ask(1, {"app.local", DnsType::A});
  loop->run();
  CHECK(heard.answers[0].status == DnsStatus::Valid);
  CHECK(heard.noise == std::vector(5, DnsNoise::Unasked));
}

TEST_CASE("silence ends by the time-out") {
  const auto loop = make_uv_loop();
  Peer peer(*loop, [](const std::string&) { return std::vector<std::string>(); });
  Heard heard(*loop);
  const auto server = make_name_server(*loop, options_for(peer, 50), heard);
  server->ask(1, {"app.local", DnsType::A});
  loop->run();
  CHECK(heard.answers[0].status == DnsStatus::Timeout);
  CHECK(peer.questions == 1);
}

TEST_CASE("a name server that is not there is an error of sending") {
  const auto loop = make_uv_loop();
  NameServerOptions options;
  {
    const Peer gone(*loop, [](const std::string&) { return std::vector<std::string>(); });
    options = options_for(gone);
  }
  Heard heard(*loop);
  const auto server = make_name_server(*loop, options, heard);
  server->ask(1, {"app.local", DnsType::A});
  loop->run();
  CHECK(heard.answers[0].status == DnsStatus::SendError);
}

TEST_CASE("a name that no message can hold is not asked for") {
  const auto loop = make_uv_loop();
  Peer peer(*loop, [](const std::string&) { return std::vector<std::string>(); });
  Heard heard(*loop);
  const auto server = make_name_server(*loop, options_for(peer), heard);
  server->ask(1, {std::string(70, 'a') + ".local", DnsType::A});
  loop->run();
  CHECK(heard.answers[0].status == DnsStatus::Other);
  CHECK(peer.questions == 0);
}

TEST_CASE("many questions at a time get their own answers, each by its id") {
  const auto loop = make_uv_loop();
  std::vector<std::string> asked;
  Peer peer(*loop, [&](const std::string& q) {
    asked.push_back(q);
    std::vector<std::string> out;
    if (asked.size() < 20) return out;
    for (auto each = asked.rbegin(); each != asked.rend(); ++each)
      out.push_back(reply_to(*each).text());
    return out;
  });
  Heard heard(*loop);
  heard.wanted = 20;
  const auto server = make_name_server(*loop, options_for(peer), heard);
  for (std::uint64_t token = 0; token < 20; ++token) server->ask(token, {"app.local", DnsType::A});
  loop->run();
  std::sort(heard.tokens.begin(), heard.tokens.end());
  for (std::uint64_t token = 0; token < 20; ++token) CHECK(heard.tokens[token] == token);
}

TEST_CASE("what was asked is forgotten with the name server") {
  const auto loop = make_uv_loop();
  Peer peer(*loop, [](const std::string& q) { return std::vector{reply_to(q).text()}; });
  Heard heard(*loop);
  auto server = make_name_server(*loop, options_for(peer), heard);
  server->ask(1, {"app.local", DnsType::A});
  server.reset();
  Heard other(*loop);
  const auto next = make_name_server(*loop, options_for(peer), other);
  next->ask(2, {"app.local", DnsType::A});
  loop->run();
  CHECK(heard.answers.empty());
  CHECK(other.answers.size() == 1);
}
