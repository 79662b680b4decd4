// Commands about what outlives the process.
#include "admin/runtime_commands.h"

namespace sluice::admin {

namespace {

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

void append_record(std::string& out, const control::Override& record) {
  out += record.backend + "/" + record.server + " " + record.set + " " + record.value + " " +
         record.base + " " + std::string(control::to_text(record.origin.from)) + " " +
         or_dash(record.origin.who) + " " + std::to_string(record.at_us / 1'000'000) + " " +
         (record.expires_at_us ? std::to_string(*record.expires_at_us / 1'000'000) : "-") + " ";
}

/// One line a record; what may hold spaces comes last.
CommandReply show_overrides(CommandContext& context) {
  const control::StateKeeper* states = context.view.states;
  if (states == nullptr) return failure("No states are kept here.");
  const control::OverrideDocument document = states->overrides().document();
  std::string out = "# server set value base from who at expires note\n";
  for (const control::Override& record : document.overrides) {
    append_record(out, record);
    out += or_dash(record.origin.note) + "\n";
  }
  out += "# set aside: server set value base from who at expires aside_at why\n";
  for (const control::SetAside& aside : document.set_aside) {
    append_record(out, aside.record);
    out += std::to_string(aside.at_us / 1'000'000) + " " + aside.why + "\n";
  }
  const control::StateKeeper::Chain& chain = states->chain();
  out += "# file: " + or_dash(chain.file) + "\n";
  if (chain.broken_at)
    out += "# the chain broke at change " + std::to_string(*chain.broken_at) + "\n";
  if (!states->trouble().empty()) out += "# not written: " + states->trouble() + "\n";
  return {out, {}, std::nullopt};
}

constexpr Command kStates[] = {
    {"show overrides", Level::Operator, "show overrides",
     "list what was set at run time, and what an edited file set aside", show_overrides},
};

}  // namespace

std::span<const Command> state_commands() { return kStates; }

}  // namespace sluice::admin
