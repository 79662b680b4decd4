"""Asks one worker of a proxy for /ping, again and again, in a process of its own: no interpreter
lock and no collection of garbage comes between, and where it may it goes before all others, so that
what it waits for is the worker. Run as: pinger.py PORT PID TID, where TID is the worker's thread.

It says "ready", asks until its standard input ends, and prints [[begin, ms], …] of all answers;
begin is time.monotonic()."""

import gc
import json
import os
import select
import socket
import sys
import time
from pathlib import Path

ASK = b"GET /ping HTTP/1.1\r\nHost: bench\r\n\r\n"
PAUSE_SECONDS = 0.0005   # else a core is full of questions
TELLING, MOST_TRIES = 200, 200


def connected(port):
    peer = socket.create_connection(("127.0.0.1", port), timeout=60)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def asked(peer):
    """When it began, and for how many milliseconds it waited."""
    begun = time.monotonic()
    peer.sendall(ASK)
    answer = peer.recv(4096)
    waited = time.monotonic() - begun
    if not answer.startswith(b"HTTP/1.1 200"):
        raise OSError(f"/ping was answered by {answer[:40]!r}")
    return begun, waited * 1000


def run_times(pid):
    return {task.parent.name: int(task.read_text().split()[0])
            for task in Path(f"/proc/{pid}/task").glob("*/schedstat")}


def connection_to(port, pid, worker):
    """A connection that this worker serves: its thread is the one that runs when it is used.
    Others are held meanwhile, so that the next one is another's."""
    others = []
    for _ in range(MOST_TRIES):
        peer = connected(port)
        before = run_times(pid)
        for _ in range(TELLING):
            asked(peer)
        grown = {tid: at - before.get(tid, 0) for tid, at in run_times(pid).items()}
        if max(grown, key=grown.get) == worker:
            return peer
        others.append(peer)
    raise OSError(f"no connection came to thread {worker}")


def go_first():
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass


def main():
    port, pid, worker = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    gc.disable()
    peer = connection_to(port, pid, worker)
    go_first()
    found = []
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        found.append(asked(peer))
        time.sleep(PAUSE_SECONDS)
    print(json.dumps([[round(begun, 6), round(ms, 4)] for begun, ms in found]))


if __name__ == "__main__":
    main()
