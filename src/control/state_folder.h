// The folder where a process keeps what outlives it (`state-dir`): files that are replaced as a
// whole or only grow, so that a crash at any point leaves the old content or the new one, and a
// lock, so that one process writes. By a descriptor of the folder: it stays reachable under a
// chroot. Errors are the system's, with the file's name. Not bound to a thread; one at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::control {

class StateFolder {
 public:
  /// `name` begins the name of each file.
  [[nodiscard]] static base::Result<StateFolder> open(const std::string& path, std::string name);
  StateFolder(StateFolder&& other) noexcept;
  StateFolder& operator=(StateFolder&& other) noexcept;
  ~StateFolder();

  /// May the process create files there?
  [[nodiscard]] bool writable() const noexcept;
  /// False: another process has the lock. An error: no lock can be had here at all.
  [[nodiscard]] base::Result<bool> lock();
  void unlock() noexcept;
  [[nodiscard]] bool locked() const noexcept { return lock_ >= 0; }

  // `suffix` is what follows the name: ".state"
  /// ErrorKind::NotFound where there is none.
  [[nodiscard]] base::Result<std::string> read(std::string_view suffix) const;
  /// A new file is written, synchronised and renamed, and the folder synchronised.
  [[nodiscard]] base::Result<> replace(std::string_view suffix, std::string_view bytes) const;
  /// Grows the file, which is `size` bytes long before; on an error it is that long again.
  [[nodiscard]] base::Result<> append(std::string_view suffix, std::size_t size,
                                      std::string_view bytes) const;
  /// Gives a file a second name, which it may have already.
  [[nodiscard]] base::Result<> link(std::string_view from, std::string_view to) const;
  /// Renames a file; gives its new path.
  [[nodiscard]] base::Result<std::string> rename(std::string_view from, std::string_view to) const;
  [[nodiscard]] std::string path_of(std::string_view suffix) const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  StateFolder(int folder, std::string path, std::string name)
      : folder_(folder), path_(std::move(path)), name_(std::move(name)) {}
  [[nodiscard]] std::string file_of(std::string_view suffix) const {
    return name_ + std::string(suffix);
  }
  [[nodiscard]] base::Result<> sync_folder() const;

  int folder_ = -1;
  int lock_ = -1;
  std::string path_, name_;
};

}  // namespace sluice::control
