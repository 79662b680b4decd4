#include "net/password_pool.h"

#include <optional>

#include "support/catch.h"

using sluice::net::PasswordPool;

namespace {

// "elgato"; the second takes a third of a second
const std::string kHash = "$5$rounds=1000$saltsalt$J10GIogn.cWPzHdo5KC/wFeje1rU3MUYtZUMLGlWM69";
const std::string kSlow =
    "$6$rounds=400000$slow$WMR6cIRKDMj/Q42HYaQ3hTwIZSK0y6xZu8v8PrB.A8DbIFBlJPNp2JV4GyjGF2u2EKxUo3xi"
    "24F9tynDyHAis.";

struct Asker {
  std::unique_ptr<sluice::net::Loop> loop = sluice::net::make_uv_loop();
  sluice::net::Mailbox mailbox{*loop};
  std::optional<bool> answer;

  std::shared_ptr<PasswordPool::Question> ask(PasswordPool& pool, const std::string& clear,
                                              const std::string& hash) {
    return pool.ask(clear, hash, mailbox, [this](bool right) {
      answer = right;
      loop->stop();
    });
  }
};

}  // namespace

TEST_CASE("a pool answers by mail, and remembers only what was right, for a minute") {
  PasswordPool pool;
  Asker asker;
  CHECK_FALSE(pool.is_known("elgato", kHash, 0));
  REQUIRE(asker.ask(pool, "elgato", kHash) != nullptr);
  asker.loop->run();
  CHECK(asker.answer == true);
  const std::uint64_t now_ms = asker.loop->now_ms();
  CHECK(pool.is_known("elgato", kHash, now_ms));
  CHECK_FALSE(pool.is_known("elgato", kSlow, now_ms));
  CHECK_FALSE(pool.is_known("other", kHash, now_ms));
  CHECK_FALSE(pool.is_known("elgato", kHash, now_ms + PasswordPool::kKeptMs + 60'000));

  REQUIRE(asker.ask(pool, "wrong", kHash) != nullptr);
  asker.loop->run();
  CHECK(asker.answer == false);
  CHECK_FALSE(pool.is_known("wrong", kHash, now_ms));
}

TEST_CASE("a question that was cancelled tells nobody, and its mailbox may go") {
  PasswordPool pool;
  {
    Asker gone;
    const auto question = gone.ask(pool, "elgato", kSlow);
    REQUIRE(question != nullptr);
    pool.cancel(*question);
  }
  Asker asker;
  REQUIRE(asker.ask(pool, "elgato", kHash) != nullptr);
  asker.loop->run();
  CHECK(asker.answer == true);
}

TEST_CASE("a pool has a bound, and stops with questions that wait") {
  PasswordPool pool;
  Asker asker;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < PasswordPool::kMostWaiting + 50; ++i) {
    if (asker.ask(pool, "guess" + std::to_string(i), kSlow) != nullptr) ++taken;
  }
  CHECK(taken >= PasswordPool::kMostWaiting);
  CHECK(taken < PasswordPool::kMostWaiting + 50);
  pool.stop();
  CHECK(asker.ask(pool, "elgato", kHash) == nullptr);
}

TEST_CASE("questions are counted by what came of them") {
  PasswordPool pool;
  Asker asker;
  for (const char* clear : {"elgato", "wrong", "elgato", "wrong"}) {
    REQUIRE(asker.ask(pool, clear, kHash) != nullptr);
    asker.loop->run();
  }
  CHECK(pool.is_known("elgato", kHash, asker.loop->now_ms()));
  CHECK_FALSE(pool.is_known("wrong", kHash, asker.loop->now_ms()));
  pool.stop();
  CHECK(asker.ask(pool, "elgato", kHash) == nullptr);
  const PasswordPool::Counts counts = pool.counts();
  CHECK((counts.right == 1 && counts.wrong == 2));
  CHECK((counts.remembered == 2 && counts.refused == 1 && counts.waiting == 0));
}
