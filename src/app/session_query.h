// Questions about the requests at work, put to every worker: a long list is looked through some at
// a time, so that no worker stops for it. Control thread; answers come later, once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "app/worker_set.h"
#include "model/session_info.h"

namespace sluice::app {

/// Oldest first. Who ends or begins meanwhile may be missing.
void list_sessions(WorkerSet& workers, std::function<void(std::vector<model::SessionInfo>)> told);
void find_session(WorkerSet& workers, std::uint64_t id,
                  std::function<void(std::optional<model::SessionInfo>)> told);
/// True: it was there, and is ended.
void end_session(WorkerSet& workers, std::uint64_t id, std::function<void(bool)> told);
/// By slot.
void worker_figures(WorkerSet& workers,
                    std::function<void(std::vector<model::WorkerFigures>)> told);

}  // namespace sluice::app
