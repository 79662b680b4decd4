# labels: quick
"""Which server a cookie leads to when that is drained, in maintenance, down, full or dead (manual
§4.2 cookie, force-persist, ignore-persist, option persist, option redispatch; §5.2 backup)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = f"""
global
    log @log@ local0
    {SOCKET}
    nbthread 1
""" + DEFAULTS + """
    log global
    option httplog
    retries 1
    timeout connect 1s
    timeout queue 10s
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    cookie S insert
    @lines@
    server a @a@ cookie va @a_words@
    server b @b@ cookie vb @b_words@
    @third@
"""


def start(lines="", a=None, b=None, **more):
    for name in ("a_words", "b_words", "third"):
        more.setdefault(name, "")
    log = UdpLog()
    p = proxy(TEXT, lines=lines, log=log, a=a or Origin(name="a"), b=b or Origin(name="b"), **more)
    return p, log


def ask(p, cookie="S=va", path="/"):
    return get(p.fe, path, headers=[("Cookie", cookie)])


def line(log, count=1):
    """The count-th request's line; servers that change their state write lines, too."""
    def requests():
        return [text for text in log.lines if HttpLine.pattern.match(text)]
    wait_for(lambda: len(requests()) >= count, f"{count} lines of requests")
    return HttpLine(requests()[count - 1])


def flags(log, count=1):
    return line(log, count).flags


def set_state(p, server, state):
    eq(say(p, f"set server be/{server} state {state}"), "")


@test("a DRAIN server keeps its persistent clients and gets nobody new")
def _():
    p, log = start()
    set_state(p, "a", "drain")
    for _ in range(3):
        eq((ask(p).body, get(p.fe).body), (b"a", b"b"))
    eq(flags(log), "--VN")
    set_state(p, "a", "ready")
    eq({get(p.fe).body for _ in range(2)}, {b"a", b"b"})


@test("a server of weight 0 keeps its persistent clients")
def _():
    p, _ = start(a_words="weight 0")
    eq((ask(p).body, get(p.fe).body), (b"a", b"b"))


@test("a server that answers its checks 404 keeps them too, with disable-on-404")
def _():
    def answer(conn, request):
        respond(404 if request.target == "/check" else 200, "a")(conn, request)
    p, log = start("option httpchk GET /check\n    http-check disable-on-404",
                   a=Origin(answer, name="a"), a_words="check inter 100ms")
    wait_for(lambda: stat(p, "be", "a")["status"] == "NOLB", "a to be NOLB")
    eq((ask(p).body, get(p.fe).body), (b"a", b"b"))
    eq(flags(log), "--VN")


@test("a server in MAINT gives its persistent clients up, and they get another cookie")
def _():
    p, log = start()
    set_state(p, "a", "maint")
    answer = ask(p)
    eq((answer.body, answer.all("set-cookie")), (b"b", ["S=vb; path=/"]))
    eq(flags(log), "--DI")
    set_state(p, "a", "ready")
    eq(ask(p).body, b"a")


@test("a server that checks found DOWN gives them up too")
def _():
    a = Origin(name="a")
    p, log = start(a=a, a_words="check inter 100ms fall 1 rise 1")
    eq(ask(p).body, b"a")
    a.stop()
    wait_for(lambda: stat(p, "be", "a")["status"] == "DOWN", "a to be DOWN")
    eq(ask(p).body, b"b")
    eq(flags(log, 2), "--DI")


@test("the first usable server with the cookie's value is taken, a backup too")
def _():
    p, _ = start(a_words="disabled", third=f"server c {Origin(name='c')} cookie va backup")
    eq((ask(p).body, get(p.fe).body), (b"c", b"b"))
    set_state(p, "a", "ready")
    eq(ask(p).body, b"a")


@test("option persist leads to a server that is down, and redispatch away from it again")
def _():
    p, log = start("option persist\n    retries 0", a_words="disabled")
    eq(ask(p).body, b"a")
    eq(flags(log), "--DN")
    a = Origin(name="a")
    a.stop()
    p, log = start("option persist\n    option redispatch", a=a, a_words="disabled")
    answer = ask(p)
    eq((answer.body, answer.all("set-cookie")), (b"b", ["S=vb; path=/"]))
    eq((flags(log), line(log).retries), ("--DI", "+1"))


@test("force-persist does so where its condition holds, and is never redispatched")
def _():
    p, log = start("force-persist if { path /test }\n    option redispatch", a_words="disabled")
    eq((ask(p, path="/test").body, ask(p).body), (b"a", b"b"))
    eq((flags(log), flags(log, 2)), ("--DN", "--DI"))
    a = Origin(name="a")
    a.stop()
    p, log = start("force-persist unless { path /free }\n    option redispatch", a=a)
    eq(ask(p).status, 503)
    eq(ask(p, path="/free").body, b"b")


@test("ignore-persist takes no notice of the cookie and sets none")
def _():
    p, log = start("ignore-persist if { path_beg /static }")
    bodies = set()
    for _ in range(4):
        answer = ask(p, path="/static/x")
        eq(answer.all("set-cookie"), [])
        bodies.add(answer.body)
    eq(bodies, {b"a", b"b"})
    eq(flags(log), "--UN")
    eq({ask(p).body for _ in range(4)}, {b"a"})


@test("of force-persist and ignore-persist the first whose condition holds counts")
def _():
    p, _ = start("ignore-persist if { path /i }\n    force-persist if { path_beg / }",
                 a_words="disabled")
    eq((ask(p, path="/i").body, ask(p, path="/f").body), (b"b", b"a"))


@test("a dead server is left at the last retry with option redispatch, else it is 503")
def _():
    a = Origin(name="a")
    a.stop()
    p, log = start("option redispatch", a=a)
    answer = ask(p)
    eq((answer.body, answer.all("set-cookie")), (b"b", ["S=vb; path=/"]))
    eq((flags(log), line(log).retries), ("--DI", "+1"))
    a = Origin(name="a")
    a.stop()
    p, log = start("retries 1", a=a)
    eq(ask(p).status, 503)
    eq(flags(log), "SCVN")


@test("a retried response stays with the cookie's server")
def _():
    a = Origin(name="a", answers=[reset])
    p, log = start("retry-on empty-response\n    retries 2", a=a)
    eq(ask(p).body, b"a")
    eq((len(a.requests), flags(log)), (2, "--VN"))


@test("a full server's clients wait for it, although another is free")
def _():
    gate = Gate()
    a = Origin(name="a", answers=[respond(200, "a", before=gate)])
    p, log = start(a=a, a_words="maxconn 1")
    first = Client(p.fe).request(headers=[("Cookie", "S=va")])
    gate.wait_reached()
    second = Client(p.fe).request(headers=[("Cookie", "S=va")])
    wait_for(lambda: stat(p, "be", "a")["qcur"] == "1", "the second to wait")
    eq(get(p.fe).body, b"b")
    gate.open()
    eq((first.response().body, second.response().body), (b"a", b"a"))
    waited = next(entry for entry in (line(log, n) for n in (1, 2, 3))
                  if entry.srv_queue != "0")
    eq((waited.server, waited.srv_queue, waited.be_queue), ("a", "1", "0"))


@test("a line says how many waited before a request, and itself, in which queue")
def _():
    gate = Gate()
    a = Origin(name="a", answers=[respond(200, "a", before=gate)])
    p, log = start(a=a, a_words="maxconn 1", b_words="disabled")
    clients = [Client(p.fe).request()]
    gate.wait_reached()
    for number, cookies in enumerate(([], [("Cookie", "S=va")])):
        clients.append(Client(p.fe).request(headers=cookies))
        wait_for(lambda: sum(int(stat(p, "be", of)["qcur"]) for of in ("a", "BACKEND")) > number,
                 "it to wait")
    gate.open()
    eq([client.response().body for client in clients], [b"a"] * 3)
    eq(sorted((e.srv_queue, e.be_queue) for e in (line(log, n) for n in (1, 2, 3))),
       [("0", "0"), ("0", "1"), ("1", "0")])


def one_waits(p, gate):
    """A client that the server serves until the gate opens, and one that waits for it."""
    first = Client(p.fe).request(headers=[("Cookie", "S=va")])
    gate.wait_reached()
    second = Client(p.fe).request(headers=[("Cookie", "S=va")])
    wait_for(lambda: stat(p, "be", "a")["qcur"] == "1", "the second to wait")
    return first, second


@test("who waits for a server in its queue leaves it with option redispatch when it goes")
def _():
    gate = Gate()
    a = Origin(name="a", answers=[respond(200, "a", before=gate)])
    p, log = start("option redispatch", a=a, a_words="maxconn 1")
    first, second = one_waits(p, gate)
    set_state(p, "a", "maint")
    answer = second.response()
    eq((answer.body, answer.all("set-cookie")), (b"b", ["S=vb; path=/"]))
    eq((flags(log), line(log).retries, stat(p, "be", "a")["wredis"]), ("--DI", "+0", "1"))
    gate.open()
    eq(first.response().body, b"a")


@test("without it, or under force-persist, he waits on")
def _():
    for lines in ("", "option redispatch\n    force-persist if { path / }"):
        gate = Gate()
        a = Origin(name="a", answers=[respond(200, "a", before=gate)])
        p, _ = start(lines, a=a, a_words="maxconn 1")
        first, second = one_waits(p, gate)
        set_state(p, "a", "maint")
        second.quiet(0.3)
        eq(stat(p, "be", "a")["qcur"], "1")
        gate.open()
        eq((first.response().body, second.response().body), (b"a", b"a"))


@test("maxqueue bounds a server's queue: 503, or another server with option redispatch")
def _():
    for lines, wanted in (("", 503), ("option redispatch", 200)):
        gate = Gate()
        a = Origin(name="a", answers=[respond(200, "a", before=gate)])
        p, log = start(lines, a=a, a_words="maxconn 1 maxqueue 1")
        first, second = one_waits(p, gate)
        third = ask(p)
        eq((third.status, flags(log)), (wanted, "SQVN" if wanted == 503 else "--DI"))
        if wanted == 200:
            eq((third.body, third.all("set-cookie")), (b"b", ["S=vb; path=/"]))
        gate.open()
        eq((first.response().body, second.response().body), (b"a", b"a"))


@test("requests that a cookie leads are not counted as balanced")
def _():
    p, _ = start()
    get(p.fe)
    ask(p)
    ask(p)
    row = stat(p, "be", "a")
    eq((row["stot"], row["lbtot"]), ("3", "1"))


if __name__ == "__main__":
    main()
