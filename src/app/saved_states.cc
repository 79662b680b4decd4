#include "app/saved_states.h"

#include <string>
#include <unordered_set>

#include "base/files.h"

namespace sluice::app {

namespace {

using control::SavedServer;
using model::LoadServerState;

std::string path_of(const model::Global& global, const std::string& name) {
  if (name.starts_with('/') || global.server_state_base.empty()) return name;
  return global.server_state_base + (global.server_state_base.ends_with('/') ? "" : "/") + name;
}

std::vector<SavedServer> read_one(const std::string& path, const base::SourceSpan& span,
                                  base::Diagnostics& diagnostics) {
  const auto text = base::files::read(path);
  if (!text) {
    diagnostics.warning(span,
                        "the state file '" + path + "' cannot be read: " + text.error().detail);
    return {};
  }
  auto saved = control::parse_saved_states(*text);
  if (saved) return std::move(*saved);
  diagnostics.warning(span, "the state file '" + path + "' is not used: " + saved.error().detail);
  return {};
}

}  // namespace

std::vector<SavedServer> read_saved_states(const model::Config& config,
                                           base::Diagnostics& diagnostics) {
  const model::Global& global = config.global;
  std::vector<SavedServer> out;
  std::unordered_set<std::string> from_global;
  for (const model::Proxy& proxy : config.proxies) {
    if (!proxy.is_backend() || proxy.load_server_state == LoadServerState::None) continue;
    if (proxy.load_server_state == LoadServerState::Global) {
      from_global.insert(proxy.name);
      continue;
    }
    const std::string& name =
        proxy.server_state_file_name.empty() ? proxy.name : proxy.server_state_file_name;
    for (SavedServer& saved : read_one(path_of(global, name), proxy.span, diagnostics)) {
      if (saved.backend == proxy.name) out.push_back(std::move(saved));
    }
  }
  if (from_global.empty() || global.server_state_file.empty()) return out;
  for (SavedServer& saved :
       read_one(path_of(global, global.server_state_file), global.span, diagnostics)) {
    if (from_global.contains(saved.backend)) out.push_back(std::move(saved));
  }
  return out;
}

}  // namespace sluice::app
