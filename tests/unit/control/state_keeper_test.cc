// The keeper: what is told is on disk when it says so, once for many, and is there again.
#include "control/state_keeper.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <mutex>

#include "build_fixture.h"
#include "support/catch.h"

using namespace sluice;
using control::ChangeLog;
using control::StateFolder;
using control::StateKeeper;
using model::ProxyKind;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/sluice-keeper-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  StateFolder open() const {
    auto folder = StateFolder::open(path, "x");
    REQUIRE(folder);
    return std::move(*folder);
  }
  std::string read(std::string_view suffix) const { return open().read(suffix).value_or(""); }
  std::string path;
};

/// A process: a configuration with one server, a log, a keeper and its loop.
struct Process : BuildFixture {
  explicit Process(const Folder& where) {
    add_server(add(ProxyKind::Backend, "app"), "a").weight = 10;
    publisher.publish(build(), nullptr);
    log.told = [this](control::LoggedChange& change) { keeper.told(change); };
    keeper.start(where.open(), "/x.cfg");
  }
  control::KeeperHooks hooks() {
    control::KeeperHooks out;
    out.snapshot = [this] { return publisher.current(); };
    out.now_us = [this] { return now_us; };
    out.now_ms = [this] { return now_ms; };
    out.post = [this](std::function<void()> call) {
      const std::lock_guard lock(mutex);
      calls.push_back(std::move(call));
      posted.notify_one();
    };
    out.soon = [this] { flush_wanted = true; };
    out.at = [this](std::uint64_t at_ms) { at = std::min(at, at_ms); };
    out.say = [this](const std::string& line) { said += line + "\n"; };
    return out;
  }
  control::LoggedChange& weight(const std::string& value) {
    const std::string before = std::to_string(registry.find_server("app", "a")->state().weight);
    log.note({"ann", control::ChangeSource::Rest, "", ""}, now_us,
             {"s:app/a", "weight", before, value});
    return log.entries().back();
  }
  /// Turns until `done`.
  template <class Done>
  void turn_until(Done done) {
    while (!done()) {
      if (std::exchange(flush_wanted, false)) keeper.flush();
      std::unique_lock lock(mutex);
      const bool come =
          posted.wait_for(lock, std::chrono::seconds(30), [this] { return !calls.empty(); });
      REQUIRE(come);
      auto now = std::exchange(calls, {});
      lock.unlock();
      for (auto& call : now) call();
    }
  }
  void save() {
    bool saved = false;
    keeper.when_saved([&saved] { saved = true; });
    turn_until([&saved] { return saved; });
  }

  std::int64_t now_us = 1'000'000;
  std::uint64_t now_ms = 1'000;
  std::mutex mutex;
  std::condition_variable posted;
  std::deque<std::function<void()>> calls;
  bool flush_wanted = false;
  std::uint64_t at = UINT64_MAX;
  std::string said;
  ChangeLog log;
  StateKeeper keeper{log, hooks()};
};

}  // namespace

TEST_CASE("what was saved is there in the next process") {
  const Folder folder;
  {
    Process first(folder);
    first.weight("3");
    first.save();
    CHECK(folder.read(".state").find("\"value\":\"3\"") != std::string::npos);
  }
  Process second(folder);
  CHECK(second.registry.find_server("app", "a")->state().weight == 3);
  REQUIRE(second.log.entries().size() == 1);
  CHECK(second.log.entries()[0].origin.who == "ann");
  CHECK(second.weight("4").id == 2);
}

TEST_CASE("what nobody waited for is written when the process stops") {
  const Folder folder;
  {
    Process first(folder);
    for (int i = 0; i < 100; ++i) first.weight(std::to_string(i));
  }
  Process second(folder);
  CHECK(second.registry.find_server("app", "a")->state().weight == 99);
  CHECK(second.log.entries().size() == 100);
}

TEST_CASE("nobody waits where nothing is kept, or nothing was changed") {
  const Folder folder;
  Process process(folder);
  process.weight("3");
  process.save();
  bool saved = false;
  process.keeper.when_saved([&saved] { saved = true; });
  CHECK(saved);
}

TEST_CASE("a folder that takes nothing is said once, answered, and tried again") {
  const Folder folder;
  Process process(folder);
  const std::string path = folder.path + "/x.state";
  REQUIRE(::mkdir(path.c_str(), 0700) == 0);
  process.weight("3");
  process.save();
  CHECK(process.said.find("states are not kept") != std::string::npos);
  CHECK_FALSE(process.keeper.trouble().empty());
  CHECK(process.at <= process.now_ms + StateKeeper::kRetryMs);
  REQUIRE(::rmdir(path.c_str()) == 0);
  process.keeper.tick();
  process.turn_until([&process] { return process.keeper.trouble().empty(); });
  CHECK(folder.read(".state").find("\"value\":\"3\"") != std::string::npos);
}

TEST_CASE("the second process waits for the lock, and its entries follow those of the first") {
  const Folder folder;
  auto first = std::make_unique<Process>(folder);
  first->weight("3");
  first->save();
  Process second(folder);
  CHECK(second.registry.find_server("app", "a")->state().weight == 3);
  second.weight("4");
  second.keeper.tick();
  CHECK(second.log.entries().back().hash.empty());
  first->weight("5");
  first.reset();
  second.keeper.tick();
  second.save();
  CHECK_FALSE(second.log.entries().back().hash.empty());
  const auto read = control::read_audit(folder.read(".audit"), 100);
  CHECK_FALSE(read.damaged);
  REQUIRE(read.entries.size() == 3);
  CHECK(read.entries[2].items[0].new_value == "4");
  CHECK(read.entries[2].id > read.entries[1].id);
}

TEST_CASE("a change that expires is pending in the next process, also without the log") {
  const Folder folder;
  for (const bool with_log : {true, false}) {
    {
      Process first(folder);
      first.log.begin({"ann", control::ChangeSource::Rest, "", ""});
      first.log.note({}, 0, {"s:app/a", "weight", "10", "3"});
      control::LoggedChange& entry = first.log.commit(first.now_us);
      entry.expires_at_us = 99'000'000;
      first.log.told(entry);
    }
    if (!with_log) std::filesystem::remove(folder.path + "/x.audit");
    Process second(folder);
    REQUIRE_FALSE(second.log.entries().empty());
    control::LoggedChange& kept = second.log.entries().back();
    CHECK(kept.pending());
    CHECK(kept.items[0].old_value == "10");
    second.log.confirm(kept, "bob");
    second.keeper.stop();
    CHECK(folder.read(".state").find("expires") == std::string::npos);
  }
}

namespace {

/// One change after which the file is rolled at the next.
void fill(Process& process) {
  process.log.begin({"ann", control::ChangeSource::Rest, "", ""});
  for (int i = 0; i < 17'500; ++i)
    process.log.note({}, 0, {"s:app/a", "maxconn", std::string(1'000, '1'), "2"});
  control::LoggedChange& entry = process.log.commit(process.now_us);
  process.log.told(entry);
  process.save();
}

/// The file that was put away.
std::string put_away(const Folder& folder) {
  for (const auto& each : std::filesystem::directory_iterator(folder.path)) {
    const std::string name = each.path().filename();
    if (name.starts_with("x.audit.")) return name.substr(1);
  }
  return {};
}

}  // namespace

TEST_CASE("a large log is put away, and the next file continues its chain and its changes") {
  const Folder folder;
  {
    Process first(folder);
    first.weight("3");
    fill(first);
    first.weight("4");
    first.save();
  }
  const std::string text = folder.read(".audit");
  CHECK(text.size() < 2'000);
  CHECK_FALSE(control::read_audit(text, 10).damaged);
  CHECK(text.find("\"prev\":\"\"") == std::string::npos);
  const auto old = control::read_audit(folder.read(put_away(folder)), 10);
  CHECK_FALSE(old.damaged);
  CHECK(old.last_id == 2);
  Process second(folder);
  CHECK(second.said.empty());
  CHECK(second.keeper.chain().intact);
  REQUIRE(second.log.entries().size() == 3);
  CHECK(second.log.entries()[0].items[0].new_value == "3");
  CHECK(second.log.entries()[0].hash == old.entries[0].hash);
  CHECK(second.weight("5").id == 4);
}

TEST_CASE("ids go on though the file that was put away is gone, or is another one") {
  for (const std::string left : {"", "nothing of the kind\n"}) {
    const Folder folder;
    {
      Process first(folder);
      fill(first);
      first.weight("4");
    }
    const std::string name = put_away(folder);
    std::filesystem::remove(folder.path + "/x" + name);
    if (!left.empty()) REQUIRE(folder.open().replace(name, left));
    Process second(folder);
    CHECK((second.said.find("is not whole") == std::string::npos) == left.empty());
    CHECK(second.log.entries().size() == 1);
    CHECK(second.weight("5").id == 3);
  }
}

TEST_CASE("a process that ended before the next file was there goes on with the old one") {
  const Folder folder;
  std::string name;
  {
    Process first(folder);
    fill(first);
    name = ".audit.2-" + first.log.entries().back().hash.substr(0, 8);
  }
  REQUIRE(folder.open().link(".audit", name));
  Process second(folder);
  second.weight("4");
  second.save();
  CHECK(put_away(folder) == name);
  CHECK(second.log.entries().size() == 2);
  CHECK(folder.read(".audit").size() < 2'000);
}

TEST_CASE("a log that cannot be put away goes on in its file, and that is said once") {
  const Folder folder;
  Process process(folder);
  fill(process);
  const std::string name = ".audit.2-" + process.log.entries().back().hash.substr(0, 8);
  REQUIRE(folder.open().replace(name, "of somebody else"));
  process.weight("4");
  process.save();
  process.weight("5");
  process.save();
  CHECK(process.said.find("goes on in one file") == process.said.rfind("goes on in one file"));
  CHECK(process.said.find("goes on in one file") != std::string::npos);
  CHECK(folder.read(name) == "of somebody else");
  const auto read = control::read_audit(folder.read(".audit"), 10);
  CHECK_FALSE(read.damaged);
  CHECK(read.entries.size() == 3);
}
