"""Cases from a grammar: method × framing × version × connection × server behaviour."""
import itertools
import random

from origins import BEHAVIOURS
from rig import Case

TEXT = """
global
    log @log@ local0
    nbthread 1
defaults
    mode http
    log global
    option httplog
    timeout connect 2s
    timeout client 1s
    timeout server 300ms
    timeout http-request 300ms
    timeout http-keep-alive 3s
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    http-reuse never
    server s @s@
"""

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND")
FRAMINGS = ("none", "length", "chunked")
VERSIONS = ("1.1", "1.0")
CONNECTIONS = ("", "close", "keep-alive")
FAULTS = ("eof", "reset", "silent", "short", "cutchunk", "badchunk", "nothttp", "early")
WELL = tuple(b for b in BEHAVIOURS if b not in FAULTS)


def request(method, framing, version, connection, behaviour):
    lines = [f"{method} /{behaviour}/x?q=1 HTTP/{version}", "Host: t", "X-One: 1", "X-One: 2"]
    body = b""
    if connection:
        lines.append(f"Connection: {connection}")
    if framing == "length":
        lines.append("Content-Length: 5")
        body = b"hello"
    elif framing == "chunked":
        lines.append("Transfer-Encoding: chunked")
        body = b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def sentences():
    """Every behaviour with every version and connection; every method with every framing and
    version; and a fixed sample of the rest. Chunks in HTTP/1.0 are a case of the requests."""
    chosen = list(itertools.product(["GET"], ["none"], VERSIONS, CONNECTIONS, WELL))
    chosen += itertools.product(METHODS, FRAMINGS, VERSIONS, [""], ["length"])
    chosen += itertools.product(["GET"], ["none"], ["1.1"], [""], FAULTS)
    chosen += itertools.product(["POST"], ["length"], ["1.1"], [""], FAULTS)
    rest = list(itertools.product(METHODS[1:], FRAMINGS, VERSIONS, CONNECTIONS, WELL))
    chosen += random.Random(26).sample(rest, 60)
    return [s for s in dict.fromkeys(chosen) if (s[1], s[2]) != ("chunked", "1.0")]


def rows(method, framing, version, connection, behaviour):
    """Which rows of the document a sentence of the grammar meets, and in what."""
    if (framing, version) == ("length", "1.0") and method in ("GET", "HEAD", "DELETE"):
        return {"body-in-1.0": ["*"]}
    found = {}
    if version == "1.0":
        found["own-version"] = ["origin.line", "origin.headers"]
        if behaviour in ("chunked", "trailers"):
            found["chunks-to-1.0"] = ["framing", "trailers", "end", "headers"]
        if behaviour == "hints":
            found["interim-to-1.0"] = ["interim"]
    if behaviour in ("close10", "length10", "alive10"):
        found["own-version"] = ["version", "headers", "origin.line", "origin.headers"]
    if behaviour == "badchunk":
        found["broken-body"] = ["*"]
    return found


def cases():
    for s in sentences():
        yield Case(" ".join(word or "-" for word in s), request(*s), [s[0]], rows=rows(*s))
