// A connection of a SimWorld and the stream at either end of it. Bytes travel in segments with
// delays by seed, in order; closing with bytes unread, or writing to an end that is closed, resets,
// as the kernel does. What arrived before a reset is still read. Streams report breaches of their
// contract: use before they are established, writing after shutdown, use from another loop's
// thread, and bytes offered again other than those that were not taken.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "net/sim_world.h"
#include "net/stream.h"

namespace sluice::net {

class SimStream;

enum class SimClose : unsigned char { Orderly, Reset };

class SimConnection : public std::enable_shared_from_this<SimConnection> {
 public:
  static constexpr std::size_t kClient = 0;
  static constexpr std::size_t kServer = 1;

  SimConnection(SimWorld& world, const base::Address& client, const base::Address& server);

  /// The client's connect: answered (into a listener's backlog), refused, or neither, in due time.
  void connect();
  /// How many of `size` bytes can be sent, by the room in the window and by seed.
  [[nodiscard]] std::size_t takes(std::size_t from, std::size_t size);
  void send(std::size_t from, std::string_view bytes);
  void shut(std::size_t side);
  void close(std::size_t side, SimClose how);

  struct Side {
    SimStream* stream = nullptr;
    std::string inbox;  // arrived and unread, from read_at
    std::size_t read_at = 0;
    std::size_t on_the_way = 0;  // bytes sent to this side that have not arrived
    std::uint64_t last_arrival_ns = 0;
    int error = 0;  // pending errno
    bool connected = false;
    bool fin_arrived = false;
    bool cut = false;   // was reset: nothing arrives any more
    bool shut = false;  // will send no more
    bool closed = false;
    [[nodiscard]] std::size_t unread() const { return inbox.size() - read_at; }
  };
  [[nodiscard]] Side& side(std::size_t which) { return sides_[which]; }
  [[nodiscard]] std::size_t room_to(std::size_t to) const;
  [[nodiscard]] const base::Address& address(std::size_t which) const { return addresses_[which]; }
  [[nodiscard]] SimWorld& world() const { return world_; }
  void notify(std::size_t side);

 private:
  void answer();
  void fail(std::size_t side, int error);
  void arrive(std::size_t to, const std::string& bytes);
  [[nodiscard]] std::uint64_t arrival(std::size_t to);

  SimWorld& world_;
  std::array<base::Address, 2> addresses_;
  std::array<Side, 2> sides_;
};

class SimStream final : public Stream, private SimReady {
 public:
  SimStream(SimLoop& loop, std::shared_ptr<SimConnection> connection, std::size_t side,
            Events& events);
  ~SimStream() override;

  [[nodiscard]] IoResult try_read(iovec* into, int count) noexcept override;
  [[nodiscard]] IoResult try_write(const iovec* from, int count) noexcept override;
  void want(Interest interest) noexcept override;
  [[nodiscard]] Establish establish() noexcept override;
  [[nodiscard]] int failure() const noexcept override { return failure_; }
  void shutdown_write() noexcept override;
  void ends_after_write() noexcept override { ending_ = true; }
  void reset_on_close() noexcept override { reset_ = true; }
  void set_events(Events& events) noexcept override { events_ = &events; }
  [[nodiscard]] base::Address local_address() const noexcept override {
    return connection_->address(side_);
  }

  /// Something about the connection changed.
  void changed() { mark(); }

 private:
  bool run_ready() noexcept override;
  void let_go();
  void check(const char* call) const;
  void check_same_bytes(std::string_view offered);
  [[nodiscard]] SimConnection::Side& mine() const { return connection_->side(side_); }
  [[nodiscard]] bool readable() const;
  [[nodiscard]] bool writable() const;

  std::shared_ptr<SimConnection> connection_;
  std::size_t side_;
  Events* events_;
  Interest interest_;
  int failure_ = 0;
  std::string held_;     // was written last, and waits for the end
  std::string untaken_;  // the beginning of what must come again
  bool established_ = false;
  bool connecting_ = false;
  bool reset_ = false;
  bool ending_ = false;
};

}  // namespace sluice::net
