# labels: quick
"""What keys lead to, also when a server is full, gone or loaded, and keys that come late or from
bytes (manual §4.2: balance, hash-type, hash-balance-factor; §5.2: maxqueue)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

HEAD = "global\n    nbthread 1\n" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
"""


def start(*lines, program=proxy, head=HEAD, **origins):
    return program(head + "".join(f"    {line}\n" for line in lines), **origins)


def abc(answer=None):
    return {name: Origin(answer, name=name) for name in "abc"}


SERVERS = [f"server {name} @{name}@" for name in "abc"]


def by_key(p, key):
    return get(p.fe, headers=[("X-Key", key)]).body.decode()


def of_server(p, wanted):
    """A key that leads to that server."""
    return next(key for key in map(str, range(200)) if by_key(p, key) == wanted)


@test("balance random spreads requests over all servers, with any number of draws")
def _():
    for line in ("balance random", "balance random(1)", "balance random(3)"):
        p = start("balance roundrobin", line, *SERVERS, **abc())
        picked = "".join(get(p.fe).body.decode() for _ in range(60))
        eq(set(picked), set("abc"), line)
        assert any(picked[i:i + 3] != picked[:3] for i in range(0, 60, 3)), "turns, not draws"


@test("balance source, uri, url_param, hdr and hash keep a key on its server")
def _():
    for line, ask in (("balance source", {}), ("balance uri", {"path": "/a"}),
                      ("balance url_param u", {"path": "/?u=1"}),
                      ("balance hdr(x-key)", {"headers": [("X-Key", "1")]}),
                      ("balance hash path", {"path": "/a"})):
        p = start(line, *SERVERS, **abc())
        eq(len({get(p.fe, **ask).body for _ in range(6)}), 1, line)


WORDS = ["Alderaan", "bee", "Cato", "d", "echo 5", "Flo/x", "gnu", "Hal9000", "ivy?",
         "J", "kk", "LL"]
KINDS = {
    "map-based sdbm": "abcbaaccacbc",
    "map-based djb2": "cccbbcabcccb",
    "map-based wt6": "bcaacbbbccca",
    "map-based crc32": "accacbabaaca",
    "map-based sdbm avalanche": "bcbababbbcba",
    "consistent": "cacaaaababba",
    "consistent sdbm": "abaccbbbcccc",
    "consistent crc32 avalanche": "cccbcbabccac",
}


@test("hash-type: the server of twelve keys by each method, function and modifier")
def _():
    for kind, wanted in KINDS.items():
        # The line above is what counts without the second.
        other = "consistent djb2" if kind.startswith("map") else "map-based djb2"
        p = start("balance hdr(x-key)", f"hash-type {other}", f"hash-type {kind}",
                  *SERVERS, **abc())
        eq("".join(by_key(p, word) for word in WORDS), wanted, kind)


@test("a key of 8 KiB leads to a server like any other, whatever bytes it has")
def _():
    long, odd = "k" * 8192, "".join(chr(33 + i * 7 % 90) for i in range(8192))
    for line, wanted, asks in (
            ("balance uri", "ac", [{"path": "/" + long}, {"path": "/" + "a/b" * 2730}]),
            ("balance url_param u", "ba",
             [{"path": "/?u=" + long}, {"path": "/?v=1&u=" + "z" * 8000}]),
            ("balance hdr(x-key)", "bc", [{"headers": [("X-Key", key)]} for key in (long, odd)]),
            ("balance hash req.hdr(x-key)", "ba",
             [{"headers": [("X-Key", key)]} for key in (long, odd)])):
        p = start(line, "hash-type consistent", *SERVERS, **abc())
        eq("".join(get(p.fe, **ask).body.decode() for ask in asks), wanted, line)


@test("a key waits for its own server while that is full")
def _():
    for kind in ("map-based", "consistent"):
        origins = abc()
        p = start("balance hdr(x-key)", f"hash-type {kind}",
                  *[s + " maxconn 1" for s in SERVERS], **origins)
        key, other = of_server(p, "a"), of_server(p, "b")
        gate = Gate()
        origins["a"].answer = respond(200, "a", before=gate)
        first = Client(p.fe).send(request(headers=[("X-Key", key)]))
        gate.wait_reached()
        second = Client(p.fe).send(request(headers=[("X-Key", key)])).quiet()
        eq(by_key(p, other), "b")
        gate.open()
        eq((first.response().body, second.response().body), (b"a", b"a"))


@test("a key whose server's queue is full is refused")
def _():
    origins = abc()
    log = UdpLog()
    p = start("balance hdr(x-key)", *[s + " maxconn 1 maxqueue 1" for s in SERVERS],
              head=HEAD.replace("    bind", "    log @log@ local0\n    option httplog\n    bind"),
              log=log, **origins)
    key = of_server(p, "c")
    gate = Gate()
    origins["c"].answer = respond(200, "c", before=gate)
    first = Client(p.fe).send(request(headers=[("X-Key", key)]))
    gate.wait_reached()
    second = Client(p.fe).send(request(headers=[("X-Key", key)])).quiet()
    third = Client(p.fe).send(request(path="/third", headers=[("X-Key", key)]))
    eq(third.response().status, 503)
    line = HttpLine(log.match("/third").string)
    eq((line.server, line.flags, line.srv_queue, line.be_queue), ("c", "SQ--", "0", "0"))
    gate.open()
    eq((first.response().status, second.response().status), (200, 200))


@test("option redispatch leaves a key's server after the last retry, and only by a ring")
def _():
    for kind, statuses in (("consistent", {200}), ("map-based", {200, 503})):
        p = start("balance hdr(x-key)", f"hash-type {kind}", "retries 1", "option redispatch",
                  "server a @a@", "server b @b@", "server dead 127.0.0.1:1",
                  **{name: Origin(name=name) for name in "ab"})
        got = {get(p.fe, headers=[("X-Key", str(key))]).status for key in range(12)}
        eq(got, statuses, kind)


def loads(program, lines, count=14):
    """Which server takes each of so many requests of one key, none of which ends."""
    gate = Gate()
    origins = abc(respond(200, "x", before=gate))
    p = start(*lines, program=program, **origins)
    out, clients = "", []
    for _ in range(count):
        had = {name: len(o.requests) for name, o in origins.items()}
        clients.append(Client(p.fe).send(request(headers=[("X-Key", "k")])))
        wait_for(lambda: sum(len(o.requests) for o in origins.values()) > sum(had.values()))
        out += next(name for name, o in origins.items() if len(o.requests) > had[name])
    gate.open()
    for client in clients:
        eq(client.response().status, 200)
    return out


@test("hash-balance-factor sends what exceeds the average to the next servers, as haproxy does")
def _():
    for factor, weights in ((150, (1, 1, 1)), (101, (3, 2, 1)), (200, (1, 4, 1))):
        lines = ["balance hdr(x-key)", "hash-type consistent", f"hash-balance-factor {factor}",
                 *[f"{s} weight {w}" for s, w in zip(SERVERS, weights)]]
        ours = loads(proxy, lines)
        eq(ours, loads(HAProxy, lines), factor)
        assert len(set(ours)) > 1, ours
    eq(len(set(loads(proxy, ["balance hdr(x-key)", "hash-type consistent", *SERVERS], 6))), 1)


@test("balance url_param check_post waits for a body that comes in pieces")
def _():
    p = start("balance url_param user check_post", "timeout http-request 5s", *SERVERS, **abc())
    picked = set()
    for user in range(8):
        body = f"first=1&user=u{user}"
        head = f"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n"
        client = Client(p.fe).send(head + body[:9]).quiet()
        name = client.send(body[9:]).response().body
        eq(get(p.fe, f"/?user=u{user}").body, name)
        picked.add(name)
    assert len(picked) > 1
    chunks = Client(p.fe).send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
                               "7\r\nuser=u1\r\n0\r\n\r\n").response()
    eq(chunks.body, get(p.fe, "/?user=u1").body)


@test("balance url_param check_post: a body that never comes ends in 408")
def _():
    p = start("balance url_param user check_post", "timeout http-request 500ms", *SERVERS, **abc())
    client = Client(p.fe).send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n")
    eq(client.response().status, 408)
    eq(get(p.fe, "/?user=1").status, 200)


@test("balance url_param check_post looks into a body as long as a buffer, no further")
def _():
    p = start("balance url_param user check_post", *SERVERS, **abc())
    body = "a=" + "x" * 100_000 + "&user=1"
    for _ in range(2):
        answer = Client(p.fe).send(f"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n"
                                   f"\r\n{body}").response()
        eq(answer.status, 200)


TCP = "global\n    nbthread 1\n" + DEFAULTS.replace("mode http", "mode tcp") + """
listen fe
    bind 127.0.0.1:@fe@
    tcp-request inspect-delay 5s
    tcp-request content accept if { req.rdp_cookie_cnt gt 0 }
    tcp-request content accept if { req.len gt 40 }
"""


def rdp(cookie):
    """An X.224 connection request, [MS-RDPBCGR] 2.2.1.1."""
    text = f"{cookie}\r\n".encode()
    return bytes([3, 0, 0, 11 + len(text), 6 + len(text), 0xE0, 0, 0, 0, 0, 0]) + text


def named(name):
    def serve(conn):
        conn.reader.exactly(11)
        conn.send(name.encode())
        conn.wait_peer_end()
    return serve


@test("balance rdp-cookie keeps a user on one server")
def _():
    for line, cookie in (("balance rdp-cookie", "Cookie: mstshash="),
                         ("balance rdp-cookie(msts)", "Cookie: msts=")):
        sides = [start(line, *SERVERS, head=TCP, program=program,
                       **{name: Origin(script=named(name)) for name in "abc"})
                 for program in (proxy, HAProxy)]
        ours, theirs = ([Client(p.fe).send(rdp(f"{cookie}user{i}")).exactly(1)
                         for i in range(11)] for p in sides)
        eq(ours, theirs)
        assert len(set(ours)) > 1
        again = [Client(sides[0].fe).send(rdp(f"{cookie}user{i}")).exactly(1) for i in range(11)]
        eq(again, ours)
        turns = [Client(sides[0].fe).send(rdp("Cookie: other=") + b"x" * 40).exactly(1)
                 for _ in range(3)]
        eq(sorted(turns), [b"a", b"b", b"c"])


@test("keys of HTTP in mode tcp fall back to turns, with a warning")
def _():
    for line in ("balance uri", "balance hdr(host)", "balance url_param x"):
        text = (TCP + f"    {line}\n    server a 127.0.0.1:1\n").replace("@fe@", "0")
        text = text.replace(":0", ":" + str(free_port()))
        outcome = run_config(text, "-c")
        eq(outcome.code, 0, outcome)
        assert "mode http" in outcome.err, outcome


@test("balance, hash-type and hash-balance-factor: what is refused")
def _():
    for line in ("balance", "balance hash", "balance hash nosuch", "balance hash src x",
                 "balance hdr", "balance hdr()", "balance hdr(host", "balance hdr(host) foo",
                 "balance uri len", "balance uri len 0", "balance uri depth x", "balance uri foo",
                 "balance url_param", "balance url_param x foo", "balance random(0)",
                 "balance random(x)", "balance nothing", "hash-type", "hash-type foo",
                 "hash-type consistent none", "hash-type map-based sdbm foo",
                 "hash-balance-factor", "hash-balance-factor 50", "hash-balance-factor 100",
                 "hash-balance-factor x"):
        text = HEAD.replace("@fe@", str(free_port())) + f"    {line}\n    server a 127.0.0.1:1\n"
        outcome = run_config(text, "-c")
        if is_oracle() and line in ("balance", "hash-balance-factor x", "balance hdr()"):
            continue                    # read as a number or a name there
        eq(outcome.code, 1, f"{line}: {outcome}")


if __name__ == "__main__":
    main()
