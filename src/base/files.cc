#include "base/files.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace sluice::base::files {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

tl::unexpected<Error> system_error(int code) {
  return fail(ErrorKind::System, std::strerror(code), code);
}

class OwnView final : public View {
 public:
  Result<std::string> read(const std::string& path) override {
    std::FILE* file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr) return system_error(errno);
    std::string out;
    char buffer[65536];
    int code = 0;
    for (;;) {
      const std::size_t got = std::fread(buffer, 1, sizeof(buffer), file);
      if (got == 0) {
        if (std::ferror(file) != 0) code = errno;
        break;
      }
      out.append(buffer, got);
      if (out.size() > kMaxBytes) {
        code = EFBIG;
        break;
      }
    }
    std::fclose(file);
    if (code != 0) return system_error(code);
    return out;
  }

  Result<std::vector<std::string>> list(const std::string& folder) override {
    DIR* listing = ::opendir(folder.c_str());
    if (listing == nullptr) return system_error(errno);
    std::vector<std::string> out;
    while (const dirent* entry = ::readdir(listing)) {
      std::string path = folder + (folder.ends_with('/') ? "" : "/") + entry->d_name;
      struct stat info {};
      if (::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)) out.push_back(std::move(path));
    }
    ::closedir(listing);
    std::sort(out.begin(), out.end());
    return out;
  }

  bool is_folder(const std::string& path) override {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  }

  bool exists(const std::string& path) override {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0;
  }
};

thread_local View* present = nullptr;

View& view() { return present != nullptr ? *present : own_view(); }

}  // namespace

View& own_view() {
  static OwnView own;
  return own;
}

Scope::Scope(View& view) : before_(std::exchange(present, &view)) {}
Scope::~Scope() { present = before_; }

Result<std::string> read(const std::string& path) { return view().read(path); }
Result<std::vector<std::string>> list(const std::string& folder) { return view().list(folder); }
bool is_folder(const std::string& path) { return view().is_folder(path); }
bool exists(const std::string& path) { return view().exists(path); }

}  // namespace sluice::base::files
