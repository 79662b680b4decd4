#include "net/name_server.h"

#include <ares.h>
#include <netinet/tcp.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/text.h"

namespace sluice::net {
namespace {

std::uint16_t random_id() {
  std::uint16_t id = 0;
  while (::getrandom(&id, sizeof(id), 0) != static_cast<ssize_t>(sizeof(id))) {
  }
  return id;
}

/// What c-ares says where it has no message to show.
DnsStatus to_status(int status) {
  switch (status) {
    case ARES_ETIMEOUT:
      return DnsStatus::Timeout;
    case ARES_ENODATA:
      return DnsStatus::Empty;
    case ARES_ENOTFOUND:
      return DnsStatus::NxDomain;
    case ARES_EREFUSED:
      return DnsStatus::Refused;
    case ARES_EBADRESP:
      return DnsStatus::Invalid;
    default:
      return DnsStatus::SendError;
  }
}

class AresNameServer;

struct Query {
  AresNameServer* owner = nullptr;
  std::uint64_t token = 0;
  DnsQuestion question;
  std::uint16_t id = 0;
  std::vector<unsigned char> packet;
  bool truncated = false;  // over UDP; TCP is being tried
  DnsAnswer answer;        // once it is there
  std::list<Query>::iterator self;
};

class AresNameServer final : public NameServer,
                             private Timer,
                             private Deferred,
                             private Watch::Events {
 public:
  AresNameServer(Loop& loop, const NameServerOptions& options, NameServer::Events& events)
      : loop_(loop), options_(options), events_(events) {
    open();
  }
  ~AresNameServer() override {
    closing_ = true;
    if (channel_ != nullptr) ::ares_destroy(channel_);
  }
  AresNameServer(const AresNameServer&) = delete;
  AresNameServer& operator=(const AresNameServer&) = delete;

  void ask(std::uint64_t token, const DnsQuestion& question) override {
    Query& query = asked_.emplace_back();
    query.owner = this;
    query.token = token;
    query.question = question;
    query.self = std::prev(asked_.end());
    const bool full = asked_.size() > base::limits::kMaxDnsQueries;
    if (channel_ == nullptr || full || !compose(query)) {
      query.answer.status = full ? DnsStatus::SendError : DnsStatus::Other;
      return finish(query);
    }
    ::ares_send(channel_, query.packet.data(), static_cast<int>(query.packet.size()), &on_reply,
                &query);
    follow_time();
  }

 private:
  void open() {
    char lookups[] = "b";
    ares_options wanted{};
    wanted.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP |
                   ARES_FLAG_EDNS | (options_.stream ? ARES_FLAG_USEVC : 0);
    wanted.timeout = static_cast<int>(options_.timeout_ms);
    wanted.tries = 1;
    wanted.ndots = 1;
    wanted.lookups = lookups;
    wanted.ednspsz = payload();
    wanted.sock_state_cb = &on_socket_state;
    wanted.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
                     ARES_OPT_LOOKUPS | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB |
                     ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST | ARES_OPT_NOROTATE;
    if (::ares_init_options(&channel_, &wanted, mask) != ARES_SUCCESS) {
      channel_ = nullptr;
      return;
    }
    ares_addr_port_node server{};
    const base::Address& address = options_.address;
    server.family = address.family();
    std::memcpy(&server.addr, address.ip_bytes().data(), address.ip_bytes().size());
    server.udp_port = server.tcp_port = address.port();
    if (::ares_set_servers_ports(channel_, &server) != ARES_SUCCESS) {
      ::ares_destroy(channel_);
      channel_ = nullptr;
      return;
    }
    static constexpr ares_socket_functions kSockets = {&open_socket, &close_socket, &connect_socket,
                                                       &receive_from, &send_vector};
    ::ares_set_socket_functions(channel_, &kSockets, this);
  }

  [[nodiscard]] int payload() const {
    return std::min(options_.payload_bytes, base::limits::kMaxDnsDatagramBytes);
  }

  /// False: the name cannot be asked for.
  bool compose(Query& query) {
    do {
      query.id = random_id();
    } while (std::ranges::any_of(
        asked_, [&](const Query& other) { return &other != &query && other.id == query.id; }));
    unsigned char* bytes = nullptr;
    int size = 0;
    const int status =
        ::ares_create_query(query.question.name.c_str(), 1, static_cast<int>(query.question.type),
                            query.id, 1, &bytes, &size, payload());
    if (status != ARES_SUCCESS) return false;
    query.packet.assign(bytes, bytes + size);
    ::ares_free_string(bytes);
    return true;
  }

  static void on_reply(void* argument, int status, int, unsigned char* bytes, int size) {
    Query& query = *static_cast<Query*>(argument);
    AresNameServer& self = *query.owner;
    if (self.closing_) return;
    if (status == ARES_SUCCESS && bytes != nullptr) {
      query.answer = read_dns_answer({bytes, static_cast<std::size_t>(size)}, query.question);
    } else {
      query.answer.status = to_status(status);
      if (query.truncated) query.answer.status = DnsStatus::Truncated;
    }
    self.finish(query);
  }

  void finish(Query& query) {
    done_.splice(done_.end(), asked_, query.self);
    loop_.defer(*this);
  }

  void on_deferred() noexcept override {
    std::list<Query> ready;
    ready.swap(done_);
    for (Query& query : ready) events_.on_dns_answer(query.token, std::move(query.answer));
  }

  // Time: c-ares says when it wants to be called.

  void follow_time() {
    timeval next{};
    if (::ares_timeout(channel_, nullptr, &next) == nullptr) return disarm();
    const auto wait_ms = static_cast<std::uint64_t>(next.tv_sec) * 1'000 +
                         static_cast<std::uint64_t>(next.tv_usec) / 1'000 + 1;
    Timer::arm(loop_.timers(), loop_.now_ms() + wait_ms);
  }

  void on_timer() noexcept override {
    ::ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    follow_time();
  }

  void on_watch_ready(int descriptor, bool readable, bool writable) noexcept override {
    datagrams_left_ = base::limits::kMaxDnsDatagramsPerTurn;
    ::ares_process_fd(channel_, readable ? descriptor : ARES_SOCKET_BAD,
                      writable ? descriptor : ARES_SOCKET_BAD);
    follow_time();
  }

  static void on_socket_state(void* data, ares_socket_t descriptor, int readable, int writable) {
    AresNameServer& self = *static_cast<AresNameServer*>(data);
    if (readable == 0 && writable == 0) {
      self.sockets_[descriptor].watch.reset();
      return;
    }
    std::unique_ptr<Watch>& watch = self.sockets_[descriptor].watch;
    if (watch == nullptr) watch = self.loop_.watch(descriptor, self);
    watch->want({readable != 0, writable != 0});
  }

  // Sockets: ours, so that every datagram is seen before c-ares sees it.

  struct Socket {
    bool datagrams = false;
    std::unique_ptr<Watch> watch;
  };

  static ares_socket_t open_socket(int family, int type, int protocol, void* user) {
    const int made = ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (made < 0) return made;
    const int on = 1;
    if (type == SOCK_STREAM) ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    static_cast<AresNameServer*>(user)->sockets_[made].datagrams = type == SOCK_DGRAM;
    return made;
  }

  static int close_socket(ares_socket_t descriptor, void* user) {
    static_cast<AresNameServer*>(user)->sockets_.erase(descriptor);
    return ::close(descriptor);
  }

  static int connect_socket(ares_socket_t descriptor, const sockaddr* address,
                            ares_socklen_t length, void*) {
    return ::connect(descriptor, address, length);
  }

  static ares_ssize_t send_vector(ares_socket_t descriptor, const iovec* from, int count, void*) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(from);
    message.msg_iovlen = static_cast<std::size_t>(count);
    return ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
  }

  static ares_ssize_t receive_from(ares_socket_t descriptor, void* into, std::size_t size,
                                   int flags, sockaddr* from, ares_socklen_t* length, void* user) {
    AresNameServer& self = *static_cast<AresNameServer*>(user);
    const bool datagrams = self.sockets_[descriptor].datagrams;
    for (;;) {
      if (datagrams && self.datagrams_left_ == 0) break;
      const ssize_t n = ::recvfrom(descriptor, into, size, flags, from, length);
      if (n < 0 || !datagrams) return n;
      --self.datagrams_left_;
      if (self.is_wanted({static_cast<unsigned char*>(into), static_cast<std::size_t>(n)}))
        return n;
    }
    errno = EAGAIN;
    return -1;
  }

  bool is_wanted(std::span<const unsigned char> datagram) {
    const auto query =
        std::ranges::find_if(asked_, [&](const Query& each) { return answers(each, datagram); });
    if (query == asked_.end()) {
      events_.on_dns_noise(DnsNoise::Unasked);
      return false;
    }
    if (datagram.size() > static_cast<std::size_t>(payload())) {
      query->truncated = true;  // c-ares asks again over TCP
      events_.on_dns_noise(DnsNoise::TooBig);
    } else if ((datagram[2] & 0x02U) != 0) {
      query->truncated = true;
      events_.on_dns_noise(DnsNoise::Truncated);
    }
    return true;
  }

  /// Its id and, where it has one, its question are those of the query.
  static bool answers(const Query& query, std::span<const unsigned char> datagram) {
    constexpr std::size_t kHeader = 12;
    if (datagram.size() < kHeader || query.packet.size() < kHeader) return false;
    if ((datagram[0] << 8 | datagram[1]) != query.id) return false;
    if ((datagram[2] & 0x80U) == 0) return false;
    std::size_t end = kHeader;  // of the question
    while (end < query.packet.size() && query.packet[end] != 0) end += query.packet[end] + 1U;
    end += 5;
    if (end > query.packet.size() || end > datagram.size()) return false;
    const auto text = [](const unsigned char* bytes, std::size_t size) {
      return std::string_view(reinterpret_cast<const char*>(bytes), size);
    };
    return base::iequals(text(query.packet.data() + kHeader, end - kHeader),
                         text(datagram.data() + kHeader, end - kHeader));
  }

  Loop& loop_;
  const NameServerOptions options_;
  NameServer::Events& events_;
  ares_channel channel_ = nullptr;
  std::list<Query> asked_;  // c-ares holds their addresses
  std::list<Query> done_;   // to be told at the next turn
  std::map<int, Socket> sockets_;
  unsigned datagrams_left_ = 0;
  bool closing_ = false;
};

}  // namespace

std::unique_ptr<NameServer> make_name_server(Loop& loop, const NameServerOptions& options,
                                             NameServer::Events& events) {
  return std::make_unique<AresNameServer>(loop, options, events);
}

}  // namespace sluice::net
