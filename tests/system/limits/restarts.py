# labels: quick
"""Servers that are killed and started again under load cost at most the requests that were on them;
with checks, a dead one is out within fall × inter and one check's time-out."""
import sys
import threading
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = f"global\n    nbthread 2\n    {SOCKET}\n" + DEFAULTS + """
    option redispatch
    retries 3
    timeout check 1s
    @more@
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server a @a@ @check@
    server b @b@ @check@
    server c @c@ @check@
"""
CLIENTS = 8


class Load:
    """Clients that ask without pause; notes what did not end in a whole 200."""

    def __init__(self, port):
        self._port = port
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.done = 0
        self.lost = []              # (client, number of its request, what came instead)
        self.at = [0] * CLIENTS     # the number of the request that each client is at
        self._threads = [threading.Thread(target=self._ask, args=(n,), daemon=True)
                         for n in range(CLIENTS)]
        for thread in self._threads:
            thread.start()
        cleanup(self.stop)

    def _ask(self, name):
        client, number = None, 0
        while not self._stop.is_set():
            number += 1
            self.at[name] = number
            target = f"/{name}/{number}"
            try:
                client = client or Client(self._port, seconds=30)
                answer = client.get(target)
                status = answer.status if answer.body == target.encode() else answer.status or 1
            except Exception as error:      # cut off in the middle of its response
                status = repr(error)
            with self._lock:
                self.done += 1
                if status != 200:
                    self.lost.append((name, number, status))
            if status != 200 or answer.get("connection") == "close":
                client.close()
                client = None

    def more(self, count):
        """Waits for so many more requests."""
        goal = self.done + count
        wait_for(lambda: self.done >= goal, f"{count} more requests", 60)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads), "a client waits for ever"


def say_target(conn, request):
    respond(200, request.target)(conn, request)


@test("killing and restarting servers under load costs what was on them, and no more",
      differs="haproxy 2.6 closes on a client whose reused server connection died")
def _():
    origins = {name: Origin(say_target, name=name) for name in "abc"}
    p = proxy(TEXT, check="", more="", **origins)
    load = Load(p.fe)
    load.more(100)
    kills = []
    for name in "abcab":
        origin = origins[name]
        before = list(load.at)
        origin.stop()
        kills.append((before, list(load.at)))
        load.more(60)
        origin.start()
        load.more(60)
    load.stop()
    for client, number, status in load.lost:
        assert status != 503, "a request found no server"
        under_way = any(before[client] <= number <= after[client] for before, after in kills)
        assert under_way, f"{client}/{number} was lost by no kill: {status}"
    assert load.done > 700, load.done


def down_within(seconds, p, kill):
    """The server is DOWN within so many seconds after `kill`, with some for a slow machine."""
    wait_for(lambda: stat(p, "be", "a")["status"].startswith("UP"), "the server to be up", 20)
    kill()
    started = time.monotonic()
    wait_for(lambda: stat(p, "be", "a")["status"] == "DOWN", "the server to be out", seconds + 5)
    took = time.monotonic() - started
    assert took <= seconds + 2, f"took {took:.1f} s, bound {seconds} s"


@test("a server that is gone is out within fall times inter, and none of the others fails")
def _():
    origins = {name: Origin(say_target, name=name) for name in "abc"}
    p = proxy(TEXT, check="check inter 1s fall 3", more="", **origins)
    down_within(3 + 1, p, origins["a"].stop)
    for _ in range(12):
        eq(get(p.fe, "/x").status, 200)
    origins["a"].start()
    wait_for(lambda: stat(p, "be", "a")["status"].startswith("UP"), "the server to be back", 20)


@test("a server that says nothing any more is out within fall times inter and a time-out",
      differs="haproxy 2.6 counts inter from the end of a check that timed out")
def _():
    silent_now = threading.Event()

    def answer(conn, request):
        if silent_now.is_set():
            return silent(conn, request)
        return respond(200, "x")(conn, request)
    p = proxy(TEXT, check="check inter 1s fall 3", more="option httpchk", a=Origin(answer),
              b=Origin(), c=Origin())
    down_within(3 + 1, p, silent_now.set)


if __name__ == "__main__":
    main()
