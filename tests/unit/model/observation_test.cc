#include "model/observation.h"

#include <atomic>
#include <thread>
#include <vector>

#include "model/server_transition.h"
#include "support/catch.h"

using namespace sluice::model;

TEST_CASE("layer4 looks at connections, layer7 at responses, and both at failed connections") {
  CHECK(verdict_of(Observed::Connected, Observe::Layer4) == Verdict::Good);
  CHECK(verdict_of(Observed::Connected, Observe::Layer7) == Verdict::Ignored);
  CHECK(verdict_of(Observed::NotConnected, Observe::Layer4) == Verdict::Error);
  CHECK(verdict_of(Observed::NotConnected, Observe::Layer7) == Verdict::Error);
  CHECK(verdict_of(Observed::WrongResponse, Observe::Layer4) == Verdict::Ignored);
  CHECK(verdict_of(Observed::WrongResponse, Observe::Layer7) == Verdict::Error);
  CHECK(verdict_of(Observed::NotConnected, Observe::None) == Verdict::Ignored);
}

TEST_CASE("statuses from 100 to 499, 501 and 505 are good ones") {
  for (const unsigned status : {100U, 200U, 404U, 499U, 501U, 505U})
    CHECK(observed_of_status(status) == Observed::GoodResponse);
  for (const unsigned status : {500U, 502U, 503U, 504U, 506U, 600U})
    CHECK(observed_of_status(status) == Observed::WrongResponse);
}

TEST_CASE("the limit is reached by errors in a row, and told once until it is taken") {
  ErrorWatch watch;
  const auto error = [&] { return watch.note(Observed::ReadTimeout, Observe::Layer7, 3); };
  CHECK_FALSE(error());
  CHECK_FALSE(error());
  CHECK_FALSE(watch.note(Observed::GoodResponse, Observe::Layer7, 3));
  CHECK_FALSE(error());
  CHECK_FALSE(error());
  CHECK_FALSE(watch.note(Observed::Connected, Observe::Layer7, 3));  // says nothing at layer 7
  CHECK(error());
  for (int i = 0; i < 3; ++i) CHECK_FALSE(error());  // reached again, and not yet taken
  const ErrorWatch::Reached reached = watch.take();
  CHECK(reached.times == 2);
  CHECK(text_of(reached.last) == "Read timeout (http)");
  CHECK(watch.take().times == 0);
  CHECK_FALSE(error());
  watch.clear();
  CHECK_FALSE(error());
  CHECK_FALSE(error());
  CHECK(error());
}

TEST_CASE("errors that several workers see are counted together") {
  ErrorWatch watch;
  std::atomic<std::uint32_t> told{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      for (int n = 0; n < 1'000; ++n) {
        if (watch.note(Observed::NotConnected, Observe::Layer4, 10)) ++told;
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  CHECK(told == 1);
  const std::uint32_t times = watch.take().times;
  CHECK(times >= 100);  // those that race with the one that takes the count may be lost
  CHECK(times <= 400);
}

TEST_CASE("on-error is a failed check, one before the fatal one, or the fatal one") {
  constexpr Surroundings kAround{.rise = 2, .fall = 3, .checked = true};
  ServerStateWord full = start_state({.rise = 2});
  full = apply_report(full, {.status = CheckStatus::L4Ok, .passed = true}, kAround).state;
  const auto after = [&](OnError action) { return apply_errors(full, action, kAround); };
  CHECK_FALSE(after(OnError::FastInter).moved);
  CHECK(after(OnError::FailCheck).state.health == 3);
  CHECK(after(OnError::SuddenDeath).state.health == 2);
  CHECK(after(OnError::SuddenDeath).state.oper == OperState::Up);
  CHECK(after(OnError::MarkDown).state.oper == OperState::Down);
  CHECK(after(OnError::MarkDown).moved);
  const ServerStateWord last = after(OnError::SuddenDeath).state;
  CHECK(apply_errors(last, OnError::SuddenDeath, kAround).state.oper == OperState::Down);
}
