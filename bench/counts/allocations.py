"""Allocations of a warm Sluice on two threads and 64 connections, counted by bench_malloc_count.

A vector grows and a pool fills when more comes at once than ever before; how much comes at once is
up to the scheduler. So the proxy is stopped while requests, and later responses, are sent, and
meets all of them in one turn: nothing later can be more than that."""

import os
import re
import selectors
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import callgrind, lockstep

COUNTER = callgrind.BUILD / "bench" / "libbench_malloc_count.so"
CONFIGURATION = Path(__file__).resolve().parent / "allocations.cfg"
CONNECTIONS = 64
FIRST, LAST = 1000, 2000  # the requests between which allocations are counted
# The doors of malloc_count.cc; the last passes none and shows in /proc/PID/maps.
PLANTS = ("malloc", "new", "strdup", "memalign", "mmap", "sbrk", "unseen")
CHECK_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Window:
    """What happened between two moments at which no check was under way."""
    control: dict    # what the control thread allocated
    workers: dict
    mappings: list   # what /proc/PID/maps has besides what it had
    checks: int      # that the origin answered
    log_lines: int   # that arrived


@dataclass
class Result:
    idle: Window     # no request at all
    busy: Window     # the requests from FIRST to LAST

    def problems(self):
        """Everything that a warm proxy should not have done. A check is a new connection, for which
        the control thread allocates: no more than it does without requests."""
        busy, idle = self.busy, self.idle
        found = [f"workers: {count} {what}" for what, count in busy.workers.items() if count]
        for what, count in busy.control.items():
            if count * idle.checks != idle.control[what] * busy.checks:
                found.append(f"control: {count} {what} during {busy.checks} checks, but "
                             f"{idle.control[what]} during {idle.checks} without requests")
        return found + [f"mapped: {line}" for line in busy.mappings]


class Peer:
    """One connection of either end, with what it has read so far."""

    def __init__(self, connection, is_client):
        self.connection, self.is_client, self.data = connection, is_client, b""
        self.of_check = False
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self):
        """False when the other side closed."""
        try:
            piece = self.connection.recv(1 << 18)
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        self.data += piece
        return bool(piece)

    def take_message(self):
        """The message that has arrived whole, or nothing."""
        end = lockstep.head_end(self.data)
        if end < 0:
            return b""
        end += lockstep.body_length(self.data[:end])
        if len(self.data) < end:
            return b""
        message, self.data = self.data[:end], self.data[end:]
        return message


class Rig:
    """Sluice with the counter, 64 clients, an origin and a log's receiver, driven by one thread."""

    def __init__(self, folder, scenario, binary, plant=None):
        self.scenario, self.folder = scenario, Path(folder)
        self.request, self.response = scenario.request(), scenario.response()
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.log = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.log.bind(("127.0.0.1", 0))
        self.log.setblocking(False)
        for one in (self.listener, self.log):
            self.selector.register(one, selectors.EVENT_READ)
        self.clients, self.asked, self.answered = [], [], 0
        self.checks = self.log_lines = 0
        self.answers_at_once = True
        self.start(binary, plant)

    def start(self, binary, plant):
        ports = {name: lockstep.free_port() for name in ("PLAIN", "LOGGED")}
        ports |= {"ORIGIN": self.listener.getsockname()[1], "LOG": self.log.getsockname()[1]}
        environment = {**os.environ, **{f"COUNT_{k}": str(v) for k, v in ports.items()},
                       "LD_PRELOAD": str(COUNTER)}
        if plant:
            environment["MALLOC_COUNT_PLANT"] = plant
        self.port = ports[self.scenario.frontend.upper()]
        self.said = open(self.folder / "said", "wb")
        self.process = subprocess.Popen([binary, "-db", "-f", CONFIGURATION], env=environment,
                                        stdin=subprocess.DEVNULL, stdout=self.said,
                                        stderr=self.said)
        self.sleeper = lockstep.Sleeper(self.process.pid)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.said.close()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()

    def pump(self, done, what):
        """Serves both ends until done()."""
        deadline = time.monotonic() + lockstep.SECONDS
        while not done():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise lockstep.Stuck(f"{what}; {len(self.asked)} asked, {self.answered} answered")
            for key, _ in self.selector.select(1):
                if key.fileobj is self.listener:
                    self.watch(self.listener.accept()[0], False)
                elif key.fileobj is self.log:
                    self.log_lines += b" 200 " in self.log.recv(65536)
                else:
                    self.serve(key.data)

    def watch(self, connection, is_client):
        peer = Peer(connection, is_client)
        self.selector.register(connection, selectors.EVENT_READ, peer)
        return peer

    def serve(self, peer):
        is_open = peer.read()
        message = peer.take_message()
        if peer.is_client and message:
            if not message.startswith(b"HTTP/1.1 200 "):
                raise lockstep.Stuck(f"answered {message[:300]!r}")
            self.answered += 1
        elif message.startswith(b"GET /check "):
            self.checks += 1
            peer.of_check = True
            peer.connection.sendall(CHECK_ANSWER)
        elif message:
            self.asked.append(peer)
            if self.answers_at_once:
                peer.connection.sendall(self.response)
        if not is_open:
            self.selector.unregister(peer.connection)
            peer.connection.close()

    def connect(self):
        """The 64 clients, once the proxy knows its server to be up."""
        self.pump(lambda: self.checks > 2, "no check came")
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", self.port))
            self.clients.append(self.watch(connection, True))

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)
        tasks = Path(f"/proc/{self.process.pid}/task")
        lockstep.wait_for(lambda: all(state == "T" for state in lockstep.states(tasks)),
                          "the proxy does not stop")

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def round(self, count, at_once):
        """A request on each of `count` connections, all before the first answer. `at_once`: the
        proxy meets them, and then the answers, in one turn."""
        self.asked, self.answered = [], 0
        self.answers_at_once = not at_once
        lines = self.log_lines + (count if self.scenario.frontend == "logged" else 0)
        if at_once:
            self.stop()
        for client in self.clients[:count]:
            client.connection.sendall(self.request)
        if at_once:
            self.go_on()
            self.pump(lambda: len(self.asked) == count, "not every request arrived")
            self.stop()
            for peer in self.asked:
                peer.connection.sendall(self.response)
            self.go_on()
        self.pump(lambda: self.answered == count and self.log_lines >= lines,
                  "not every request was answered and logged")

    def requests(self, count):
        """So many requests in rounds of 64 at most, every other one at once."""
        for number in range(0, count, CONNECTIONS):
            self.round(min(CONNECTIONS, count - number), number // CONNECTIONS % 2 == 0)

    def is_checking(self):
        return any(key.data and not key.data.is_client and key.data.of_check
                   for key in self.selector.get_map().values())

    def counts(self):
        """What the counter says now."""
        path = self.folder / "said"
        before = path.read_text(errors="replace").count("malloc_count workers: ")
        os.kill(self.process.pid, signal.SIGURG)
        text = ""

        def told():
            nonlocal text
            text = path.read_text(errors="replace")
            return text.count("malloc_count workers: ") > before and text.endswith("\n")
        lockstep.wait_for(told, "the counter does not answer: is it loaded?")
        found = {}
        for who in ("control", "workers"):
            line = re.findall(rf"^malloc_count {who}: (.*)$", text, re.M)[-1]
            found[who] = {name: int(n) for name, n in re.findall(r"(\w+)=(\d+)", line)}
        return found

    def mappings(self):
        """The address ranges of the process, but for the stack that the kernel grows by itself."""
        lines = Path(f"/proc/{self.process.pid}/maps").read_text().splitlines()
        return {line for line in lines if not line.endswith("[stack]")}


class Mark:
    """What has been counted up to a moment between two checks."""

    def __init__(self, rig):
        checks = rig.checks
        while True:
            rig.pump(lambda: rig.checks > checks and not rig.is_checking(), "the checks ended")
            rig.sleeper.wait()
            self.counts, self.mappings = rig.counts(), rig.mappings()
            rig.sleeper.wait()
            checks, self.log_lines = rig.checks, rig.log_lines
            if not rig.selector.select(0):
                break
        self.checks = checks

    def window(self, later):
        """From this mark to a later one."""
        control, workers = ({what: later.counts[who][what] - count
                             for what, count in self.counts[who].items()}
                            for who in ("control", "workers"))
        return Window(control, workers, sorted(later.mappings - self.mappings),
                      later.checks - self.checks, later.log_lines - self.log_lines)


def measured(rig):
    """The Result of a warm proxy."""
    rig.connect()
    rig.requests(FIRST)
    begin = Mark(rig)
    rig.pump(lambda: rig.checks > begin.checks, "the checks ended")
    idle = Mark(rig)
    rig.requests(LAST - FIRST)
    return Result(begin.window(idle), idle.window(Mark(rig)))


def count(scenario, binary=callgrind.SLUICE, plant=None):
    with tempfile.TemporaryDirectory(prefix="counts-") as folder:
        rig = Rig(folder, scenario, binary, plant)
        try:
            return measured(rig)
        except (lockstep.Stuck, OSError) as error:
            rig.said.flush()
            said = (rig.folder / "said").read_text(errors="replace")
            raise RuntimeError(f"{scenario.key}: {error}\n{said[-2000:]}") from error
        finally:
            rig.close()
