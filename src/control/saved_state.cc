#include "control/saved_state.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "control/tracking.h"
#include "model/server_transition.h"

namespace sluice::control {
namespace {

using model::AdminState;
using model::CheckStatus;
using model::OperState;

constexpr std::size_t kLeastColumns = 19;  // up to the port
constexpr std::uint32_t kForcedMaint = 1, kConfiguredMaint = 4, kForcedDrain = 8;
constexpr std::uint32_t kStopped = 0, kStopping = 3;

std::vector<std::string_view> columns_of(std::string_view line) {
  std::vector<std::string_view> out;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) out.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return out;
}

std::optional<SavedServer> parse_line(std::string_view line) {
  const std::vector<std::string_view> columns = columns_of(line);
  if (columns.size() < kLeastColumns) return std::nullopt;
  bool numbers = true;
  const auto number = [&](std::size_t column) -> std::uint64_t {
    const auto value = base::to_unsigned(columns[column]);
    numbers = numbers && value && *value <= UINT32_MAX;
    return value.value_or(0);
  };
  SavedServer out;
  out.backend = columns[1];
  out.server = columns[3];
  out.address = columns[4];
  out.operational = static_cast<std::uint32_t>(number(5));
  out.admin = static_cast<std::uint32_t>(number(6));
  out.weight = static_cast<std::uint32_t>(number(7));
  out.initial_weight = static_cast<std::uint32_t>(number(8));
  out.age_s = number(9);
  out.check_status = static_cast<std::uint32_t>(number(10));
  out.check_result = static_cast<std::uint32_t>(number(11));
  out.health = static_cast<std::uint32_t>(number(12));
  out.fqdn = columns[17];
  return numbers ? std::optional(std::move(out)) : std::nullopt;
}

CheckStatus status_of(std::uint32_t number) {
  for (int i = 0; i <= static_cast<int>(CheckStatus::Checked); ++i) {
    const auto status = static_cast<CheckStatus>(i);
    if (static_cast<std::uint32_t>(check_number(status)) == number) return status;
  }
  return CheckStatus::Unknown;
}

bool is_by_name(const model::Server& config) {
  return !config.host.empty() && config.host.front() != '/' &&
         !base::Address::from_ip(config.host, 0);
}

/// What checks had found out: it stands until the first one says otherwise.
void restore_health(const SavedServer& saved, const model::Server& config,
                    model::ServerStateWord& state, model::ServerLive& live) {
  if (!config.check.enabled || state.admin == AdminState::Maint) return;
  const std::uint32_t rise = config.check.rise;
  const std::uint16_t full = model::full_health(rise, config.check.fall);
  if (saved.operational == kStopped) {
    state.oper = OperState::Down;
    state.health = static_cast<std::uint16_t>(std::min(saved.health, rise - 1));
  } else {
    state.oper = saved.operational == kStopping ? OperState::NoLb : OperState::Up;
    state.health =
        std::clamp(static_cast<std::uint16_t>(std::min<std::uint32_t>(saved.health, full)),
                   static_cast<std::uint16_t>(rise), full);
  }
  constexpr std::uint32_t kFailed = 2, kPassed = 3, kPassedConditionally = 4;
  state.checked = saved.check_result >= kFailed;
  live.history.last_check.status = status_of(saved.check_status);
  live.history.last_check.passed = saved.check_result >= kPassed;
  live.history.last_check.conditional = saved.check_result == kPassedConditionally;
}

std::string restore(const SavedServer& saved, const model::Server& config, model::ServerLive& live,
                    std::uint64_t now_ms) {
  model::ServerStateWord state = live.state();
  const bool by_operator = (saved.admin & kConfiguredMaint) == 0 && !config.disabled;
  if (by_operator && (saved.admin & kForcedMaint) != 0)
    state = model::apply_admin(state, AdminState::Maint, surroundings_of(live));
  else if (by_operator && (saved.admin & kForcedDrain) != 0)
    state = model::apply_admin(state, AdminState::Drain, surroundings_of(live));
  if (saved.initial_weight == config.weight && saved.weight <= base::limits::kMaxWeight)
    state.weight = static_cast<std::uint16_t>(saved.weight);
  restore_health(saved, config, state, live);
  live.set_state(state);
  live.history.last_change_ms = now_ms - std::min(saved.age_s * 1'000, now_ms - 1);
  const std::string who = "Server " + saved.backend + "/" + saved.server;
  if (state.admin == AdminState::Maint) return config.disabled ? "" : who + " remains in MAINT.";
  if (state.admin == AdminState::Drain) return who + " remains in DRAIN.";
  return state.oper == OperState::Down ? who + " is DOWN, as its saved state says." : "";
}

}  // namespace

/// HAProxy's numbers of check results (enum healthcheck_status), which state files carry.
int check_number(model::CheckStatus status) {
  switch (status) {
    case CheckStatus::Unknown:
      return 0;
    case CheckStatus::Init:
      return 1;
    case CheckStatus::Checked:
      return 3;
    case CheckStatus::HanaFail:
      return 4;
    case CheckStatus::SocketError:
      return 5;
    case CheckStatus::L4Ok:
      return 6;
    case CheckStatus::L4Timeout:
      return 7;
    case CheckStatus::L4Connection:
      return 8;
    case CheckStatus::L6Ok:
      return 9;
    case CheckStatus::L6Timeout:
      return 10;
    case CheckStatus::L6Response:
      return 11;
    case CheckStatus::L7Timeout:
      return 12;
    case CheckStatus::L7Response:
      return 13;
    case CheckStatus::L7Ok:
      return 15;
    case CheckStatus::L7OkConditional:
      return 16;
    case CheckStatus::L7Status:
      return 17;
  }
  return 0;
}

base::Result<std::vector<SavedServer>> parse_saved_states(std::string_view text) {
  std::vector<SavedServer> out;
  std::size_t number = 0;
  const auto corrupt = [&number](const std::string& why) {
    return base::fail(base::ErrorKind::Configuration, why + " at line " + std::to_string(number));
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (number == 1) {
      if (base::trim(line) != "1") return corrupt("its version is not 1,");
      continue;
    }
    if (base::trim(line).empty() || line.front() == '#') continue;
    auto saved = parse_line(line);
    if (!saved) return corrupt("it is corrupt");
    out.push_back(std::move(*saved));
  }
  if (number == 0) return corrupt("it is empty,");
  return out;
}

void restore_addresses(const std::vector<SavedServer>& saved, const model::Config& config,
                       Registry& registry) {
  for (const SavedServer& each : saved) {
    const model::Proxy* backend = config.find_backend(each.backend);
    if (backend == nullptr) continue;
    for (const model::Server& server : backend->servers) {
      if (server.name != each.server || !is_by_name(server) || server.host != each.fqdn) continue;
      const auto address = base::Address::from_ip(each.address, server.port);
      if (address)
        registry.server(*registry.backend(each.backend), server.name)->set_address(*address);
    }
  }
}

std::vector<std::string> restore_states(const std::vector<SavedServer>& saved,
                                        const Snapshot& snapshot, std::uint64_t now_ms) {
  std::vector<std::string> lines;
  std::vector<BackendRuntime*> touched;
  for (const SavedServer& each : saved) {
    BackendRuntime* backend = snapshot.find_backend(each.backend);
    if (backend == nullptr) continue;
    model::ServerLive* live = backend->find_by_name(each.server);
    if (live == nullptr) continue;
    std::string line = restore(each, *backend->find(live)->config, *live, now_ms);
    if (!line.empty()) lines.push_back(std::move(line));
    if (touched.empty() || touched.back() != backend) touched.push_back(backend);
  }
  if (!touched.empty()) tie_trackers(snapshot);
  // Nobody reads yet: what is replaced needs no waiting.
  for (BackendRuntime* backend : touched) static_cast<void>(backend->balancer->rebuild());
  return lines;
}

}  // namespace sluice::control
