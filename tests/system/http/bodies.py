# labels: quick
"""Bodies in each framing, and responses that have none (RFC 9112 §6, RFC 9110 §15)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

SIMPLE = DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s @origin@
"""


def start(origin):
    return proxy(SIMPLE, origin=origin)


@test("a body with Content-Length reaches the server as it is")
def _():
    origin = Origin(echo)
    p = start(origin)
    for size in (0, 1, 16383, 16384, 16385, 300000):
        body = bytes(n % 251 for n in range(size))
        eq(get(p.fe, method="POST", body=body).body, body, f"size {size}")
        eq(origin.last().framing, "length")


@test("a chunked request reaches the server chunked")
def _():
    origin = Origin(echo)
    p = start(origin)
    client = Client(p.fe).send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3\r\nabc\r\n", "A\r\n0123456789\r\n", "0\r\n\r\n")
    eq(client.response().body, b"abc0123456789")
    eq((origin.last().framing, origin.last().body), ("chunked", b"abc0123456789"))
    eq(client.get().status, 200, "the connection goes on")


@test("a chunked response reaches the client chunked")
def _():
    p = start(Origin(chunked(["one", "two" * 9000])))
    answer = get(p.fe)
    eq((answer.framing, answer.body), ("chunked", b"one" + b"two" * 9000))


@test("an HTTP/1.0 client gets a chunked response without its chunks",
      differs="haproxy 2.6 sends chunks (RFC 9112 §6.1)")
def _():
    p = start(Origin(chunked(["one", "two" * 9000])))
    client = Client(p.fe).send("GET / HTTP/1.0\r\n\r\n")
    old = client.response()
    eq((old.framing, old.body), ("close", b"one" + b"two" * 9000))
    assert not old.has("transfer-encoding")


@test("a chunk is passed on when it comes, not when the body ends")
def _():
    gate = Gate()
    p = start(Origin(chunked(["first", "second"], between=gate)))
    client = Client(p.fe).request()
    client.head()
    seen = b""
    while b"first" not in seen:
        seen += client.exactly(1)
    gate.open()
    while b"second" not in seen:
        seen += client.exactly(1)


@test("a close-delimited response ends with the connection")
def _():
    p = start(Origin(close_delimited("x" * 50000)))
    client = Client(p.fe).request()
    answer = client.response()
    eq(answer.body, b"x" * 50000)
    eq(answer.framing, "close")


@test("trailers of a response reach the client")
def _():
    p = start(Origin(chunked(["data"], trailers=[("X-Sum", "42")])))
    eq(get(p.fe).trailers, [("x-sum", "42")])


@test("trailers of a request reach the server")
def _():
    origin = Origin()
    p = start(origin)
    Client(p.fe).send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "1\r\nx\r\n0\r\nX-Sum: 42\r\n\r\n").response()
    eq(origin.last().trailers, [("x-sum", "42")])


@test("a HEAD response has no body whatever its fields say")
def _():
    origin = Origin(answers=[raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
                             raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")])
    p = start(origin)
    client = Client(p.fe)
    answer = client.request("HEAD").response("HEAD")
    eq((answer.status, answer.get("content-length")), (200, "1000"))
    eq(client.request("HEAD").response("HEAD").status, 200)
    eq(client.get().body, b"origin", "the next response is found where it begins")


@test("204 and 304 have no body whatever their fields say")
def _():
    origin = Origin(answers=[raw("HTTP/1.1 204 No Content\r\n\r\n"),
                             raw("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n"
                                 "ETag: \"x\"\r\n\r\n")])
    p = start(origin)
    client = Client(p.fe)
    eq(client.get().status, 204)
    eq(client.get().get("etag"), '"x"')
    eq(client.get().body, b"origin")


@test("a 1xx is passed on and the final response follows")
def _():
    p = start(Origin(informational(103, [("Link", "</a>")])))
    client = Client(p.fe)
    answer = client.get()
    eq([h.start_line.split()[1] for h in answer.interim], ["103"])
    eq(answer.interim[0].get("link"), "</a>")
    eq((answer.status, answer.body), (200, b"after"))


@test("a 1xx is not sent to an HTTP/1.0 client", differs="haproxy 2.6 sends it (RFC 9110 §15.2)")
def _():
    p = start(Origin(informational(103)))
    client = Client(p.fe).send("GET / HTTP/1.0\r\n\r\n")
    answer = client.response()
    eq((answer.status, answer.interim), (200, []))


@test("Expect: 100-continue is the server's to answer, and the body follows")
def _():
    def answer(conn, r):
        eq(r.get("expect"), "100-continue")
        conn.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        conn.read_body(r)
        echo(conn, r)
    p = start(Origin(answer, read_body=False))
    client = Client(p.fe).send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n"
                               "Expect: 100-continue\r\n\r\n")
    eq(client.head().start_line.split()[1], "100")
    client.send("hello")
    eq(client.response().body, b"hello")


@test("who waits for the body invites it, once, and the server gets no expectation")
def _():
    for line in ("http-request wait-for-body time 5s at-least 5", "option http-buffer-request"):
        origin = Origin(echo)
        p = proxy(SIMPLE.replace("default_backend be", line + "\n    default_backend be"),
                  origin=origin)
        client = Client(p.fe).send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n"
                                   "Expect: 100-continue\r\n\r\n")
        eq(client.head().start_line.split()[1], "100")
        client.send("hello")
        answer = client.response()
        eq((answer.status, answer.body, answer.interim), (200, b"hello", []))
        assert not origin.last().has("expect")


@test("a server may refuse an expectation, and the body is never sent")
def _():
    origin = Origin(early(417, "no"), read_body=False)
    p = start(origin)
    client = Client(p.fe).send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n"
                               "Expect: 100-continue\r\n\r\n")
    eq(client.response().status, 417)


@test("an early 413 reaches a client that still sends")
def _():
    origin = Origin(early(413, "too much"), read_body=False)
    p = start(origin)
    client = Client(p.fe).send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n",
                               b"x" * 1000)
    answer = client.response()
    eq((answer.status, answer.body), (413, b"too much"))


@test("a large body with a slow reader is bounded by back-pressure and comes whole")
def _():
    size = 8 << 20
    p = start(Origin(respond(200, b"z" * size)))
    client = Client(p.fe).request()
    head = client.head()
    eq(head.get("content-length"), str(size))
    before = p.memory_kb()
    client.exactly(1000)
    holds(lambda: p.memory_kb() - before < 4096, 0.3, "memory is bounded")
    eq(len(client.exactly(size - 1000)), size - 1000)


@test("a body that the server stops short of ends in a broken message, not a whole one")
def _():
    p = start(Origin(raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "fin")))
    client = Client(p.fe).request()
    client.head()
    data, _how = client.rest()
    eq(data, b"abc")
    p = start(Origin(raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                         "fin")))
    client = Client(p.fe).request()
    client.head()
    data, _how = client.rest()
    assert b"abc" in data and not data.endswith(b"0\r\n\r\n"), data


if __name__ == "__main__":
    main()
