# labels: quick
"""Every time-out of a proxy (manual §4.2): short ones, seen by what they end."""
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = """
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend fe
    bind 127.0.0.1:@fe@
    @front@
    default_backend be
backend be
    @back@
    server s @origin@ @server@
"""


def start(front="", back="", server="", origin=None):
    return proxy(CONFIG, front=front, back=back, server=server, origin=origin or Origin())


def within(seconds, action):
    """What the action gives, and whether it took less than that."""
    began = time.monotonic()
    result = action()
    assert time.monotonic() - began < seconds, f"took {time.monotonic() - began:.1f} s"
    return result


@test("timeout client ends a client that stops in its head, where no other is set")
def _():
    p = start(front="timeout client 300ms")
    eq(within(8, lambda: Client(p.fe).send("GET / HTTP/1.1\r\n").response().status), 408)


@test("timeout server answers 504 for a server that says nothing")
def _():
    p = start(back="timeout server 300ms", origin=Origin(silent))
    eq(within(8, lambda: get(p.fe).status), 504)


@test("timeout connect answers 503 for a server that does not take the connection")
def _():
    p = start(back="timeout connect 200ms\n    retries 0", origin=Blackhole())
    eq(within(4, lambda: get(p.fe).status), 503)


@test("timeout http-request answers 408 to half a head")
def _():
    p = start(front="timeout http-request 300ms")
    eq(within(8, lambda: Client(p.fe).send("GET / HTTP/1.1\r\nHost: t\r\n").response().status), 408)


@test("timeout http-request 0 is as if it were not there: timeout client counts")
def _():
    p = start(front="timeout http-request 0\n    timeout client 300ms")
    eq(within(8, lambda: Client(p.fe).send("GET / HTTP/1.1\r\n").response().status), 408)


@test("timeout http-keep-alive closes an idle client")
def _():
    p = start(front="timeout http-keep-alive 300ms")
    client = Client(p.fe)
    client.get()
    eq(within(8, client.ends), "fin")


@test("timeout queue answers 503 to who waits for a slot")
def _():
    gate = Gate()
    p = start(back="timeout queue 300ms", server="maxconn 1", origin=Origin(respond(before=gate)))
    first = Client(p.fe).request()
    gate.wait_reached()
    eq(within(4, lambda: get(p.fe).status), 503)
    gate.open()
    eq(first.response().status, 200)


@test("timeout tunnel ends a silent tunnel")
def _():
    p = start(back="timeout tunnel 300ms", origin=Origin(upgrade_echo()))
    client = Client(p.fe).request(headers=WEBSOCKET)
    eq(client.response().status, 101)
    within(8, client.ends)


@test("timeout tarpit holds a request for so long")
def _():
    p = start(front="timeout tarpit 300ms\n    http-request tarpit")
    eq(within(4, lambda: get(p.fe).status), 500)


@test("timeout check ends a check whose server accepts and says nothing")
def _():
    p = start(back="option httpchk GET /\n    timeout check 200ms\n    stats enable\n"
                   "    stats uri /stats",
              server="check inter 15s fall 1", origin=Origin(silent))
    wait_for(lambda: b"L7TOUT" in get(p.fe, "/stats;csv").body, "L7TOUT", 8)


if __name__ == "__main__":
    main()
