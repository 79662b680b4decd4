"""Raw responses at the edges: what both forward, what both turn into a 502, and where Sluice is
stricter. The request's path /raw/N names the bytes."""
from harness import raw
from rig import Case

OK = "HTTP/1.1 200 OK\r\n"
LENGTH = OK + "Content-Length: 2\r\n"

# (what, bytes, row or None)
ONE = [
    ("status 799", "HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok", None),
    ("no reason", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", None),
    ("chunk extensions", OK + "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0;z\r\n\r\n", None),
    ("a space before the colon", LENGTH + "X : b\r\n\r\nok", None),
    ("an empty name", LENGTH + ": b\r\n\r\nok", None),
    ("a line without a colon", LENGTH + "nonsense\r\n\r\nok", None),
    ("two lengths", LENGTH + "Content-Length: 3\r\n\r\nokx", None),
    ("a signed length", OK + "Content-Length: +2\r\n\r\nok", None),
    ("a bare CR in a value", LENGTH + "X: a\rb\r\n\r\nok", None),
    ("a status that is no number", "HTTP/1.1 abc X\r\nContent-Length: 2\r\n\r\nok", None),
    ("102 fields", LENGTH + "".join(f"X{n}: 1\r\n" for n in range(102)) + "\r\nok", None),
    ("a head that is too large", OK + "X: " + "x" * 17000 + "\r\n\r\n", None),
    ("101 that nobody asked for",
     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", None),
    ("more bytes than the length", LENGTH + "\r\nokextra", None),
    ("204 with a length", "HTTP/1.1 204 None\r\nContent-Length: 2\r\n\r\n", None),
    ("obs-fold", LENGTH + "X: a\r\n b\r\n\r\nok", "obs-fold"),
    ("a list of lengths", OK + "Content-Length: 2, 2\r\n\r\nok", "length-list"),
    ("length with chunks", LENGTH + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
     "both-framings"),
    ("NUL in a value", LENGTH + "X: a\0b\r\n\r\nok", "control-characters"),
    ("status 099", "HTTP/1.1 099 X\r\nContent-Length: 2\r\n\r\nok", "odd-status"),
    ("status 20", "HTTP/1.1 20 X\r\nContent-Length: 2\r\n\r\nok", "odd-status"),
    ("status 2000", "HTTP/1.1 2000 X\r\nContent-Length: 2\r\n\r\nok", "odd-status"),
    ("an empty line before the status line", "\r\n" + LENGTH + "\r\nok", "empty-lines"),
    ("two spaces in the status line", "HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nok",
     "line-spaces"),
    ("version 2.0", "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "response-version"),
    ("a coding that is not chunked", OK + "Transfer-Encoding: gzip\r\n\r\nsome bytes",
     None),
]


def answer(conn, request):
    number = request.target.rsplit("/", 1)[1]
    # The mark of a probe, and what another case left behind, gets an ordinary answer.
    _, text, _ = ONE[int(number)] if number.isdigit() else ("", LENGTH + "\r\nok", None)
    raw(text)(conn, request)


def cases():
    for number, (what, _, row) in enumerate(ONE):
        yield Case("response: " + what, f"GET /raw/{number} HTTP/1.1\r\nHost: t\r\n\r\n".encode(),
                   rows={row: ["*"]} if row else None)
