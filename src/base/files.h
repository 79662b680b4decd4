// The files that a configuration names: read in one place, so that a process that has given up its
// rights can have them read for it. A View stands for the file system while a Scope of it lives, in
// that thread; without one these are the files that the process may read itself.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::base::files {

class View {
 public:
  virtual ~View() = default;
  virtual Result<std::string> read(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
  [[nodiscard]] virtual bool is_folder(const std::string& path) = 0;
  [[nodiscard]] virtual bool exists(const std::string& path) = 0;
};

/// The file system itself.
[[nodiscard]] View& own_view();

class Scope {
 public:
  explicit Scope(View& view);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  View* before_;
};

/// The whole of a file, a pipe or a device. The error's detail is the system's word for it, its
/// code errno; EFBIG past a gigabyte.
[[nodiscard]] Result<std::string> read(const std::string& path);
/// Paths of the regular files in a folder, sorted by bytes; links are followed.
[[nodiscard]] Result<std::vector<std::string>> list(const std::string& folder);
[[nodiscard]] bool is_folder(const std::string& path);
[[nodiscard]] bool exists(const std::string& path);

}  // namespace sluice::base::files
