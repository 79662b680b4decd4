"""Both ends of a proxy in one thread: a step is taken only while the proxy sleeps, so that every
run shows it the same events in the same order."""

import random
import select
import socket
import time
from pathlib import Path

SECONDS = 240.0  # for one step: a busy machine may stop a proxy under callgrind for long


class Stuck(RuntimeError):
    """The proxy did not do in time what it had to do next."""


def free_port():
    """A port below the ephemeral range, so that no outgoing connection takes it meanwhile."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(1000):
        port = random.SystemRandom().randrange(10000, max(lowest, 20000))
        try:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
                return port
        except OSError:
            continue
    raise RuntimeError("no free port found")


def connect(port):
    """A client's connection, which the proxy sees together with the first bytes, as a client's that
    sends at once: without quick ACKs the handshake's last one goes with them."""
    connection = socket.socket()
    connection.settimeout(SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
    connection.connect(("127.0.0.1", port))
    return connection


def head_end(data):
    at = data.find(b"\r\n\r\n")
    return -1 if at < 0 else at + 4


def body_length(head):
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def read_message(connection):
    """One message, head and body; b"" when the peer closed instead."""
    data = b""
    while True:
        end = head_end(data)
        if end >= 0 and len(data) >= end + body_length(data[:end]):
            return data
        try:
            piece = connection.recv(1 << 20)
        except ConnectionResetError:  # how a check ends
            return b""
        if not piece:
            return data
        data += piece


def states(tasks):
    """One letter per thread of a process; `tasks` is its /proc/PID/task."""
    found = [path.read_text().rpartition(")")[2].split()[0] for path in tasks.glob("*/stat")]
    if "Z" in found or not found:
        raise Stuck("the proxy died")
    return found


def wait_for(done, what):
    deadline = time.monotonic() + SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise Stuck(what)


class Sleeper:
    """Waits until every thread of a process sleeps."""

    def __init__(self, pid):
        self.tasks = Path(f"/proc/{pid}/task")

    def wait(self):
        wait_for(lambda: all(state == "S" for state in states(self.tasks)),
                 "the proxy does not come to rest")


class Origin:
    """The listening socket of the server behind the proxy, and its connections."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.connections = []

    def next_request(self):
        """(connection, request) that comes next, on an old connection or a new one."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.listener, *self.connections], [], [], 1)
            for one in ready:
                if one is self.listener:
                    connection = self.listener.accept()[0]
                    connection.settimeout(SECONDS)
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self.connections.append(connection)
                    continue
                request = read_message(one)
                if request:
                    return one, request
                one.close()
                self.connections.remove(one)
        raise Stuck("the origin was asked nothing")

    def close(self):
        for one in [self.listener, *self.connections]:
            one.close()
