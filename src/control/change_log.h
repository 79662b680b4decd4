// Who changed what, when, from where and why: the memory of every change, whichever way it came.
// One entry has one or more items (a bulk action is one entry). Bounded by entries and by items;
// the oldest go first. Control thread only.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/change.h"

namespace sluice::control {

/// `target` is a key: "f:FRONTEND", "b:BACKEND", "s:BACKEND/SERVER", or "*" for the process. `set`
/// is the kind of the action: "state", "weight", …
struct LoggedItem {
  std::string target, set, old_value, new_value;
  /// A start of the process did away with it: there is nothing left to set back.
  bool lapsed = false;
};

/// What became of changes that were asked for, by where they came from. A change is an entry of the
/// log, whatever it has of items.
struct ChangeCount {
  std::uint64_t applied = 0, refused = 0;
};
inline constexpr std::size_t kChangeSources = static_cast<std::size_t>(ChangeSource::Internal) + 1;

struct ChangeOrigin {
  std::string who;  // a user, "" where nobody was asked for
  ChangeSource from = ChangeSource::Internal;
  std::string source;  // an address
  std::string note;
};

struct LoggedChange {
  std::uint64_t id = 0;
  std::int64_t at_us = 0;  // wall clock
  ChangeOrigin origin;
  std::vector<LoggedItem> items;
  std::optional<std::uint64_t> undo_of, undone_by;
  std::optional<std::int64_t> expires_at_us;  // set back then, unless confirmed
  std::optional<std::string> confirmed_by;
  std::string hash;  // of its line in the audit file; empty: it has none
  /// Can it be set back (and was not yet)?
  [[nodiscard]] bool undoable() const;
  [[nodiscard]] bool pending() const {
    return expires_at_us.has_value() && !confirmed_by && !undone_by;
  }
};

[[nodiscard]] std::string_view to_text(ChangeSource source);
/// Of such a text; Internal where there is none like it.
[[nodiscard]] ChangeSource source_of(std::string_view text);
/// The key of a change's target, and its kind of action.
[[nodiscard]] LoggedItem item_of(const Change& change);

class ChangeLog {
 public:
  static constexpr std::size_t kMaxEntries = 2'000;
  static constexpr std::size_t kMaxItems = 20'000;

  /// Called for each entry when it is complete, and again when it was confirmed or undone.
  std::function<void(LoggedChange&)> told;

  /// From here to commit() what is noted belongs to one entry.
  void begin(ChangeOrigin origin);
  /// One item: of the entry that was begun, or an entry of its own.
  void note(const Change& change);
  void note(const ChangeOrigin& origin, std::int64_t at_us, LoggedItem item);
  /// What was noted since begin(); an entry of nothing is kept too (somebody asked).
  LoggedChange& commit(std::int64_t at_us);
  /// The items since begin().
  [[nodiscard]] std::vector<LoggedItem> noted() const {
    return open_ ? open_->items : std::vector<LoggedItem>();
  }
  /// Forgets what was noted since begin().
  void abandon() { open_.reset(); }

  /// One that was asked for and not done: not understood, not permitted, or not possible.
  void refused(ChangeSource from) { ++counts_[static_cast<std::size_t>(from)].refused; }
  /// Since the process started.
  [[nodiscard]] const std::array<ChangeCount, kChangeSources>& counts() const { return counts_; }

  /// The entries of processes before this one; the next id is at least `next_id`.
  void restore(std::vector<LoggedChange> entries, std::uint64_t next_id);

  void confirm(LoggedChange& entry, std::string who);
  void undone(LoggedChange& entry, std::uint64_t by);

  [[nodiscard]] LoggedChange* find(std::uint64_t id);
  /// Oldest first.
  [[nodiscard]] const std::deque<LoggedChange>& entries() const { return entries_; }
  [[nodiscard]] std::deque<LoggedChange>& entries() { return entries_; }
  [[nodiscard]] std::uint64_t total() const { return next_id_ - 1; }

 private:
  LoggedChange& take(LoggedChange entry);
  LoggedChange& append(LoggedChange entry);
  std::deque<LoggedChange> entries_;
  std::optional<LoggedChange> open_;
  std::uint64_t next_id_ = 1;
  std::size_t items_ = 0;
  std::array<ChangeCount, kChangeSources> counts_{};
};

}  // namespace sluice::control
