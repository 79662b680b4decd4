// What operators set at run time and the configuration does not say: admin states and weights of
// servers, with who, when and why. Each record holds the value of the directive that it overrides
// (its base); it counts only while the configuration still says that, so that an edited file wins.
// What no longer counts is kept apart, with the reason, for people to look at. Control thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "control/change_log.h"
#include "control/snapshot.h"

namespace sluice::control {

/// `set` is "state" ("ready", "drain", "maint") or "weight"; base likewise: "maint" for a server
/// that is `disabled` in the configuration.
struct Override {
  std::string backend, server, set;
  std::string value, base;
  std::string before;  // what it replaced, and what its expiry brings back
  ChangeOrigin origin;
  std::int64_t at_us = 0;                     // wall clock
  std::uint64_t change = 0;                   // its entry in the log of changes
  std::optional<std::int64_t> expires_at_us;  // unless confirmed until then
  std::string unknown;                        // fields of a later version: a JSON object, or empty
};

struct SetAside {
  Override record;
  std::string why;
  std::int64_t at_us = 0;
};

/// The state file. Its text is JSON, one record a line.
struct OverrideDocument {
  static constexpr int kVersion = 1;
  std::vector<Override> overrides;
  std::vector<SetAside> set_aside;  // oldest first
  std::string unknown;
};
[[nodiscard]] std::string to_text(const OverrideDocument& document);
/// An error says what of the text is no state file of this version.
[[nodiscard]] base::Result<OverrideDocument> parse_overrides(std::string_view text);

class Overrides {
 public:
  static constexpr std::size_t kMaxSetAside = 1'000;

  /// An operator's change, applied already. True: something is to be written.
  bool note(const LoggedChange& change, const Snapshot& snapshot);
  /// It does not expire any more.
  bool confirm(std::uint64_t change);

  /// Before workers run, on servers as the configuration starts them. Gives an item for each record
  /// that was set aside (the last of set_aside()): what it said, and what the configuration says.
  [[nodiscard]] std::vector<LoggedItem> restore(OverrideDocument document, const Snapshot& snapshot,
                                                std::int64_t now_us);
  /// After another configuration was adopted; likewise.
  [[nodiscard]] std::vector<LoggedItem> follow(const Snapshot& snapshot, std::int64_t now_us);

  /// Of the records that expire: the changes that they are of.
  [[nodiscard]] std::vector<LoggedChange> expiring() const;

  [[nodiscard]] OverrideDocument document() const;
  [[nodiscard]] const std::vector<SetAside>& set_aside() const { return set_aside_; }

  /// Where a record's server is; null where the configuration has none.
  struct Place {
    BackendRuntime* backend = nullptr;
    const ServerRuntime* server = nullptr;
  };

 private:
  // backend, server, kind
  using Key = std::pair<std::pair<std::string, std::string>, std::string>;
  void put_aside(Override record, std::string why, const Place& place, std::int64_t now_us,
                 std::vector<LoggedItem>& items);
  std::map<Key, Override> records_;
  std::vector<SetAside> set_aside_;
  std::string unknown_;
};

}  // namespace sluice::control
