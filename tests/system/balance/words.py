# labels: quick
"""The words of backends and servers that share out requests (manual §4.2, §5.2)."""
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = """
global
    nbthread 1
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    @front@
    default_backend be
backend be
    @back@
    @servers@
"""


def start(back="", servers="server s @origin@", front="", **origins):
    return proxy(CONFIG.replace("@servers@", servers), back=back, front=front, **origins)


def pair():
    return {"a": Origin(name="a"), "b": Origin(name="b")}


def picks(p, count):
    return "".join(get(p.fe).body.decode()[:1] for _ in range(count))


TWO = "server a @a@ weight 2\n    server b @b@ weight 1"


@test("balance roundrobin and static-rr take turns by weight, first takes the first")
def _():
    eq(sorted(picks(start("balance first\n    balance roundrobin", TWO, **pair()), 6)),
       list("aaaabb"))
    eq(sorted(picks(start("balance first\n    balance static-rr", TWO, **pair()), 6)),
       list("aaaabb"))
    eq(picks(start("balance first", TWO, **pair()), 4), "aaaa")


@test("balance first goes on to the next server when the first is full")
def _():
    gate = Gate()
    p = start("balance first", "server a @a@ maxconn 1\n    server b @b@",
              a=Origin(respond(200, "a", before=gate)), b=Origin(name="b"))
    first = Client(p.fe).request()
    gate.wait_reached()
    eq(picks(p, 2), "bb")
    gate.open()
    eq(first.response().body, b"a")


@test("balance leastconn takes the server with fewer requests")
def _():
    gate = Gate()
    p = start("balance leastconn", "server a @a@\n    server b @b@",
              a=Origin(respond(200, "a", before=gate)), b=Origin(name="b"))
    first = Client(p.fe).request()
    gate.wait_reached()
    eq(picks(p, 4), "bbbb")
    gate.open()
    first.response()


@test("server minconn and fullconn: the limit grows with the load")
def _():
    gate = Gate()
    origin = Origin(respond(before=gate))
    p = start("fullconn 6", "server s @origin@ minconn 1 maxconn 6", origin=origin)
    clients = [Client(p.fe).request() for _ in range(3)]
    origin.wait_requests(3)     # a load of 3 in 6 allows 3 of 6
    gate.open()
    for client in clients:
        eq(client.response().status, 200)
    gate = Gate()
    origin = Origin(respond(before=gate))
    p = start("fullconn 1000", "server s @origin@ minconn 1 maxconn 6", origin=origin)
    clients = [Client(p.fe).request() for _ in range(3)]
    origin.wait_requests(1)
    holds(lambda: origin.now == 1, 0.3, "one request at a time")
    gate.open()
    for client in clients:
        eq(client.response().status, 200)


@test("server maxconn and maxqueue")
def _():
    gate = Gate()
    origin = Origin(respond(before=gate))
    p = start("timeout queue 5s", "server s @origin@ maxconn 1 maxqueue 1", origin=origin)
    first = Client(p.fe).request()
    gate.wait_reached()
    second = Client(p.fe).request().quiet()
    eq(origin.now, 1)
    gate.open()
    eq((first.response().status, second.response().status), (200, 200))


@test("server pool-max-conn 0 keeps no idle connection for others")
def _():
    origin = Origin()
    p = start("http-reuse always", "server s @origin@ pool-max-conn 0", origin=origin)
    for _ in range(2):
        client = Client(p.fe)
        client.get()
        client.close()
    origin.connections[0].wait_ended()
    eq(len(origin.connections), 2)


@test("server pool-purge-delay ends idle connections")
def _():
    origin = Origin()
    p = start("http-reuse always", "server s @origin@ pool-purge-delay 200ms", origin=origin)
    client = Client(p.fe)
    client.get()
    client.close()
    began = time.monotonic()
    origin.connections[0].wait_ended()
    assert time.monotonic() - began < 4


@test("http-reuse always shares connections from the first request")
def _():
    origin = Origin()
    p = start("http-reuse always", origin=origin)
    for _ in range(3):
        client = Client(p.fe)
        client.get()
        client.close()
    eq(len(origin.connections), 1)


@test("option allbackups uses all backup servers")
def _():
    p = start("option allbackups", "server a @a@ backup\n    server b @b@ backup", **pair())
    eq(sorted(picks(p, 4)), list("aabb"))


@test("option redispatch tries another server, without it the same one is tried again")
def _():
    dead = "server dead 127.0.0.1:1 weight 100\n    server b @b@ weight 1"
    p = start("balance first\n    option redispatch", dead, b=Origin(name="b"))
    eq((get(p.fe).status, get(p.fe).body), (200, b"b"))
    p = start("balance first\n    retries 1\n    no option redispatch", dead, b=Origin(name="b"))
    eq(get(p.fe).status, 503)


@test("retries is how often a connection is tried again")
def _():
    p = start("retries 0", "server dead 127.0.0.1:1")
    began = time.monotonic()
    eq(get(p.fe).status, 503)
    assert time.monotonic() - began < 2.5, "each retry takes a second"


@test("retry-on conn-failure, empty-response, junk-response, response-timeout, none")
def _():
    for cause, answer in (("empty-response", lambda conn, _: conn.reset()),
                          ("junk-response", raw("rubbish\r\n\r\n", then="fin")),
                          ("response-timeout", silent)):
        origin = Origin(answers=[answer])
        p = start(f"retry-on {cause}\n    timeout server 500ms", origin=origin)
        eq(get(p.fe).status, 200, cause)
    p = start("retry-on conn-failure\n    option redispatch\n    balance first",
              "server dead 127.0.0.1:1\n    server b @b@", b=Origin(name="b"))
    eq(get(p.fe).status, 200)
    p = start("retry-on none\n    option redispatch\n    balance first",
              "server dead 127.0.0.1:1\n    server b @b@", b=Origin(name="b"))
    eq(get(p.fe).status, 503)


@test("use_backend and default_backend lead to backends")
def _():
    p = proxy(CONFIG.replace("@servers@", "server b @b@\nbackend other\n    server a @a@"),
              back="", front="use_backend other if { path /other }", **pair())
    eq((get(p.fe, "/other").body, get(p.fe, "/").body), (b"a", b"b"))


@test("mode tcp forwards mere bytes")
def _():
    def backwards(conn):
        conn.send(conn.reader.exactly(3)[::-1])
        conn.wait_peer_end()
    p = proxy(CONFIG.replace("mode http", "mode http\n    mode tcp").replace("@servers@",
              "server s @origin@"), back="", front="", origin=Origin(script=backwards))
    eq(Client(p.fe).send("abc").exactly(3), b"cba")


@test("maxconn of a frontend leaves the rest waiting")
def _():
    p = start(front="maxconn 1", origin=Origin())
    first = Client(p.fe)
    first.get()
    second = Client(p.fe).request().quiet()
    first.close()
    eq(second.response().status, 200)


@test("monitor-uri answers by itself")
def _():
    origin = Origin()
    p = start(front="monitor-uri /alive", origin=origin)
    eq((get(p.fe, "/alive").status, len(origin.requests)), (200, 0))


if __name__ == "__main__":
    main()
