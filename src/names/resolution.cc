#include "names/resolution.h"

#include <algorithm>

#include "base/limits.h"

namespace sluice::names {
namespace {

Outcome outcome_of(net::DnsStatus status) {
  switch (status) {
    case net::DnsStatus::Valid:
      return Outcome::Valid;
    case net::DnsStatus::NxDomain:
      return Outcome::NxDomain;
    case net::DnsStatus::Refused:
      return Outcome::Refused;
    default:
      return Outcome::Other;
  }
}

}  // namespace

Resolution::Resolution(net::Loop& loop, const model::Resolvers& settings, std::string name,
                       Kind kind, std::uint32_t number, Owner& owner)
    : loop_(loop),
      settings_(settings),
      name_(std::move(name)),
      kind_(kind),
      number_(number),
      owner_(owner),
      last_valid_ms_(loop.now_ms()) {}

net::DnsType Resolution::type() const {
  if (kind_ == Kind::Service) return net::DnsType::Srv;
  return (kind_ == Kind::Ipv4First) != other_family_ ? net::DnsType::A : net::DnsType::Aaaa;
}

std::uint64_t Resolution::all_servers() const {
  const std::size_t count = settings_.name_servers.size();
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

void Resolution::begin() {
  if (asking_) return;
  asking_ = true;
  other_family_ = false;
  tries_left_ = settings_.retries;
  send();
}

void Resolution::send() {
  ++attempt_;
  failed_ = 0;
  last_error_ = Outcome::None;
  arm(loop_.timers(), loop_.now_ms() + settings_.retry_ms);
  owner_.ask(std::uint64_t{number_} << 32 | attempt_, {name_, type()});
}

void Resolution::on_timer() noexcept {
  if (!asking_) return begin();
  owner_.on_silence(all_servers() & ~failed_);
  if (last_error_ != Outcome::None) return step_after_error();
  retry(Outcome::Timeout);
}

void Resolution::retry(Outcome failure) {
  if (--tries_left_ == 0) return finish(failure, kNobody, settings_.resolve_ms);
  send();
}

void Resolution::step_after_error() {
  if (kind_ != Kind::Service && !other_family_) {
    other_family_ = true;
    return send();
  }
  other_family_ = false;
  retry(last_error_);
}

void Resolution::take(std::size_t server, const net::DnsAnswer& answer) {
  const bool silent =
      answer.status == net::DnsStatus::Timeout || answer.status == net::DnsStatus::SendError;
  if (silent) return;  // the timer of the attempt tells
  if (answer.status == net::DnsStatus::Valid) {
    keep(answer);
    return finish(Outcome::Valid, server, pause_after(answer));
  }
  failed_ |= std::uint64_t{1} << server;
  last_error_ = outcome_of(answer.status);
  if (failed_ == all_servers()) step_after_error();
}

std::uint64_t Resolution::pause_after(const net::DnsAnswer& answer) const {
  const std::uint64_t ttl_ms =
      std::max<std::uint64_t>(std::uint64_t{answer.ttl_s} * 1'000, base::limits::kMinDnsTtlMs);
  const std::uint64_t most = std::min(settings_.resolve_ms, settings_.hold.valid_ms);
  return std::max<std::uint64_t>(std::min(ttl_ms, most), base::limits::kMinDnsPauseMs);
}

void Resolution::finish(Outcome outcome, std::size_t by, std::uint64_t pause_ms) {
  asking_ = false;
  outcome_ = outcome;
  arm(loop_.timers(), loop_.now_ms() + pause_ms);
  owner_.on_outcome(*this, by);
}

void Resolution::keep(const net::DnsAnswer& answer) {
  const std::uint64_t now_ms = loop_.now_ms();
  last_valid_ms_ = now_ms;
  for (const net::DnsAddress& found : answer.addresses) {
    const auto known = std::ranges::find(addresses_, found.address, &HeldAddress::address);
    if (known != addresses_.end())
      known->seen_ms = now_ms;
    else
      addresses_.push_back({found.address, now_ms});
  }
  for (const net::DnsService& found : answer.services) keep_service(found);
  const auto obsolete = [&](const auto& record) {
    return record.seen_ms != now_ms && now_ms - record.seen_ms >= settings_.hold.obsolete_ms;
  };
  std::erase_if(addresses_, obsolete);
  std::erase_if(services_, obsolete);
  // What an answer has is bounded; so is what is kept of those before it: the oldest go.
  const std::size_t most = base::limits::kMaxDnsRecords;
  if (addresses_.size() > most)
    addresses_.erase(addresses_.begin(), addresses_.end() - static_cast<std::ptrdiff_t>(most));
  if (services_.size() > most)
    services_.erase(services_.begin(), services_.end() - static_cast<std::ptrdiff_t>(most));
}

void Resolution::keep_service(const net::DnsService& service) {
  auto known = std::ranges::find_if(services_, [&](const HeldService& held) {
    return held.port == service.port && held.target == service.target;
  });
  if (known == services_.end()) {
    services_.push_back({service.target, service.port, 0, {}, 0});
    known = std::prev(services_.end());
  }
  known->weight = service.weight;
  known->seen_ms = loop_.now_ms();
  known->addresses.clear();
  for (const net::DnsAddress& address : service.addresses)
    known->addresses.push_back(address.address);
}

bool Resolution::is_held() const {
  const std::uint64_t age_ms = loop_.now_ms() - last_valid_ms_;
  switch (outcome_) {
    case Outcome::None:
    case Outcome::Valid:
      return true;
    case Outcome::NxDomain:
      return age_ms < settings_.hold.nx_ms;
    case Outcome::Refused:
      return age_ms < settings_.hold.refused_ms;
    case Outcome::Timeout:
      return age_ms < settings_.hold.timeout_ms;
    case Outcome::Other:
      return age_ms < settings_.hold.other_ms;
  }
  return false;
}

}  // namespace sluice::names
