#include "app/session_query.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <utility>

namespace sluice::app {

namespace {

using model::SessionInfo;
using model::WorkerFigures;

/// Each worker fills its own place.
struct Walk {
  struct Place {
    proxy::Worker::SessionWalk walk;
    bool done = false;
    std::vector<SessionInfo> sessions;
  };
  WorkerSet& workers;
  std::function<void(std::vector<SessionInfo>)> told;
  std::array<Place, proxy::WorkerTable::kSlots> places;
  std::atomic<bool> more{false};
};

std::vector<SessionInfo> all_of(Walk& walk) {
  std::vector<SessionInfo> out;
  for (Walk::Place& place : walk.places)
    std::move(place.sessions.begin(), place.sessions.end(), std::back_inserter(out));
  std::ranges::sort(out, [](const SessionInfo& a, const SessionInfo& b) {
    return a.begun_ns != b.begun_ns ? a.begun_ns < b.begun_ns : a.id < b.id;
  });
  const auto twice = std::ranges::unique(
      out, [](const SessionInfo& a, const SessionInfo& b) { return a.id == b.id; });
  out.erase(twice.begin(), twice.end());
  return out;
}

void go_on(const std::shared_ptr<Walk>& walk) {
  walk->more = false;
  walk->workers.each(
      [walk](std::size_t slot) {
        Walk::Place& place = walk->places[slot];
        if (!place.done)
          place.done = walk->workers.worker(slot).report_sessions(place.walk, place.sessions);
        if (!place.done) walk->more = true;
      },
      [walk] {
        if (walk->more)
          go_on(walk);
        else
          walk->told(all_of(*walk));
      });
}

}  // namespace

void list_sessions(WorkerSet& workers, std::function<void(std::vector<SessionInfo>)> told) {
  go_on(std::shared_ptr<Walk>(new Walk{workers, std::move(told), {}, {}}));
}

void find_session(WorkerSet& workers, std::uint64_t id,
                  std::function<void(std::optional<SessionInfo>)> told) {
  auto places =
      std::make_shared<std::array<std::optional<SessionInfo>, proxy::WorkerTable::kSlots>>();
  workers.each([&workers, id, places](
                   std::size_t slot) { (*places)[slot] = workers.worker(slot).find_session(id); },
               [places, told = std::move(told)] {
                 for (std::optional<SessionInfo>& found : *places) {
                   if (found) return told(std::move(found));
                 }
                 told(std::nullopt);
               });
}

void end_session(WorkerSet& workers, std::uint64_t id, std::function<void(bool)> told) {
  auto ended = std::make_shared<std::atomic<bool>>(false);
  workers.each(
      [&workers, id, ended](std::size_t slot) {
        if (workers.worker(slot).end_session(id)) ended->store(true);
      },
      [ended, told = std::move(told)] { told(ended->load()); });
}

void worker_figures(WorkerSet& workers, std::function<void(std::vector<WorkerFigures>)> told) {
  auto places =
      std::make_shared<std::array<std::optional<WorkerFigures>, proxy::WorkerTable::kSlots>>();
  workers.each(
      [&workers, places](std::size_t slot) { (*places)[slot] = workers.worker(slot).figures(); },
      [places, told = std::move(told)] {
        std::vector<WorkerFigures> out;
        for (const auto& figures : *places) {
          if (figures) out.push_back(*figures);
        }
        told(std::move(out));
      });
}

}  // namespace sluice::app
