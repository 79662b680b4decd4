#include "app/state_dir.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/xxhash.h"

namespace sluice::app {

namespace {

constexpr std::string_view kUsual = "/var/lib/sluice";
constexpr mode_t kMode = 0750;

std::string absolute(const std::string& path) {
  std::error_code failed;
  const auto whole = std::filesystem::absolute(path, failed);
  return failed ? path : whole.lexically_normal().string();
}

/// "etc-sluice-sluice.cfg-1f0c93ab": to be read by people, and one for each list of files.
std::string name_of(const RunCommand& command) {
  constexpr std::size_t kReadable = 100;
  std::string all;
  for (const std::string& file : command.files) all += absolute(file) + '\n';
  std::string name = command.files.empty() ? "" : absolute(command.files.front());
  for (char& c : name) c = c == '/' || c == ' ' ? '-' : c;
  name.erase(0, name.find_first_not_of('-'));
  if (name.size() > kReadable) name.erase(0, name.size() - kReadable);
  char hash[16];
  std::snprintf(hash, sizeof(hash), "-%08x", static_cast<unsigned>(base::xxh64(all)));
  return name + hash;
}

/// systemd gives a list where several are asked for.
std::string from_environment() {
  const char* value = std::getenv("STATE_DIRECTORY");
  const std::string list = value != nullptr ? value : "";
  return list.substr(0, list.find(':'));
}

base::Result<> make_folder(const std::string& path, const Identity& identity) {
  if (::mkdir(path.c_str(), kMode) != 0) {
    if (errno == EEXIST) return {};
    return base::fail(base::ErrorKind::System, path + ": " + std::strerror(errno), errno);
  }
  if ((identity.user || identity.group) &&
      ::chown(path.c_str(), identity.user.value_or(static_cast<uid_t>(-1)),
              identity.group.value_or(static_cast<gid_t>(-1))) != 0)
    return base::fail(base::ErrorKind::System, path + ": " + std::strerror(errno), errno);
  return {};
}

std::string not_kept(const std::string& why) {
  return "states that are set at run time are not kept across a restart: " + why +
         " ('state-dir' names a folder, 'state-dir none' is silent)";
}

}  // namespace

base::Result<StateDir> open_state_dir(const model::Global& global, const RunCommand& command,
                                      const Identity& identity) {
  StateDir out;
  if (!command.files.empty()) out.configuration = absolute(command.files.front());
  if (global.state_dir == "none") return out;
  std::string path = global.state_dir;
  out.wanted = !path.empty();
  if (out.wanted) {
    path = absolute(path);
    if (auto made = make_folder(path, identity); !made)
      return base::fail(made.error().kind, "state-dir: " + made.error().detail);
  }
  if (path.empty()) path = from_environment();
  if (path.empty()) path = kUsual;
  auto folder = control::StateFolder::open(path, name_of(command));
  if (folder) {
    out.folder.emplace(std::move(*folder));
  } else if (out.wanted) {
    return base::fail(folder.error().kind, "state-dir: " + folder.error().detail);
  } else {
    out.notice = not_kept(folder.error().detail);
  }
  return out;
}

base::Result<> settle_state_dir(StateDir& dir) {
  if (!dir.folder || dir.folder->writable()) return {};
  const std::string why = dir.folder->path() + " cannot be written to";
  dir.folder.reset();
  if (dir.wanted) return base::fail(base::ErrorKind::Denied, "state-dir: " + why);
  dir.notice = not_kept(why);
  return {};
}

}  // namespace sluice::app
