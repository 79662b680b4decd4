// The thread that writes what outlives the process: a batch at a time, so that what comes while it
// writes is one more batch, however much it is. Made and asked by the control thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "control/overrides.h"
#include "control/state_folder.h"

namespace sluice::control {

inline constexpr std::string_view kStateSuffix = ".state";
inline constexpr std::string_view kAuditSuffix = ".audit";

class StateWriter {
 public:
  struct Batch {
    std::optional<OverrideDocument> overrides;
    std::string audit;           // lines to append
    std::size_t audit_size = 0;  // of the file before
  };
  /// Of both parts; what there was nothing of went well.
  struct Outcome {
    base::Result<> audit, overrides;
  };

  /// `done` runs in the writer's thread after each batch. The folder outlives the writer.
  StateWriter(const StateFolder& folder, std::function<void()> done);
  ~StateWriter() { finish(); }
  StateWriter(const StateWriter&) = delete;
  StateWriter& operator=(const StateWriter&) = delete;

  /// Not before the outcome of the one before was taken.
  void write(Batch batch);
  /// Of the last batch; nothing while it is being written, or when it was taken already.
  [[nodiscard]] std::optional<Outcome> take_outcome();
  /// Ends the thread when the batch that it has is written.
  void finish();

  /// The log first: it never lacks what is in force.
  [[nodiscard]] static Outcome write_now(const StateFolder& folder, const Batch& batch);

 private:
  void run();

  const StateFolder& folder_;
  const std::function<void()> done_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::optional<Batch> batch_;
  std::optional<Outcome> outcome_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace sluice::control
