#include "app/process_meter.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace sluice::app {

namespace {

void take_cpu(stats::ProcessUsage& usage) {
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) != 0) return;
  const auto us = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(time.tv_usec);
  };
  usage.cpu_us = us(used.ru_utime) + us(used.ru_stime);
}

void take_limit(stats::ProcessUsage& usage) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    usage.max_fds = limit.rlim_cur;
}

void take_memory(stats::ProcessUsage& usage, int folder) {
  const int file = ::openat(folder, "statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  char text[128] = {};
  const ssize_t size = ::read(file, text, sizeof(text) - 1);
  ::close(file);
  unsigned long long pages = 0;
  unsigned long long resident = 0;
  if (size <= 0 || std::sscanf(text, "%llu %llu", &pages, &resident) != 2) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  usage.virtual_bytes = pages * page;
  usage.resident_bytes = resident * page;
}

/// Linux tells the number as the folder's size, since 6.2; before, the size is 0.
void take_descriptors(stats::ProcessUsage& usage, int folder) {
  struct stat status {};
  if (::fstatat(folder, "fd", &status, 0) == 0 && status.st_size > 0) {
    usage.open_fds = static_cast<std::uint64_t>(status.st_size);
    return;
  }
  const int opened = ::openat(folder, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* entries = opened >= 0 ? ::fdopendir(opened) : nullptr;
  if (entries == nullptr) return;
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(entries)) {
    if (entry->d_name[0] != '.') ++count;
  }
  ::closedir(entries);
  usage.open_fds = count - 1;  // without the one that looked
}

}  // namespace

ProcessMeter::ProcessMeter() : folder_(::open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
ProcessMeter::~ProcessMeter() {
  if (folder_ >= 0) ::close(folder_);
}

stats::ProcessUsage ProcessMeter::read() const {
  stats::ProcessUsage usage;
  take_cpu(usage);
  take_limit(usage);
  if (folder_ < 0) return usage;
  take_memory(usage, folder_);
  take_descriptors(usage, folder_);
  return usage;
}

}  // namespace sluice::app
