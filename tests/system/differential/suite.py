# labels: quick
"""Sluice and haproxy side by side on the same configuration: every difference is a row of
docs/differences.md."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, HERE)
from harness import *
from harness import process

import cases_config
import cases_cookies
import cases_grammar
import cases_requests
import cases_responses
import cases_rules
import cases_servers
import cases_words
import origins
import rig


@test("messages from the grammar")
def _():
    rig.run_all(rig.Pair(cases_grammar.TEXT, {"s": origins.answer}), cases_grammar.cases())


@test("requests at the edges of the standard")
def _():
    rig.run_all(rig.Pair(cases_grammar.TEXT, {"s": origins.answer}), cases_requests.cases())


@test("responses at the edges of the standard")
def _():
    rig.run_all(rig.Pair(cases_grammar.TEXT, {"s": cases_responses.answer}),
                cases_responses.cases())


@test("rules, redirects, captures, formats")
def _():
    page = os.path.join(scratch(), "503")
    with open(page, "w", encoding="ascii", newline="") as f:
        f.write(cases_rules.PAGE)
    rig.run_all(rig.Pair(cases_rules.TEXT, cases_rules.ORIGINS, page=page), cases_rules.cases())


@test("servers that fail, are full or take turns; tcp")
def _():
    rig.run_all(rig.Pair(cases_servers.TEXT, cases_servers.ORIGINS, dead=free_port()),
                cases_servers.cases())


@test("directives of few words")
def _():
    rig.run_all(rig.Pair(cases_words.TEXT, cases_words.ORIGINS), cases_words.cases())


def persistence(cases):
    rig.run_all(rig.Pair(cases_cookies.TEXT, cases_cookies.ORIGINS, dead=free_port()), cases)


@test("persistence: what clients send")
def _():
    persistence(cases_cookies.of_clients())


@test("persistence: what servers set, dates and caches")
def _():
    persistence(cases_cookies.of_servers())


@test("persistence: random cookies")
def _():
    persistence(cases_cookies.random_cookies())


@test("files that one of the two refuses")
def _():
    path = os.path.join(scratch(), "proxy.cfg")
    ours = "/usr/sbin/haproxy" if is_oracle() else process.binary()
    for what, put, theirs, mine, row in cases_config.FILES:
        rig.COUNT[0] += 1
        with open(path, "w", encoding="ascii") as f:
            f.write(re.sub(r"@(\w+)@", lambda m: put.get(m[1], ""), cases_config.TEXT))
        codes = [subprocess.run([program, "-c", "-f", path], capture_output=True,
                                check=False).returncode for program in (ours, "/usr/sbin/haproxy")]
        eq(codes, [theirs if is_oracle() else mine, theirs], what)
        assert (theirs != mine) == (row is not None), what
        rig.MET.update([row] if row else [])


@test("every row of docs/differences.md is met by a case, and every row met is there",
      differs="haproxy does not differ from itself")
def _():
    if len(sys.argv) > 1:
        return      # only some of the tests ran
    with open(HERE.rsplit("/tests/", 1)[0] + "/docs/differences.md", encoding="utf-8") as f:
        lines = re.findall(r"^\| ([a-z0-9.-]+) \|(.*)$", f.read(), re.M)
    rows = {name for name, rest in lines if name != "id" and "(not by a case: " not in rest}
    rows -= {"---"}
    eq(sorted(rig.MET - rows), [], "rows that are not in the document")
    eq(sorted(rows - rig.MET), [], "rows that no case meets")
    assert rig.COUNT[0] >= 120, rig.COUNT[0]
    print(f"{rig.COUNT[0]} cases, {len(rows)} rows met")


if __name__ == "__main__":
    main()
