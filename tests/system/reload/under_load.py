# labels: threaded
"""Reloads while clients of every kind are at work: none of them notices. Each is made to overlap
with requests and connects: one worker is stopped before it can acknowledge the new configuration,
until enough of them came since that was published."""
import os
import re
import sys
import threading

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.wire import Closed
from stopped_thread import Stopped

RELOADS = 200
TEXT = """
global
    nbthread @threads@
    description @description@
    stats timeout 60s
    """ + SOCKET + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    maxconn 500
    use_backend ws if { path /ws }
    use_backend files if { path /file }
    default_backend be
backend ws
    server w @echo@
backend files
    server f @files@
backend be
    balance @balance@
    @servers@
@more@
"""
MORE = """
frontend more
    bind 127.0.0.1:@port@
    default_backend be
"""
FILE_BYTES = 100 << 20
# Bytes of the heap that pools and the log of changes keep when all is over; 10 KiB that are left of
# each configuration would be more.
MOST_KEPT = 2 << 20
REQUESTS, CONNECTS = 100, 10    # that each reload overlaps, between publishing and the last word


def info(p):
    return dict(line.split(": ", 1) for line in say(p, "show info").splitlines() if ": " in line)


class Clients:
    """Threads that each do one thing again and again until told to end."""

    def __init__(self, port):
        self.port = port
        self.ending = threading.Event()
        self.done = {}
        self.wrong = []
        self.threads = []
        cleanup(self.ending.set)

    def start(self, what, count):
        for _ in range(count):
            thread = threading.Thread(target=self._run, args=(what,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def _run(self, what):
        try:
            for _ in what(self):
                name = what.__name__
                self.done[name] = self.done.get(name, 0) + 1
                if self.ending.is_set():
                    return
        except (AssertionError, OSError, Closed) as error:
            self.wrong.append(f"{what.__name__}: {error!r}")

    def total(self):
        return sum(self.done.values())

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive(), "a client still waits"


def keep_alive(clients):
    client = Client(clients.port, seconds=30)
    while True:
        answer = client.get()
        assert answer.status == 200, answer
        yield
        if (answer.get("connection") or "").lower() == "close":
            client.close()
            client = Client(clients.port, seconds=30)


def one_shot(clients):
    while True:
        client = Client(clients.port, seconds=30)
        answer = client.get(headers=[("Connection", "close")])
        assert answer.status == 200, answer
        client.close()
        yield


def websocket(clients):
    client = Client(clients.port, seconds=30).request(path="/ws", headers=WEBSOCKET)
    assert client.response().status == 101
    for number in range(1 << 30):
        data = b"%8d" % number
        client.send(data)
        assert client.exactly(8) == data
        yield
        clients.ending.wait(0.01)


def download(clients):
    """100 MiB, not as fast as they come."""
    while True:
        client = Client(clients.port, seconds=60)
        client.request(path="/file", headers=[("Connection", "close")])
        head = client.head()
        assert head.start_line.split()[1] == "200", head.start_line
        left = FILE_BYTES
        while left > 0:
            left -= len(client.exactly(min(left, 1 << 20)))
            if clients.ending.is_set() and left > 8 << 20:
                break       # the run is over: this one is not counted
            clients.ending.wait(0.02)
        client.close()
        if left == 0:
            yield
        elif clients.ending.is_set():
            return


def descriptors(p):
    """How many there are of each kind."""
    kinds = {}
    for number in os.listdir(f"/proc/{p.pid}/fd"):
        try:
            kind = os.readlink(f"/proc/{p.pid}/fd/{number}").split(":[")[0]
        except FileNotFoundError:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def accounted(kinds, pipes):
    """Descriptors of each kind but those of so many pipes."""
    return kinds | {"pipe": kinds.get("pipe", 0) - 2 * pipes}


def kept_pipes(p):
    """How many the workers keep for large bodies; two descriptors each."""
    return int(re.search(r"Pool pipe \(\d+ bytes\) : (\d+) allocated", say(p, "show pools"))[1])


def configurations(a, b, ports):
    """What the n-th reload brings: servers come, go and are renamed, frontends and ports too."""
    sets = [f"server a {a}\n    server b {b}",
            f"server a {a}\n    server b {b}\n    server c {a}",
            f"server b {b}",
            f"server x {b} weight 3\n    server b {a}",
            # More places than clients: a worker that is stopped may hold some of all of them.
            f"server a {a} maxconn 5\n    server b {b} maxconn 6"]
    number = 0
    while True:
        more = "" if number % 3 == 0 else MORE.replace("@port@", str(ports[number % len(ports)]))
        yield {"servers": sets[number % len(sets)], "more": more,
               "threads": str((4, 2, 3)[number // 7 % 3]),
               "balance": ("roundrobin", "leastconn", "random")[number // 5 % 3]}
        number += 1


def reload(p, clients, text, description):
    """One that overlaps with enough requests and connects; gives how many there were."""
    answers = []
    with Stopped(p, "sluice/2"):
        asking = threading.Thread(target=lambda: answers.append(say(p, "reload", 60)), daemon=True)
        p.rewrite(*text[:1], **text[1], description=description)
        asking.start()
        wait_for(lambda: info(p).get("description") == description or answers, "publishing", 60)
        assert not answers, answers
        requests = clients.total()
        fresh = [Client(p.fe, seconds=60).request(headers=[("Connection", "close")])
                 for _ in range(CONNECTS)]
        wait_for(lambda: clients.total() >= requests + REQUESTS or clients.wrong, "requests", 60)
        assert not answers, "it was acknowledged though a worker is stopped"
        requests = clients.total() - requests
    for client in fresh:
        eq(client.response().status, 200)
        client.close()
    asking.join(60)
    assert answers and answers[0].startswith("Success=1"), answers
    return requests


@test("200 reloads under load: no request fails, and nothing is left behind", only="sluice",
      seconds=560)
def _():
    a, b = Origin(name="a"), Origin(name="b")
    common = {"echo": Origin(upgrade_echo()), "files": Origin(respond(200, "x" * FILE_BYTES))}
    every = configurations(a, b, free_ports(4))
    first = next(every)     # with as many threads as there ever are
    heap = Heap()
    p = proxy(TEXT, environment=heap.environment, description="start", **common, **first)
    before = descriptors(p)
    eq(get(p.fe).status, 200)
    at_start = heap.in_use()
    clients = Clients(p.fe)
    for what, count in ((keep_alive, 6), (one_shot, 3), (websocket, 2), (download, 1)):
        clients.start(what, count)
    wait_for(lambda: len(clients.done) >= 3, "clients of every kind", 30)
    least = 1 << 30
    for number in range(RELOADS):
        least = min(least, reload(p, clients, (TEXT, common | next(every)), f"reload {number}"))
        assert not clients.wrong, f"at reload {number + 1}: {clients.wrong}"
    assert least >= REQUESTS, f"a reload met {least} requests: the run says nothing"
    wait_for(lambda: clients.done.get("download") or clients.wrong, "a download", 60)
    clients.end()
    assert not clients.wrong, clients.wrong
    eq(set(clients.done), {"keep_alive", "one_shot", "websocket", "download"})
    assert say(p.rewrite(TEXT, **common, **first, description="end"),
               "reload").startswith("Success=1")
    wait_for(lambda: info(p)["Generations"] == "1", "older configurations to end", 30)
    wait_for(lambda: info(p)["WorkersRunning"] == first["threads"], "threads to end", 30)
    eq(info(p)["Reloads"], str(RELOADS + 1))
    wait_for(lambda: info(p)["CurrConns"] == "0", "clients to go", 30)
    # Idle connections to servers are closed after a while; each worker keeps the pipe of a large
    # body.
    wait_for(lambda: accounted(descriptors(p), kept_pipes(p)) == accounted(before, 0),
             "descriptors to be as many as before", 60)
    assert kept_pipes(p) <= int(first["threads"]), kept_pipes(p)
    left = heap.in_use() - at_start
    assert left < MOST_KEPT, f"{left} bytes more than at the start"


if __name__ == "__main__":
    main()
