# labels: quick threaded
"""Queues, priorities, retries and kept connections when several things go wrong at once: nobody is
forgotten, nothing is sent twice that must not be, and every slot comes back."""
import random
import sys
import threading

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = f"global\n    nbthread @threads@\n    {SOCKET}\n" + DEFAULTS + """
    timeout queue @queue@
    timeout client 60s
    timeout server 60s
    log @log@ local0
    option httplog
    retries 3
frontend fe
    bind 127.0.0.1:@fe@
    http-request set-priority-class req.hdr(x-class)
    default_backend be
backend be
@back@
    cookie S insert
    server a @a@ cookie a @words@
    server b @b@ cookie b @words@
"""


def start(a, b, *back, words="maxconn 1", threads=1, queue="60s"):
    log = UdpLog()
    p = proxy(TEXT, a=a, b=b, words=words, threads=threads, queue=queue, log=log,
              back="\n".join("    " + line for line in back))
    return p, log


def say_target(conn, request):
    respond(200, request.target)(conn, request)


def waiting(p):
    return sum(int(stat(p, "be", of)["qcur"]) for of in ("a", "b", "BACKEND"))


def join(p, path, cls, *headers):
    before = waiting(p)
    client = Client(p.fe, seconds=60).request(path=path, headers=[("X-Class", cls), *headers])
    wait_for(lambda: waiting(p) == before + 1, f"{path} to wait", 20)
    return client


def at_rest(p):
    """No slot is held and nobody waits."""
    def is_so():
        rows = [stat(p, "be", of) for of in ("a", "b", "BACKEND")]
        return all(row["qcur"] == "0" and row["scur"] == "0" for row in rows)
    wait_for(is_so, "the backend to be at rest", 20)


@test("who is bound to a server that goes away waits elsewhere, in order of priority")
def _():
    gates = Gate(), Gate()
    a = Origin(say_target, answers=[respond(200, "/0", before=gates[0])])
    b = Origin(say_target, answers=[respond(200, "/0", before=gates[1])])
    p, _ = start(a, b, "option redispatch")
    first = [Client(p.fe, seconds=60).request(path="/0", headers=[("Cookie", f"S={name}")])
             for name in "ab"]
    for gate in gates:
        gate.wait_reached()
    clients = [join(p, path, cls, ("Cookie", f"S={name}")) for path, cls, name in
               (("/1", "4", "a"), ("/2", "-4", "a"), ("/3", "0", "b"), ("/4", "2", "a"))]
    say(p, "set server be/a state maint")
    wait_for(lambda: stat(p, "be", "a")["qcur"] == "0", "them to leave", 20)
    wait_for(lambda: waiting(p) == 4, "them to wait elsewhere", 20)
    gates[1].open()
    for client in clients:
        eq(client.response().status, 200)
    eq(" ".join(r.target for r in b.requests[1:]), "/2 /3 /4 /1")
    gates[0].open()
    eq([client.response().status for client in first], [200, 200])
    at_rest(p)


@test("a request with a body that is retried at a full server waits there and arrives whole")
def _():
    gate = Gate()
    a = Origin(echo, answers=[respond(503)])
    b = Origin(echo, answers=[respond(200, "x", before=gate)])
    p, log = start(a, b, "option redispatch 1", "retry-on 503")
    blocker = Client(p.fe, seconds=60).request(path="/0", headers=[("Cookie", "S=b")])
    gate.wait_reached()
    body = bytes(i % 251 for i in range(6000))
    client = Client(p.fe, seconds=60).request("POST", "/1", [("Cookie", "S=a")], body)
    wait_for(lambda: len(a.requests) == 1 and waiting(p) == 0 or len(a.requests) == 2,
             "its first answer", 20)
    answer = client.response()
    eq((answer.status, answer.body), (200, body))
    assert all(r.body == body for r in a.requests), "a body was cut"
    gate.open()
    eq(blocker.response().status, 200)
    at_rest(p)


@test("a retry that finds every server full gives up after timeout queue, and its slots come back")
def _():
    gates = Gate(), Gate()
    a = Origin(name="a", answers=[respond(503, before=gates[0])])
    b = Origin(name="b", answers=[respond(200, "b", before=gates[1])])
    p, log = start(a, b, "option redispatch 1", "retry-on 503", queue="1s")
    bound = Client(p.fe, seconds=60).request(path="/0", headers=[("Cookie", "S=a")])
    gates[0].wait_reached()
    blocker = Client(p.fe, seconds=60).request(path="/1", headers=[("Cookie", "S=b")])
    gates[1].wait_reached()
    say(p, "set server be/a state drain")
    wait_for(lambda: stat(p, "be", "a")["status"].startswith("DRAIN"), "the drain")
    gates[0].open()
    eq(bound.response().status, 503)
    wait_for(lambda: any("GET" in line for line in log.lines), "its line")
    entry = HttpLine(next(line for line in log.lines if "GET" in line))
    eq((entry.flags[:2], entry.status), ("sQ", "503"))
    gates[1].open()
    eq(blocker.response().body, b"b")
    at_rest(p)


def hangs_up(conn, request):
    """Answers as if the connection would stay, and closes it."""
    respond(200, request.target)(conn, request)
    conn.fin()
    conn.wait_peer_end()


@test("a kept connection that its server closes as it is used costs no request without a body",
      differs="haproxy answers 502 to the first request of a client; RFC 9112 §9.3.1 allows more")
def _():
    a, b = Origin(hangs_up), Origin(hangs_up)
    p, _ = start(a, b, "http-reuse always", words="")
    clients = [Client(p.fe, seconds=60) for _ in range(3)]
    for number in range(90):
        client = clients[number % 3]
        eq(client.get(f"/{number}").body, b"/%d" % number)
    at_rest(p)


@test("with retry-on empty-response not even one with a body is lost, and none is answered twice")
def _():
    def closing(conn, request):
        echo(conn, request)
        conn.fin()
        conn.wait_peer_end()
    a, b = Origin(closing), Origin(closing)
    p, _ = start(a, b, "http-reuse always", "retry-on conn-failure empty-response",
                 "option redispatch 1", words="")
    client = Client(p.fe, seconds=60)
    for number in range(60):
        body = b"%d." % number * 50
        answer = client.request("POST", "/", body=body).response()
        eq((answer.status, answer.body), (200, body))
    at_rest(p)


@test("a client whose authenticated connection is gone is served like any other")
def _():
    a = Origin(name="a", answers=[respond(401, "a", [("WWW-Authenticate", "NTLM")])])
    b = Origin(name="b")
    p, _ = start(a, b, "http-reuse always", words="")
    client = Client(p.fe)
    eq(client.get().status, 401)
    eq(client.get().body, b"a")
    a.stop()
    wait_for(lambda: stat(p, "be", "a")["scur"] == "0", "its end")
    say(p, "set server be/a state maint")
    wait_for(lambda: stat(p, "be", "a")["status"] == "MAINT", "the change")
    eq([client.get().body for _ in range(3)], [b"b"] * 3)
    at_rest(p)


@test("servers that fail and go under load of all priorities: every request ends, every slot is back")
def _():
    def unsure(conn, request):
        if random.random() < 0.2:
            conn.reset()
        else:
            say_target(conn, request)
    a, b = Origin(unsure), Origin(unsure)
    p, _ = start(a, b, "option redispatch 1", "option abortonclose",
                 "retry-on conn-failure empty-response 503", "retries 20", words="maxconn 2",
                 threads=2)
    wrong = []

    def ask(name):
        client = Client(p.fe, seconds=60)
        for number in range(40):
            path = f"/{name}/{number}"
            if random.random() < 0.15:      # one that does not wait for its answer
                Client(p.fe).request(path="/gone").close()
            answer = client.get(path, headers=[("X-Class", str(random.randint(-3, 3)))])
            if answer.status != 200 or answer.body != path.encode():
                wrong.append((path, answer))
    threads = [threading.Thread(target=ask, args=(n,), daemon=True) for n in range(10)]
    for thread in threads:
        thread.start()
    for name in "abab":
        say(p, f"set server be/{name} state maint")
        wait_for(lambda: stat(p, "be", name)["status"] == "MAINT", "the change")
        say(p, f"set server be/{name} state ready")
    for thread in threads:
        thread.join(100)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    eq(wrong, [])
    at_rest(p)


if __name__ == "__main__":
    main()
