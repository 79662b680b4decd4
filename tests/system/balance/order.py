# labels: quick threaded
"""Which server gets the next request: roundrobin, leastconn, weights, backup (manual §4.2)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

HEAD = "global\n    nbthread @threads@\n" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
"""


def start(lines, threads=1, **origins):
    return proxy(HEAD + "\n".join("    " + line for line in lines) + "\n", threads=threads,
                 **origins)


def three():
    return {name: Origin(name=name) for name in "abc"}


def picks(p, count, one_connection=False):
    if not one_connection:
        return "".join(get(p.fe).body.decode() for _ in range(count))
    client = Client(p.fe)
    return "".join(client.get().body.decode() for _ in range(count))


def servers(a="", b="", c=""):
    return [f"server a @a@ {a}", f"server b @b@ {b}", f"server c @c@ {c}"]


@test("roundrobin takes the servers in their order")
def _():
    p = start(["balance roundrobin"] + servers(), **three())
    eq(picks(p, 9), "abcabcabc")


@test("roundrobin goes on from request to request on one connection")
def _():
    p = start(["balance roundrobin"] + servers(), **three())
    eq(picks(p, 9, one_connection=True), "abcabcabc")


@test("roundrobin is the default")
def _():
    p = start(servers(), **three())
    eq(picks(p, 6), "abcabc")


@test("weights 5, 1, 1 give a a a b a a c")
def _():
    p = start(["balance roundrobin"] + servers("weight 5", "weight 1", "weight 1"), **three())
    eq(picks(p, 14), "aaabaacaaabaac")


@test("weights 3, 2, 1 hold in every round")
def _():
    p = start(["balance roundrobin"] + servers("weight 3", "weight 2", "weight 1"), **three())
    got = picks(p, 24)
    for start_at in range(0, 24, 6):
        part = got[start_at:start_at + 6]
        eq([part.count(n) for n in "abc"], [3, 2, 1], got)


@test("weight 0 takes no request")
def _():
    p = start(["balance roundrobin"] + servers("", "weight 0", ""), **three())
    eq(picks(p, 6), "acacac")


@test("roundrobin is exact with four threads and concurrent clients")
def _():
    origins = three()
    p = start(["balance roundrobin"] + servers("weight 2"), threads=4, **origins)
    load = wrk(f"http://127.0.0.1:{p.fe}/", connections=8, seconds=1).wait()
    eq((load.bad, load.socket_errors), (0, 0))
    a, b, c = (len(origins[n].requests) for n in "abc")
    whole = a + b + c
    for got, share in ((a, 2), (b, 1), (c, 1)):
        assert abs(got - whole * share / 4) <= 16, (a, b, c)


@test("leastconn takes the server with the fewest connections")
def _():
    gate = Gate()
    origins = three()
    for origin in origins.values():
        origin.answer = respond(200, origin.name, before=gate)
    p = start(["balance leastconn"] + servers(), **origins)
    clients = [Client(p.fe).request() for _ in range(6)]
    for origin in origins.values():
        origin.wait_requests(2)
    gate.open()
    eq(sorted(c.response().body for c in clients), [b"a", b"a", b"b", b"b", b"c", b"c"])


@test("leastconn minds weights")
def _():
    gate = Gate()
    origins = three()
    for origin in origins.values():
        origin.answer = respond(200, origin.name, before=gate)
    p = start(["balance leastconn"] + servers("weight 4", "weight 1", "weight 1"), **origins)
    clients = []
    for number in range(6):
        clients.append(Client(p.fe).request())
        wait_for(lambda n=number: sum(len(o.requests) for o in origins.values()) == n + 1,
                 "the request to arrive")
    eq([len(origins[n].requests) for n in "abc"], [4, 1, 1])
    gate.open()
    for client in clients:
        client.response()


@test("a backup server serves only when the others are down")
def _():
    p = start(servers("", "backup", "disabled"), **three())
    eq(picks(p, 4), "aaaa")
    p = start(servers("disabled", "backup", "disabled"), **three())
    eq(picks(p, 3), "bbb")


@test("of several backups the first serves, with allbackups all of them")
def _():
    p = start(servers("disabled", "backup", "backup"), **three())
    eq(picks(p, 4), "bbbb")
    p = start(["option allbackups"] + servers("disabled", "backup", "backup"), **three())
    eq(sorted(picks(p, 4)), list("bbcc"))


@test("with every server down the answer is 503")
def _():
    p = start(servers("disabled", "disabled", "disabled"), **three())
    eq(get(p.fe).status, 503)


@test("use_backend takes the first rule that matches")
def _():
    origins = three()
    p = proxy(DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    acl api path_beg /api/
    use_backend two if api { hdr(x-v) 2 }
    use_backend one if api
    default_backend zero
backend zero
    server a @a@
backend one
    server b @b@
backend two
    server c @c@
""", **origins)
    eq([get(p.fe, "/").body, get(p.fe, "/api/x").body,
        get(p.fe, "/api/x", headers=[("X-V", "2")]).body], [b"a", b"b", b"c"])


@test("roundrobin keeps HAProxy's order over many rounds, also where weights have no short period")
def _():
    sets = {(3, 5, 5, 5, 5): "bcdebcdeabcdebcadebcdebacdebcdeabcdebcadebcdebacdebcdeabcdeb",
            (4, 5, 5, 5, 5): "bcdebcdeabcdeabcdebacdebcdaebcdeabcdeabcdebacdebcdaebcdeabcd",
            (2, 5, 5, 5, 5): "bcdebcdebcdeabcdebcdebcadebcdebcdeabcdebcdebcadebcdebcdeabcd",
            (5, 1, 1): "aaabaac" * 3}
    for weights, order in sets.items():
        origins = {name: Origin(name=name) for name in "abcde"[:len(weights)]}
        p = start([f"server {name} @{name}@ weight {weight}"
                   for name, weight in zip(origins, weights)], **origins)
        eq(picks(p, len(order), one_connection=True), order, str(weights))


if __name__ == "__main__":
    main()
