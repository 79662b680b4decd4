// LD_PRELOAD library: counts the calls of malloc, calloc, realloc, aligned allocation, operator new
// (by malloc), mmap and free of the program it is loaded into. SIGURG's default is to be ignored,
// so it is safe to take: each SIGURG prints the counts on stderr as one line and leaves them
// running.
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>

namespace {

struct Counts {
  std::atomic<std::uint64_t> allocations{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> frees{0};
  std::atomic<std::uint64_t> maps{0};
};
Counts counts;

void add(std::size_t size) {
  counts.allocations.fetch_add(1, std::memory_order_relaxed);
  counts.bytes.fetch_add(size, std::memory_order_relaxed);
}

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

void report(int) {
  char line[160];
  std::size_t n =
      put(line, "malloc_count allocations=", counts.allocations.load(std::memory_order_relaxed));
  n += put(line + n, " bytes=", counts.bytes.load(std::memory_order_relaxed));
  n += put(line + n, " frees=", counts.frees.load(std::memory_order_relaxed));
  n += put(line + n, " maps=", counts.maps.load(std::memory_order_relaxed));
  line[n++] = '\n';
  (void)!::write(STDERR_FILENO, line, n);
}

__attribute__((constructor)) void install() {
  struct sigaction action {};
  action.sa_handler = report;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGURG, &action, nullptr);
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
void free(void* pointer) {
  if (pointer != nullptr) counts.frees.fetch_add(1, std::memory_order_relaxed);
  __libc_free(pointer);
}
void* mmap(void* address, std::size_t size, int protection, int flags, int descriptor,
           off_t offset) {
  static auto* const next = reinterpret_cast<decltype(&mmap)>(::dlsym(RTLD_NEXT, "mmap"));
  counts.maps.fetch_add(1, std::memory_order_relaxed);
  return next(address, size, protection, flags, descriptor, offset);
}
}
