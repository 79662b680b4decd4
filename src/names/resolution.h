// One name that is asked for again and again: all name servers at the same time, the first valid
// answer wins, and its records are kept with the time when they were last seen (manual §5.3).
//
//   asking    an attempt asks everybody and waits `timeout retry`
//     valid answer            done: Valid
//     all answered by errors  the other family of addresses; then, one try less, the first again
//     nobody answered         one try less, the same question again
//     no try left             done: the last error, or Timeout
//   done      waits: after a valid answer the least of its TTL, `hold valid` and `timeout resolve`;
//             else `timeout resolve`
//
// Control thread. Time comes from the loop, so that simulated loops do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/resolvers.h"
#include "net/dns.h"
#include "net/loop.h"

namespace sluice::names {

/// What is asked for: addresses, with the family that comes first, or a service's records.
enum class Kind : std::uint8_t { Ipv6First, Ipv4First, Service };

enum class Outcome : std::uint8_t { None, Valid, NxDomain, Refused, Timeout, Other };

struct HeldAddress {
  base::Address address;  // without a port
  std::uint64_t seen_ms = 0;
};

struct HeldService {
  std::string target;
  std::uint16_t port = 0;
  std::uint16_t weight = 0;
  std::vector<base::Address> addresses;  // that came with it
  std::uint64_t seen_ms = 0;
};

class Resolution final : private net::Timer {
 public:
  class Owner {
   public:
    /// Asks every name server; their answers come to take() with the token.
    virtual void ask(std::uint64_t token, const net::DnsQuestion& question) = 0;
    /// An attempt is over and these (a bit for each) have not answered.
    virtual void on_silence(std::uint64_t servers) = 0;
    /// It is done; `by` is the name server whose answer counted, kNobody without one. May destroy
    /// other resolutions, not this one.
    virtual void on_outcome(Resolution& resolution, std::size_t by) = 0;

   protected:
    ~Owner() = default;
  };
  static constexpr std::size_t kNobody = SIZE_MAX;

  /// `number` makes its tokens its own; `servers` is how many are asked.
  Resolution(net::Loop& loop, const model::Resolvers& settings, std::string name, Kind kind,
             std::uint32_t number, Owner& owner);
  Resolution(const Resolution&) = delete;
  Resolution& operator=(const Resolution&) = delete;

  /// Asks now, unless it is asking.
  void begin();

  /// Is an answer with that token still waited for?
  [[nodiscard]] bool awaits(std::uint64_t token) const {
    return asking_ && (token & 0xFFFFFFFFU) == attempt_;
  }
  /// An answer that is.
  void take(std::size_t server, const net::DnsAnswer& answer);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] Outcome outcome() const { return outcome_; }
  /// A failure that does not count yet: a valid answer came within the hold time of its kind.
  [[nodiscard]] bool is_held() const;
  [[nodiscard]] const std::vector<HeldAddress>& addresses() const { return addresses_; }
  [[nodiscard]] const std::vector<HeldService>& services() const { return services_; }

 private:
  void on_timer() noexcept override;
  void send();
  void retry(Outcome failure);
  void step_after_error();
  void finish(Outcome outcome, std::size_t by, std::uint64_t pause_ms);
  void keep(const net::DnsAnswer& answer);
  void keep_service(const net::DnsService& service);
  [[nodiscard]] std::uint64_t pause_after(const net::DnsAnswer& answer) const;
  [[nodiscard]] net::DnsType type() const;
  [[nodiscard]] std::uint64_t all_servers() const;

  net::Loop& loop_;
  const model::Resolvers& settings_;
  const std::string name_;
  const Kind kind_;
  const std::uint32_t number_;
  Owner& owner_;
  std::vector<HeldAddress> addresses_;
  std::vector<HeldService> services_;
  Outcome outcome_ = Outcome::None;
  std::uint64_t last_valid_ms_;  // hold times count from the beginning where there was none

  bool asking_ = false;
  bool other_family_ = false;
  std::uint32_t attempt_ = 0;
  std::uint32_t tries_left_ = 0;
  std::uint64_t failed_ = 0;  // name servers that answered this attempt by an error
  Outcome last_error_ = Outcome::None;
};

}  // namespace sluice::names
