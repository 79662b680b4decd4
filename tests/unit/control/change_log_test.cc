#include "control/change_log.h"

#include "support/catch.h"

using namespace sluice::control;

TEST_CASE(
    "an entry counts once where it came from, whatever it has of items, a refusal beside it") {
  ChangeLog log;
  const auto of = [&log](ChangeSource source) {
    return log.counts()[static_cast<std::size_t>(source)];
  };
  log.begin({"alice", ChangeSource::Page, "", ""});
  log.note({}, 0, {"s:be/a", "weight", "1", "2"});
  log.note({}, 0, {"s:be/b", "weight", "1", "2"});
  log.commit(1);
  log.note({"socket", ChangeSource::Socket, "", ""}, 1, {"*", "maxconn", "1", "2"});
  log.begin({"bob", ChangeSource::Page, "", ""});
  log.note({}, 0, {"s:be/a", "weight", "2", "3"});
  log.abandon();
  log.refused(ChangeSource::Rest);
  CHECK((of(ChangeSource::Page).applied == 1 && of(ChangeSource::Page).refused == 0));
  CHECK((of(ChangeSource::Socket).applied == 1 && of(ChangeSource::Form).applied == 0));
  CHECK((of(ChangeSource::Rest).applied == 0 && of(ChangeSource::Rest).refused == 1));
}

TEST_CASE("what a process before this one did counts for nothing, nor does a confirmation") {
  ChangeLog log;
  LoggedChange old;
  old.id = 7;
  old.origin.from = ChangeSource::Rest;
  old.items.push_back({"s:be/a", "weight", "1", "2"});
  log.restore({old}, 8);
  log.confirm(*log.find(7), "alice");
  for (const ChangeCount& count : log.counts()) CHECK((count.applied == 0 && count.refused == 0));
}
