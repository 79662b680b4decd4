// The audit file's text: what is written is read again, and damage is found where it is.
#include "control/audit.h"

#include "base/sha256.h"
#include "support/catch.h"

using namespace sluice::control;

namespace {

LoggedChange change(std::uint64_t id, const std::string& value) {
  LoggedChange out;
  out.id = id;
  out.at_us = 1'000'000 + static_cast<std::int64_t>(id);
  out.origin = {"ann", ChangeSource::Rest, "10.0.0.1", "why \"so\""};
  out.items.push_back({"s:be/a", "weight", "1", value});
  return out;
}

/// The file's own line, then changes 1 to `count`.
std::string file(std::uint64_t count) {
  AuditChain chain;
  std::string out = chain.begun(1, "/etc/sluice.cfg");
  for (std::uint64_t id = 1; id <= count; ++id) {
    LoggedChange entry = change(id, std::to_string(id));
    out += chain.change(entry);
  }
  return out;
}

}  // namespace

TEST_CASE("SHA-256 is that of FIPS 180-4") {
  CHECK(sluice::base::sha256_hex("abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("what was written is read again") {
  AuditChain chain;
  LoggedChange first = change(1, "5");
  first.expires_at_us = 77;
  std::string text = chain.begun(1, "x");
  text += chain.change(first);
  LoggedChange second = change(2, "1");
  second.undo_of = 1;
  text += chain.change(second);
  LoggedChange third = change(3, "\xff");
  text += chain.change(third);
  third.confirmed_by = "bob";
  text += chain.confirmed(third, 9);
  const AuditReading read = read_audit(text, 100);
  CHECK_FALSE(read.damaged);
  CHECK_FALSE(read.cut_short);
  CHECK(read.whole_bytes == text.size());
  CHECK(read.last_hash == chain.last_hash());
  CHECK(read.last_id == 3);
  REQUIRE(read.entries.size() == 3);
  CHECK(read.entries[0].expires_at_us == 77);
  CHECK(read.entries[0].undone_by == 2);
  CHECK(read.entries[0].origin.note == "why \"so\"");
  CHECK(read.entries[0].origin.from == ChangeSource::Rest);
  CHECK(read.entries[0].items[0].new_value == "5");
  CHECK(read.entries[0].hash == first.hash);
  CHECK(read.entries[1].undo_of == 1);
  CHECK(read.entries[2].confirmed_by == "bob");
}

TEST_CASE("any byte that is another one is found in its line") {
  const std::string good = file(4);
  REQUIRE_FALSE(read_audit(good, 100).damaged);
  std::size_t line = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'x' ? 'y' : 'x';
    const AuditReading read = read_audit(bad, 100);
    const bool last_feed = i + 1 == good.size();
    CHECK((last_feed ? read.cut_short : read.damaged));
    CHECK(read.whole_lines == line);
    if (good[i] == '\n') ++line;
  }
}

TEST_CASE("a file that was cut off anywhere is read up to its last whole line") {
  const std::string good = file(2);
  for (std::size_t size = 0; size < good.size(); ++size) {
    const AuditReading read = read_audit(good.substr(0, size), 100);
    CHECK_FALSE(read.damaged);
    CHECK(read.whole_bytes <= size);
    CHECK(read.cut_short == (read.whole_bytes != size));
  }
}

TEST_CASE("a file that goes on after another one begins with its hash") {
  AuditChain chain("0123");
  const std::string text = chain.begun(1, "x");
  CHECK_FALSE(read_audit(text, 100).damaged);
  CHECK(text.find("\"prev\":\"0123\"") != std::string::npos);
}

TEST_CASE("what was confirmed or undone after a file was put away is known of its changes") {
  AuditChain chain;
  std::string old = chain.begun(1, "x");
  LoggedChange first = change(1, "1");
  old += chain.change(first);
  const std::string hash = chain.last_hash();
  std::string text = chain.goes_on(2, "x", 7, ".audit.1-ab");
  first.confirmed_by = "bob";
  text += chain.confirmed(first, 3);
  const auto head = read_audit_head(text);
  CHECK(head.before == ".audit.1-ab");
  CHECK(head.last_hash == hash);
  const AuditReading read = read_audit(text, 5, read_audit(old, 5));
  REQUIRE(read.entries.size() == 1);
  CHECK(read.entries[0].confirmed_by == "bob");
  CHECK(read.last_id == 7);
  CHECK(read.whole_lines == 2);
  CHECK(read.whole_bytes == text.size());
  for (const std::string& bad : {std::string(), std::string("{}\n"), old, "x" + text})
    CHECK(read_audit_head(bad).before.empty());
}

TEST_CASE("where a chain broke before is remembered, and only the latest entries are kept") {
  AuditChain chain;
  std::string text = chain.begun(1, "x");
  text += chain.broken(2, 7, 3, "old");
  for (std::uint64_t id = 8; id < 20; ++id) {
    LoggedChange entry = change(id, "1");
    text += chain.change(entry);
  }
  const AuditReading read = read_audit(text, 5);
  CHECK(read.broken_at == 7);
  REQUIRE(read.entries.size() == 5);
  CHECK(read.entries.front().id == 15);
  CHECK(read.last_id == 19);
}

TEST_CASE("a later version, and lines that are no objects, are not read") {
  AuditChain chain;
  CHECK(read_audit("[]\n", 5).damaged);
  CHECK(read_audit("\n", 5).damaged);
  CHECK(read_audit(std::string(3'000, 'x') + "\n", 5).damaged);
}
