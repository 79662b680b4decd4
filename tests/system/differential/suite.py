# labels: quick
"""Sluice and haproxy side by side on the same configuration: every difference is a row of
docs/differences.md."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, HERE)
from harness import *

import cases_grammar
import cases_requests
import cases_responses
import cases_rules
import cases_servers
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


if __name__ == "__main__":
    main()
