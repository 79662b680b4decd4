#include "net/sim_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/sim_loop.h"

namespace sluice::net {

namespace {
constexpr std::size_t kRemembered = 64;  // bytes compared when they are offered again
}

SimConnection::SimConnection(SimWorld& world, const base::Address& client,
                             const base::Address& server)
    : world_(world), addresses_{client, server} {}

void SimConnection::connect() {
  if (world_.is_silent(addresses_[kServer])) return;
  world_.at(world_.clock_ns() + world_.some_delay_ns(),
            [self = shared_from_this()] { self->answer(); });
}

void SimConnection::answer() {
  Side& client = sides_[kClient];
  Side& server = sides_[kServer];
  if (client.closed) return;
  SimListener* listener = world_.pick_listener(addresses_[kServer]);
  if (listener == nullptr || world_.chance(world_.faults().refused_connects)) {
    client.error = ECONNREFUSED;
    server.closed = true;
    notify(kClient);
    return;
  }
  client.connected = server.connected = true;
  listener->backlog.push_back(shared_from_this());
  if (listener->on_backlog) listener->on_backlog();
  notify(kClient);
  if (!world_.chance(world_.faults().resets)) return;
  const std::uint64_t life_ns =
      world_.random().below(std::uint64_t{world_.faults().max_life_ms} * 1'000'000 + 1);
  world_.at(world_.clock_ns() + life_ns, [self = shared_from_this()] {
    self->fail(kClient, ECONNRESET);
    self->fail(kServer, ECONNRESET);
  });
}

void SimConnection::notify(std::size_t side) {
  if (sides_[side].stream != nullptr) sides_[side].stream->changed();
}

void SimConnection::fail(std::size_t side, int error) {
  Side& failed = sides_[side];
  if (failed.closed || failed.cut) return;
  failed.cut = true;
  failed.error = error;
  notify(side);
}

std::size_t SimConnection::room_to(std::size_t to) const {
  const std::size_t used = sides_[to].unread() + sides_[to].on_the_way;
  const std::size_t window = world_.faults().window_bytes;
  return used < window ? window - used : 0;
}

std::uint64_t SimConnection::arrival(std::size_t to) {
  Side& target = sides_[to];
  target.last_arrival_ns =
      std::max(target.last_arrival_ns, world_.clock_ns() + world_.some_delay_ns());
  return target.last_arrival_ns;
}

std::size_t SimConnection::takes(std::size_t from, std::size_t size) {
  std::size_t count = std::min(size, room_to(1 - from));
  if (count > 1 && world_.chance(world_.faults().short_writes))
    count = 1 + world_.random().below(count);
  return count;
}

void SimConnection::send(std::size_t from, std::string_view bytes) {
  const std::size_t to = 1 - from;
  for (std::size_t sent = 0; sent < bytes.size();) {
    std::size_t piece = bytes.size() - sent;
    if (piece > 1 && world_.chance(world_.faults().split_reads))
      piece = 1 + world_.random().below(piece);
    std::string segment(bytes.substr(sent, piece));
    sides_[to].on_the_way += piece;
    sent += piece;
    world_.at(arrival(to), [self = shared_from_this(), to, segment = std::move(segment)] {
      self->arrive(to, segment);
    });
  }
}

void SimConnection::arrive(std::size_t to, const std::string& bytes) {
  Side& target = sides_[to];
  target.on_the_way -= bytes.size();
  if (target.cut) return;
  if (target.closed) {  // nobody is there: the sender hears of it
    world_.at(world_.clock_ns() + world_.some_delay_ns(),
              [self = shared_from_this(), to] { self->fail(1 - to, ECONNRESET); });
    return;
  }
  target.inbox += bytes;
  notify(to);
}

void SimConnection::shut(std::size_t side) {
  if (sides_[side].shut) return;
  sides_[side].shut = true;
  const std::size_t to = 1 - side;
  world_.at(arrival(to), [self = shared_from_this(), to] {
    if (self->sides_[to].cut) return;
    self->sides_[to].fin_arrived = true;
    self->notify(to);
  });
}

void SimConnection::close(std::size_t side, SimClose how) {
  Side& mine = sides_[side];
  if (mine.closed) return;
  if (how == SimClose::Orderly && mine.unread() == 0) {
    if (!mine.cut) shut(side);
  } else {
    world_.at(world_.clock_ns() + world_.some_delay_ns(),
              [self = shared_from_this(), side] { self->fail(1 - side, ECONNRESET); });
  }
  mine.closed = true;
  mine.stream = nullptr;
  mine.inbox.clear();
  mine.read_at = 0;
  notify(1 - side);
}

SimStream::SimStream(SimLoop& loop, std::shared_ptr<SimConnection> connection, std::size_t side,
                     Events& events)
    : SimReady(loop), connection_(std::move(connection)), side_(side), events_(&events) {
  mine().stream = this;
  connecting_ = side == SimConnection::kClient;
  established_ = !connecting_;
  connection_->world().count_stream(1);
}

SimStream::~SimStream() {
  check("closing");
  connection_->world().count_stream(-1);
  if (!reset_ && mine().unread() == 0) let_go();  // a reset overtakes what was held
  connection_->close(side_, reset_ ? SimClose::Reset : SimClose::Orderly);
}

void SimStream::check(const char* call) const { connection_->world().check_thread(loop(), call); }

bool SimStream::readable() const {
  const SimConnection::Side& side = mine();
  return side.unread() > 0 || side.error != 0 || side.fin_arrived;
}

bool SimStream::writable() const {
  return mine().error != 0 || mine().cut || connection_->room_to(1 - side_) > 0;
}

bool SimStream::run_ready() noexcept {
  if (!held_.empty()) connection_->world().violated("the end did not follow the last write");
  if (connecting_) {
    if (!mine().connected && mine().error == 0) return false;
    connecting_ = false;
    mark();
    events_->on_stream_ready(false, true);
    return true;
  }
  const bool any = interest_.read || interest_.write;
  const bool failed = any && mine().error != 0;
  const bool can_read = failed || (interest_.read && readable());
  const bool can_write = failed || (interest_.write && writable());
  if (!can_read && !can_write) return false;
  mark();  // level-triggered: looked at again after this call
  events_->on_stream_ready(can_read, can_write);
  return true;
}

Establish SimStream::establish() noexcept {
  check("establish()");
  if (established_) return Establish::Done;
  if (failure_ != 0) return Establish::Failed;
  if (mine().error != 0) {
    failure_ = mine().error;
    connecting_ = false;
    return Establish::Failed;
  }
  if (!mine().connected) return Establish::Pending;
  connecting_ = false;
  established_ = true;
  return Establish::Done;
}

void SimStream::want(Interest interest) noexcept {
  check("want()");
  interest_ = interest;
  if (interest.read || interest.write) mark();
}

IoResult SimStream::try_read(iovec* into, int count) noexcept {
  check("try_read()");
  SimWorld& world = connection_->world();
  if (!established_) {
    world.violated("a read before the stream was established");
    return {IoStatus::WouldBlock, 0, 0};
  }
  SimConnection::Side& side = mine();
  if (side.unread() == 0) {
    if (side.error != 0) return {IoStatus::Error, 0, std::exchange(side.error, 0)};
    return {side.fin_arrived || side.cut ? IoStatus::Eof : IoStatus::WouldBlock, 0, 0};
  }
  std::size_t most = side.unread();
  if (most > 1 && world.chance(world.faults().split_reads)) most = 1 + world.random().below(most);
  std::size_t done = 0;
  for (int i = 0; i < count && done < most; ++i) {
    const std::size_t piece = std::min(into[i].iov_len, most - done);
    if (piece > 0) std::memcpy(into[i].iov_base, side.inbox.data() + side.read_at + done, piece);
    done += piece;
  }
  side.read_at += done;
  if (side.unread() == 0) {
    side.inbox.clear();
    side.read_at = 0;
  }
  connection_->notify(1 - side_);  // there is room again
  return {IoStatus::Ok, done, 0};
}

void SimStream::check_same_bytes(std::string_view offered) {
  const std::size_t common = std::min(offered.size(), untaken_.size());
  if (offered.substr(0, common) != std::string_view(untaken_).substr(0, common)) {
    connection_->world().violated("bytes that were not taken did not come again");
  }
  untaken_.clear();
}

IoResult SimStream::try_write(const iovec* from, int count) noexcept {
  check("try_write()");
  SimWorld& world = connection_->world();
  if (!established_) {
    world.violated("a write before the stream was established");
    return {IoStatus::WouldBlock, 0, 0};
  }
  if (mine().shut) {
    world.violated("a write after shutdown_write()");
    return {IoStatus::Error, 0, EPIPE};
  }
  if (mine().error != 0) return {IoStatus::Error, 0, mine().error};
  if (mine().cut) return {IoStatus::Error, 0, EPIPE};
  std::string bytes;
  for (int i = 0; i < count; ++i)
    bytes.append(static_cast<const char*>(from[i].iov_base), from[i].iov_len);
  check_same_bytes(bytes);
  if (bytes.empty()) return {IoStatus::Ok, 0, 0};
  const bool refused = world.chance(world.faults().refused_writes);
  const std::size_t taken = refused ? 0 : connection_->takes(side_, bytes.size());
  let_go();
  held_ = bytes.substr(0, taken);
  if (!ending_ || taken < bytes.size()) let_go();
  untaken_ = bytes.substr(taken, kRemembered);
  if (taken == 0) return {IoStatus::WouldBlock, 0, 0};
  return {IoStatus::Ok, taken, 0};
}

void SimStream::shutdown_write() noexcept {
  check("shutdown_write()");
  if (!established_ || mine().cut) return;
  let_go();
  connection_->shut(side_);
}

/// As with MSG_MORE: the end of what was written last leaves with what follows it.
void SimStream::let_go() {
  if (!mine().cut) connection_->send(side_, held_);
  held_.clear();
}

}  // namespace sluice::net
