#include "demo/demo.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "demo/children.h"
#include "demo/configuration.h"
#include "demo/site.h"
#include "demo/traffic.h"
#include "net/listening_socket.h"

namespace sluice::demo {

namespace {

/// A file that is removed with its owner.
class TemporaryFile {
 public:
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  explicit TemporaryFile(const std::string& content) {
    const char* folder = std::getenv("TMPDIR");
    path_ = std::string(folder != nullptr && *folder != '\0' ? folder : "/tmp") +
            "/sluice-demo-XXXXXX.cfg";
    const int descriptor = ::mkstemps(path_.data(), 4);
    good_ = descriptor >= 0 && ::write(descriptor, content.data(), content.size()) ==
                                   static_cast<ssize_t>(content.size());
    if (descriptor >= 0) ::close(descriptor);
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool good_ = false;
};

base::Result<std::uint16_t> probe(const base::Address& address) {
  net::ListenOptions options;
  options.address = address;
  options.v6only = address.family() == AF_INET6;
  auto socket = net::ListeningSocket::open(options);
  if (!socket) return tl::unexpected(socket.error());
  return socket->address().port();
}

/// Says what is wrong with a port that was asked for, and how to ask for another.
bool is_free(const base::Address& address, const char* option) {
  const auto probed = probe(address);
  if (probed) return true;
  if (probed.error().code == EADDRINUSE) {
    std::fprintf(stderr, "sluice demo: port %u is in use; choose another with %s PORT\n",
                 address.port(), option);
  } else {
    std::fprintf(stderr, "sluice demo: %s\n", probed.error().detail.c_str());
  }
  return false;
}

/// The wanted port of a service, or any other that is free; 0: none.
std::uint16_t service_port(std::uint16_t wanted) {
  for (const std::uint16_t port : {wanted, std::uint16_t{0}}) {
    const auto probed = probe(*base::Address::from_ip("127.0.0.1", port));
    if (probed) return *probed;
  }
  return 0;
}

bool choose_ports(const DemoOptions& options, Ipv6 ipv6, DemoPorts& ports) {
  ports.proxy = options.port;
  ports.stats = options.stats_port;
  bool good = is_free(base::Address::any_ipv4(ports.proxy), "--port") &&
              is_free(*base::Address::from_ip("127.0.0.1", ports.stats), "--stats-port");
  if (good && ipv6 == Ipv6::Present) {
    good = is_free(base::Address::any_ipv6(ports.proxy), "--port") &&
           is_free(*base::Address::from_ip("::1", ports.stats), "--stats-port");
  }
  std::uint16_t wanted = options.first_service_port;
  for (std::uint16_t* port : {&ports.monolith, &ports.frontend, &ports.thoughts, &ports.users}) {
    *port = good ? service_port(wanted++) : 0;
    good = good && *port != 0;
  }
  return good;
}

std::vector<std::string> service_arguments(Part part, const DemoPorts& ports) {
  const std::uint16_t own = part == Part::Monolith   ? ports.monolith
                            : part == Part::Frontend ? ports.frontend
                            : part == Part::Thoughts ? ports.thoughts
                                                     : ports.users;
  std::vector<std::string> out{"demo-service", std::string(to_text(part)), "--port",
                               std::to_string(own)};
  if (part == Part::Frontend) {
    for (const auto& word : {std::string("--thoughts-port"), std::to_string(ports.thoughts),
                             std::string("--users-port"), std::to_string(ports.users)}) {
      out.push_back(word);
    }
  }
  return out;
}

std::string command_line(const std::vector<std::string>& arguments) {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof(path));
  std::string out = length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "sluice";
  for (const std::string& word : arguments) out += " " + word;
  return out;
}

bool accepts(std::uint16_t port) {
  const base::Address address = *base::Address::from_ip("127.0.0.1", port);
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool out = client >= 0 && ::connect(client, address.data(), address.length()) == 0;
  if (client >= 0) ::close(client);
  return out;
}

/// Waits until the services listen: a proxy that came first would find them DOWN. False when one of
/// them has ended, or somebody stops the demo meanwhile. `signals` are blocked.
bool await_services(Children& children, const DemoPorts& ports, const sigset_t& signals) {
  constexpr int kMostSteps = 500;  // ten seconds; then the proxy's checks find out
  constexpr timespec kStep{0, 20'000'000};
  std::vector<std::uint16_t> left{ports.users, ports.thoughts, ports.frontend, ports.monolith};
  for (int step = 0; step < kMostSteps; ++step) {
    std::erase_if(left, accepts);
    if (left.empty()) return true;
    const int signal = ::sigtimedwait(&signals, nullptr, &kStep);
    if (signal == SIGCHLD) {
      if (const auto ended = children.reap()) {
        std::fprintf(stderr, "sluice demo: %s ended at its start: %s\n", ended->child.name.c_str(),
                     how_it_ended(ended->status).c_str());
        return false;
      }
    } else if (signal > 0) {
      return false;
    }
  }
  return true;
}

bool start_all(Children& children, const DemoPorts& ports, const std::string& file,
               const sigset_t& signals) {
  for (const Part part : {Part::Users, Part::Thoughts, Part::Frontend, Part::Monolith}) {
    if (!children.start(std::string(to_text(part)), service_arguments(part, ports))) return false;
  }
  return await_services(children, ports, signals) &&
         children.start("proxy", {"-f", file, "-db"}).has_value();
}

void print_row(const std::string& what, std::string_view why) {
  std::printf("  %-52s %.*s\n", what.c_str(), static_cast<int>(why.size()), why.data());
}

void print_banner(const Children& children, const DemoPorts& ports, const std::string& file) {
  const std::string proxy = "localhost:" + std::to_string(ports.proxy);
  const std::string own_host(kSiteHost);
  pid_t thoughts = 0;
  std::printf("\nMyThoughts moves from a monolith to microservices.\n\n");
  print_row("http://" + proxy + "/", "the proxy; monolith and frontend serve its pages in turn");
  print_row("http://localhost:" + std::to_string(ports.stats) + "/",
            "the stats page, with MAINT, DRAIN and READY");
  print_row("http://localhost:" + std::to_string(ports.stats) + "/ui/",
            "the page that moves traffic, and its API (docs/api.md)");
  print_row(file, "the configuration");
  for (const Child& child : children.running()) {
    print_row("pid " + std::to_string(child.pid), child.name);
    if (child.name == "thoughts") thoughts = child.pid;
  }
  std::printf("\nTry:\n");
  print_row("curl -si " + proxy + "/ | grep -i x-served-by", "again: the other one answers");
  print_row("curl -s '" + proxy + "/api/thoughts/?search=traffic'", "");
  print_row("curl -s -d 'username=bruce&password=bruce' " + proxy + "/api/login", "");
  print_row("ab -n 100 http://" + proxy + "/load", "burns processor time");
  print_row("kill " + std::to_string(thoughts), "the frontend goes DOWN, the monolith serves on");
  print_row("curl -i localhost:" + std::to_string(ports.monolith) + "/",
            "the Host trap: the old server answers 404 to any Host");
  print_row("", "but " + own_host + ", which the configuration sets");
  std::printf(
      "\nSample users: bruce and stephen; each password is the name. Ctrl-C stops everything.\n\n");
  std::fflush(stdout);
}

/// Returns the exit code once it is time to stop.
int supervise(Children& children, const sigset_t& signals) {
  for (;;) {
    int signal = 0;
    if (::sigwait(&signals, &signal) != 0) return 1;
    if (signal != SIGCHLD) return 0;
    while (auto ended = children.reap()) {
      std::printf("%s (pid %d) ended: %s\n", ended->child.name.c_str(), ended->child.pid,
                  how_it_ended(ended->status).c_str());
      if (ended->child.name == "proxy")
        return WIFEXITED(ended->status) ? WEXITSTATUS(ended->status) : 1;
      std::printf("  to start it again: %s\n", command_line(ended->child.arguments).c_str());
      std::fflush(stdout);
    }
  }
}

}  // namespace

int run(const DemoOptions& options) {
  const Ipv6 ipv6 = probe(base::Address::any_ipv6(0)) ? Ipv6::Present : Ipv6::Missing;
  DemoPorts ports;
  if (!choose_ports(options, ipv6, ports)) return 1;
  const TemporaryFile file(configuration(ports, ipv6));
  if (!file.good()) {
    std::fprintf(stderr, "sluice demo: cannot write %s\n", file.path().c_str());
    return 1;
  }
  // Before the first fork, so that no signal can fall between it and sigwait().
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
  sigset_t before;
  ::signal(SIGCHLD, SIG_DFL);  // a parent may have left it ignored, and then nobody could be reaped
  ::sigprocmask(SIG_BLOCK, &signals, &before);

  Children children;
  int code = 1;
  if (start_all(children, ports, file.path(), signals)) {
    print_banner(children, ports, file.path());
    std::optional<Traffic> traffic;
    if (!options.no_traffic) traffic.emplace(ports.proxy);
    code = supervise(children, signals);
  }
  children.stop_all();
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return code;
}

}  // namespace sluice::demo
