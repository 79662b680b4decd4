# labels: quick threaded
"""Receivers of log lines that do not read for a while. A UNIX socket's queue is short (ten
datagrams by Linux's default): what finds it full waits in the worker."""
import os
import re
import signal
import socket
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """
global
    nbthread 1
    log @log@ len 8192 local0
""" + SOCKET + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    log global
    log-format "n=%[var(txn.n)] %[var(txn.fill)]"
    http-request set-var(txn.n) urlp(n)
    http-request set-var(txn.fill) urlp(fill)
    http-request return status 200
"""
LINES = 200


class Sleeper:
    """A receiver that reads only when it is asked to."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        cleanup(self.socket.close)

    def read(self, count):
        """The numbers of so many lines."""
        self.socket.settimeout(10)
        return [self.number_of(self.socket.recv(65536)) for _ in range(count)]

    def here(self):
        """The numbers of those that are here."""
        found = []
        self.socket.setblocking(False)
        try:
            while True:
                found.append(self.number_of(self.socket.recv(65536)))
        except BlockingIOError:
            return found

    @staticmethod
    def number_of(line):
        return int(re.search(rb" n=(\d+) ", line)[1])


def start():
    log = Sleeper(os.path.join(scratch(), "log"))
    p = proxy(TEXT, log=log.path)
    return p, log


def ask(p, count, fill="", first=0):
    client = Client(p.fe)
    for number in range(first, first + count):
        eq(client.get(f"/?n={number}&fill={fill}").status, 200)
    return client


def dropped(p):
    return int(re.search(r"^DroppedLogs: (\d+)$", say(p, "show info"), re.M)[1])


@test("lines that are not taken at once come later, all of them and in order",
      differs="haproxy drops what finds the queue full")
def _():
    p, log = start()
    ask(p, LINES)
    eq(log.read(LINES), list(range(LINES)))
    ask(p, LINES, first=LINES)
    eq(log.read(LINES), list(range(LINES, 2 * LINES)))
    eq(dropped(p), 0)


@test("what exceeds the room is dropped and counted, and no request waits for it", only="sluice")
def _():
    p, log = start()
    ask(p, LINES, fill="x" * 2000)
    got = []

    def all_told():
        got.extend(log.here())
        return len(got) + dropped(p) == LINES
    wait_for(all_told, "every line to come or to be counted", 20)
    assert 0 < len(got) < LINES, got
    eq(got[:-1], list(range(len(got) - 1)))     # the last line may find room again already
    ask(p, 1, first=LINES)      # there is room again
    eq(log.read(1), [LINES])
    eq(dropped(p), LINES - len(got))


@test("lines that wait go to the receiver that takes the place of one that ended", only="sluice")
def _():
    p, log = start()
    ask(p, LINES)
    fresh = Sleeper(log.path + ".new")
    os.rename(fresh.path, log.path)
    log.socket.close()          # and what its queue held
    first = fresh.read(1)[0]
    assert 0 < first < LINES // 2, first
    eq(fresh.read(LINES - first - 1), list(range(first + 1, LINES)))
    eq(dropped(p), 0)


@test("lines that wait for a receiver that ends are counted as dropped", only="sluice")
def _():
    p, log = start()
    ask(p, LINES)
    os.unlink(log.path)
    log.socket.close()
    wait_for(lambda: dropped(p) > LINES // 2, "the lines to be given up", 10)


@test("a process that ends gives its receiver a moment for what waits", only="sluice")
def _():
    p, log = start()
    client = ask(p, LINES)
    p.send(signal.SIGTERM)
    client.ends()
    eq(log.read(LINES), list(range(LINES)))
    eq(p.wait_exit(10), 0)


if __name__ == "__main__":
    main()
