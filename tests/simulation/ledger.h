// What happened under a seed, as the ends saw it, and what was wrong with it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "net/sim_loop.h"
#include "net/timer_wheel.h"

namespace sluice::simulation {

/// One answer that an origin or the service began: whose, and of which length.
struct Given {
  std::uint64_t id = 0;
  std::size_t bytes = 0;
};

class Ledger {
 public:
  Ledger(net::SimWorld& world, bool verbose) : world_(world), verbose_(verbose) {}
  void wrong(std::string what) {
    say("WRONG: " + what);
    wrongs_.push_back(std::move(what));
  }
  void say(const std::string& what) const {
    if (verbose_) std::fprintf(stderr, "%8.3f ms  %s\n", milliseconds(), what.c_str());
  }
  /// The number of a new answer.
  [[nodiscard]] std::uint64_t give(std::uint64_t id, std::size_t bytes) {
    given_.push_back({id, bytes});
    return given_.size();
  }
  [[nodiscard]] const Given* given(std::uint64_t number) const {
    return number == 0 || number > given_.size() ? nullptr : &given_[number - 1];
  }
  /// A client sends the first byte of it.
  void note_sent(std::uint64_t id) { sent_.try_emplace(id, world_.clock_ns()); }
  /// The server at that port is at `host` from now on; empty: it takes no requests that are not
  /// bound to it.
  void note_place(std::uint16_t port, const std::string& host) {
    const auto [at, fresh] = places_.try_emplace(port, Place{host, world_.clock_ns()});
    if (!fresh && at->second.host == host) return;
    say("the server of port " + std::to_string(port) + " is at " + (host.empty() ? "rest" : host));
    at->second = {host, world_.clock_ns()};
  }
  /// Requests may come to that port again, or not.
  void forget_place(std::uint16_t port) { places_.erase(port); }
  /// May a request come to that port of that host? What was sent before the server moved may still
  /// be on its way.
  [[nodiscard]] bool may_come(std::uint64_t id, std::uint16_t port, const std::string& host) const {
    const auto place = places_.find(port);
    const auto sent = sent_.find(id);
    if (place == places_.end() || sent == sent_.end()) return true;
    return place->second.host == host || sent->second <= place->second.since_ns;
  }
  /// How often origins saw the request, this time included.
  [[nodiscard]] unsigned tried(std::uint64_t id) { return ++tries_[id]; }
  [[nodiscard]] const std::vector<std::string>& wrongs() const { return wrongs_; }

  std::uint64_t answered = 0;   // requests that got a whole response of an origin or service
  std::uint64_t own = 0;        // … one of the proxy itself
  std::uint64_t closed = 0;     // … a closed connection
  std::uint64_t abandoned = 0;  // the client went away
  std::uint64_t crossed = 0;    // requests that waited in a queue as a reload came

 private:
  struct Place {
    std::string host;
    std::uint64_t since_ns = 0;
  };
  [[nodiscard]] double milliseconds() const {
    return static_cast<double>(world_.clock_ns() % 1'000'000'000'000) / 1e6;
  }
  net::SimWorld& world_;
  bool verbose_;
  std::vector<Given> given_;
  std::map<std::uint64_t, unsigned> tries_;
  std::map<std::uint64_t, std::uint64_t> sent_;
  std::map<std::uint16_t, Place> places_;
  std::vector<std::string> wrongs_;
};

/// A script's clock: calls once after so many milliseconds of virtual time.
class Alarm final : private net::Timer {
 public:
  explicit Alarm(net::SimLoop& loop) : loop_(loop) {}
  void after(std::uint32_t ms, std::function<void()> what) {
    what_ = std::move(what);
    arm(loop_.timers(), loop_.world().now_ms() + ms);
  }
  void cancel() { disarm(); }

 private:
  void on_timer() noexcept override { std::exchange(what_, nullptr)(); }
  net::SimLoop& loop_;
  std::function<void()> what_;
};

}  // namespace sluice::simulation
