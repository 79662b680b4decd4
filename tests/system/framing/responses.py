# labels: quick
"""Responses whose framing is wrong or ambiguous become a 502, or a connection that is closed and
never used again; what is legal reaches the client unmistakably (RFC 9112 §4, §6.3, §7)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.wire import Closed

SIMPLE = DEFAULTS + """
    retries 0
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    timeout server 2s
    server s @origin@
"""

OK = "HTTP/1.1 200 OK\r\n"
LENGTH = OK + "Content-Length: 2\r\n"

# (what, bytes, why haproxy differs or None): the client gets a 502.
REFUSED = [
    ("gzip", OK + "Transfer-Encoding: gzip\r\n\r\nsome bytes", None),
    ("gzip before chunked",
     OK + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", None),
    ("gzip and chunked in two fields", OK + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"
     "\r\n\r\n2\r\nok\r\n0\r\n\r\n", None),
    ("chunked twice",
     OK + "Transfer-Encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", None),
    ("obs-fold", LENGTH + "X: a\r\n b\r\n\r\nok", "unfolds"),
    ("an empty field name", LENGTH + ": b\r\n\r\nok", None),
    ("a space before the colon", LENGTH + "X : b\r\n\r\nok", None),
    ("a line without a colon", LENGTH + "nonsense\r\n\r\nok", None),
    ("two different Content-Lengths", LENGTH + "Content-Length: 3\r\n\r\nokx", None),
    ("Content-Length as a list", OK + "Content-Length: 2, 2\r\n\r\nok", "joins them"),
    ("Content-Length with a sign", OK + "Content-Length: +2\r\n\r\nok", None),
    ("Content-Length with Transfer-Encoding",
     LENGTH + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "drops the length"),
    ("a bare CR in a value", LENGTH + "X: a\rb\r\n\r\nok", None),
    ("a bare CR in the reason", "HTTP/1.1 200 O\rK\r\nContent-Length: 2\r\n\r\nok", None),
    ("NUL in a value", LENGTH + "X: a\0b\r\n\r\nok", "takes it"),
    ("status 099", "HTTP/1.1 099 X\r\nContent-Length: 2\r\n\r\nok", "forwards it"),
    ("status 000", "HTTP/1.1 000 X\r\nContent-Length: 2\r\n\r\nok", "forwards it"),
    ("a status of two digits", "HTTP/1.1 20 X\r\nContent-Length: 2\r\n\r\nok", "forwards it"),
    ("a status of four digits", "HTTP/1.1 2000 X\r\nContent-Length: 2\r\n\r\nok", "forwards it"),
    ("a status that is no number", "HTTP/1.1 abc X\r\nContent-Length: 2\r\n\r\nok", None),
    ("an empty line before the status line", "\r\n" + LENGTH + "\r\nok", "takes it"),
    ("two spaces in the status line", "HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nok",
     "takes it"),
    ("version 0.9", "HTTP/0.9 200 OK\r\nContent-Length: 2\r\n\r\nok", "takes it"),
    ("version 2.0", "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "takes it"),
    ("no HTTP at all", "SSH-2.0-OpenSSH\r\n\r\n", None),
    ("101 that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
     "Connection: upgrade\r\n\r\n", None),
    ("a head larger than tune.bufsize", OK + "X: " + "x" * 17000 + "\r\n\r\n", None),
    ("102 fields", LENGTH + "".join(f"X{n}: 1\r\n" for n in range(102)) + "\r\nok", None),
]

# (what, bytes, framing at the client, body)
FORWARDED = [
    ("status 600 to 999", "HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    ("no reason", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", b"ok"),
    ("Content-Length with leading zeros", OK + "Content-Length: 0002\r\n\r\nok", b"ok"),
    ("chunk extensions", OK + "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0;z\r\n\r\n",
     b"ok"),
    ("101 fields", LENGTH + "".join(f"X{n}: 1\r\n" for n in range(95)) + "\r\nok", b"ok"),
]


def register():
    for what, data, why in REFUSED:
        def check(data=data):
            origin = Origin(raw(data, "fin"))
            p = proxy(SIMPLE, origin=origin)
            client = Client(p.fe)
            answer = client.request().response()
            assert answer.status == 502, f"got {answer}"
            origin.connections[0].wait_ended()
        test(f"502: {what}", differs=why and f"haproxy 2.6 {why}")(check)
    for what, data, body in FORWARDED:
        def forwarded(data=data, body=body):
            p = proxy(SIMPLE, origin=Origin(raw(data)))
            client = Client(p.fe)
            eq(client.request().response().body, body)
            eq(client.request().response().body, body, "the second on the same connection")
        test(f"forwarded: {what}")(forwarded)


def broken_body(data):
    """The client must be able to tell that the body is not whole."""
    p = proxy(SIMPLE, origin=Origin(raw(data, "fin")))
    client = Client(p.fe).request()
    try:
        answer = client.response()
    except (Closed, ValueError, AssertionError):
        return
    assert answer.status == 502, f"a broken body came as whole: {answer}"


for name, tail in [
        ("a chunk size that is no number", "xyz\r\nok\r\n0\r\n\r\n"),
        ("a chunk size that overflows", "2\r\nok\r\nfffffffffffffffff\r\nok\r\n0\r\n\r\n"),
        ("chunk data without its CRLF", "2\r\nokXX0\r\n\r\n"),
        ("a body that ends before the last chunk", "2\r\nok\r\n"),
        ("a chunk that ends too early", "5\r\nok")]:
    test(f"broken: {name}")(lambda tail=tail: broken_body(
        OK + "Transfer-Encoding: chunked\r\n\r\n" + tail))

test("broken: a body shorter than Content-Length")(
    lambda: broken_body(OK + "Content-Length: 10\r\n\r\nok"))


@test("bytes after the end of a response are never the next response")
def _():
    origin = Origin(respond(200, "good"), answers=[
        raw(LENGTH + "\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")])
    p = proxy(SIMPLE, origin=origin)
    client = Client(p.fe)
    eq(client.request().response().body, b"ok")
    eq(client.request().response().body, b"good")


@test("a body after 204, 304 or HEAD is never the next response")
def _():
    for method, head in (("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
                         ("GET", "HTTP/1.1 304 Not Modified\r\n\r\n"),
                         ("HEAD", LENGTH + "\r\n")):
        origin = Origin(answers=[raw(head + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")],
                        answer=respond(200, "good"))
        p = proxy(SIMPLE, origin=origin)
        client = Client(p.fe)
        client.request(method).response(method)
        eq(client.request().response().body, b"good", head)


register()

if __name__ == "__main__":
    main()
