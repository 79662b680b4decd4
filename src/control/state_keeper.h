// What outlives the process, kept in step with the log of changes: the overrides of operators (the
// state file) and the log itself (the audit file). Control thread; files are written by a thread of
// its own, once for all that changed meanwhile.
//
// A change is on disk before whoever waits by when_saved() is answered. Where the disk does not
// answer for kPatienceMs, or refuses, they are answered all the same: that is said in the log, and
// tried again each second. Without a folder nothing is kept, and nobody waits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/audit.h"
#include "control/change_log.h"
#include "control/overrides.h"
#include "control/state_folder.h"
#include "control/state_writer.h"

namespace sluice::control {

struct KeeperHooks {
  std::function<std::shared_ptr<const Snapshot>()> snapshot;
  std::function<std::int64_t()> now_us;  // wall clock
  std::function<std::uint64_t()> now_ms;
  /// Any thread: runs it on the control thread.
  std::function<void(std::function<void()>)> post;
  /// StateKeeper::flush() is to be called when the present event is over.
  std::function<void()> soon;
  /// StateKeeper::tick() is to be called then.
  std::function<void(std::uint64_t at_ms)> at;
  /// A line for people.
  std::function<void(const std::string& line)> say;
};

class StateKeeper {
 public:
  static constexpr std::uint64_t kPatienceMs = 5'000;
  static constexpr std::uint64_t kRetryMs = 1'000;
  static constexpr std::uint64_t kLockMs = 200;
  /// A larger audit file is put away, and the next one continues its chain.
  static constexpr std::size_t kRollBytes = std::size_t{16} << 20;
  /// Ids that are left to a process that still runs beside this one, or to what was lost.
  static constexpr std::uint64_t kIdGap = 10'000;

  StateKeeper(ChangeLog& log, KeeperHooks hooks) : log_(log), hooks_(std::move(hooks)) {}
  ~StateKeeper() { stop(); }
  StateKeeper(const StateKeeper&) = delete;
  StateKeeper& operator=(const StateKeeper&) = delete;

  /// Before workers run: restores overrides and log, and begins to keep them.
  /// `configuration`: its file, for the audit file's first line.
  void start(std::optional<StateFolder> folder, std::string configuration);
  /// The log has an entry, or one of its was confirmed or undone.
  void told(LoggedChange& entry);
  /// Another configuration is in force. What it did away with, as items of the log.
  [[nodiscard]] std::vector<LoggedItem> follow();
  /// Runs when all that was told is on disk.
  void when_saved(std::function<void()> saved);
  void flush();
  void tick();
  /// Writes what is left, and leaves the files to the next process.
  void stop();

  struct Chain {
    std::string file;  // empty: none is kept
    bool intact = true;
    std::optional<std::uint64_t> broken_at;
  };
  [[nodiscard]] const Chain& chain() const { return chain_facts_; }
  [[nodiscard]] const Overrides& overrides() const { return overrides_; }
  /// Why the last write failed; empty: it did not.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  enum class Event : std::uint8_t { Change, Confirmed, Undone };
  struct Waiting {
    std::function<void()> saved;
    std::uint64_t until_ms;
  };
  [[nodiscard]] bool keeps() const { return folder_.has_value() && folder_->locked(); }
  enum class Alone : std::uint8_t { No, Yes };
  [[nodiscard]] std::vector<LoggedItem> restore_overrides();
  void restore_log(AuditReading reading, Alone alone);
  [[nodiscard]] std::string damaged_suffix(std::string_view suffix) const;
  void take_lock();
  [[nodiscard]] AuditReading open_audit();
  void mend_audit(const std::string& text, AuditReading& reading);
  [[nodiscard]] AuditReading read_log(std::string_view text) const;
  void roll_audit();
  void seal(Event event, LoggedChange& entry);
  void finished(const StateWriter::Outcome& outcome);
  [[nodiscard]] StateWriter::Batch next_batch();
  void say_set_aside(std::size_t count) const;

  ChangeLog& log_;
  KeeperHooks hooks_;
  Overrides overrides_;
  std::optional<StateFolder> folder_;
  std::string configuration_;
  AuditChain chain_;
  Chain chain_facts_;
  std::size_t audit_size_ = 0;
  std::size_t roll_at_ = kRollBytes;
  std::string lines_;                                     // of the audit file, to be written
  std::size_t lines_sent_ = 0;                            // of those: what is being written
  std::vector<std::pair<Event, LoggedChange>> unsealed_;  // until the lock is ours
  bool dirty_ = false;
  bool writing_ = false;
  bool stopped_ = false;
  std::vector<Waiting> waiting_;    // for the next batch
  std::vector<Waiting> in_flight_;  // for the present one
  std::string trouble_;
  std::unique_ptr<StateWriter> writer_;
};

}  // namespace sluice::control
