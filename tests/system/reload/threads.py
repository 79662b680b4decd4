# labels: quick threaded
"""Threads that a reload takes away: what becomes of their clients."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """
global
    nbthread @threads@
    @global@
    """ + SOCKET + DEFAULTS + """
    timeout client 60s
    timeout server 60s
    timeout http-keep-alive 60s
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server a @a@
"""


def info(p):
    return dict(line.split(": ", 1) for line in say(p, "show info").splitlines() if ": " in line)


def start(a, glob=""):
    """With 4 threads, and clients that are shared among them."""
    values = {"a": a, "global": glob}
    p = proxy(TEXT, threads=4, **values)
    clients = [Client(p.fe, seconds=30) for _ in range(24)]
    eq([client.get().status for client in clients], [200] * 24)
    return p, clients, values


def fewer(p, values):
    assert say(p.rewrite(TEXT, threads=1, **values), "reload").startswith("Success=1")


def alone(p):
    return info(p)["WorkersRunning"] == "1"


@test("a client of a thread that leaves is closed when it stays idle, others are not",
      only="sluice")
def _():
    p, clients, values = start(Origin(name="a"))
    fewer(p, values)
    wait_for(lambda: alone(p), "the threads to end", 30)
    left = int(info(p)["CurrConns"])
    assert 0 < left < 24, f"{left} clients are left"
    ended = [client for client in clients if client.sock in readable(clients)]
    eq(len(ended), 24 - left)
    eq([client.ends() for client in ended], ["fin"] * len(ended))
    for client in clients:
        if client not in ended:
            answer = client.get()
            eq((answer.status, answer.get("connection")), (200, None))


@test("a request that comes in time is answered, and told that it is the last", only="sluice")
def _():
    for _ in range(5):      # a slow machine may let the second pass that idle clients have
        p, clients, values = start(Origin(name="a"))
        fewer(p, values)
        asked = [client for client in clients if client.try_send(request())]
        ended = closed(asked)
        told = [client.response() for client in asked if client.sock not in ended]
        eq({answer.status for answer in told}, {200})
        last = [answer.get("connection") for answer in told].count("close")
        wait_for(lambda: alone(p), "the threads to end", 30)
        left = int(info(p)["CurrConns"])
        assert 0 < left < 24, f"{left} clients are left"
        if len(told) == 24:
            eq(last, 24 - left)
            return
        p.stop()
    raise AssertionError("idle clients were closed before a second was over")


@test("hard-stop-after bounds what a thread that leaves still serves", only="sluice")
def _():
    gate = Gate()
    a = Origin(respond(200, "a", before=gate), answers=[respond(200, "a")] * 24)
    p, clients, values = start(a, "hard-stop-after 2s")
    fewer(p, values)
    for client in clients:      # under the new configuration, on the threads that leave too
        client.request()
    gate.wait_reached()
    wait_for(lambda: alone(p), "the threads to end", 30)
    ended = readable(clients)
    assert 0 < len(ended) < 24, f"{len(ended)} clients were cut"
    gate.open()
    eq([client.response().status for client in clients if client.sock not in ended],
       [200] * (24 - len(ended)))


def closed(clients):
    """Sockets on which nothing but an end has come so far."""
    import socket
    found = []
    for client in clients:
        try:
            if client.sock.recv(1, socket.MSG_PEEK) == b"":
                found.append(client.sock)
        except ConnectionResetError:
            found.append(client.sock)
    return found


def readable(clients):
    import select
    return select.select([client.sock for client in clients], [], [], 0)[0]


if __name__ == "__main__":
    main()
