// The audit file's text: a line of JSON for each change, and for each confirmation and undoing of
// one, chained by hashes. A line ends with "prev", the hash of the line before it, and "hash", the
// SHA-256 of the line up to the comma before "hash"; so a line that was changed, taken away or put
// in shows where. (That the end was cut off does not.) Fields that are not known are left alone.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/change_log.h"

namespace sluice::control {

inline constexpr int kAuditVersion = 1;

/// Makes lines, each with its line feed, that continue a chain.
class AuditChain {
 public:
  explicit AuditChain(std::string last_hash = {}) : last_(std::move(last_hash)) {}
  [[nodiscard]] std::string begun(std::int64_t at_us, std::string_view configuration);
  /// The first line of the file that follows the one put away under the suffix `before`, whose
  /// ids are at most `last_id`.
  [[nodiscard]] std::string goes_on(std::int64_t at_us, std::string_view configuration,
                                    std::uint64_t last_id, std::string_view before);
  /// What follows `line`, the last one that is whole, was set aside as `file`.
  [[nodiscard]] std::string broken(std::int64_t at_us, std::uint64_t first_id, std::uint64_t line,
                                   std::string_view file);
  /// Gives the entry its hash.
  [[nodiscard]] std::string change(LoggedChange& entry);
  [[nodiscard]] std::string confirmed(const LoggedChange& entry, std::int64_t at_us);
  [[nodiscard]] std::string undone(const LoggedChange& entry, std::int64_t at_us);
  [[nodiscard]] const std::string& last_hash() const { return last_; }

 private:
  [[nodiscard]] std::string seal(std::string object);
  std::string last_;
};

struct AuditReading {
  std::vector<LoggedChange> entries;  // the latest, oldest first
  std::string last_hash;
  std::uint64_t last_id = 0;
  std::size_t whole_bytes = 0;  // up to the end of the last line that holds
  std::uint64_t whole_lines = 0;
  bool damaged = false;                    // a line behind those does not hold
  bool cut_short = false;                  // only the last line lacks its end: a write that ended
  std::optional<std::uint64_t> broken_at;  // where a chain before this one broke: the first id
};

/// What a file's first line says of the one before it; empty where it says nothing.
struct AuditHead {
  std::string before;     // its suffix
  std::string last_hash;  // of its last line
};
[[nodiscard]] AuditHead read_audit_head(std::string_view text);

/// Verifies every line; keeps at most `most` entries, those of the file before included.
[[nodiscard]] AuditReading read_audit(std::string_view text, std::size_t most,
                                      AuditReading before = {});

}  // namespace sluice::control
