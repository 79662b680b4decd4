#include "control/state_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace sluice::control {

namespace {

using base::ErrorKind;
using base::Result;

constexpr mode_t kMode = 0640;
constexpr std::size_t kMaxBytes = std::size_t{1} << 28;

tl::unexpected<base::Error> system_error(const std::string& path, int code) {
  return base::fail(code == ENOENT ? ErrorKind::NotFound : ErrorKind::System,
                    path + ": " + std::strerror(code), code);
}

/// A descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool good() const { return number_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// 0, or errno.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return 0;
}

}  // namespace

Result<StateFolder> StateFolder::open(const std::string& path, std::string name) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return system_error(path, errno);
  return StateFolder(folder, path, std::move(name));
}

StateFolder::StateFolder(StateFolder&& other) noexcept
    : folder_(std::exchange(other.folder_, -1)),
      lock_(std::exchange(other.lock_, -1)),
      path_(std::move(other.path_)),
      name_(std::move(other.name_)) {}

StateFolder& StateFolder::operator=(StateFolder&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(lock_, other.lock_);
  std::swap(path_, other.path_);
  std::swap(name_, other.name_);
  return *this;
}

StateFolder::~StateFolder() {
  unlock();
  if (folder_ >= 0) ::close(folder_);
}

bool StateFolder::writable() const noexcept {
  return ::faccessat(folder_, ".", W_OK | X_OK, AT_EACCESS) == 0;
}

Result<bool> StateFolder::lock() {
  if (locked()) return true;
  const std::string file = file_of(".lock");
  Descriptor descriptor(::openat(folder_, file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode));
  if (!descriptor.good()) return system_error(path_of(".lock"), errno);
  if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    return system_error(path_of(".lock"), errno);
  }
  lock_ = descriptor.release();
  return true;
}

void StateFolder::unlock() noexcept {
  if (lock_ >= 0) ::close(std::exchange(lock_, -1));
}

Result<std::string> StateFolder::read(std::string_view suffix) const {
  const std::string file = file_of(suffix);
  const Descriptor descriptor(::openat(folder_, file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor.good()) return system_error(path_of(suffix), errno);
  std::string out;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(descriptor.get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path_of(suffix), errno);
    if (got == 0) return out;
    out.append(buffer, static_cast<std::size_t>(got));
    if (out.size() > kMaxBytes) return system_error(path_of(suffix), EFBIG);
  }
}

Result<> StateFolder::replace(std::string_view suffix, std::string_view bytes) const {
  const std::string file = file_of(suffix);
  const std::string fresh = file + ".new";
  {
    const Descriptor descriptor(
        ::openat(folder_, fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
    if (!descriptor.good()) return system_error(path_of(suffix) + ".new", errno);
    if (const int code = write_all(descriptor.get(), bytes); code != 0)
      return system_error(path_of(suffix) + ".new", code);
    if (::fsync(descriptor.get()) != 0) return system_error(path_of(suffix) + ".new", errno);
  }
  if (::renameat(folder_, fresh.c_str(), folder_, file.c_str()) != 0)
    return system_error(path_of(suffix), errno);
  return sync_folder();
}

Result<> StateFolder::append(std::string_view suffix, std::size_t size,
                             std::string_view bytes) const {
  const std::string file = file_of(suffix);
  const Descriptor descriptor(
      ::openat(folder_, file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kMode));
  const auto end = static_cast<off_t>(size);
  // What was left of an append that failed goes first.
  if (!descriptor.good() || ::ftruncate(descriptor.get(), end) != 0 ||
      ::lseek(descriptor.get(), end, SEEK_SET) != end)
    return system_error(path_of(suffix), errno);
  int code = write_all(descriptor.get(), bytes);
  if (code == 0 && ::fsync(descriptor.get()) != 0) code = errno;
  if (code == 0) return size == 0 ? sync_folder() : Result<>();
  (void)!::ftruncate(descriptor.get(), end);
  return system_error(path_of(suffix), code);
}

Result<> StateFolder::link(std::string_view from, std::string_view to) const {
  const std::string one = file_of(from);
  const std::string other = file_of(to);
  if (::linkat(folder_, one.c_str(), folder_, other.c_str(), 0) == 0) return {};
  const int code = errno;
  struct stat first {};
  struct stat second {};
  const bool same = code == EEXIST && ::fstatat(folder_, one.c_str(), &first, 0) == 0 &&
                    ::fstatat(folder_, other.c_str(), &second, 0) == 0 &&
                    first.st_dev == second.st_dev && first.st_ino == second.st_ino;
  if (same) return {};
  return system_error(path_of(to), code);
}

Result<std::string> StateFolder::rename(std::string_view from, std::string_view to) const {
  if (::renameat(folder_, file_of(from).c_str(), folder_, file_of(to).c_str()) != 0)
    return system_error(path_of(from), errno);
  auto synced = sync_folder();
  if (!synced) return tl::unexpected(std::move(synced.error()));
  return path_of(to);
}

std::string StateFolder::path_of(std::string_view suffix) const {
  return path_ + (path_.ends_with('/') ? "" : "/") + file_of(suffix);
}

Result<> StateFolder::sync_folder() const {
  if (::fsync(folder_) != 0) return system_error(path_, errno);
  return {};
}

}  // namespace sluice::control
