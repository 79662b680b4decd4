# labels: quick
"""use-server sends a request to one server of the backend (manual §4.2, use-server)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

HEAD = "global\n    nbthread 1\n    " + SOCKET + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
"""


def start(*lines, head=HEAD, **origins):
    return proxy(head + "".join(f"    {line}\n" for line in lines), **origins)


def abc(**more):
    return {name: Origin(name=name, **more) for name in "abc"}


SERVERS = [f"server {name} @{name}@" for name in "abc"]


def picks(p, path, count=6, headers=()):
    return "".join(get(p.fe, path, headers=headers).body.decode()[:1] for _ in range(count))


@test("use-server takes the first rule that matches, others are balanced")
def _():
    p = start("use-server b if { path /b }", "use-server c unless { path /a /b }",
              "use-server a if { path /b }", *SERVERS, **abc())
    eq(picks(p, "/b"), "bbbbbb")
    eq(picks(p, "/other"), "cccccc")
    eq(sorted(picks(p, "/a")), list("aabbcc"))
    eq((stat(p, "be", "b")["lbtot"], stat(p, "be", "b")["stot"]), ("2", "8"))


@test("use-server composes a name")
def _():
    p = start("use-server %[req.hdr(x-to)] if { req.hdr(x-to) -m found }",
              "use-server a if TRUE", *SERVERS, **abc())
    for name in "abc":
        eq(picks(p, "/", headers=[("X-To", name)]), name * 6)
    eq(sorted(picks(p, "/", headers=[("X-To", "nobody")])), list("aabbcc"))
    eq(picks(p, "/"), "aaaaaa")


@test("use-server goes on with the next rule when a server is down or in MAINT")
def _():
    p = start("use-server a if { path /x }", "use-server b if { path /x }", *SERVERS, **abc())
    eq(picks(p, "/x"), "aaaaaa")
    say(p, "set server be/a state maint")
    eq(picks(p, "/x"), "bbbbbb")
    say(p, "set server be/b health down")
    eq(picks(p, "/x"), "cccccc")
    say(p, "set server be/a state ready")
    eq(picks(p, "/x"), "aaaaaa")


@test("use-server reaches a server without weight and one that drains")
def _():
    p = start("use-server a if { path /a }", "server a @a@ weight 0", *SERVERS[1:], **abc())
    eq(picks(p, "/a"), "aaaaaa")
    eq(sorted(picks(p, "/")), list("bbbccc"))
    say(p, "set server be/a weight 1")
    say(p, "set server be/a state drain")
    eq(picks(p, "/a"), "aaaaaa")


@test("use-server waits for its server while that is full, also when it drains")
def _():
    for drains in (False, True):
        gate = Gate()
        origins = abc()
        origins["a"] = Origin(name="a", answers=[respond(200, "a", before=gate)])
        p = start("use-server a if { path /a }", "server a @a@ maxconn 1 weight 1", *SERVERS[1:],
                  **origins)
        if drains:
            say(p, "set server be/a state drain")
        first = Client(p.fe).request(path="/a")
        gate.wait_reached()
        second = Client(p.fe).request(path="/a").quiet()
        gate.open()
        eq((first.response().body, second.response().body), (b"a", b"a"))


@test("use-server: who waits is balanced when the server goes")
def _():
    gate = Gate()
    origins = abc()
    origins["a"] = Origin(name="a", answers=[respond(200, "a", before=gate)])
    p = start("use-server a if { path /a }", "option redispatch", "server a @a@ maxconn 1",
              *SERVERS[1:], **origins)
    first = Client(p.fe).request(path="/a")
    gate.wait_reached()
    second = Client(p.fe).request(path="/a").quiet()
    say(p, "set server be/a state maint")
    assert second.response().body in (b"b", b"c")
    gate.open()
    eq(first.response().body, b"a")


@test("use-server at a full queue: redispatched if that is an option, else refused")
def _():
    for option, status in (("no option redispatch", 503), ("option redispatch", 200)):
        gate = Gate()
        origins = abc()
        origins["a"] = Origin(name="a", answers=[respond(200, "a", before=gate)])
        p = start("use-server a if { path /a }", option, "server a @a@ maxconn 1 maxqueue 1",
                  *SERVERS[1:], **origins)
        first = Client(p.fe).request(path="/a")
        gate.wait_reached()
        second = Client(p.fe).request(path="/a").quiet()
        third = get(p.fe, "/a")
        eq(third.status, status)
        if status == 200:
            assert third.body in (b"b", b"c")
        gate.open()
        eq((first.response().status, second.response().status), (200, 200))


@test("use-server: a server that refuses is left at the last retry")
def _():
    p = start("use-server dead if TRUE", "option redispatch", "retries 1",
              "server dead 127.0.0.1:1", *SERVERS[1:], **{k: Origin(name=k) for k in "bc"})
    assert get(p.fe).body in (b"b", b"c")
    p = start("use-server dead if TRUE", "retries 1",
              "server dead 127.0.0.1:1", *SERVERS[1:], **{k: Origin(name=k) for k in "bc"})
    eq(get(p.fe).status, 503)


@test("use-server in mode tcp, by the first bytes")
def _():
    def serve(name):
        def script(conn):
            conn.reader.exactly(2)
            conn.send(name.encode())
            conn.wait_peer_end()
        return script
    head = "global\n" + DEFAULTS.replace("mode http", "mode tcp") + """
listen fe
    bind 127.0.0.1:@fe@
    tcp-request inspect-delay 5s
    tcp-request content accept if { req.len ge 2 }
"""
    p = start("use-server b if { req.payload(0,2) -m str BB }",
              "use-server c if { req.payload(0,2) -m str CC }", *SERVERS, head=head,
              **{name: Origin(script=serve(name)) for name in "abc"})
    for _ in range(3):
        eq(Client(p.fe).send("BB").exactly(1), b"b")
        eq(Client(p.fe).send("CC").exactly(1), b"c")


@test("use-server: what is refused")
def _():
    for line in ("use-server", "use-server a", "use-server x if TRUE", "use-server a if",
                 "use-server a b if TRUE", "use-server a when TRUE", "use-server a if nosuch",
                 "use-server %[nosuch] if TRUE"):
        text = HEAD.replace("@fe@", str(free_port())).replace("@dir@", scratch())
        outcome = run_config(text + f"    server a 127.0.0.1:1\n    {line}\n", "-c")
        if is_oracle() and line in ("use-server a if", "use-server a b if TRUE"):
            continue
        eq(outcome.code, 1, f"{line}: {outcome}")


if __name__ == "__main__":
    main()
