# labels: quick threaded
"""Persistent connections on both sides, pipelining, half-close (RFC 9112 §9)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

SIMPLE = DEFAULTS + """
    @more@
frontend fe
    bind 127.0.0.1:@fe@
    bind [::1]:@fe6@
    default_backend be
backend be
    server s @origin@
"""


def start(origin, more=""):
    return proxy(SIMPLE, origin=origin, more=more)


@test("a client connection serves several requests, over one server connection")
def _():
    origin = Origin()
    p = start(origin)
    client = Client(p.fe)
    for _ in range(5):
        answer = client.get()
        eq((answer.status, answer.body), (200, b"origin"))
        assert not answer.has("connection"), answer
    eq({r.conn_id for r in origin.requests}, {0})


@test("an idle server connection serves the next client")
def _():
    origin = Origin()
    p = start(origin, "http-reuse always")
    for _ in range(3):
        client = Client(p.fe)
        client.get()
        client.get()        # a second request makes the connection safe to share
        client.close()
    eq(len(origin.requests), 6)


@test("http-reuse never gives every client a server connection of its own")
def _():
    origin = Origin()
    p = start(origin, "http-reuse never")
    first, second = Client(p.fe), Client(p.fe)
    first.get()
    second.get()
    first.get()
    eq([r.conn_id for r in origin.requests], [0, 1, 0])


@test("IPv6 clients are served alike")
def _():
    p = start(Origin())
    eq(get(p.fe6, to="::1").body, b"origin")


@test("an HTTP/1.0 request is answered and the connection closed")
def _():
    p = start(Origin())
    client = Client(p.fe).send("GET / HTTP/1.0\r\n\r\n")
    answer = client.response()
    eq((answer.status, answer.body), (200, b"origin"))
    eq(client.ends(), "fin")


@test("HTTP/1.0 with Connection: keep-alive stays open and says so")
def _():
    p = start(Origin())
    client = Client(p.fe)
    for _ in range(2):
        client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        answer = client.response()
        eq(answer.status, 200)
        eq((answer.get("connection") or "").lower(), "keep-alive")


@test("Connection: close in the request closes after the response")
def _():
    origin = Origin()
    p = start(origin)
    client = Client(p.fe)
    answer = client.get(headers=[("Connection", "close")])
    eq((answer.status, answer.get("connection")), (200, "close"))
    eq(client.ends(), "fin")
    assert "close" not in (origin.last().get("connection") or ""), "it is hop-by-hop"


@test("Connection: close in the response spares the client's connection")
def _():
    origin = Origin(respond(200, "x", close=True))
    p = start(origin)
    client = Client(p.fe)
    eq(client.get().body, b"x")
    eq(client.get().body, b"x")
    eq([r.conn_id for r in origin.requests], [0, 1])


@test("option httpclose closes both sides", )
def _():
    origin = Origin()
    p = start(origin, "option httpclose")
    client = Client(p.fe)
    eq(client.get().get("connection"), "close")
    eq(client.ends(), "fin")
    eq(origin.last().get("connection"), "close")


@test("option http-server-close closes the server's side and keeps the client's")
def _():
    origin = Origin()
    p = start(origin, "option http-server-close")
    client = Client(p.fe)
    assert not client.get().has("connection")
    client.get()
    eq([r.get("connection") for r in origin.requests], ["close", "close"])
    eq([r.conn_id for r in origin.requests], [0, 1])


@test("pipelined requests are answered in order, one at a time")
def _():
    gate = Gate()
    origin = Origin(lambda conn, r: respond(200, r.target)(conn, r),
                    answers=[respond(200, "/0", before=gate)])
    p = start(origin)
    client = Client(p.fe)
    client.send(b"".join(request(path=f"/{n}") for n in range(8)))
    gate.wait_reached()
    holds(lambda: len(origin.requests) == 1, 0.15, "only the first is being served")
    gate.open()
    eq([client.response().body for _ in range(8)], [b"/%d" % n for n in range(8)])
    eq([r.target for r in origin.requests], [f"/{n}" for n in range(8)])


@test("pipelined requests with bodies keep their own bodies")
def _():
    p = start(Origin(echo))
    client = Client(p.fe)
    bodies = [b"a" * 10, b"", b"c" * 20000, b"d"]
    client.send(b"".join(request("POST", "/", body=b) for b in bodies))
    eq([client.response().body for _ in bodies], bodies)


@test("a request that comes byte by byte is served")
def _():
    origin = Origin(echo)
    p = start(origin)
    client = Client(p.fe)
    for byte in request("POST", "/x", body="hello"):
        client.send(bytes([byte]))
    eq(client.response().body, b"hello")


@test("a client that half-closes after its request still gets the response")
def _():
    gate = Gate()
    origin = Origin(respond(200, "late", before=gate))
    p = start(origin)
    client = Client(p.fe).request().half_close()
    gate.wait_reached()
    gate.open()
    eq(client.response().body, b"late")
    eq(client.ends(), "fin")


@test("what a client sends behind its last request does not cost it the response")
def _():
    # Closing a socket with unread bytes resets it, and what was not sent yet is lost.
    body = "late" * 100
    for behind in (b"\r\n", request(path="/behind"), b"x" * 30000):
        gate = Gate()
        p = start(Origin(respond(200, body, before=gate)))
        client = Client(p.fe).send(request(headers=[("Connection", "close")]))
        gate.wait_reached()
        client.send(behind)
        gate.open()
        eq(client.response().body, body.encode())
        eq(client.ends(), "fin")


@test("a keep-alive connection that the server closed while idle is not used")
def _():
    origin = Origin(close_delimited("x"), answers=[respond(200, "one")])
    p = start(origin, "http-reuse safe")
    client = Client(p.fe)
    client.get()
    origin.connections[0].sock.shutdown(2)
    origin.connections[0].wait_ended()
    eq(client.get().status, 200)
    eq(origin.last().conn_id, 1)


@test("timeout http-keep-alive closes an idle client without a word")
def _():
    p = start(Origin(), "timeout http-keep-alive 100ms")
    client = Client(p.fe)
    client.get()
    eq(client.ends(), "fin")


@test("timeout http-request answers 408 to a head that does not come to its end")
def _():
    p = start(Origin(), "timeout http-request 100ms")
    client = Client(p.fe).send("GET / HTTP/1.1\r\nHost: t\r\n")
    answer = client.response()
    eq((answer.status, answer.get("connection")), (408, "close"))
    eq(client.ends(), "fin")


@test("a client that says nothing gets a 408 at timeout http-request; with http-ignore-probes "
      "nothing")
def _():
    p = start(Origin(), "timeout http-request 100ms")
    eq(Client(p.fe).response().status, 408)
    p = start(Origin(), "timeout http-request 100ms\n    option http-ignore-probes")
    eq(Client(p.fe).ends(), "fin")


if __name__ == "__main__":
    main()
