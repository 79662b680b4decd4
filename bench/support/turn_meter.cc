// LD_PRELOAD library: how long the turns of a program's event loops take. A turn of a thread is
// what it does from the return of one epoll_wait to its next call. The file that TURN_METER names
// is mapped and holds a Turns for each thread that has waited, in the order in which they did
// first; whoever reads it may set what is in it to 0 at any time to begin anew, but for the
// thread's id. Times are of the clock (`longest_ns`) and of the thread on its processor
// (`longest_cpu_ns`), each of the turn that was the longest by it.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

struct Turns {
  std::atomic<std::uint64_t> thread, count, longest_ns, longest_cpu_ns;
};
constexpr std::size_t kMostThreads = 64;
constexpr std::size_t kBytes = kMostThreads * sizeof(Turns);

Turns* table = nullptr;
std::atomic<std::size_t> threads{0};

struct Mine {
  Turns* turns = nullptr;
  std::uint64_t begun_ns = 0, begun_cpu_ns = 0;  // the present turn; 0: none yet
};
thread_local Mine mine __attribute__((tls_model("initial-exec")));

std::uint64_t read_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

void keep_longest(std::atomic<std::uint64_t>& longest, std::uint64_t took) {
  if (took > longest.load(std::memory_order_relaxed))
    longest.store(took, std::memory_order_relaxed);
}

void end_turn() {
  if (mine.begun_ns == 0) return;
  keep_longest(mine.turns->longest_cpu_ns, read_ns(CLOCK_THREAD_CPUTIME_ID) - mine.begun_cpu_ns);
  keep_longest(mine.turns->longest_ns, read_ns(CLOCK_MONOTONIC) - mine.begun_ns);
  mine.turns->count.fetch_add(1, std::memory_order_relaxed);
}

void begin_turn() {
  if (mine.turns == nullptr) {
    const std::size_t at = threads.fetch_add(1, std::memory_order_relaxed);
    if (at >= kMostThreads) return;
    mine.turns = table + at;
    mine.turns->thread.store(static_cast<std::uint64_t>(::syscall(SYS_gettid)));
  }
  mine.begun_ns = read_ns(CLOCK_MONOTONIC);
  mine.begun_cpu_ns = read_ns(CLOCK_THREAD_CPUTIME_ID);
}

__attribute__((constructor)) void install() {
  const char* path = std::getenv("TURN_METER");
  const int file = path != nullptr ? ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (file < 0) return;
  if (::ftruncate(file, kBytes) == 0) {
    void* mapped = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) table = static_cast<Turns*>(mapped);
  }
  ::close(file);
}

}  // namespace

extern "C" int epoll_wait(int set, epoll_event* events, int most, int timeout) {
  static auto* const real =
      reinterpret_cast<decltype(epoll_wait)*>(::dlsym(RTLD_NEXT, "epoll_wait"));
  if (table == nullptr) return real(set, events, most, timeout);
  end_turn();
  const int count = real(set, events, most, timeout);
  begin_turn();
  return count;
}
