#include "app/manual.h"

#include <algorithm>

#include "app/command_line.h"
#include "app/completion.h"
#include "app/flags.h"
#include "app/roff.h"
#include "support/catch.h"

using namespace sluice::app;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Roff page() { return Roff({"x", "1", "2026-11-24", "Sluice 1.2.3", "User Commands", "a test"}); }

}  // namespace

TEST_CASE("what roff would take for its own is escaped") {
  CHECK(roff_escaped("a-b \\n 'c' `d` ^~") == "a\\-b \\en \\(aqc\\(aq \\(gad\\(ga \\(ha\\(ti");
  CHECK(roff_escaped("PID\u2026") == "PID\\[u2026]");
  CHECK(roff_escaped("\U0001F600") == "\\[u1F600]");
  CHECK(roff_escaped("a\xC3") == "a?");  // a character that is cut off
  CHECK(roff_escaped("\x80z") == "?z");
  CHECK(roff_escaped("").empty());
}

TEST_CASE("a page has a title, a name, and no line that is a request by accident") {
  Roff out = page();
  CHECK(out.text().find(".TH \"X\" 1 2026-11-24 \"Sluice 1.2.3\" \"User Commands\"\n") == 0);
  CHECK(holds(out.text(), ".SH \"NAME\"\nx \\- a test\n"));
  out.section("S").paragraph(".cfg is no request").item("-f", "FILE", ".ini neither");
  CHECK(holds(out.text(), ".SH \"S\"\n\\&.cfg is no request\n"));
  CHECK(holds(out.text(), ".TP\n\\fB\\-f\\fR \\fIFILE\\fR\n\\&.ini neither\n"));
  out.example("a\n\n.b\n");
  CHECK(holds(out.text(), ".nf\na\n\\&\n\\&.b\n.fi\n"));
}

TEST_CASE("marks make words bold and italic, and stand for themselves elsewhere") {
  Roff out = page();
  out.section("S").paragraph("*sluice* [_FILE_] of *.cfg and use_backend, 2 * 3");
  CHECK(holds(out.text(), "\\fBsluice\\fR [\\fIFILE\\fR] of *.cfg and use_backend, 2 * 3"));
}

TEST_CASE("long lines are broken at spaces only") {
  Roff out = page();
  out.section("S").paragraph(std::string(200, 'a') + " b " + std::string(60, 'c') + " " +
                             std::string(60, 'd'));
  CHECK(holds(out.text(), "\n" + std::string(200, 'a') + "\nb " + std::string(60, 'c') + "\n" +
                              std::string(60, 'd') + "\n"));
}

TEST_CASE("there are the pages and the shells that are listed, and no others") {
  for (const std::string_view name : manual_pages()) CHECK(holds(manual_page(name), ".TH"));
  for (const std::string_view name : completion_shells())
    CHECK(holds(completion_of(name), "_sluice"));
  CHECK(manual_page("sluice.9").empty());
  CHECK(completion_of("fish").empty());
}

TEST_CASE("subcommands tell their options, arguments and words") {
  const auto all = subcommands();
  const auto convert = std::ranges::find(all, "convert", &SubcommandHelp::name);
  REQUIRE(convert != all.end());
  REQUIRE(convert->options.size() == 4);
  const auto to = std::ranges::find(convert->options, "--to", &OptionHelp::name);
  REQUIRE(to != convert->options.end());
  CHECK(to->argument == "cfg|ini");
  const auto modernise = std::ranges::find(convert->options, "--modernise", &OptionHelp::name);
  REQUIRE(modernise != convert->options.end());
  CHECK(modernise->argument.empty());
  const auto check = std::ranges::find(all, "check", &SubcommandHelp::name);
  const auto files = std::ranges::find(check->options, "", &OptionHelp::name);
  REQUIRE(files != check->options.end());
  CHECK(files->repeats);
  CHECK(files->argument == "FILE");
}

TEST_CASE("every flag that is read is shown, and -v, -vv, -dM and -- as well") {
  const auto shown = flag_helps();
  for (const Flag& flag : flags())
    CHECK(std::ranges::find(shown, flag.name, &FlagHelp::name) != shown.end());
  for (const std::string_view name : {"-v", "-vv", "-dM", "--"})
    CHECK(std::ranges::find(shown, name, &FlagHelp::name) != shown.end());
}
