#include "health/agent_words.h"

#include "support/catch.h"

using namespace sluice;
using namespace sluice::health;
using model::AdminState;
using model::CheckStatus;

TEST_CASE("an agent's line ends at the first CR, LF or NUL") {
  CHECK_FALSE(read_agent_line("up", false));
  CHECK(read_agent_line("up\r\nmore", false)->detail == "up");
  CHECK(read_agent_line("\n", false)->detail.empty());
  const auto cut = read_agent_line("up", true);
  REQUIRE(cut);
  CHECK_FALSE(cut->passed);
  CHECK(cut->status == CheckStatus::Checked);
  CHECK(cut->detail == "Ignoring incomplete line from agent");
}

TEST_CASE("words of an agent come in any order, apart by spaces, tabs and commas") {
  const auto said = read_agent_words("50%,MAXCONN:30\tReady  UP");
  CHECK(said.weight_percent == 50U);
  CHECK(said.maxconn == 30U);
  CHECK(said.admin == AdminState::Ready);
  CHECK(said.check.status == CheckStatus::L7Ok);
  CHECK(said.check.detail == "via agent : UP");
  CHECK(read_agent_words("drain maint").admin == AdminState::Maint);
}

TEST_CASE("down, fail and stopped take a reason") {
  for (const std::string word : {"down", "fail", "stopped"}) {
    const auto said = read_agent_words(word + " # out of\tdisk ");
    CHECK(said.check.status == CheckStatus::L7Status);
    CHECK_FALSE(said.check.passed);
    CHECK(said.check.detail == "via agent : " + word + " (out of\tdisk)");
  }
}

TEST_CASE("words that an agent should not say are told, and change nothing") {
  CHECK(read_agent_words("frob 20%").check.detail == "agent reports an error : frob");
  CHECK(read_agent_words("up frob").check.detail == "via agent : up (frob)");
  const auto bad = read_agent_words("5x% maxconn:-3 12345678901234567890123%");
  CHECK_FALSE(bad.weight_percent);
  CHECK_FALSE(bad.maxconn);
  CHECK(read_agent_words("").check.status == CheckStatus::Checked);
  CHECK(read_agent_words(" , ,\t").check.detail.empty());
}
