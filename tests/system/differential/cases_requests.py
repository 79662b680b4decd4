"""Raw requests at the edges of RFC 9112: what both take, what both refuse, and where Sluice is
stricter."""
from rig import Case

HOST = "Host: t\r\n"
POST = "POST / HTTP/1.1\r\n" + HOST
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"
GET = "GET /length HTTP/1.1\r\n" + HOST

# (what, bytes, row or None). With a row anything may differ: one answers, the other refuses.
ONE = [
    ("an empty line before", "\r\n" + GET + "\r\n", None),
    ("a body with GET", GET + "Content-Length: 3\r\n\r\nabc", None),
    ("absolute-form", "GET http://t/length HTTP/1.1\r\nHost: t\r\n\r\n", None),
    ("chunk extensions", CHUNKED + "1;name=value\r\na\r\n0;x\r\n\r\n", None),
    ("Chunked in capitals", POST + "Transfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n",
     "own-framing"),
    ("leading zeros of a chunk size", CHUNKED + "0001\r\na\r\n000\r\n\r\n", None),
    ("a field with an underscore", GET + "Content_Length: 5\r\n\r\n", None),
    ("bytes above 0x7F in a value", GET + "X: \xe9\r\n\r\n", None),
    ("an empty value", GET + "X:\r\n\r\n", None),
    ("white space around a value", GET + "X:  \t a b \t\r\n\r\n", None),
    ("any token as a method", "M-SEARCH!x / HTTP/1.1\r\n" + HOST + "\r\n", None),
    ("OPTIONS *", "OPTIONS * HTTP/1.1\r\n" + HOST + "\r\n", None),
    ("HTTP/1.1 with an upper-case host", "GET / HTTP/1.1\r\nHost: T.Example\r\n\r\n", None),
    ("Upgrade that the server declines",
     GET + "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", None),
    ("Cookie twice", GET + "Cookie: a=1\r\nCookie: b=2\r\n\r\n", None),
    ("a long query", "GET /length?" + "q" * 700 + " HTTP/1.1\r\n" + HOST + "\r\n", None),
    ("space before the colon", "GET / HTTP/1.1\r\nHost : t\r\n\r\n", None),
    ("a space in a name", GET + "X y: b\r\n\r\n", None),
    ("an empty name", GET + ": b\r\n\r\n", None),
    ("a line without a colon", GET + "nonsense\r\n\r\n", None),
    ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", None),
    ("absolute-form against Host", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", None),
    ("two lengths", POST + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", None),
    ("a signed length", POST + "Content-Length: +3\r\n\r\nabc", None),
    ("a hexadecimal length", POST + "Content-Length: 0x3\r\n\r\nabc", None),
    ("an empty length", POST + "Content-Length: \r\n\r\n", None),
    ("a bare CR in a value", GET + "X: a\rb\r\n\r\n", None),
    ("a method that is no token", "G(T / HTTP/1.1\r\n" + HOST + "\r\n", None),
    ("a byte above 0x7F in the target", "GET /\xff HTTP/1.1\r\n" + HOST + "\r\n", None),
    ("a fragment", "GET /a#b HTTP/1.1\r\n" + HOST + "\r\n", None),
    ("HTTP/0.9", "GET /\r\n\r\n", "status-505"),
    ("version 1.10", "GET / HTTP/1.10\r\n" + HOST + "\r\n", "status-505"),
    ("version in small letters", "GET / http/1.1\r\n" + HOST + "\r\n", None),
    ("no target", "GET HTTP/1.1\r\n" + HOST + "\r\n", None),
    ("chunk size with 0x", CHUNKED + "0x1\r\na\r\n0\r\n\r\n", "broken-body"),
    ("chunk size that overflows", CHUNKED + "11111111111111111\r\na\r\n0\r\n\r\n", "broken-body"),
    ("chunk data without CRLF", CHUNKED + "1\r\naXX0\r\n\r\n", "broken-body"),
    ("102 fields", GET + "".join(f"X{n}: 1\r\n" for n in range(102)) + "\r\n", "status-431"),
    ("a head that is too large", GET + "X: " + "x" * 17000 + "\r\n\r\n", "status-431"),
    ("a target that is too large", "GET /" + "x" * 17000 + " HTTP/1.1\r\n" + HOST + "\r\n",
     "status-414"),
    ("identity", POST + "Transfer-Encoding: identity\r\n\r\n", "coding-501"),
    ("two codings", POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
     "0\r\n\r\n", None),
    ("chunked not last", POST + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", None),
    ("gzip, chunked", POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "coding-501"),
    ("an empty coding", POST + "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", "coding-501"),
    ("obs-fold", GET + "X: a\r\n b\r\n\r\n", "obs-fold"),
    ("no Host", "GET /length HTTP/1.1\r\n\r\n", "host"),
    ("two equal Hosts", "GET /length HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "host"),
    ("a Host that is no authority", "GET /length HTTP/1.1\r\nHost: a/b@c\r\n\r\n", "host"),
    ("userinfo in absolute-form", "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "userinfo"),
    ("chunks in HTTP/1.0",
     "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "coding-in-1.0"),
    ("length with chunks",
     POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "both-framings"),
    ("equal lengths", POST + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "length-list"),
    ("a list of lengths", POST + "Content-Length: 3, 3\r\n\r\nabc", "length-list"),
    ("a space after a chunk size", CHUNKED + "1 \r\na\r\n0\r\n\r\n", "chunk-lines"),
    ("a bare LF after a chunk size", CHUNKED + "1\na\r\n0\r\n\r\n", "chunk-lines"),
    ("a bare LF after the request line", "GET /length HTTP/1.1\nHost: t\r\n\r\n", "bare-lf"),
    ("a bare LF that ends the head", "GET /length HTTP/1.1\r\nHost: t\n\n", "bare-lf"),
    ("NUL in a value", GET + "X: a\0b\r\n\r\n", "control-characters"),
    ("a control character in a value", GET + "X: a\x01b\r\n\r\n", "control-characters"),
    ("two spaces in the request line", "GET  /length HTTP/1.1\r\n" + HOST + "\r\n", "line-spaces"),
    ("a tab in the request line", "GET\t/length HTTP/1.1\r\n" + HOST + "\r\n", "line-spaces"),
    ("version 0.9", "GET /length HTTP/0.9\r\n" + HOST + "\r\n", "status-505"),
    ("version 2.0", "GET /length HTTP/2.0\r\n" + HOST + "\r\n", "status-505"),
    ("* with GET", "GET * HTTP/1.1\r\n" + HOST + "\r\n", "asterisk"),
    ("two empty lines before", "\r\n\r\n" + GET + "\r\n", "empty-lines"),
    ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "h2-preface"),
    ("Upgrade: h2c", GET + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
     "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", "h2c"),
    ("hop-by-hop fields", GET + "Connection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n"
     "Proxy-Connection: keep-alive\r\nTE: gzip\r\n\r\n", "hop-by-hop"),
    ("framing fields in trailers", CHUNKED + "1\r\na\r\n0\r\nContent-Length: 5\r\nHost: evil\r\n"
     "Authorization: x\r\nX-Ok: 1\r\n\r\n", "trailers"),
]


def cases():
    for what, text, row in ONE:
        yield Case("request: " + what, text.encode("latin-1"),
                   rows={row: ["*"]} if row else None, to="fe")
    pair = (GET + "\r\n").encode()
    yield Case("two requests, one after the other", [pair, pair], ["GET", "GET"])
    yield Case("three requests at once", pair * 3, ["GET"] * 3)
    yield Case("POST and GET at once", (CHUNKED + "1\r\na\r\n0\r\n\r\n").encode() + pair,
               ["POST", "GET"])
    yield Case("a request after a refused one",
               ("GET / HTTP/1.1\r\nHost : t\r\n\r\n" + GET + "\r\n").encode())
    yield Case("half a head, then silence", b"GET / HTTP/1.1\r\nHo")
    yield Case("nothing, then silence", b"")
    yield Case("half a body, then silence", (POST + "Content-Length: 5\r\n\r\nab").encode(),
               ["POST"])
    yield Case("half a head, then the end", b"GET / HTTP/1.1\r\nHo", half_close=True, lines=1)
    yield Case("Expect: 100-continue with the body", (POST + "Expect: 100-continue\r\n"
               "Content-Length: 2\r\n\r\nok").encode(), ["POST"])
