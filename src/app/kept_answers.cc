#include "app/kept_answers.h"

#include <cerrno>
#include <utility>

namespace sluice::app {

base::Result<std::vector<base::Address>> KeepingSurroundings::resolve(const std::string& host) {
  if (const auto known = kept_.hosts.find(host); known != kept_.hosts.end()) return known->second;
  auto found = beneath_.resolve(host);
  if (found) kept_.hosts[host] = *found;
  return found;
}

base::Result<std::vector<std::string>> KeepingSurroundings::list(const std::string& folder) {
  kept_.named.insert(folder);
  auto paths = beneath_.files().list(folder);
  if (paths) kept_.named.insert(paths->begin(), paths->end());
  return paths;
}
bool KeepingSurroundings::is_folder(const std::string& path) {
  kept_.named.insert(path);
  return beneath_.files().is_folder(path);
}
bool KeepingSurroundings::exists(const std::string& path) {
  kept_.named.insert(path);
  return beneath_.files().exists(path);
}

base::Result<std::string> KeepingSurroundings::read(const std::string& path) {
  kept_.named.insert(path);
  if (const auto known = kept_.files.find(path); known != kept_.files.end()) return known->second;
  auto text = beneath_.files().read(path);
  if (text && text->find("PRIVATE KEY") == std::string::npos) kept_.files[path] = *text;
  return text;
}

namespace {
auto not_named(const std::string& path) {
  return base::fail(base::ErrorKind::System, "what runs does not name '" + path + "'", EACCES);
}
}  // namespace

base::Result<std::string> NamedSurroundings::read(const std::string& path) {
  if (!named_.contains(path)) return not_named(path);
  return beneath_.files().read(path);
}
base::Result<std::vector<std::string>> NamedSurroundings::list(const std::string& folder) {
  if (!named_.contains(folder)) return not_named(folder);
  return beneath_.files().list(folder);
}
bool NamedSurroundings::is_folder(const std::string& path) {
  return named_.contains(path) && beneath_.files().is_folder(path);
}
bool NamedSurroundings::exists(const std::string& path) {
  return named_.contains(path) && beneath_.files().exists(path);
}

SurroundingsOnDemand::~SurroundingsOnDemand() {
  if (real_ && opener_ != nullptr) opener_->end_session();
}

/// A privileged half that does not answer leaves what this process may see itself.
Surroundings& SurroundingsOnDemand::real() {
  if (real_) return *real_;
  if (opener_ != nullptr) {
    if (auto read = opener_->read()) real_ = std::move(*read);
  }
  if (!real_) real_ = std::make_unique<OwnSurroundings>();
  return *real_;
}

}  // namespace sluice::app
