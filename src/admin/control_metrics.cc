#include "admin/control_metrics.h"

#include <string_view>

namespace sluice::admin {

namespace {

constexpr std::string_view kChanges = "sluice_changes_total";
constexpr std::string_view kChecks = "sluice_password_checks_total";
constexpr std::string_view kWaiting = "sluice_password_checks_waiting";

std::string head(std::string_view name, std::string_view help, std::string_view type) {
  const std::string is(name);
  return "# HELP " + is + ' ' + std::string(help) + "\n# TYPE " + is + ' ' + std::string(type) +
         '\n';
}

/// Every source is there from the start: a rate needs the zero before the first.
std::string changes_of(const control::ChangeLog& log) {
  std::string out = head(
      kChanges, "Changes of live state that were asked for, by where they came from.", "counter");
  for (std::size_t i = 0; i < log.counts().size(); ++i) {
    const auto from = static_cast<control::ChangeSource>(i);
    if (from == control::ChangeSource::Check) continue;  // states that checks find are no changes
    const std::string labels =
        std::string(kChanges) + "{from=\"" + std::string(control::to_text(from)) + "\",result=\"";
    out += labels + "applied\"} " + std::to_string(log.counts()[i].applied) + '\n';
    out += labels + "refused\"} " + std::to_string(log.counts()[i].refused) + '\n';
  }
  return out;
}

std::string checks_of(const net::PasswordPool::Counts& counts) {
  std::string out = head(
      kChecks, "Passwords that were to be compared with a hash, by what came of it.", "counter");
  const std::pair<std::string_view, std::uint64_t> results[] = {{"right", counts.right},
                                                                {"wrong", counts.wrong},
                                                                {"remembered", counts.remembered},
                                                                {"refused", counts.refused}};
  for (const auto& [name, value] : results) {
    out += std::string(kChecks) + "{result=\"" + std::string(name) + "\"} " +
           std::to_string(value) + '\n';
  }
  return out;
}

}  // namespace

std::string control_metrics(const View& view, const stats::ScrapeOptions& wanted) {
  std::string out;
  if (!wanted.global) return out;
  if (view.log != nullptr && wanted.wants(kChanges)) out += changes_of(*view.log);
  if (!view.password_counts) return out;
  const net::PasswordPool::Counts counts = view.password_counts();
  if (wanted.wants(kChecks)) out += checks_of(counts);
  if (wanted.wants(kWaiting)) {
    out += head(kWaiting, "Passwords that wait to be compared with a hash.", "gauge") +
           std::string(kWaiting) + ' ' + std::to_string(counts.waiting) + '\n';
  }
  return out;
}

}  // namespace sluice::admin
