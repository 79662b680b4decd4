# labels: quick threaded
"""The runtime socket and the Prometheus metrics (management manual §9.3; formats as haproxy's)."""
import csv
import io
import re
import socket
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.runtime import say

TEXT = """
global
    stats socket @dir@/admin.sock mode 600 level admin
    stats timeout 5s
    nbthread 2
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    http-request use-service prometheus-exporter if { path /metrics }
    default_backend be
backend be
    server a @a@ weight 10
    server b @b@ weight 10
"""


def start():
    return proxy(TEXT, a=Origin(name="a"), b=Origin(name="b"))


def stat(p, server):
    text = say(p, "show stat")
    for row in csv.DictReader(io.StringIO(text[2:])):
        if (row["pxname"], row["svname"]) == ("be", server):
            return row
    raise AssertionError(text)


def picks(p, count):
    return "".join(get(p.fe).body.decode() for _ in range(count))


@test("show servers state tells the ids that are written from those that are given")
def _():
    p = proxy(TEXT.replace("weight 10", "id 7", 1) + """
backend other
    id 20
    server c @a@
""", a=Origin(), b=Origin())
    head, *lines = say(p, "show servers state").splitlines()[1:]
    names = head.lstrip("# ").split()
    rows = {row["srv_name"]: row for row in (dict(zip(names, line.split())) for line in lines)}
    columns = ("be_id", "srv_id", "bk_f_forced_id", "srv_f_forced_id")
    eq(tuple(rows["a"][c] for c in columns), ("3", "7", "0", "1"))
    eq(tuple(rows["b"][c] for c in columns)[1:], ("2", "0", "0"))
    eq(tuple(rows["c"][c] for c in columns), ("20", "1", "1", "0"))


@test("disable frontend stops accepting, enable frontend takes what has waited")
def _():
    p = start()
    say(p, "disable frontend fe")

    def unanswered():
        s = socket.create_connection(("127.0.0.1", p.fe))
        s.sendall(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        s.settimeout(0.3)
        try:
            s.recv(1)
        except TimeoutError:
            return s
        s.close()
        return None

    waiting = wait_for(unanswered, "the frontend to be disabled", 5)
    say(p, "enable frontend fe")
    waiting.settimeout(10)
    assert waiting.recv(100).startswith(b"HTTP/1.1 200")
    waiting.close()


@test("help lists the commands, and an unknown one is answered with a hint")
def _():
    p = start()
    text = say(p, "help")
    for wanted in ("show info", "show stat", "set server", "enable server", "disable server"):
        assert wanted in text, text
    assert "help" in say(p, "nonsense")


@test("show info has HAProxy's names")
def _():
    p = start()
    get(p.fe)
    fields = dict(line.split(": ", 1) for line in say(p, "show info").splitlines() if ": " in line)
    for name in ("Name", "Version", "Nbthread", "Pid", "Uptime_sec", "Maxconn", "CurrConns",
                 "CumConns", "CumReq", "Ulimit-n"):
        assert name in fields, fields
    eq((fields["Nbthread"], fields["Pid"]), ("2", str(p.pid)))
    assert int(fields["CumReq"]) >= 1


@test("show stat is the page's CSV")
def _():
    p = start()
    get(p.fe)
    get(p.fe)
    assert say(p, "show stat").startswith("# pxname,svname,"), say(p, "show stat")[:80]
    eq([stat(p, s)["stot"] for s in "ab"], ["1", "1"])


@test("set server state: maint, drain, ready")
def _():
    p = start()
    eq(say(p, "set server be/a state maint"), "")
    eq((stat(p, "a")["status"], picks(p, 4)), ("MAINT", "bbbb"))
    eq(say(p, "set server be/a state ready"), "")
    eq(sorted(picks(p, 4)), list("aabb"))
    eq(say(p, "set server be/b state drain"), "")
    assert stat(p, "b")["status"].startswith("DRAIN")
    eq(picks(p, 4), "aaaa")


@test("disable server and enable server")
def _():
    p = start()
    eq(say(p, "disable server be/a"), "")
    eq(picks(p, 4), "bbbb")
    eq(say(p, "enable server be/a"), "")
    eq(sorted(picks(p, 4)), list("aabb"))


@test("set weight takes a number or a percentage, and get weight tells both")
def _():
    p = start()
    eq(say(p, "set server be/a weight 30"), "")
    got = picks(p, 8)
    eq((got.count("a"), got.count("b")), (6, 2))
    eq(say(p, "set server be/a weight 50%"), "")
    eq(stat(p, "a")["weight"], "5")


@test("wrong commands say what is wrong and change nothing")
def _():
    p = start()
    for command in ("set server be/nobody state maint", "set server nobody/a state maint",
                    "set server be/a state sideways", "set server be/a weight many",
                    "disable server be", "set server be/a"):
        assert say(p, command), command
    eq([stat(p, s)["status"] for s in "ab"], ["no check", "no check"])


@test("several commands on one line, parted by semicolons")
def _():
    p = start()
    text = say(p, "disable server be/a;show stat")
    assert re.search(r"^be,a,.*,MAINT,", text, re.M), text


@test("metrics have HAProxy's names and true values")
def _():
    p = start()
    for _ in range(4):
        get(p.fe)
    answer = get(p.fe, "/metrics")
    eq(answer.status, 200)
    assert (answer.get("content-type") or "").startswith("text/plain")
    text = answer.body.decode()
    for line in ('haproxy_backend_http_responses_total{proxy="be",code="2xx"} 4',
                 'haproxy_server_sessions_total{proxy="be",server="a"} 2',
                 'haproxy_server_weight{proxy="be",server="a"} 10',
                 'haproxy_frontend_status{proxy="fe",state="UP"} 1'):
        assert line in text, f"{line} is not in\n{text[:3000]}"
    assert re.search(r"^# TYPE haproxy_backend_http_responses_total counter$", text, re.M)


if __name__ == "__main__":
    main()
