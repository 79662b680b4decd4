// A simulated machine for tests: a virtual clock, sockets in memory, and any number of loops whose
// callbacks are interleaved by a seed. One seed gives one history. At each step one thing that is
// ready (a stream, a timer, a wake-up, …) of one loop is chosen and called; calls take a few
// microseconds of virtual time, and when nothing is ready the clock jumps to what comes next.
// Everything runs in the caller's thread. Streams, loops and acceptors must go before their world.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/random.h"

namespace sluice::net {

class SimLoop;
class SimConnection;

/// What the network does to connections; chances in thousandths.
struct SimFaults {
  unsigned split_reads = 300;    // a read yields less than there is
  unsigned short_writes = 200;   // a write takes less than there is room for
  unsigned refused_writes = 50;  // a write takes nothing although it was said to be possible
  unsigned refused_connects = 0;
  unsigned resets = 0;                 // a connection is cut at some moment of its life
  unsigned exhausted_accepts = 0;      // no descriptor is left; accepting pauses for 100 ms
  std::uint32_t max_delay_us = 2'000;  // of each segment, connect and wake-up
  std::uint32_t max_life_ms = 200;     // of a connection that is to be cut
  std::size_t window_bytes = 65'536;   // bytes on the way or unread in one direction
};

enum class SimOutcome : unsigned char { Idle, TimeUp, StepLimit };

/// Something of a loop that may be called. Queued while it could be ready; run() finds out.
class SimReady {
 public:
  SimReady(const SimReady&) = delete;
  SimReady& operator=(const SimReady&) = delete;

 protected:
  explicit SimReady(SimLoop& loop) noexcept : loop_(loop) {}
  virtual ~SimReady();
  /// Queues it for a step.
  void mark();
  /// False: there was nothing to do. May destroy itself.
  virtual bool run_ready() noexcept = 0;
  [[nodiscard]] SimLoop& loop() const noexcept { return loop_; }

 private:
  friend class SimWorld;
  static constexpr std::size_t kNotQueued = SIZE_MAX;
  SimLoop& loop_;
  std::size_t place_ = kNotQueued;
};

/// A listening socket; several may share an address, as with SO_REUSEPORT.
struct SimListener {
  int descriptor = -1;
  base::Address address;
  std::deque<std::shared_ptr<SimConnection>> backlog;
  std::function<void()> on_backlog;  // tells its acceptor
};

class SimWorld {
 public:
  explicit SimWorld(std::uint64_t seed, const SimFaults& faults = {});
  ~SimWorld();
  SimWorld(const SimWorld&) = delete;
  SimWorld& operator=(const SimWorld&) = delete;

  [[nodiscard]] std::unique_ptr<SimLoop> make_loop();
  /// `copies` fake descriptors for Loop::accept_on that share the address.
  [[nodiscard]] std::vector<int> listen(const base::Address& address, std::size_t copies = 1);
  /// Closes one; connections in its backlog are reset, as the kernel does.
  void stop_listening(int descriptor);
  /// Connecting to this address is neither answered nor refused.
  void set_silent(const base::Address& address, bool silent);

  /// Until nothing will ever happen, or so much virtual time has passed.
  SimOutcome run_until_idle(std::uint64_t max_virtual_ms);
  /// The same, but ends (as Idle) as soon as `done()`.
  SimOutcome run_until(const std::function<bool()>& done, std::uint64_t max_virtual_ms);

  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] base::Moment now() const;
  [[nodiscard]] std::uint64_t now_ms() const { return clock_ns_ / 1'000'000; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  /// Steps that one run may take before it is called a spin.
  void set_step_limit(std::uint64_t steps) { step_limit_ = steps; }
  [[nodiscard]] SimFaults& faults() { return faults_; }
  [[nodiscard]] base::Random& random() { return random_; }
  /// Ends of connections that are somebody's stream.
  [[nodiscard]] std::size_t open_streams() const { return open_streams_; }
  /// Accepted descriptors that were neither adopted nor discarded.
  [[nodiscard]] std::size_t unclaimed() const { return accepted_.size(); }
  /// What was done against the contract of a stream or a loop, in words; empty when all is well.
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  // For the simulated loop and streams.
  void violated(std::string what);
  void check_thread(const SimLoop& loop, const char* call);
  void at(std::uint64_t when_ns, std::function<void()> what);
  [[nodiscard]] std::uint64_t clock_ns() const { return clock_ns_; }
  [[nodiscard]] std::uint64_t some_delay_ns();
  [[nodiscard]] bool chance(unsigned thousandths);
  [[nodiscard]] SimListener* listener(int descriptor);
  [[nodiscard]] SimListener* pick_listener(const base::Address& address);
  [[nodiscard]] bool is_silent(const base::Address& address) const;
  [[nodiscard]] base::Address next_client_address();
  [[nodiscard]] int keep_accepted(std::shared_ptr<SimConnection> connection);
  [[nodiscard]] std::shared_ptr<SimConnection> take_accepted(int descriptor);
  void count_stream(int change) { open_streams_ += static_cast<std::size_t>(change); }

 private:
  friend class SimReady;
  friend class SimLoop;
  struct Event {
    std::uint64_t when_ns;
    std::uint64_t number;
    std::function<void()> what;
    bool operator<(const Event& other) const {
      return when_ns != other.when_ns ? when_ns > other.when_ns : number > other.number;
    }
  };

  [[nodiscard]] bool step(std::uint64_t end_ns);
  void run_events();
  [[nodiscard]] std::uint64_t next_ns() const;
  void queue(SimReady& ready);
  void unqueue(SimReady& ready) noexcept;

  std::uint64_t seed_;
  base::Random random_;
  SimFaults faults_;
  std::uint64_t clock_ns_;
  std::uint64_t steps_ = 0;
  std::uint64_t step_limit_ = 10'000'000;
  std::uint64_t event_number_ = 0;
  std::priority_queue<Event> events_;
  std::vector<SimReady*> ready_;
  std::vector<SimLoop*> loops_;
  const SimLoop* current_ = nullptr;  // whose callback runs
  std::vector<std::unique_ptr<SimListener>> listeners_;
  std::vector<base::Address> silent_;
  std::map<int, std::shared_ptr<SimConnection>> accepted_;
  int next_descriptor_ = 1'000'000;  // far from real ones
  std::uint32_t next_client_ = 0;
  std::size_t open_streams_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace sluice::net
