// A `resolvers` section at work: asks its name servers for the names of servers, decides which
// address (and, of a service, which port and weight) each server gets, and tells the sink. Servers
// of one name share a resolution; those of a service's label each hold one of its records, whose
// target is resolved in turn unless the answer brought its address along. Control thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/proxy_live.h"
#include "model/resolvers.h"
#include "model/server_live.h"
#include "names/resolution.h"
#include "net/name_server.h"

namespace sluice::names {

/// A server that is followed by its name.
struct NamedServer {
  std::shared_ptr<model::ServerLive> live;
  std::string name;  // or a service's label
  model::NameUse use;
};

/// Who changes servers. Must not call back into the resolver.
class Sink {
 public:
  /// `by`: which name server of which section told.
  virtual void address_found(model::ServerLive& server, const base::Address& address,
                             std::string_view by) = 0;
  /// It has none any more; `why` is HAProxy's word for it.
  virtual void address_lost(model::ServerLive& server, std::string_view why) = 0;
  virtual void weight_found(model::ServerLive& server, std::uint16_t weight) = 0;
  /// The target of the service's record that it holds now; empty: it holds none any more.
  virtual void target_found(model::ServerLive& server, std::string_view target) = 0;

 protected:
  ~Sink() = default;
};

class Resolver final : private Resolution::Owner {
 public:
  /// How a name server is reached; tests have others.
  using Connect = std::function<std::unique_ptr<net::NameServer>(
      const net::NameServerOptions& options, net::NameServer::Events& events)>;

  Resolver(net::Loop& loop, model::Resolvers settings, Connect connect, Sink& sink);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The servers to follow from now on. What is known of those that stay is kept.
  void configure(std::vector<NamedServer> servers);
  [[nodiscard]] bool follows(const model::ServerLive& server) const {
    return find(server) != nullptr;
  }
  /// Another name for one of them; false: it is none of ours.
  bool rename(const model::ServerLive& server, std::string name);
  /// Something speaks for it having moved: its name is asked for now.
  void hurry(const model::ServerLive& server);

  [[nodiscard]] const model::Resolvers& settings() const { return settings_; }
  [[nodiscard]] model::ResolversReport report() const;

 private:
  struct Asked;
  /// One server and what it follows. Bound: it holds a record of its service.
  struct Follower {
    NamedServer server;
    Asked* service = nullptr;
    Asked* address = nullptr;
    bool bound = false;
    std::string target;
    std::uint16_t port = 0;
    std::optional<std::uint16_t> weight;  // the record's
    base::Address given;                  // the last that it was given, without a port
    [[nodiscard]] const std::string& host() const { return bound ? target : server.name; }
  };
  struct Asked {
    Asked(net::Loop& loop, const model::Resolvers& settings, std::string name, Kind kind,
          std::uint32_t which, Resolution::Owner& owner)
        : number(which), resolution(loop, settings, std::move(name), kind, which, owner) {}
    const std::uint32_t number;
    Resolution resolution;
    std::vector<Follower*> followers;
  };
  struct Link final : net::NameServer::Events {
    Link(Resolver& owner, std::size_t place) : resolver(owner), index(place) {}
    void on_dns_answer(std::uint64_t token, net::DnsAnswer answer) noexcept override;
    void on_dns_noise(net::DnsNoise noise) noexcept override;
    void open();
    Resolver& resolver;
    std::size_t index;
    model::NameServerCounts counts;
    std::unique_ptr<net::NameServer> server;  // opened when it is first asked
  };

  // Resolution::Owner
  void ask(std::uint64_t token, const net::DnsQuestion& question) override;
  void on_silence(std::uint64_t servers) override;
  void on_outcome(Resolution& resolution, std::size_t by) override;

  Asked& asked_for(const std::string& name, Kind kind);
  void follow(Follower& follower);
  void leave(Asked*& asked, const Follower& follower);
  void settle_services(Asked& asked);
  void bind(Follower& follower, const HeldService& record);
  void release(Follower& follower);
  [[nodiscard]] bool is_in_vain(const Follower& follower) const;
  [[nodiscard]] static bool is_settled(const Follower& follower, const Resolution& resolution);
  void apply_record(Follower& follower, const HeldService& record);
  void settle_address(Follower& follower, const Resolution& resolution);
  void tell(Follower& follower, const base::Address& address, std::string_view source);
  void give(Follower& follower, std::span<const base::Address> candidates, std::string_view source);
  [[nodiscard]] bool is_taken(const Follower& asking, const base::Address& address);
  [[nodiscard]] static std::string place_of(const Follower& follower, const base::Address& address);
  void count_holder(const Follower& follower, int change);
  [[nodiscard]] Follower* find(const model::ServerLive& server) const;

  net::Loop& loop_;
  const model::Resolvers settings_;
  const Connect connect_;
  Sink& sink_;
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<std::unique_ptr<Follower>> followers_;
  std::map<std::pair<std::string, Kind>, std::unique_ptr<Asked>> asked_;
  std::map<std::uint32_t, Asked*> by_number_;
  std::uint32_t last_number_ = 0;
  std::size_t telling_ = Resolution::kNobody;  // whose answer is being applied

  /// Who has which address, made when an outcome first asks; a template may have thousands.
  std::unordered_map<std::string, int> holders_;
  bool holders_known_ = false;
  const model::BackendLive* none_left_ = nullptr;  // every address of the answer is taken there
};

}  // namespace sluice::names
