# labels: quick
"""Connections to servers between two requests: who may use them and for how long (manual §4.2
http-reuse, option prefer-last-server, max-keep-alive-queue; §5.2 max-reuse, pool-max-conn,
pool-purge-delay), and those that a client has authenticated."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = f"global\n    nbthread 1\n    {SOCKET}\n" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
@back@
    server a @a@ @words@
@second@
"""


def start(*lines, words="", second=None, **origins):
    back = "\n".join("    " + line for line in lines)
    text = TEXT.replace("@second@", f"    server b {second} {words}" if second else "")
    return proxy(text, back=back, words=words, **origins)


def two(*lines, words="", **answers):
    a = Origin(name="a", **answers.get("a", {}))
    b = Origin(name="b", **answers.get("b", {}))
    return start(*lines, words=words, second="@b@", a=a, b=b), a, b


def bodies(client, count, path="/"):
    return b"".join(client.get(path).body for _ in range(count))


@test("option prefer-last-server keeps a client at the server that its own connection leads to")
def _():
    p, a, _ = two("http-reuse never", "option prefer-last-server")
    first, second = Client(p.fe), Client(p.fe)
    eq((bodies(first, 3), bodies(second, 3), bodies(first, 2)), (b"aaa", b"bbb", b"aa"))
    eq({r.conn_id for r in a.requests}, {0})
    p, _, _ = two("http-reuse never")
    eq(bodies(Client(p.fe), 4), b"abab")


@test("prefer-last-server overrules neither an algorithm that hashes nor a server's state")
def _():
    p, a, b = two("http-reuse never", "option prefer-last-server", "balance uri")
    client = Client(p.fe)
    for number in range(24):
        client.get(f"/{number}")
    assert a.requests and b.requests
    p, _, _ = two("http-reuse never", "option prefer-last-server")
    client = Client(p.fe)
    eq(bodies(client, 2), b"aa")
    say(p, "set server be/a state maint")
    wait_for(lambda: stat(p, "be", "a")["status"] == "MAINT", "the change")
    eq(bodies(client, 2), b"bb")


def crowd(*lines):
    """A client with a connection to a, which is at its maxconn, with one more that waits for it."""
    gate = Gate()
    p, a, b = two("http-reuse never", "option prefer-last-server", "balance first", *lines,
                  words="maxconn 1", a={"answers": [respond(200, "a")]})
    client = Client(p.fe)
    eq(client.get().body, b"a")
    a.then(respond(200, "a", before=gate))
    blocker = Client(p.fe).request()
    gate.wait_reached()
    return p, gate, client, blocker


@test("max-keep-alive-queue says how many may wait for the server before another is taken")
def _():
    for lines, wanted in (((), b"a"), (("max-keep-alive-queue 1",), b"a"),
                          (("max-keep-alive-queue 0",), b"b"),
                          (("max-keep-alive-queue -1",), b"a")):
        p, gate, client, blocker = crowd(*lines)
        client.request()
        if wanted == b"a":
            wait_for(lambda: stat(p, "be", "a")["qcur"] == "1", "it to wait")
        else:
            eq(client.response().body, b"b")
        gate.open()
        if wanted == b"a":
            eq(client.response().body, b"a")
        eq(blocker.response().body, b"a")


CHALLENGE = [("WWW-Authenticate", "Basic realm=x"), ("WWW-Authenticate", "NTLM")]


@test("a connection that a server asks to authenticate by NTLM or Negotiate is one client's alone")
def _():
    for status, field in ((401, ("WWW-Authenticate", "NTLM")),
                          (401, ("WWW-Authenticate", "Negotiate")),
                          (407, ("Proxy-Authenticate", "NTLM xyz"))):
        p, a, b = two("http-reuse always", a={"answers": [respond(status, "a", [field])]})
        client, other = Client(p.fe), Client(p.fe)
        eq(client.get().status, status)
        eq(bodies(other, 4).count(b"a"), 2)
        eq(bodies(client, 3), b"aaa")
        own = {r.conn_id for r in a.requests[:1] + a.requests[-3:]}
        eq(own, {0}, field)
        assert all(r.conn_id != 0 for r in a.requests[1:3]), "another client used it"
        client.close()
        wait_for(lambda: a.connections[0].ended, "it to close with its client")
        eq(bodies(other, 2).count(b"b"), 1)
        assert b.requests


@test("without such a challenge a 401 changes nothing")
def _():
    p, a, _ = two("http-reuse always", a={"answers": [respond(401, "a", CHALLENGE[:1])]})
    client = Client(p.fe)
    eq(bodies(client, 4), b"abab")


@test("http-reuse says whose connection the first request of a client may use")
def _():
    for mode, opened in (("never", [1, 2, 2, 3]), ("safe", [1, 2, 2, 3]),
                         ("aggressive", [1, 2, 2, 2]), ("always", [1, 1, 1, 1])):
        a = Origin()
        p = start(f"http-reuse {mode}", a=a)
        first, second, third = (Client(p.fe) for _ in range(3))
        seen = []
        for client in (first, second, first, third):
            eq(client.get().status, 200)
            seen.append(len(a.connections))
        eq(seen, opened, mode)


@test("max-reuse is how often a connection is used again",
      differs="haproxy does not count so on connections of HTTP/1, which its manual allows")
def _():
    for words, wanted in (("max-reuse 2", [0, 0, 0, 1, 1, 1]), ("max-reuse 0", [0, 1, 2, 3, 4, 5]),
                          ("max-reuse -1", [0] * 6), ("", [0] * 6)):
        a = Origin()
        p = start(words=words, a=a)
        bodies(Client(p.fe), 6)
        eq([r.conn_id for r in a.requests], wanted, words)


@test("pool-low-conn is taken")
def _():
    p = start(words="pool-low-conn 5", a=Origin())
    eq(get(p.fe).status, 200)


if __name__ == "__main__":
    main()
