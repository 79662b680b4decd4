"""The server behaviours of the grammar; the first segment of the path chooses one."""
from harness import chunked, close_delimited, early, informational, raw, reset, respond, silent

OK = "HTTP/1.1 200 OK\r\n"
FIELDS = [("X-Origin", "yes"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]


def _eof(conn, _):
    conn.close()


BEHAVIOURS = {
    "length": respond(200, "twelve bytes", FIELDS),
    "empty": respond(200, "", FIELDS),
    "chunked": chunked(["one", "two", "three"], FIELDS),
    "trailers": chunked(["one"], [("Trailer", "X-Sum")], trailers=[("X-Sum", "1")]),
    "close": close_delimited("until the end", FIELDS),
    "close10": close_delimited("until the end", FIELDS, version="1.0"),
    "length10": respond(200, "ten bytes.", FIELDS, version="1.0"),
    "alive10": respond(200, "ten bytes.", [("Connection", "keep-alive")], version="1.0"),
    "goodbye": respond(200, "last words", FIELDS, close=True),
    "204": respond(204, "", FIELDS),
    "304": respond(304, "", [("ETag", '"x"')]),
    "301": respond(301, "moved", [("Location", "/elsewhere")]),
    "404": respond(404, "not here", FIELDS),
    "500": respond(500, "broken", FIELDS),
    "hints": informational(103, [("Link", "</x.css>")], respond(200, "after the hints")),
    "eof": _eof,
    "reset": reset,
    "silent": silent,
    "short": raw(OK + "Content-Length: 10\r\n\r\nok", "fin"),
    "cutchunk": raw(OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nab", "fin"),
    "badchunk": raw(OK + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nok\r\n0\r\n\r\n", "fin"),
    "nothttp": raw("SSH-2.0-OpenSSH\r\n\r\n", "fin"),
    "early": early(413, "too much"),
}


def answer(conn, request):
    """The behaviour that the path names, or twelve bytes."""
    path = request.target.split("?")[0]
    name = path.split("/")[1] if path.startswith("/") else ""
    BEHAVIOURS.get(name, BEHAVIOURS["length"])(conn, request)
