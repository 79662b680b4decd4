# labels: threaded
"""Reloads while clients of every kind are at work: none of them notices."""
import os
import sys
import threading

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

RELOADS = 200
TEXT = """
global
    nbthread @threads@
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
FILE_BYTES = 2 << 20


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
        except (AssertionError, OSError) as error:
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
    while True:
        client = Client(clients.port, seconds=30)
        answer = client.get("/file", headers=[("Connection", "close")])
        assert answer.status == 200 and len(answer.body) == FILE_BYTES, answer
        client.close()
        yield


def configurations(a, b, ports):
    """What the n-th reload brings: servers come, go and are renamed, frontends and ports too."""
    sets = [f"server a {a}\n    server b {b}",
            f"server a {a}\n    server b {b}\n    server c {a}",
            f"server b {b}",
            f"server x {b} weight 3\n    server b {a}",
            f"server a {a} maxconn 1\n    server b {b} maxconn 2"]
    number = 0
    while True:
        more = "" if number % 3 == 0 else MORE.replace("@port@", str(ports[number % len(ports)]))
        yield {"servers": sets[number % len(sets)], "more": more,
               "threads": 1 + number // 7 % 4,
               "balance": ("roundrobin", "leastconn", "random")[number // 5 % 3]}
        number += 1


@test("200 reloads under load: no request fails, and nothing is left behind", only="sluice")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    common = {"echo": Origin(upgrade_echo()), "files": Origin(respond(200, "x" * FILE_BYTES))}
    every = configurations(a, b, free_ports(4))
    p = proxy(TEXT, **common, **next(every))
    clients = Clients(p.fe)
    for what, count in ((keep_alive, 4), (one_shot, 3), (websocket, 2), (download, 1)):
        clients.start(what, count)
    wait_for(lambda: len(clients.done) == 4, "clients of every kind", 30)
    memory = []
    least = 1 << 30
    for number in range(RELOADS):
        before = clients.total()
        answer = say(p.rewrite(TEXT, **common, **next(every)), "reload")
        assert answer.startswith("Success=1"), answer
        # The next one waits until the present one was met by requests.
        wait_for(lambda: clients.total() > before + 1 or clients.wrong, "requests", 30)
        least = min(least, clients.total() - before)
        assert not clients.wrong, f"at reload {number + 1}: {clients.wrong}"
        if number % 50 == 49:
            memory.append(p.memory_kb())
    assert least > 0, "a reload met no request: the run says nothing"
    clients.end()
    assert not clients.wrong, clients.wrong
    eq(set(clients.done), {"keep_alive", "one_shot", "websocket", "download"})
    last = next(every) | {"threads": 1, "more": ""}
    assert say(p.rewrite(TEXT, **common, **last), "reload").startswith("Success=1")
    wait_for(lambda: info(p)["Generations"] == "1", "older configurations to end", 30)
    wait_for(lambda: info(p)["WorkersRunning"] == "1", "threads to end", 30)
    eq(info(p)["Reloads"], str(RELOADS + 1))

    def descriptors():
        return len(os.listdir(f"/proc/{p.pid}/fd"))
    settled = wait_for(lambda: info(p)["CurrConns"] == "0" and descriptors(), "clients to go", 30)
    # One worker's own, the listener's four (it had four workers), the socket's: no more.
    assert settled < 60, f"{settled} descriptors are left"
    if not is_sanitized():
        assert memory[-1] < memory[0] * 1.5 + 8192, f"memory grew: {memory} KiB"


if __name__ == "__main__":
    main()
