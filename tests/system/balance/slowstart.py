# labels: quick
"""slowstart: a server that comes back warms up (manual §5.2, slowstart)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

HEAD = "global\n    nbthread 1\n    " + SOCKET + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
"""


def start(*lines, **origins):
    return proxy(HEAD + "".join(f"    {line}\n" for line in lines), **origins)


def ab():
    return {name: Origin(name=name) for name in "ab"}


def picks(p, count, **headers):
    return "".join(get(p.fe, **headers).body.decode()[:1] for _ in range(count))


def come_back(p, name="a"):
    say(p, f"set server be/{name} state maint")
    say(p, f"set server be/{name} state ready")


def throttle(p):
    return stat(p, "be", "a")["throttle"]


@test("slowstart: a server that comes back gets little at first, and all in the end")
def _():
    for line in ("balance roundrobin", "balance leastconn", "balance random"):
        p = start(line, "server a @a@ slowstart 120s weight 10", "server b @b@ weight 10", **ab())
        eq(throttle(p), "", "not at the start of the process")
        come_back(p)
        got = picks(p, 60)
        if line != "balance leastconn":     # idle servers take turns there
            assert 0 <= got.count("a") < 14, (line, got)
        assert 1 <= int(throttle(p)) <= 25, throttle(p)
        eq((stat(p, "be", "a")["weight"], stat(p, "be", "a")["uweight"]), ("1", "10"))
    p = start("balance roundrobin", "server a @a@ slowstart 1s", "server b @b@", **ab())
    come_back(p)
    wait_for(lambda: throttle(p) == "", "the end of slowstart", 20)
    eq(sorted(picks(p, 20)), list("a" * 10 + "b" * 10))
    eq(stat(p, "be", "a")["weight"], "1")


@test("slowstart: shares grow step by step")
def _():
    p = start("balance roundrobin", "server a @a@ slowstart 4s weight 100",
              "server b @b@ weight 100", **ab())
    come_back(p)
    seen = []
    wait_for(lambda: seen.append(throttle(p)) or seen[-1] == "", "the end of slowstart", 40)
    steps = sorted({int(s) for s in seen if s})
    assert len(steps) >= 3, steps
    eq([int(s) for s in seen if s], sorted(int(s) for s in seen if s), "it only grows")


@test("slowstart: maxconn grows from one")
def _():
    gate = Gate()
    origin = Origin(respond(before=gate))
    p = start("timeout queue 30s", "server a @origin@ slowstart 300s maxconn 10", origin=origin)
    come_back(p)
    clients = [Client(p.fe, seconds=30).request() for _ in range(3)]
    origin.wait_requests(1)
    holds(lambda: origin.now == 1, 0.3, "one request at a time")
    gate.open()
    for client in clients:
        eq(client.response().status, 200)
    gate = Gate()
    origin = Origin(respond(before=gate))
    p = start("timeout queue 30s", "server a @origin@ slowstart 1s maxconn 3", origin=origin)
    come_back(p)
    clients = [Client(p.fe, seconds=30).request() for _ in range(3)]
    origin.wait_requests(3)     # who waits is let in as it grows
    gate.open()
    for client in clients:
        eq(client.response().status, 200)


@test("slowstart counts for a ring's keys, not for static-rr and tables")
def _():
    keys = [str(i) for i in range(60)]

    def by_key(p):
        return "".join(get(p.fe, headers=[("X-Key", k)]).body.decode() for k in keys)

    for kind, less in (("consistent", True), ("map-based", False)):
        p = start("balance hdr(x-key)", f"hash-type {kind}",
                  "server a @a@ slowstart 300s weight 10", "server b @b@ weight 10", **ab())
        before = by_key(p)
        come_back(p)
        after = by_key(p)
        if less:
            assert after.count("a") < before.count("a") / 2, (before, after)
        else:
            eq(after, before)
    p = start("balance static-rr", "server a @a@ slowstart 300s", "server b @b@", **ab())
    come_back(p)
    eq(sorted(picks(p, 10)), list("aaaaabbbbb"))


@test("slowstart begins when checks bring a server back")
def _():
    origins = ab()
    p = start("option httpchk GET /check",
              "server a @a@ slowstart 300s weight 16 check inter 100ms rise 1 fall 1",
              "server b @b@ weight 16", **origins)
    wait_for(lambda: stat(p, "be", "a")["check_status"] == "L7OK", "the first check", 20)
    eq(throttle(p), "")
    good = origins["a"].answer
    origins["a"].answer = lambda conn, r: respond(503 if r.target == "/check" else 200)(conn, r)
    wait_for(lambda: stat(p, "be", "a")["status"].startswith("DOWN"), "a to be down", 20)
    origins["a"].answer = good
    wait_for(lambda: stat(p, "be", "a")["status"].startswith("UP"), "a to be up", 20)
    assert int(throttle(p)) <= 25
    assert picks(p, 40).count("a") < 12


@test("slowstart begins when a server is not stopping any more")
def _():
    status = [200]
    p = start("option httpchk", "http-check disable-on-404",
              "server a @a@ check inter 100ms slowstart 60s",
              a=Origin(lambda conn, asked: respond(status[0], "a")(conn, asked)))
    for answer, state in ((200, "2"), (404, "3"), (200, "1")):
        status[0] = answer
        wait_for(lambda: say(p, "show servers state be").splitlines()[2].split(" ")[5] == state,
                 f"state {state}")


@test("the state tells that a server warms up, and the log when it has warmed up")
def _():
    log = UdpLog()
    p = start("balance roundrobin", f"log {log} local0", "server a @a@ slowstart 1s",
              "server b @b@", **ab())

    def state():
        return say(p, "show servers state be").splitlines()[2].split(" ")[5]
    eq(state(), "2")
    come_back(p)
    eq(state(), "1")
    log.match(r"^Server be/a is UP/READY \(leaving forced maintenance\)\.")
    log.match(r"^Server be/a is UP\. 2 active and 0 backup servers online\. 0 sessions requeued, "
              r"0 total in queue\.")
    wait_for(lambda: state() == "2", "the end of the slow start")


if __name__ == "__main__":
    main()
