# labels: quick
"""Requests whose framing is wrong or ambiguous are refused and never reach a server; what is
legal is forwarded in a form that nobody can misread (RFC 9112 §2.2, §3.2, §5, §6, §7)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

SIMPLE = DEFAULTS + """
    timeout http-request 2s
    timeout http-keep-alive 1s
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s @origin@
"""

POST = "POST / HTTP/1.1\r\nHost: t\r\n"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"

# (what, bytes, statuses that are right, why haproxy differs or None)
REFUSED = [
    ("obs-fold in a field", "GET / HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n", (400,),
     "unfolds"),
    ("obs-fold in Transfer-Encoding",
     POST + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", (400, 501), "unfolds"),
    ("an empty field name", "GET / HTTP/1.1\r\nHost: t\r\n: b\r\n\r\n", (400,), None),
    ("a space before the colon", "GET / HTTP/1.1\r\nHost : t\r\n\r\n", (400,), None),
    ("a space in a field name", "GET / HTTP/1.1\r\nHost: t\r\nX y: b\r\n\r\n", (400,), None),
    ("a space before the first field name", "GET / HTTP/1.1\r\n Host: t\r\n\r\n", (400,), None),
    ("a line without a colon", "GET / HTTP/1.1\r\nHost: t\r\nnonsense\r\n\r\n", (400,), None),
    ("no Host in HTTP/1.1", "GET / HTTP/1.1\r\n\r\n", (400,), "lets it pass"),
    ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", (400,), None),
    ("two equal Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", (400,), "joins them"),
    ("a Host that is no authority", "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n", (400,),
     "lets it pass"),
    ("absolute-form against Host", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", (400,), None),
    ("absolute-form with userinfo",
     "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n", (400,), "takes it"),
    ("Transfer-Encoding in HTTP/1.0",
     "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (400,),
     "takes it and closes"),
    ("gzip, chunked", POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", (400, 501),
     "answers 422"),
    ("an empty coding before chunked", POST + "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n",
     (400, 501), "answers 422"),
    ("two Transfer-Encodings", POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"
     "\r\n\r\n0\r\n\r\n", (400, 501), None),
    ("identity", POST + "Transfer-Encoding: identity\r\n\r\n", (400, 501), None),
    ("xchunked", POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", (400, 501), None),
    ("a quoted coding", POST + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", (400, 501), None),
    ("chunked not last", POST + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", (400, 501),
     None),
    ("Content-Length with Transfer-Encoding",
     POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (400,),
     "drops the length and forwards"),
    ("Content-Length twice, different",
     POST + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", (400,), None),
    ("Content-Length twice, equal",
     POST + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", (400,), "joins them"),
    ("Content-Length as a list", POST + "Content-Length: 3, 3\r\n\r\nabc", (400,), "joins them"),
    ("Content-Length with a sign", POST + "Content-Length: +3\r\n\r\nabc", (400,), None),
    ("negative Content-Length", POST + "Content-Length: -3\r\n\r\nabc", (400,), None),
    ("hexadecimal Content-Length", POST + "Content-Length: 0x3\r\n\r\nabc", (400,), None),
    ("empty Content-Length", POST + "Content-Length: \r\n\r\n", (400,), None),
    ("Content-Length that overflows", POST + "Content-Length: 18446744073709551617\r\n\r\na",
     (400, 413), "waits for the body"),
    ("a chunk size with 0x", CHUNKED + "0x1\r\na\r\n0\r\n\r\n", (400,), None),
    ("a chunk size with a sign", CHUNKED + "+1\r\na\r\n0\r\n\r\n", (400,), None),
    ("a chunk size after a space", CHUNKED + " 1\r\na\r\n0\r\n\r\n", (400,), None),
    ("a space after a chunk size", CHUNKED + "1 \r\na\r\n0\r\n\r\n", (400,), "takes it"),
    ("a chunk size that overflows", CHUNKED + "11111111111111111\r\na\r\n0\r\n\r\n", (400,), None),
    ("an empty chunk size", CHUNKED + "\r\na\r\n0\r\n\r\n", (400,), None),
    ("chunk data without its CRLF", CHUNKED + "1\r\naXX0\r\n\r\n", (400,), None),
    ("a bare LF after a chunk size", CHUNKED + "1\na\r\n0\r\n\r\n", (400,), "takes it"),
    ("a CR in a chunk extension", CHUNKED + "1;a\rb\r\na\r\n0\r\n\r\n", (400,), None),
    ("leading zeros of a chunk size without end", CHUNKED + "0" * 40000 + "1\r\na\r\n0\r\n\r\n",
     (400,), None),
    ("a bare LF after the request line", "GET / HTTP/1.1\nHost: t\r\n\r\n", (400,), "takes it"),
    ("a bare LF that ends the head", "GET / HTTP/1.1\r\nHost: t\n\n", (400,), "takes it"),
    ("a bare CR in a value", "GET / HTTP/1.1\r\nHost: t\r\nX: a\rb\r\n\r\n", (400,), None),
    ("a field hidden behind a bare CR",
     POST + "X-Abc:\rxTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (400,), None),
    ("NUL in a value", "GET / HTTP/1.1\r\nHost: t\r\nX: a\0b\r\n\r\n", (400,), "takes it"),
    ("a control character in a value", "GET / HTTP/1.1\r\nHost: t\r\nX: a\x01b\r\n\r\n", (400,),
     "takes it"),
    ("two spaces in the request line", "GET  / HTTP/1.1\r\nHost: t\r\n\r\n", (400,), "takes it"),
    ("two spaces before the version", "GET /  HTTP/1.1\r\nHost: t\r\n\r\n", (400,), "takes it"),
    ("a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: t\r\n\r\n", (400,), "takes it"),
    ("no target", "GET HTTP/1.1\r\nHost: t\r\n\r\n", (400,), None),
    ("HTTP/0.9 without a version", "GET /\r\n\r\n", (400, 505), None),
    ("version 0.9", "GET / HTTP/0.9\r\nHost: t\r\n\r\n", (400, 505), "takes it"),
    ("version 2.0", "GET / HTTP/2.0\r\nHost: t\r\n\r\n", (400, 505), "takes it"),
    ("version 1.10", "GET / HTTP/1.10\r\nHost: t\r\n\r\n", (400, 505), None),
    ("version 1.1 in small letters", "GET / http/1.1\r\nHost: t\r\n\r\n", (400, 505), None),
    ("a fragment in the target", "GET /a#b HTTP/1.1\r\nHost: t\r\n\r\n", (400,), None),
    ("* with GET", "GET * HTTP/1.1\r\nHost: t\r\n\r\n", (400,), "takes it"),
    ("a byte above 0x7F in the target", "GET /\xff HTTP/1.1\r\nHost: t\r\n\r\n", (400,), None),
    ("a method that is no token", "G(T / HTTP/1.1\r\nHost: t\r\n\r\n", (400,), None),
    ("two empty lines before a request", "\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n", (400,),
     "takes any number"),
    ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505), "speaks HTTP/2"),
    ("102 fields", "GET / HTTP/1.1\r\nHost: t\r\n" + "".join(f"X{n}: 1\r\n" for n in range(102))
     + "\r\n", (400, 431), None),
    ("a head larger than tune.bufsize", "GET / HTTP/1.1\r\nHost: t\r\nX: " + "x" * 17000
     + "\r\n\r\n", (400, 431), None),
    ("a target larger than tune.bufsize", "GET /" + "x" * 17000 + " HTTP/1.1\r\nHost: t\r\n\r\n",
     (400, 414), None),
]

# (what, bytes, check of the request that the origin saw)
FORWARDED = [
    ("one empty line before a request", "\r\nGET /a HTTP/1.1\r\nHost: t\r\n\r\n",
     lambda r: r.target == "/a"),
    ("GET with a body", "GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc",
     lambda r: r.body == b"abc"),
    ("absolute-form that agrees with Host", "GET http://t/x HTTP/1.1\r\nHost: t\r\n\r\n",
     lambda r: r.get("host") == "t"),
    ("absolute-form with the default port written out",
     "GET http://t:80/x HTTP/1.1\r\nHost: t\r\n\r\n", lambda r: True),
    ("chunk extensions, which end at the proxy", CHUNKED + "1;name=value\r\na\r\n0;x\r\n\r\n",
     lambda r: r.body == b"a" and not r.extensions),
    ("Chunked in any case", POST + "Transfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n",
     lambda r: r.body == b"a"),
    ("leading zeros of Content-Length", POST + "Content-Length: 003\r\n\r\nabc",
     lambda r: r.body == b"abc"),
    ("leading zeros of a chunk size", CHUNKED + "0001\r\na\r\n000\r\n\r\n",
     lambda r: r.body == b"a"),
    ("Content_Length, which is no framing",
     "GET / HTTP/1.1\r\nHost: t\r\nContent_Length: 5\r\n\r\n",
     lambda r: r.framing == "none" and r.body == b""),
    ("Connection: content-length, which removes no framing",
     POST + "Connection: content-length\r\nContent-Length: 3\r\n\r\nabc",
     lambda r: r.body == b"abc" and r.framing == "length"),
    ("any token as a method", "M-SEARCH!x / HTTP/1.1\r\nHost: t\r\n\r\n",
     lambda r: r.method == "M-SEARCH!x"),
    ("bytes above 0x7F in a value", "GET / HTTP/1.1\r\nHost: t\r\nX: \xe9\r\n\r\n",
     lambda r: r.get("x") == "\xe9"),
    ("an HTTP/1.0 request without Host", "GET /a HTTP/1.0\r\n\r\n", lambda r: r.target == "/a"),
    ("101 fields", "GET / HTTP/1.1\r\nHost: t\r\n" + "".join(f"X{n}: 1\r\n" for n in range(95))
     + "\r\n", lambda r: r.get("x94") == "1"),
]


def refuse(p, origin, data, statuses):
    """The request is answered with one of `statuses` and a close, and no server saw it whole."""
    before = sum(r.whole for r in origin.requests)
    client = Client(p.fe)
    client.try_send(data.encode("latin-1") if isinstance(data, str) else data)
    answer = client.response()
    assert answer.status in statuses, f"got {answer}, wanted one of {statuses}"
    eq((answer.get("connection") or "").lower(), "close")
    client.rest()
    eq(sum(r.whole for r in origin.requests), before, "whole requests at the server")


def register():
    for what, data, statuses, why in REFUSED:
        def check(data=data, statuses=statuses):
            origin = Origin(lambda conn, r: respond(200, "seen")(conn, r))
            refuse(proxy(SIMPLE, origin=origin), origin, data, statuses)
        test(f"refused: {what}", differs=why and f"haproxy 2.6 {why}")(check)
    for what, data, right in FORWARDED:
        def forwarded(data=data, right=right):
            origin = Origin()
            answer = response_of(proxy(SIMPLE, origin=origin).fe, data)
            eq(answer.status, 200)
            assert right(origin.last()), f"the server saw {origin.last().raw!r}"
        test(f"forwarded: {what}")(forwarded)


@test("h2c upgrades are removed, with their names in Connection",
      differs="haproxy 2.6 forwards them: a smuggling tunnel")
def _():
    origin = Origin()
    p = proxy(SIMPLE, origin=origin)
    eq(get(p.fe, headers=[("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"),
                          ("HTTP2-Settings", "AAMAAABkAAQAAP__")]).status, 200)
    got = origin.last()
    assert not got.has("upgrade") and not got.has("http2-settings"), got.raw
    assert "upgrade" not in (got.get("connection") or "").lower(), got.raw


@test("framing, routing and authentication fields in trailers are dropped",
      differs="haproxy 2.6 forwards all but framing fields (RFC 9110 §6.5.1)")
def _():
    origin = Origin()
    p = proxy(SIMPLE, origin=origin)
    eq(response_of(p.fe, CHUNKED + "1\r\na\r\n0\r\nContent-Length: 5\r\nHost: evil\r\n"
                   "Authorization: x\r\nTransfer-Encoding: chunked\r\nX-Ok: 1\r\n\r\n").status, 200)
    eq(origin.last().trailers, [("x-ok", "1")])


@test("chunk extensions are bounded in length (CVE-2024-22019)",
      differs="haproxy 2.6 has no bound")
def _():
    origin = Origin()
    p = proxy(SIMPLE, origin=origin)
    client = Client(p.fe).send(CHUNKED + "1;")
    for _ in range(2000):  # more than the kernel's buffers hold
        if not client.try_send(b"x" * 16384):
            break
    else:
        raise AssertionError("thirty megabytes of extension were taken")


@test("what follows a refused request on the connection is not served")
def _():
    origin = Origin()
    p = proxy(SIMPLE, origin=origin)
    client = Client(p.fe).send("GET / HTTP/1.1\r\nHost : t\r\n\r\n" + "GET /x HTTP/1.1\r\n"
                               "Host: t\r\n\r\n")
    eq(client.response().status, 400)
    client.rest()
    eq(len(origin.requests), 0)


@test("every forwarded request is one request, however it is cut")
def _():
    origin = Origin(echo)
    p = proxy(SIMPLE, origin=origin)
    pair = (CHUNKED + "3\r\nabc\r\n0\r\n\r\n" + POST + "Content-Length: 2\r\n\r\nxy").encode()
    for cut in range(1, len(pair), 3):
        client = Client(p.fe).send(pair[:cut])
        client.send(pair[cut:])
        eq([client.response().body, client.response().body], [b"abc", b"xy"], f"cut at {cut}")
        client.close()
    assert not origin.errors, origin.errors


register()

if __name__ == "__main__":
    main()
