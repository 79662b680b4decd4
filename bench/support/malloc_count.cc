// LD_PRELOAD library: counts what the program and its C and C++ libraries take from the system:
// malloc and its kin (operator new and strdup come to malloc), free, and mmap, mremap, brk, sbrk.
// The control thread, which is the process's first, is counted apart from the workers. Each SIGURG,
// whose default is to be ignored, prints the counts on stderr, a line for either, and leaves them
// running.
//
// What glibc maps for itself passes no door that a library could watch: whoever counts compares
// /proc/PID/maps as well. MALLOC_COUNT_PLANT=KIND has every epoll_wait of a worker allocate, so
// that a test can show that such an allocation is seen.
#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

struct Counts {
  std::atomic<std::uint64_t> allocations{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> frees{0};
  std::atomic<std::uint64_t> maps{0};
};
Counts control, workers;

Counts& mine() {
  static thread_local Counts* counts __attribute__((tls_model("initial-exec"))) = nullptr;
  if (counts == nullptr) counts = ::syscall(SYS_gettid) == ::getpid() ? &control : &workers;
  return *counts;
}

void add(std::size_t size) {
  mine().allocations.fetch_add(1, std::memory_order_relaxed);
  mine().bytes.fetch_add(size, std::memory_order_relaxed);
}

void add_map() { mine().maps.fetch_add(1, std::memory_order_relaxed); }

std::size_t put(char* at, const char* name, std::uint64_t value) {
  std::size_t n = 0;
  while (name[n] != '\0') {
    at[n] = name[n];
    ++n;
  }
  char digits[20];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count > 0) at[n++] = digits[--count];
  return n;
}

std::size_t put_counts(char* line, const char* first, const Counts& counts) {
  std::size_t n = put(line, first, counts.allocations.load(std::memory_order_relaxed));
  n += put(line + n, " bytes=", counts.bytes.load(std::memory_order_relaxed));
  n += put(line + n, " frees=", counts.frees.load(std::memory_order_relaxed));
  n += put(line + n, " maps=", counts.maps.load(std::memory_order_relaxed));
  line[n++] = '\n';
  return n;
}

void report(int) {
  char lines[400];
  std::size_t n = put_counts(lines, "malloc_count control: allocations=", control);
  n += put_counts(lines + n, "malloc_count workers: allocations=", workers);
  (void)!::write(STDERR_FILENO, lines, n);
}

const char* plant = nullptr;

/// One allocation by the door that MALLOC_COUNT_PLANT names. `volatile` keeps the compiler from
/// seeing that nobody needs it.
void plant_one() {
  void* volatile taken = nullptr;
  const auto is = [](const char* kind) { return std::strcmp(plant, kind) == 0; };
  if (is("malloc")) {
    taken = std::malloc(64);
    std::free(taken);
  } else if (is("new")) {
    taken = ::operator new(64);
    ::operator delete(taken);
  } else if (is("strdup")) {
    taken = ::strdup("planted");
    std::free(taken);
  } else if (is("memalign")) {
    taken = std::aligned_alloc(64, 64);
    std::free(taken);
  } else if (is("mmap")) {
    taken = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ::munmap(taken, 4096);
  } else if (is("sbrk")) {
    taken = ::sbrk(4096);
  } else if (is("unseen")) {  // by no door at all, as glibc's own
    taken = reinterpret_cast<void*>(
        ::syscall(SYS_mmap, nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  }
}

__attribute__((constructor)) void install() {
  plant = std::getenv("MALLOC_COUNT_PLANT");
  struct sigaction action {};
  action.sa_handler = report;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGURG, &action, nullptr);
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// glibc's own names of its allocator: no dlsym, so no allocation while the first one is looked up.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* pointer, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* pointer);

void* malloc(std::size_t size) {
  add(size);
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  add(count * size);
  return __libc_calloc(count, size);
}
void* realloc(void* pointer, std::size_t size) {
  add(size);
  return __libc_realloc(pointer, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  add(size);
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** into, std::size_t alignment, std::size_t size) {
  *into = memalign(alignment, size);
  return *into == nullptr ? 12 /* ENOMEM */ : 0;
}
void* valloc(std::size_t size) { return memalign(4096, size); }
void* pvalloc(std::size_t size) { return memalign(4096, (size + 4095) / 4096 * 4096); }
void free(void* pointer) {
  if (pointer != nullptr) mine().frees.fetch_add(1, std::memory_order_relaxed);
  __libc_free(pointer);
}

void* mmap(void* address, std::size_t size, int protection, int flags, int descriptor,
           off_t offset) noexcept {
  static auto* const real = next<decltype(mmap)>("mmap");
  add_map();
  return real(address, size, protection, flags, descriptor, offset);
}
void* mmap64(void* address, std::size_t size, int protection, int flags, int descriptor,
             off64_t offset) noexcept {
  return mmap(address, size, protection, flags, descriptor, offset);
}
void* mremap(void* address, std::size_t old_size, std::size_t size, int flags, ...) noexcept {
  static auto* const real = next<decltype(mremap)>("mremap");
  va_list rest;
  va_start(rest, flags);
  void* where = (flags & MREMAP_FIXED) != 0 ? va_arg(rest, void*) : nullptr;
  va_end(rest);
  add_map();
  return real(address, old_size, size, flags, where);
}
int brk(void* end) noexcept {
  static auto* const real = next<decltype(brk)>("brk");
  add_map();
  return real(end);
}
void* sbrk(std::intptr_t by) noexcept {
  static auto* const real = next<decltype(sbrk)>("sbrk");
  add_map();
  return real(by);
}

int epoll_wait(int set, epoll_event* events, int most, int timeout) {
  static auto* const real = next<decltype(epoll_wait)>("epoll_wait");
  if (plant != nullptr && &mine() == &workers) plant_one();
  return real(set, events, most, timeout);
}
}
