#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>

#include "app/crash.h"
#include "app/daemon.h"
#include "app/privileges.h"
#include "app/process_meter.h"
#include "app/signals.h"
#include "app/watchdog.h"
#include "base/crash_context.h"
#include "net/turn_counter.h"
#include "support/catch.h"

using namespace sluice;
using namespace sluice::app;

namespace {

struct Outcome {
  int status = 0;
  std::string output;
};

/// Runs `work` in a child whose standard error is read; the child's exit code is what it returns.
Outcome in_child(const std::function<int()>& work) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::_exit(work());
  }
  ::close(ends[1]);
  Outcome out;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof(buffer))) > 0;) {
    out.output.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  ::waitpid(child, &out.status, 0);
  return out;
}

/// Burns processor time of this thread; nothing a compiler may take out.
void burn(std::uint32_t ms, const std::function<void()>& between = {}) {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  const auto end = now.tv_sec * 1'000 + now.tv_nsec / 1'000'000 + static_cast<long>(ms);
  do {
    if (between) between();
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  } while (now.tv_sec * 1'000 + now.tv_nsec / 1'000'000 < end);
}

}  // namespace

TEST_CASE("maxconn is computed from the descriptors when nobody set it") {
  DescriptorNeeds needs;
  needs.listeners = 3;
  needs.checks = 4;
  needs.threads = 2;
  const DescriptorPlan plan = plan_descriptors(needs, 20'000);
  CHECK(plan.pipes == 2 * 64);  // a worker has no more
  CHECK(plan.maxconn == (20'000 - 20 - 3 - 4 - 14 - 2 * 128) / 2);
  CHECK(plan.limit <= 20'000);
  const DescriptorPlan small = plan_descriptors(needs, 1'041);  // a thousand to share out
  CHECK(small.maxconn == 400);
  CHECK(small.pipes == 100);
  CHECK(plan_descriptors(needs, 50).maxconn == kLeastMaxconn);
  CHECK(plan_descriptors(needs, 1ULL << 40).limit <= kMaxDescriptors);
}

TEST_CASE("ulimit-n is computed from maxconn, unless it is set") {
  DescriptorNeeds needs;
  needs.maxconn = 1'000;
  CHECK(plan_descriptors(needs, 20'000).limit == 2'000 + 20 + 7 + 2 * 64);
  CHECK(plan_descriptors(needs, 20'000).pipes == 64);
  needs.ulimit_n = 5'000;
  CHECK(plan_descriptors(needs, 20'000).limit == 5'000);
  CHECK(plan_descriptors(needs, 20'000).maxconn == 1'000);
  needs.ulimit_n = 2'047;  // connections first
  CHECK(plan_descriptors(needs, 20'000).pipes == 10);
  needs.ulimit_n = 1'000;
  CHECK(plan_descriptors(needs, 20'000).pipes == 0);
  needs.ulimit_n = 5'000;
  needs.maxconn = 0;
  CHECK(plan_descriptors(needs, 20'000).maxconn == (5'000 - 27 - 128) / 2);
}

TEST_CASE("a limit that cannot be raised is a warning that says what is needed") {
  const Outcome outcome = in_child([] {
    const rlimit least{256, 256};
    ::setrlimit(RLIMIT_NOFILE, &least);
    if (::geteuid() == 0 && ::setuid(65'534) != 0) return 9;
    if (descriptor_limit() != 256) return 1;
    DescriptorPlan high{1'000, 2'013, false, 2'013, 0};
    const auto warning = raise_descriptor_limit(high);
    if (!warning || warning->find("2013") == std::string::npos) return 2;
    DescriptorPlan low{10, 200, false, 200, 0};
    if (raise_descriptor_limit(low)) return 3;
    DescriptorPlan with_pipes{100, 300, false, 236, 32};  // enough for connections: no warning
    if (raise_descriptor_limit(with_pipes)) return 4;
    return with_pipes.pipes == 10 ? 0 : 5;
  });
  CHECK(outcome.status == 0);
}

TEST_CASE("unknown users and groups are named") {
  CHECK(find_identity("no-such-user-here", "").error().detail ==
        "there is no user 'no-such-user-here'");
  CHECK(find_identity("", "no-such-group-here").error().detail ==
        "there is no group 'no-such-group-here'");
  REQUIRE(find_identity("root", "root"));
  CHECK(find_identity("root", "root")->user == 0U);
  CHECK_FALSE(find_identity("", "")->user);
}

TEST_CASE("user, group and chroot take root's rights away for good") {
  if (::geteuid() != 0) return;
  const Outcome outcome = in_child([] {
    Identity nobody;
    nobody.user = 65'534;
    nobody.group = 65'534;
    if (!drop_privileges(nobody, "/tmp")) return 1;
    if (::getuid() != 65'534 || ::getegid() != 65'534 || ::getgroups(0, nullptr) != 0) return 2;
    if (::access("/etc/passwd", F_OK) == 0) return 3;
    return ::setuid(0) == 0 ? 4 : 0;
  });
  CHECK(outcome.status == 0);
}

TEST_CASE("going to the background: the parent ends when the child is ready, else with its code") {
  const Outcome good = in_child([] {
    auto daemon = Daemon::detach();
    if (!daemon) return 9;
    daemon->ready();
    return 0;
  });
  CHECK(WEXITSTATUS(good.status) == 0);
  const Outcome bad = in_child([] {
    auto daemon = Daemon::detach();
    if (!daemon) return 9;
    std::fputs("the port is in use\n", stderr);
    return 2;
  });
  CHECK(WEXITSTATUS(bad.status) == 2);
  CHECK(bad.output == "the port is in use\n");
}

TEST_CASE("the pidfile holds the process id and a line feed") {
  const std::string path = "/tmp/sluice-test-" + std::to_string(::getpid()) + ".pid";
  auto file = Pidfile::open(path);
  REQUIRE(file);
  REQUIRE(file->write(4711));
  char text[16] = "";
  const int descriptor = ::open(path.c_str(), O_RDONLY);
  CHECK(::read(descriptor, text, sizeof(text)) == 5);
  CHECK(std::string(text, 5) == "4711\n");
  ::close(descriptor);
  ::unlink(path.c_str());
  CHECK_FALSE(Pidfile::open("/no/such/folder/x.pid"));
}

TEST_CASE("a crash says version, thread and phase, then dies of its signal") {
  for (const int signal : {SIGSEGV, SIGABRT}) {
    const Outcome outcome = in_child([signal] {
      install_crash_handler("1.2.3-test");
      const CrashStack stack;
      base::crash_context.thread = "worker 3";
      const char* text = "RequestRules";
      const base::CrashScope scope(
          [](const void* what) noexcept { return static_cast<const char*>(what); }, text);
      ::raise(signal);
      return 0;
    });
    CHECK(WIFSIGNALED(outcome.status));
    CHECK(WTERMSIG(outcome.status) == signal);
    CHECK(outcome.output.find("sluice 1.2.3-test, build id ") == 0);
    CHECK(outcome.output.find("thread worker 3, phase RequestRules\n") != std::string::npos);
    CHECK(outcome.output.find("unit_app") != std::string::npos);  // frames of this program
  }
}

TEST_CASE("what was worked on when a thread crashed may be broken itself: the report goes on") {
  const Outcome outcome = in_child([] {
    install_crash_handler("1.2.3-test");
    const CrashStack stack;
    const base::CrashScope scope(
        [](const void*) noexcept -> const char* {
          ::raise(SIGSEGV);
          return "never";
        },
        nullptr);
    ::raise(SIGABRT);
    return 0;
  });
  CHECK(WIFSIGNALED(outcome.status));
  CHECK(outcome.output.find("died of SIGSEGV") != std::string::npos);
  CHECK(outcome.output.find("phase") == std::string::npos);
}

TEST_CASE("what is worked on ends with its scope, and is told once") {
  const auto name = [](const void* what) noexcept { return static_cast<const char*>(what); };
  { const base::CrashScope over(name, "over"); }
  CHECK(base::take_crash_phase() == nullptr);
  const base::CrashScope work(name, "work");
  CHECK(std::string(base::take_crash_phase()) == "work");
  CHECK(base::take_crash_phase() == nullptr);
}

TEST_CASE("a loop that burns its time without returning is reported once, then aborted") {
  const Outcome reported = in_child([] {
    std::atomic<std::uint64_t> turns{1};
    Watchdog dog(turns, {.report_ms = 50, .abort_ms = 10'000});
    if (!dog.start()) return 9;
    burn(150);
    return dog.reports() == 1 ? 0 : 1;
  });
  CHECK(reported.status == 0);
  CHECK(reported.output.find("watchdog: a loop is burning") == 0);
  const Outcome aborted = in_child([] {
    install_crash_handler("test");
    std::atomic<std::uint64_t> turns{1};
    Watchdog dog(turns, {.report_ms = 50, .abort_ms = 200});
    if (!dog.start()) return 9;
    burn(5'000);
    return 0;
  });
  CHECK(WIFSIGNALED(aborted.status));
  CHECK(WTERMSIG(aborted.status) == SIGABRT);
}

TEST_CASE("a loop that turns, or sleeps, is not reported") {
  const Outcome outcome = in_child([] {
    std::atomic<std::uint64_t> turns{1};
    Watchdog dog(turns, {.report_ms = 40, .abort_ms = 120});
    if (!dog.start()) return 9;
    burn(300, [&turns] { turns.fetch_add(1, std::memory_order_relaxed); });
    ::poll(nullptr, 0, 300);  // wall time passes, and does not count
    return static_cast<int>(dog.reports());
  });
  CHECK(outcome.status == 0);
  CHECK(outcome.output.empty());
}

TEST_CASE("signals become orders on the loop, and turns are counted") {
  struct Listener final : Signals::Listener {
    explicit Listener(net::Loop& l) : loop(l) {}
    void on_order(Order order) noexcept override {
      orders.push_back(order);
      if (orders.size() == 3) loop.stop();
    }
    net::Loop& loop;
    std::vector<Order> orders;
  };
  struct Deadline final : net::Timer {
    explicit Deadline(net::Loop& l) : loop(l) {}
    void on_timer() noexcept override { loop.stop(); }
    net::Loop& loop;
  };
  const auto loop = net::make_uv_loop();
  const auto counter = net::count_turns(*loop);
  Listener listener(*loop);
  const Signals signals(*loop, listener);
  Deadline deadline(*loop);
  deadline.arm(loop->timers(), loop->now_ms() + 5'000);
  ::raise(SIGUSR1);
  ::raise(SIGUSR2);
  ::raise(SIGTERM);
  ::raise(SIGPIPE);
  loop->run();
  CHECK(listener.orders == std::vector<Order>{Order::StopSoftly, Order::Reload, Order::StopNow});
  CHECK(counter->turns() > 0);
}

TEST_CASE("open descriptors are counted, all of them and none besides") {
  const auto listed = [] {
    namespace fs = std::filesystem;
    const auto entries = std::distance(fs::directory_iterator("/proc/self/fd"), {});
    return static_cast<std::uint64_t>(entries) - 1;  // without the one that looked
  };
  const ProcessMeter meter;
  CHECK(meter.read().open_fds == listed());
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  CHECK(meter.read().open_fds == listed());
  ::close(ends[0]);
  ::close(ends[1]);
}
