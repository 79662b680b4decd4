#include "names/resolver.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "names/choose.h"

namespace sluice::names {
namespace {

constexpr std::string_view kNoAddress = "No IP for server";
constexpr std::string_view kRecordGone = "entry removed from SRV record";
constexpr std::string_view kCached = "DNS cache";
constexpr std::string_view kCameAlong = "DNS additional record";

std::string_view reason_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::NxDomain:
      return "DNS NX status";
    case Outcome::Refused:
      return "DNS refused status";
    case Outcome::Timeout:
      return "DNS timeout status";
    default:
      return "unspecified DNS error";
  }
}

Kind kind_of(const NamedServer& server) {
  return server.use.prefer_ipv4 ? Kind::Ipv4First : Kind::Ipv6First;
}

/// A record's weight goes to 65,535, a server's to 256: rounded up, so that only 0 is 0.
std::uint16_t server_weight(std::uint16_t weight) {
  return static_cast<std::uint16_t>((weight + 255) / 256);
}

std::vector<base::Address> bare(const std::vector<HeldAddress>& records) {
  std::vector<base::Address> out;
  out.reserve(records.size());
  for (const HeldAddress& record : records) out.push_back(record.address);
  return out;
}

}  // namespace

Resolver::Resolver(net::Loop& loop, model::Resolvers settings, Connect connect, Sink& sink)
    : loop_(loop), settings_(std::move(settings)), connect_(std::move(connect)), sink_(sink) {
  for (std::size_t i = 0; i < settings_.name_servers.size(); ++i)
    links_.push_back(std::make_unique<Link>(*this, i));
}

Resolver::~Resolver() = default;

void Resolver::configure(std::vector<NamedServer> servers) {
  std::unordered_map<std::uint64_t, std::unique_ptr<Follower>> before;
  for (auto& follower : followers_) {
    const std::uint64_t id = follower->server.live->id();
    before.emplace(id, std::move(follower));
  }
  followers_.clear();
  for (NamedServer& server : servers) {
    auto& place = followers_.emplace_back(std::make_unique<Follower>());
    const auto known = before.find(server.live->id());
    const bool same = known != before.end() && known->second->server.name == server.name &&
                      kind_of(known->second->server) == kind_of(server);
    if (same) {
      place->bound = known->second->bound;
      place->target = known->second->target;
      place->port = known->second->port;
      place->weight = known->second->weight;
      place->given = known->second->given;
    }
    place->server = std::move(server);
  }
  for (auto& [key, asked] : asked_) asked->followers.clear();
  for (auto& follower : followers_) follow(*follower);
  std::erase_if(asked_, [&](const auto& entry) { return entry.second->followers.empty(); });
  by_number_.clear();
  for (auto& [key, asked] : asked_) by_number_[asked->number] = asked.get();
}

Resolver::Asked& Resolver::asked_for(const std::string& name, Kind kind) {
  auto& place = asked_[{base::lower(name), kind}];
  if (place != nullptr) return *place;
  const std::uint32_t number = ++last_number_;
  place = std::make_unique<Asked>(loop_, settings_, name, kind, number,
                                  static_cast<Resolution::Owner&>(*this));
  by_number_[number] = place.get();
  place->resolution.begin();
  return *place;
}

/// Puts a follower among those of its service, or of its name; of a record's target it is put there
/// when the record has no address.
void Resolver::follow(Follower& follower) {
  follower.service = follower.address = nullptr;
  const bool by_service = model::is_service_label(follower.server.name);
  Asked& asked =
      asked_for(follower.server.name, by_service ? Kind::Service : kind_of(follower.server));
  asked.followers.push_back(&follower);
  (by_service ? follower.service : follower.address) = &asked;
  if (!by_service || !follower.bound) return;
  follower.address = &asked_for(follower.target, kind_of(follower.server));
  follower.address->followers.push_back(&follower);
}

void Resolver::leave(Asked*& asked, const Follower& follower) {
  if (asked == nullptr) return;
  std::erase(asked->followers, &follower);
  if (asked->followers.empty()) {
    by_number_.erase(asked->number);
    const Resolution& resolution = asked->resolution;
    asked_.erase({base::lower(resolution.name()), resolution.kind()});
  }
  asked = nullptr;
}

Resolver::Follower* Resolver::find(const model::ServerLive& server) const {
  for (const auto& follower : followers_) {
    if (follower->server.live.get() == &server) return follower.get();
  }
  return nullptr;
}

bool Resolver::rename(const model::ServerLive& server, std::string name) {
  Follower* follower = find(server);
  if (follower == nullptr) return false;
  leave(follower->address, *follower);
  leave(follower->service, *follower);
  follower->bound = false;
  follower->server.name = std::move(name);
  follower->given = {};
  holders_known_ = false;
  none_left_ = nullptr;
  follow(*follower);
  const Resolution& resolution =
      (follower->address != nullptr ? follower->address : follower->service)->resolution;
  if (resolution.outcome() == Outcome::Valid && follower->address != nullptr)
    settle_address(*follower, resolution);
  return true;
}

void Resolver::hurry(const model::ServerLive& server) {
  Follower* follower = find(server);
  if (follower == nullptr) return;
  if (follower->service != nullptr) follower->service->resolution.begin();
  if (follower->address != nullptr) follower->address->resolution.begin();
}

// What name servers say

void Resolver::ask(std::uint64_t token, const net::DnsQuestion& question) {
  for (const auto& link : links_) {
    if (link->server == nullptr) link->open();
    ++link->counts.sent;
    link->server->ask(token, question);
  }
}

void Resolver::Link::open() {
  const model::NameServer& written = resolver.settings_.name_servers[index];
  net::NameServerOptions options;
  options.address = written.address;
  options.stream = written.stream;
  options.timeout_ms = resolver.settings_.retry_ms;
  options.payload_bytes = static_cast<std::uint16_t>(resolver.settings_.payload_bytes);
  server = resolver.connect_(options, *this);
}

void Resolver::on_silence(std::uint64_t servers) {
  for (const auto& link : links_) {
    if ((servers >> link->index & 1U) != 0) ++link->counts.timeouts;
  }
}

void Resolver::Link::on_dns_noise(net::DnsNoise noise) noexcept {
  switch (noise) {
    case net::DnsNoise::Unasked:
      ++counts.invalid;
      return;
    case net::DnsNoise::TooBig:
      ++counts.too_big;
      return;
    case net::DnsNoise::Truncated:
      ++counts.truncated;
      return;
  }
}

namespace {

void count(model::NameServerCounts& counts, const net::DnsAnswer& answer) {
  switch (answer.status) {
    case net::DnsStatus::Valid:
      ++counts.valid;
      if (answer.through_alias) ++counts.aliases;
      return;
    case net::DnsStatus::Empty:
      ++counts.empty;
      return;
    case net::DnsStatus::NxDomain:
      ++counts.nx;
      return;
    case net::DnsStatus::Refused:
      ++counts.refused;
      return;
    case net::DnsStatus::Other:
      ++counts.other;
      return;
    case net::DnsStatus::CnameError:
      ++counts.alias_errors;
      return;
    case net::DnsStatus::Invalid:
      ++counts.invalid;
      return;
    case net::DnsStatus::SendError:
      ++counts.send_errors;
      return;
    case net::DnsStatus::Truncated:
    case net::DnsStatus::Timeout:
      return;  // counted when the datagram came, when the attempt was over
  }
}

}  // namespace

void Resolver::Link::on_dns_answer(std::uint64_t token, net::DnsAnswer answer) noexcept {
  const auto found = resolver.by_number_.find(static_cast<std::uint32_t>(token >> 32));
  if (found == resolver.by_number_.end()) return;  // of a name that is not followed any more
  Resolution& resolution = found->second->resolution;
  if (answer.status == net::DnsStatus::Timeout) return;  // the attempt's own timer counts it
  if (!resolution.awaits(token)) {
    ++counts.outdated;
    return;
  }
  count(counts, answer);
  resolution.take(index, answer);
}

void Resolver::on_outcome(Resolution& resolution, std::size_t by) {
  const auto found = asked_.find({base::lower(resolution.name()), resolution.kind()});
  if (found == asked_.end()) return;
  Asked& asked = *found->second;
  telling_ = by;
  holders_known_ = false;
  none_left_ = nullptr;
  if (resolution.kind() == Kind::Service) {
    settle_services(asked);
  } else {
    for (Follower* follower : asked.followers) {
      if (!is_settled(*follower, resolution)) settle_address(*follower, resolution);
      telling_ = Resolution::kNobody;  // the others have it from what is known by now
    }
  }
  telling_ = Resolution::kNobody;
}

// What becomes of servers

void Resolver::settle_services(Asked& asked) {
  const Resolution& resolution = asked.resolution;
  if (resolution.outcome() != Outcome::Valid) {
    if (resolution.is_held()) return;
    for (Follower* follower : asked.followers) release(*follower);
    return;
  }
  const auto record_of = [&](const Follower& follower) {
    return std::ranges::find_if(resolution.services(), [&](const HeldService& record) {
      return follower.bound && record.port == follower.port && record.target == follower.target;
    });
  };
  for (Follower* follower : asked.followers) {
    if (follower->bound && record_of(*follower) == resolution.services().end()) release(*follower);
  }
  for (const HeldService& record : resolution.services()) {
    const bool held = std::ranges::any_of(asked.followers, [&](const Follower* follower) {
      return follower->bound && follower->port == record.port && follower->target == record.target;
    });
    if (held) continue;
    const auto free = std::ranges::find(asked.followers, false, &Follower::bound);
    if (free == asked.followers.end()) break;  // more records than servers
    bind(**free, record);
  }
  for (Follower* follower : asked.followers) {
    const auto record = record_of(*follower);
    if (record != resolution.services().end()) apply_record(*follower, *record);
  }
}

void Resolver::bind(Follower& follower, const HeldService& record) {
  follower.bound = true;
  follower.target = record.target;
  follower.port = record.port;
  sink_.target_found(*follower.server.live, record.target);
}

void Resolver::release(Follower& follower) {
  leave(follower.address, follower);
  if (!follower.bound) return;
  count_holder(follower, -1);
  follower.bound = false;
  follower.weight.reset();
  sink_.address_lost(*follower.server.live, kRecordGone);
  sink_.target_found(*follower.server.live, "");
}

/// As for the one before it, of the same answer and backend, there is no address left.
bool Resolver::is_in_vain(const Follower& follower) const {
  const model::ServerLive& live = *follower.server.live;
  return none_left_ == &live.backend() && !follower.bound &&
         !follower.server.use.allow_duplicates && live.state().unresolved;
}

/// Who was given an address keeps it while answers have it; an operator may have set another one
/// meanwhile, which holds as long.
bool Resolver::is_settled(const Follower& follower, const Resolution& resolution) {
  if (resolution.outcome() != Outcome::Valid || follower.server.live->state().unresolved)
    return false;
  return std::ranges::any_of(resolution.addresses(), [&](const HeldAddress& record) {
    return same_ip(record.address, follower.given);
  });
}

void Resolver::apply_record(Follower& follower, const HeldService& record) {
  const bool new_weight = follower.weight != record.weight;
  follower.weight = record.weight;
  if (new_weight && !follower.server.use.ignore_weight)
    sink_.weight_found(*follower.server.live, server_weight(record.weight));
  if (!record.addresses.empty()) {
    leave(follower.address, follower);
    return give(follower, record.addresses, kCameAlong);
  }
  if (follower.address != nullptr) return;
  follower.address = &asked_for(follower.target, kind_of(follower.server));
  follower.address->followers.push_back(&follower);
  const Resolution& resolution = follower.address->resolution;
  if (resolution.outcome() == Outcome::Valid) settle_address(follower, resolution);
}

void Resolver::settle_address(Follower& follower, const Resolution& resolution) {
  if (resolution.outcome() == Outcome::None || is_in_vain(follower)) return;
  if (resolution.outcome() == Outcome::Valid)
    return give(follower, bare(resolution.addresses()), kCached);
  if (!resolution.is_held())
    sink_.address_lost(*follower.server.live, reason_of(resolution.outcome()));
}

void Resolver::give(Follower& follower, std::span<const base::Address> candidates,
                    std::string_view source) {
  model::ServerLive& live = *follower.server.live;
  const bool has_address = !live.state().unresolved;
  const base::Address present = has_address ? live.address() : base::Address();
  auto address = choose(candidates, follower.server.use, present,
                        [&](const base::Address& each) { return is_taken(follower, each); });
  if (!address) {
    if (!follower.bound && !follower.server.use.allow_duplicates) none_left_ = &live.backend();
    count_holder(follower, -1);
    return sink_.address_lost(live, kNoAddress);
  }
  const std::uint16_t own = has_address ? present.port() : live.kept_port;
  follower.given = *address;
  address->set_port(follower.bound ? follower.port : own);
  if (has_address && present == *address) return;
  count_holder(follower, -1);
  tell(follower, *address, source);
  count_holder(follower, 1);
}

void Resolver::tell(Follower& follower, const base::Address& address, std::string_view source) {
  model::ServerLive& live = *follower.server.live;
  if (telling_ >= links_.size()) return sink_.address_found(live, address, source);
  ++links_[telling_]->counts.updates;
  const std::string teller = settings_.name + '/' + settings_.name_servers[telling_].name;
  sink_.address_found(live, address, source == kCameAlong ? source : teller);
}

/// What two servers may not share: a backend, a name (of a service's record its port too) and an
/// address.
std::string Resolver::place_of(const Follower& follower, const base::Address& address) {
  std::string out = follower.server.live->backend().name() + ' ' + base::lower(follower.host());
  if (follower.bound) out += ':' + std::to_string(follower.port);
  return out + ' ' + std::string(address.ip_bytes());
}

void Resolver::count_holder(const Follower& follower, int change) {
  const model::ServerLive& live = *follower.server.live;
  if (!holders_known_ || live.state().unresolved) return;
  const base::Address address = live.address();
  if (address.is_ip()) holders_[place_of(follower, address)] += change;
}

bool Resolver::is_taken(const Follower& asking, const base::Address& address) {
  if (!holders_known_) {
    holders_known_ = true;
    holders_.clear();
    for (const auto& follower : followers_) count_holder(*follower, 1);
  }
  const auto found = holders_.find(place_of(asking, address));
  const model::ServerLive& live = *asking.server.live;
  const bool own = !live.state().unresolved && same_ip(live.address(), address);
  return found != holders_.end() && found->second > (own ? 1 : 0);
}

model::ResolversReport Resolver::report() const {
  model::ResolversReport out;
  out.name = settings_.name;
  for (const auto& link : links_)
    out.servers.push_back({settings_.name_servers[link->index].name, link->counts});
  return out;
}

}  // namespace sluice::names
