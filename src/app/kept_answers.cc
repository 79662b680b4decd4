#include "app/kept_answers.h"

#include <utility>

namespace sluice::app {

base::Result<std::vector<base::Address>> KeepingSurroundings::resolve(const std::string& host) {
  if (const auto known = kept_.hosts.find(host); known != kept_.hosts.end()) return known->second;
  auto found = beneath_.resolve(host);
  if (found) kept_.hosts[host] = *found;
  return found;
}

base::Result<std::string> KeepingSurroundings::read(const std::string& path) {
  if (const auto known = kept_.files.find(path); known != kept_.files.end()) return known->second;
  auto text = beneath_.files().read(path);
  if (text && text->find("PRIVATE KEY") == std::string::npos) kept_.files[path] = *text;
  return text;
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
