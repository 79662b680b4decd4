# labels: quick
"""The words of the stats page (manual §4.2 stats …): each seen in the page."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    description the front door
    @page@
    default_backend be
backend be
    id 4711
    server a @a@
"""


def start(page, text=CONFIG):
    return proxy(text, page=page, a=Origin(name="a"))


def page(p, path="/stats", headers=()):
    return get(p.fe, path, headers)


@test("stats enable and stats uri serve the page, at its path alone")
def _():
    p = start("stats enable\n    stats uri /stats")
    assert b"Statistics Report" in page(p).body
    eq(get(p.fe, "/").body, b"a")


@test("stats enable alone serves it at the default path")
def _():
    p = start("stats enable")
    assert b"Statistics Report" in get(p.fe, "/haproxy?stats").body


@test("stats auth and stats realm")
def _():
    p = start("stats uri /stats\n    stats realm Back\\ Door\n    stats auth joe:secret")
    answer = page(p)
    eq((answer.status, answer.get("www-authenticate")), (401, 'Basic realm="Back Door"'))
    eq(page(p, headers=[("Authorization", "Basic am9lOnNlY3JldA==")]).status, 200)


@test("stats refresh has the browser load it again")
def _():
    p = start("stats uri /stats\n    stats refresh 7s")
    answer = page(p)
    assert "7" in (answer.get("refresh") or "") or b'content="7"' in answer.body


@test("stats hide-version")
def _():
    p = start("stats uri /stats\n    stats hide-version")
    body = page(p).body
    assert b"Statistics Report" in body and b"ersion " not in body.split(b"</head>")[1][:400]


@test("stats show-node and stats show-desc name the machine")
def _():
    p = start("stats uri /stats\n    stats show-node house7\n    stats show-desc the gate")
    body = page(p).body
    assert b"house7" in body and b"the gate" in body


@test("stats show-legends shows a server's address")
def _():
    p = start("stats uri /stats\n    stats show-legends")
    assert b"127.0.0.1:" in page(p).body


@test("description of a proxy stands in its title")
def _():
    p = start("stats uri /stats\n    stats show-legends")
    assert b"the front door" in page(p).body


@test("id is the proxy's number")
def _():
    p = start("stats uri /stats")
    line = next(s for s in get(p.fe, "/stats;csv").body.decode().splitlines()
                if s.startswith("be,BACKEND,"))
    assert ",4711," in line, line


@test("stats scope limits the page to some proxies")
def _():
    p = start("stats uri /stats\n    stats scope be")
    body = get(p.fe, "/stats;csv").body
    assert b"be,BACKEND" in body and b"fe,FRONTEND" not in body


@test("stats admin has buttons for whom it says")
def _():
    p = start("stats uri /stats\n    stats admin if { hdr(x) yes }")
    assert b"<form" in page(p, headers=[("X", "yes")]).body
    assert b'name="action"' not in page(p).body


@test("disabled leaves a proxy out, enabled undoes an inherited one")
def _():
    port = free_port()
    proxy(DEFAULTS + """
frontend off
    bind 127.0.0.1:@off@
    disabled
    monitor-uri /
defaults
    mode http
    disabled
    timeout client 5s
frontend on
    bind 127.0.0.1:@on@
    enabled
    monitor-uri /
""", off=port)
    assert port not in listening()


if __name__ == "__main__":
    main()
