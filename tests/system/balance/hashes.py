# labels: quick
"""A key picks the same server here as in haproxy, whatever the algorithm, the function and the
servers (manual §4.2, balance and hash-type)."""
import random
import re
import socket
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

SERVERS = HAProxy       # what answers: quick, and not what is tested
METHODS = ("map-based", "consistent")
FUNCTIONS = ("sdbm", "djb2", "wt6", "crc32")

HEAD = """
global
    nbthread 1
    """ + SOCKET + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    http-response set-header x-server %[srv_name]
    use_backend %[req.hdr(x-list)]
"""


def origin():
    return SERVERS("global" + DEFAULTS + """
frontend o
    bind 127.0.0.1:@port@
    http-request return status 200
""")


def both(backends):
    """The program under test and haproxy, with the same backends (name: lines)."""
    text = HEAD
    for name, lines in backends.items():
        text += f"backend {name}\n" + "".join(f"    {line}\n" for line in lines)
    answers = origin()
    text = text.replace("@o@", f"127.0.0.1:{answers.port}")
    return proxy(text), HAProxy(text)


def picks(port, requests, together=100, source=None):
    """The server of each request, sent over one connection."""
    out = []
    bound = (source, 0) if source else None
    with socket.create_connection(("127.0.0.1", port), 20, bound) as sock:
        for at in range(0, len(requests), together):
            part = requests[at:at + together]
            sock.sendall(b"".join(part))
            got = b""
            while got.count(b"\r\n\r\n") < len(part):
                data = sock.recv(1 << 16)
                assert data, f"closed after {got[-300:]!r}"
                got += data
            found = re.findall(rb"(?i)\r\nx-server: *(\S*)", got)
            eq(len(found), len(part), got[:500])
            out += [name.decode() for name in found]
    return out


def ask(backend, target="/", method="GET", body=None, **headers):
    lines = [f"{method} {target} HTTP/1.1", f"x-list: {backend}"]
    headers.setdefault("host", "h")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines.append("x-end: 1")    # haproxy looks one byte behind a host for a dot
    if body is not None:
        lines.append(f"content-length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n" + (body or "")).encode("latin-1")


def compare(programs, requests):
    ours, theirs = (picks(p.fe, requests) for p in programs)
    wrong = [(r, a, b) for r, a, b in zip(requests, ours, theirs) if a != b]
    eq(wrong, [])
    return ours


def server_list(rng):
    lines, ids = [], rng.sample(range(1, 4000), 12)
    for i in range(rng.randint(2, 12)):
        line = f"server s{i} @o@ weight {rng.choice([0, 1, 1, 2, 3, 5, 10, rng.randint(1, 256)])}"
        line += rng.choice(["", "", f" id {ids[i]}"])
        line += rng.choice(["", "", "", " disabled", " backup"])
        lines.append(line)
    lines.append("server last @o@ weight 7 id 4001" + rng.choice(["", " backup"]))
    return lines + rng.choice([[], ["option allbackups"]])


def key(rng):
    return "".join(chr(rng.choice([rng.randint(33, 126), rng.randint(48, 57)]))
                   for _ in range(rng.randint(1, 24))).replace(",", "-").replace('"', "-")


@test("1,000 keys over 20 lists of servers, by every hash-type")
def _():
    rng = random.Random(2026)
    types = [f"hash-type {m} {f}{a}" for m in METHODS for f in FUNCTIONS
             for a in ("", " avalanche")]
    types += ["hash-type map-based", "hash-type consistent", "", "hash-type consistent"]
    lists = {f"b{i}": ["balance hdr(x-key)", kind, *server_list(rng)]
             for i, kind in enumerate(types)}
    programs = both(lists)
    keys = [key(rng) for _ in range(1000)]
    for name in lists:
        used = set(compare(programs, [ask(name, x_key=k) for k in keys]))
        assert used, name


FOUR = ["server a @o@ weight 3", "server b @o@ weight 2", "server c @o@ weight 1",
         "server d @o@ weight 1"]


def compare_all(line, requests):
    """The line with both methods; the requests are (target, headers) without their backend."""
    lists = {method[:3]: [line, f"hash-type {method} djb2", *FOUR] for method in METHODS}
    programs = both(lists)
    found = {name: compare(programs, [ask(name, **request) for request in requests])
             for name in lists}
    assert len(set(found["map"])) > 1, f"{line}: all to {found['map'][0]}"


@test("balance source hashes the client's address")
def _():
    rng = random.Random(7)
    sources = [f"127.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
               for _ in range(40)]
    lists = {f"b{i}": ["balance source", kind, *FOUR] for i, kind in enumerate([
        "", "hash-type map-based sdbm avalanche", "hash-type map-based wt6",
        "hash-type consistent", "hash-type consistent djb2"])}
    programs = both(lists)
    for source in sources:
        ours, theirs = (picks(p.fe, [ask(name) for name in lists], source=source)
                        for p in programs)
        eq(ours, theirs, source)


URIS = ["/", "/a", "/a/b", "/a/b/c?d=e", "/a/b/c/d", "//", "/?x", "/abcdefghij?y=/z/",
        "/a?b/c/d", "/%41/b", "http://h/a/b", "http://h/a?b", "/a//b"]
URIS += [f"/dir{i}/sub{i % 3}/file{i}?q={i}" for i in range(20)]


@test("balance uri: len, depth, whole, path-only")
def _():
    for line in ("", " len 4", " len 12", " depth 1", " depth 2", " whole", " path-only",
                 " whole path-only", " len 6 depth 1 whole", " depth 1 path-only"):
        compare_all(f"balance uri{line}", [{"target": uri} for uri in URIS])


@test("balance url_param takes the parameter of the query, in turns without it")
def _():
    queries = ["k=", "k", "", "ab=1&k=3", "kk=2&k=4", "a&b&c&k=5", "k=1;k=2", "x=1&y=2&z=3&k=77",
               "K=1", "k=a%20b", "k=a=b", "=k", "&k=1", "&&k=9", "xk=2"]
    queries += [f"a={i}&b={i}&k=user{i}&c={i}" for i in range(20)]
    compare_all("balance url_param k", [{"target": f"/p?{q}"} for q in queries])


@test("balance url_param check_post waits for the body of a POST")
def _():
    posts = [{"method": "POST", "target": t, "body": b}
             for t in ("/", "/?x=1", "/?k=5", "/?")
             for b in ["k=1", "a=1&k=2", "a", "", "k=", "z=1&y=2&k=7\r\n", "k=1\r\nk=2",
                       "k= 1", "k=/1", "k=\r\n", "k=@1&k=2", "k=%201", 'k="1"', "k=1/2 3"] +
             [f"n={i}&k=user{i}" for i in range(10)]]
    compare_all("balance url_param k check_post", posts)
    compare_all("balance url_param k check_post 64", [{"target": f"/?k={i}"} for i in range(9)])


@test("balance hdr(name): the first value, use_domain_only")
def _():
    values = ["a", "b", "a,b", "a b", " a ", "", ",a", '"a,b",c', "A", "1.2.3.4"]
    values += [f"v{i}" for i in range(20)]
    compare_all("balance hdr(X-Key)", [{"x_key": v} for v in values] + [{}])
    hosts = ["haproxy.1wt.eu", "1wt.eu", "eu", "www.a.b.c", ".eu", "eu.", "..", "a..b", ".a.b",
             "www.example.com:8080", "x", "localhost"]
    hosts += [f"h{i}.dom{i}.tld" for i in range(20)]
    compare_all("balance hdr(host) use_domain_only", [{"host": h} for h in hosts])


@test("balance hash takes an expression")
def _():
    words = [f"w{i}" for i in range(30)]
    compare_all("balance hash req.hdr(x-key),lower", [{"x_key": w.upper()} for w in words] + [{}])
    numbers = [0, 1, 7, 255, 256, 65536, -1] + list(range(100, 130))
    compare_all("balance hash req.hdr_val(x-key)", [{"x_key": n} for n in numbers])
    addresses = [f"10.{i}.3.{i * 7 % 250}" for i in range(40)] + [f"2001:db8::{i:x}"
                                                                 for i in range(20)]
    compare_all("balance hash req.hdr_ip(x-key)", [{"x_key": a} for a in addresses])
    compare_all("balance hash path", [{"target": u} for u in URIS])


@test("a server that goes moves the consistent hash's keys as in haproxy")
def _():
    lists = {m[:3]: ["balance hdr(x-key)", f"hash-type {m} crc32", *FOUR] for m in METHODS}
    programs = both(lists)
    keys = [f"key{i}" for i in range(200)]
    before = {name: compare(programs, [ask(name, x_key=k) for k in keys]) for name in lists}
    for command in ("state maint", "state ready", "weight 0", "weight 100%"):
        for p in programs:
            for name in lists:
                say(p, f"set server {name}/b {command}")
        for name in lists:
            after = compare(programs, [ask(name, x_key=k) for k in keys])
            if command in ("state maint", "weight 0") and name == "con":
                assert all(a == b for a, b in zip(before[name], after) if b != "b" and a != "b")
                assert "b" not in after
            if command in ("state ready", "weight 100%"):
                eq(after, before[name])
    for p in programs:
        say(p, "set server con/a weight 100")
    compare(programs, [ask("con", x_key=k) for k in keys])


if __name__ == "__main__":
    main()
