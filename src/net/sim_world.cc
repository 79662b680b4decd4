#include "net/sim_world.h"

#include <algorithm>

#include "net/sim_loop.h"
#include "net/sim_stream.h"

namespace sluice::net {

namespace {

constexpr std::uint64_t kStartNs = 1'000'000'000'000;         // so that no time is near zero
constexpr std::int64_t kStartWallUs = 1'700'000'000'000'000;  // the epoch of every simulation
constexpr std::uint64_t kCallNs = 1'000;                      // least and spread of one callback
constexpr std::uint64_t kCallSpreadNs = 9'000;

bool is_any(const base::Address& address) {
  const std::string_view bytes = address.ip_bytes();
  return address.is_ip() &&
         std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

bool listens_for(const SimListener& listener, const base::Address& address) {
  if (listener.address == address) return true;
  return is_any(listener.address) && address.is_ip() && listener.address.port() == address.port();
}

}  // namespace

SimReady::~SimReady() { loop_.world().unqueue(*this); }

void SimReady::mark() { loop_.world().queue(*this); }

SimWorld::SimWorld(std::uint64_t seed, const SimFaults& faults)
    : seed_(seed), random_(seed), faults_(faults), clock_ns_(kStartNs) {}

SimWorld::~SimWorld() = default;

std::unique_ptr<SimLoop> SimWorld::make_loop() { return std::make_unique<SimLoop>(*this); }

std::vector<int> SimWorld::listen(const base::Address& address, std::size_t copies) {
  std::vector<int> out;
  for (std::size_t i = 0; i < copies; ++i) {
    auto listener = std::make_unique<SimListener>();
    listener->descriptor = next_descriptor_++;
    listener->address = address;
    out.push_back(listener->descriptor);
    listeners_.push_back(std::move(listener));
  }
  return out;
}

void SimWorld::stop_listening(int descriptor) {
  const auto found = std::find_if(listeners_.begin(), listeners_.end(),
                                  [&](const auto& each) { return each->descriptor == descriptor; });
  if (found == listeners_.end()) return;
  for (const auto& waiting : (*found)->backlog)
    waiting->close(SimConnection::kServer, SimClose::Reset);
  listeners_.erase(found);
}

void SimWorld::set_silent(const base::Address& address, bool silent) {
  std::erase(silent_, address);
  if (silent) silent_.push_back(address);
}

bool SimWorld::is_silent(const base::Address& address) const {
  return std::find(silent_.begin(), silent_.end(), address) != silent_.end();
}

base::Moment SimWorld::now() const {
  return {clock_ns_, kStartWallUs + static_cast<std::int64_t>((clock_ns_ - kStartNs) / 1'000)};
}

SimOutcome SimWorld::run_until_idle(std::uint64_t max_virtual_ms) {
  return run_until([] { return false; }, max_virtual_ms);
}

SimOutcome SimWorld::run_until(const std::function<bool()>& done, std::uint64_t max_virtual_ms) {
  const std::uint64_t end_ns = clock_ns_ + max_virtual_ms * 1'000'000;
  const std::uint64_t last_step = steps_ + step_limit_;
  while (!done()) {
    if (steps_ >= last_step) return SimOutcome::StepLimit;
    if (clock_ns_ >= end_ns) return SimOutcome::TimeUp;
    if (!step(end_ns)) return clock_ns_ >= end_ns ? SimOutcome::TimeUp : SimOutcome::Idle;
  }
  return SimOutcome::Idle;
}

/// False: nothing happens before `end_ns`.
bool SimWorld::step(std::uint64_t end_ns) {
  run_events();
  for (SimLoop* loop : loops_) loop->mark_due_timers();
  if (ready_.empty()) {
    const std::uint64_t next = next_ns();
    if (next == UINT64_MAX) return false;
    clock_ns_ = std::max(clock_ns_, std::min(next, end_ns));
    return next <= end_ns;
  }
  SimReady& chosen = *ready_[random_.below(ready_.size())];
  unqueue(chosen);
  if (chosen.loop().stopped()) return true;
  current_ = &chosen.loop();
  chosen.loop().begin_turn();
  if (chosen.run_ready()) {
    ++steps_;
    clock_ns_ += kCallNs + random_.below(kCallSpreadNs);
  }
  current_ = nullptr;
  return true;
}

void SimWorld::run_events() {
  while (!events_.empty() && events_.top().when_ns <= clock_ns_) {
    const std::function<void()> what = std::move(const_cast<Event&>(events_.top()).what);
    events_.pop();
    what();
  }
}

std::uint64_t SimWorld::next_ns() const {
  std::uint64_t next = events_.empty() ? UINT64_MAX : events_.top().when_ns;
  for (const SimLoop* loop : loops_) {
    if (!loop->stopped() && loop->wakes_at_ms() != Timer::kNever) {
      next = std::min(next, loop->wakes_at_ms() * 1'000'000);
    }
  }
  return next;
}

void SimWorld::queue(SimReady& ready) {
  if (ready.place_ != SimReady::kNotQueued) return;
  ready.place_ = ready_.size();
  ready_.push_back(&ready);
}

void SimWorld::unqueue(SimReady& ready) noexcept {
  if (ready.place_ == SimReady::kNotQueued) return;
  ready_[ready.place_] = ready_.back();
  ready_[ready.place_]->place_ = ready.place_;
  ready_.pop_back();
  ready.place_ = SimReady::kNotQueued;
}

void SimWorld::violated(std::string what) {
  violations_.push_back("seed " + std::to_string(seed_) + ", step " + std::to_string(steps_) +
                        ": " + std::move(what));
}

void SimWorld::check_thread(const SimLoop& loop, const char* call) {
  if (current_ != nullptr && current_ != &loop)
    violated(std::string(call) + " from another loop's thread");
}

void SimWorld::at(std::uint64_t when_ns, std::function<void()> what) {
  events_.push({when_ns, event_number_++, std::move(what)});
}

std::uint64_t SimWorld::some_delay_ns() {
  return faults_.max_delay_us == 0 ? 0 : random_.below(std::uint64_t{faults_.max_delay_us} * 1'000);
}

bool SimWorld::chance(unsigned thousandths) {
  return thousandths != 0 && random_.below(1'000) < thousandths;
}

SimListener* SimWorld::listener(int descriptor) {
  for (const auto& each : listeners_) {
    if (each->descriptor == descriptor) return each.get();
  }
  return nullptr;
}

SimListener* SimWorld::pick_listener(const base::Address& address) {
  std::vector<SimListener*> fitting;
  for (const auto& each : listeners_) {
    if (listens_for(*each, address)) fitting.push_back(each.get());
  }
  return fitting.empty() ? nullptr : fitting[random_.below(fitting.size())];
}

base::Address SimWorld::next_client_address() {
  const std::uint32_t number = next_client_++;
  const auto port = static_cast<std::uint16_t>(32'768 + number % 28'000);
  return *base::Address::from_ip("127.0.0.1", port);
}

int SimWorld::keep_accepted(std::shared_ptr<SimConnection> connection) {
  const int descriptor = next_descriptor_++;
  accepted_.emplace(descriptor, std::move(connection));
  return descriptor;
}

std::shared_ptr<SimConnection> SimWorld::take_accepted(int descriptor) {
  const auto found = accepted_.find(descriptor);
  if (found == accepted_.end()) return nullptr;
  std::shared_ptr<SimConnection> connection = std::move(found->second);
  accepted_.erase(found);
  return connection;
}

}  // namespace sluice::net
