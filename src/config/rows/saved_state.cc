// Where the states of servers at the start come from (manual §3.1 and §4.2), and where they are
// kept (state-dir, which HAProxy does not have).
#include <array>

#include "config/rows/rows.h"
#include "config/store.h"

namespace sluice::config::rows {
namespace {

using model::Global;
using model::LoadServerState;

constexpr Support kYes = Support::Implemented;

void parse_load(Context& context, Arguments& arguments) {
  constexpr std::array<std::string_view, 3> kSources = {"global", "local", "none"};
  const base::Word* source = arguments.expect("one of global, local, none");
  if (source == nullptr) return;
  LoadServerState& load = context.proxy->load_server_state;
  if (source->text == "global")
    load = LoadServerState::Global;
  else if (source->text == "local")
    load = LoadServerState::Local;
  else if (source->text == "none")
    load = LoadServerState::None;
  else
    return arguments.error_choice(*source, kSources);
  (void)arguments.finish();
}

/// Without a name it is the backend's, and so it is by `use-backend-name`.
void parse_file_name(Context& context, Arguments& arguments) {
  std::string& name = context.proxy->server_state_file_name;
  name.clear();
  if (arguments.empty() || arguments.take("use-backend-name")) {
    (void)arguments.finish();
    return;
  }
  const base::Word* word = arguments.expect("a file's name");
  if (word != nullptr && arguments.finish()) name = word->text;
}

constexpr std::array<Row, 5> kRows = {{
    {"server-state-base", "<directory>", kGlobal, kYes, Negation::No,
     store::word<&Global::server_state_base>, "where the files with states of servers lie"},
    {"server-state-file", "<file>", kGlobal, kYes, Negation::No,
     store::word<&Global::server_state_file>,
     "states of servers at the start, as 'show servers state' wrote them"},
    {"state-dir", "<folder>|none", kGlobal, kYes, Negation::No, store::word<&Global::state_dir>,
     "where run-time states, weights and the log of changes are kept; 'none': nowhere"},
    {"load-server-state-from-file", "global|local|none", kBackends, kYes, Negation::No, parse_load,
     "which file has the states of this section's servers at the start"},
    {"server-state-file-name", "[use-backend-name|<file>]", kBackends, kYes, Negation::No,
     parse_file_name, "the file of 'load-server-state-from-file local'"},
}};

}  // namespace

std::span<const Row> saved_state() { return kRows; }

}  // namespace sluice::config::rows
