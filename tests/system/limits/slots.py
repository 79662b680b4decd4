# labels: quick threaded
"""One slot and many who want it, on two threads: never two at once, nobody forgotten, and in the
order in which they came."""
import sys
import threading

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = f"global\n    nbthread 2\n    {SOCKET}\n" + DEFAULTS + """
    timeout queue 60s
    timeout client 60s
    timeout server 60s
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s @origin@ maxconn @maxconn@
"""


def say_target(conn, request):
    respond(200, request.target)(conn, request)


@test("the origin never sees two at once, and who waits is served in order of arrival")
def _():
    gate = Gate()
    origin = Origin(say_target, answers=[respond(200, "/first", before=gate)])
    p = proxy(TEXT, origin=origin, maxconn=1)
    clients = [Client(p.fe, seconds=60).request(path="/first")]
    gate.wait_reached()
    for number in range(24):
        clients.append(Client(p.fe, seconds=60).request(path=f"/{number}"))
        wait_for(lambda n=number: int(stat(p, "be")["qcur"]) == n + 1, "the request to queue", 20)
    eq(len(origin.requests), 1)
    gate.open()
    for client in clients:
        eq(client.response().status, 200)
    eq([r.target for r in origin.requests], ["/first"] + [f"/{n}" for n in range(24)])
    eq(origin.most, 1)


@test("no slot is free while somebody waits")
def _():
    # The slot is passed on at each end; where it is not, somebody waits for ever.
    lock = threading.Lock()
    waiting = [0]
    origin = Origin(say_target)
    p = proxy(TEXT, origin=origin, maxconn=1)
    wrong = []

    def ask(name):
        client = Client(p.fe, seconds=60)
        for number in range(25):
            with lock:
                waiting[0] += 1
            answer = client.get(f"/{name}/{number}")
            with lock:
                waiting[0] -= 1
            if answer.status != 200 or answer.body.decode() != f"/{name}/{number}":
                wrong.append(answer)
    threads = [threading.Thread(target=ask, args=(n,), daemon=True) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(80)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    eq((wrong, waiting[0]), ([], 0))
    eq((len(origin.requests), origin.most), (300, 1))
    row = stat(p, "be")
    eq((row["qcur"], stat(p, "be", "s")["scur"]), ("0", "0"))
    assert int(row["qmax"]) > 0, "nobody ever waited"


@test("with three slots, a freed one goes to who waits, at any of them")
def _():
    gates = {f"/{n}": Gate() for n in range(9)}

    def answer(conn, request):
        gates[request.target]()
        say_target(conn, request)
    origin = Origin(answer)
    p = proxy(TEXT, origin=origin, maxconn=3)
    clients = {}
    for number in range(9):
        clients[number] = Client(p.fe, seconds=60).request(path=f"/{number}")
        if number < 3:
            gates[f"/{number}"].wait_reached()
        else:
            wait_for(lambda n=number: int(stat(p, "be")["qcur"]) == n - 2, "it to queue", 20)
    for number, following in ((1, 3), (0, 4), (3, 5), (2, 6), (6, 7), (4, 8)):
        gates[f"/{number}"].open()
        eq(clients[number].response().status, 200)
        gates[f"/{following}"].wait_reached()
        eq(origin.most, 3)
    for number in (5, 7, 8):
        gates[f"/{number}"].open()
        eq(clients[number].response().status, 200)


if __name__ == "__main__":
    main()
