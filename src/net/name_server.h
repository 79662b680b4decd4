// One name server that is asked over UDP, or over TCP where it is said so, an answer is truncated
// or too large. A c-ares channel of its own does the protocol: several servers are asked at the
// same time and each is counted apart. Answers come from a later turn of the loop, never out of
// ask(). Ids are random, each burst has its own port, and a datagram that answers nothing that was
// asked is dropped and told as noise. One loop's thread.
#pragma once

#include <cstdint>
#include <memory>

#include "base/address.h"
#include "net/dns.h"
#include "net/loop.h"

namespace sluice::net {

struct NameServerOptions {
  base::Address address;  // IP and port
  bool stream = false;    // TCP alone
  std::uint32_t timeout_ms = 1'000;
  std::uint16_t payload_bytes = 512;  // announced by EDNS; the largest datagram that is taken
};

/// A datagram that was no answer.
enum class DnsNoise : std::uint8_t {
  Unasked,    // a wrong id, a wrong question, or rubbish
  TooBig,     // larger than announced
  Truncated,  // an answer to be had over TCP, which is tried next
};

class NameServer {
 public:
  class Events {
   public:
    /// Once for each ask(), Timeout and SendError included.
    virtual void on_dns_answer(std::uint64_t token, DnsAnswer answer) noexcept = 0;
    virtual void on_dns_noise(DnsNoise noise) noexcept = 0;

   protected:
    ~Events() = default;
  };

  virtual ~NameServer() = default;
  virtual void ask(std::uint64_t token, const DnsQuestion& question) = 0;
};

/// `loop` and `events` must outlive it. Destroying it forgets what was asked.
[[nodiscard]] std::unique_ptr<NameServer> make_name_server(Loop& loop,
                                                           const NameServerOptions& options,
                                                           NameServer::Events& events);

}  // namespace sluice::net
