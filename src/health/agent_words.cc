#include "health/agent_words.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"

namespace sluice::health {

namespace {

using model::AdminState;
using model::AgentReport;
using model::CheckStatus;

constexpr std::string_view kMaxconn = "maxconn:";

struct Words {
  AgentReport report;
  std::string_view health;
  std::string_view unknown;  // the first of them
  std::string_view warning;
};

bool read_admin(std::string_view word, AgentReport& out) {
  if (base::iequals(word, "ready"))
    out.admin = AdminState::Ready;
  else if (base::iequals(word, "drain"))
    out.admin = AdminState::Drain;
  else if (base::iequals(word, "maint"))
    out.admin = AdminState::Maint;
  else
    return false;
  return true;
}

bool read_health(std::string_view word, Words& out) {
  const bool up = base::iequals(word, "up");
  const bool down =
      base::iequals(word, "down") || base::iequals(word, "fail") || base::iequals(word, "stopped");
  if (!up && !down) return false;
  out.report.check.status = up ? CheckStatus::L7Ok : CheckStatus::L7Status;
  out.report.check.passed = up;
  out.health = word;
  return true;
}

bool read_number(std::string_view word, Words& out) {
  if (word.size() > kMaxconn.size() && base::iequals(word.substr(0, kMaxconn.size()), kMaxconn)) {
    const auto value = base::to_unsigned(word.substr(kMaxconn.size()));
    if (value && *value <= UINT32_MAX) {
      out.report.maxconn = static_cast<std::uint32_t>(*value);
    } else {
      out.warning = "maxconn change requires a number";
    }
    return true;
  }
  const std::size_t percent = word.find('%');
  if (!base::is_digit(word.front()) || percent == std::string_view::npos) return false;
  const auto value = base::to_unsigned(word.substr(0, percent));
  if (value && percent + 1 == word.size()) {
    out.report.weight_percent =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(*value, UINT32_MAX));
  } else {
    out.warning = "Trailing garbage in weight string";
  }
  return true;
}

/// "via agent : down (reason)", and what else the operator should see.
std::string text_of(const Words& words, std::string_view reason) {
  if (words.health.empty()) {
    if (!words.unknown.empty()) return "agent reports an error : " + std::string(words.unknown);
    if (!words.warning.empty()) return "agent warns : " + std::string(words.warning);
    return {};
  }
  if (reason.empty() || words.report.check.passed) {
    if (!words.unknown.empty())
      reason = words.unknown;
    else if (!words.warning.empty())
      reason = words.warning;
  }
  std::string out = "via agent : " + std::string(words.health);
  if (!reason.empty()) out += " (" + std::string(reason) + ")";
  return out;
}

}  // namespace

std::optional<model::CheckReport> read_agent_line(std::string_view bytes, bool complete) {
  const std::size_t end = bytes.find_first_of(std::string_view("\r\n\0", 3));
  if (end == std::string_view::npos && !complete) return std::nullopt;
  model::CheckReport out;
  out.status = CheckStatus::Checked;
  out.passed = end != std::string_view::npos;
  out.detail = out.passed ? std::string(bytes.substr(0, end))
                          : std::string("Ignoring incomplete line from agent");
  return out;
}

model::AgentReport read_agent_words(std::string_view line) {
  Words words;
  words.report.check.status = CheckStatus::Checked;
  std::string_view reason;
  while (!line.empty()) {
    const std::size_t begin = line.find_first_not_of(" \t,");
    if (begin == std::string_view::npos) break;
    line.remove_prefix(begin);
    if (line.front() == '#') {
      reason = base::trim(line.substr(1));
      break;
    }
    const std::string_view word = line.substr(0, line.find_first_of(" \t,"));
    line.remove_prefix(word.size());
    const bool known =
        read_health(word, words) || read_admin(word, words.report) || read_number(word, words);
    if (!known && words.unknown.empty()) words.unknown = word;
  }
  words.report.check.detail = text_of(words, reason);
  return words.report;
}

}  // namespace sluice::health
