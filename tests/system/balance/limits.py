# labels: quick threaded
"""maxconn of servers, frontends and the process; queues, their order and their timeout."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = "global\n    nbthread @threads@\n" + DEFAULTS + """
    timeout queue @queue@
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s @origin@ @server@
"""


def start(origin, server="maxconn 1", threads=1, queue="5s"):
    return proxy(TEXT, origin=origin, server=server, threads=threads, queue=queue)


@test("a server never sees more than its maxconn, with two threads too")
def _():
    origin = Origin(respond(200, "x"))
    p = start(origin, threads=2)
    load = wrk(f"http://127.0.0.1:{p.fe}/", connections=16, seconds=1, threads=2).wait()
    eq((load.bad, load.socket_errors), (0, 0))
    assert load.requests > 20, load.text
    eq(origin.most, 1)


@test("the queue is served in order of arrival")
def _():
    gate = Gate()
    origin = Origin(lambda conn, r: respond(200, r.target)(conn, r),
                    answers=[respond(200, "/first", before=gate)])
    p = start(origin)
    clients = [Client(p.fe).request(path="/first")]
    gate.wait_reached()
    for number in range(6):
        # One after the other, each seen before the next: an answer to a monitor is proof enough.
        clients.append(Client(p.fe).request(path=f"/{number}"))
        settle(p, clients[-1])
    eq(len(origin.requests), 1)
    gate.open()
    for client in clients:
        client.response()
    eq([r.target for r in origin.requests], ["/first"] + [f"/{n}" for n in range(6)])


def settle(p, client):
    """Waits until the proxy has read all that the client sent."""
    port = client.local_port

    def read():
        with open("/proc/net/tcp", encoding="ascii") as f:
            for row in f.read().splitlines()[1:]:
                _, local, remote, state, queues, *_ = row.split()
                if (int(local.rsplit(":", 1)[1], 16), int(remote.rsplit(":", 1)[1], 16)) == \
                        (p.fe, port):
                    return state == "01" and queues.split(":")[1] == "00000000"
        return False
    wait_for(read, "the proxy to read")


@test("timeout queue answers 503 to who waited too long")
def _():
    gate = Gate()
    origin = Origin(respond(200, "x"), answers=[respond(200, "first", before=gate)])
    p = start(origin, queue="150ms")
    first = Client(p.fe).request()
    gate.wait_reached()
    eq(get(p.fe).status, 503)
    gate.open()
    eq(first.response().body, b"first")
    eq(get(p.fe).status, 200)


@test("a client that leaves the queue gives its place up")
def _():
    gate = Gate()
    origin = Origin(respond(200, "x"), answers=[respond(200, "first", before=gate)])
    p = proxy(TEXT.replace("mode http", "mode http\n    option abortonclose"), origin=origin,
              server="maxconn 1", threads=1, queue="5s")
    first = Client(p.fe).request()
    gate.wait_reached()
    gone = Client(p.fe).request(path="/gone")
    settle(p, gone)
    third = Client(p.fe).request(path="/third")
    settle(p, third)
    gone.close()
    gate.open()
    eq(first.response().status, 200)
    eq(third.response().status, 200)
    assert "/gone" not in [r.target for r in origin.requests], "it was sent to the server"


@test("maxqueue sends what is beyond it to another server or answers 503")
def _():
    gate = Gate()
    origin = Origin(respond(200, "x", before=gate))
    p = start(origin, server="maxconn 1 maxqueue 1", queue="300ms")
    clients = [Client(p.fe).request() for _ in range(4)]
    gate.wait_reached()
    statuses = []
    for client in clients[1:]:
        settle(p, client)
    eq(len(origin.requests), 1)
    gate.open()
    statuses = sorted(client.response().status for client in clients)
    eq(statuses[0], 200)


@test("a frontend's maxconn leaves the rest unaccepted until somebody goes")
def _():
    p = proxy(DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    maxconn 2
    default_backend be
backend be
    server s @origin@
""", origin=Origin(name="x"))
    first, second = Client(p.fe), Client(p.fe)
    eq((first.get().status, second.get().status), (200, 200))
    third = Client(p.fe).request()
    third.quiet()
    first.close()
    eq(third.response().status, 200)


@test("the process's maxconn holds over all frontends")
def _():
    p = proxy("global\n    maxconn 2\n" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
frontend other
    bind 127.0.0.1:@other@
    default_backend be
backend be
    server s @origin@
""", origin=Origin(name="x"))
    first, second = Client(p.fe), Client(p.other)
    eq((first.get().status, second.get().status), (200, 200))
    third = Client(p.fe).request()
    third.quiet()
    second.close()
    eq(third.response().status, 200)


@test("with all slots taken, a freed one goes to a waiter at once")
def _():
    gates = [Gate() for _ in range(3)]
    origin = Origin(answers=[respond(200, str(n), before=g) for n, g in enumerate(gates)],
                    answer=respond(200, "last"))
    p = start(origin, server="maxconn 3")
    holders = []
    for gate in gates:
        holders.append(Client(p.fe).request())
        gate.wait_reached()
    waiter = Client(p.fe).request()
    settle(p, waiter)
    waiter.quiet()
    gates[1].open()
    eq(holders[1].response().body, b"1")
    eq(waiter.response().body, b"last")


if __name__ == "__main__":
    main()
