"""What a reload does to the workers: one pinger for each, spans of time with a reload in them and
as long ones without, and what was seen in them."""

import json
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PINGER = Path(__file__).resolve().parent / "pinger.py"
READY_SECONDS = 60.0


def told_by(path, command):
    """What the runtime socket answers."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(READY_SECONDS)
        peer.connect(str(path))
        peer.sendall(command.encode() + b"\n")
        answer = b""
        while data := peer.recv(65536):
            answer += data
        return answer.decode()


def workers_of(pid):
    """Ids of the workers' threads."""
    return [task.parent.name for task in Path(f"/proc/{pid}/task").glob("*/comm")
            if task.read_text().startswith("sluice/")]


def waits_for_core_ms(pid, workers):
    """For how long they were ready to run and had no core, so far."""
    return sum(int(Path(f"/proc/{pid}/task/{tid}/schedstat").read_text().split()[1])
               for tid in workers) / 1e6


class Pingers:
    """One for each worker; what they saw is known when all have ended."""

    def __init__(self, core, port, pid):
        self.children = []
        try:
            for worker in workers_of(pid):
                self.children.append(subprocess.Popen(
                    ["taskset", "-c", str(core), sys.executable, PINGER, str(port), str(pid),
                     worker], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, text=True, start_new_session=True))
            for child in self.children:
                if child.stdout.readline() != "ready\n":
                    raise RuntimeError(f"a pinger ended: {child.communicate()[1][-500:]}")
        except BaseException:
            self.end()
            raise

    def end(self):
        """[[begin, ms], …] for each worker."""
        found, failed = [], []
        for child in self.children:
            try:
                out, said = child.communicate(timeout=READY_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                out, said = child.communicate()
            if child.returncode != 0 or not out:
                failed.append(said[-500:])
            else:
                found.append(json.loads(out.splitlines()[-1]))
        self.children = []
        if failed and sys.exc_info()[0] is None:
            raise RuntimeError(f"requests beside the reload: {failed[0]}")
        return found


@dataclass(frozen=True)
class Span:
    """So many seconds of the process's life."""
    begin: float
    end: float
    waited_for_core_ms: float

    def longest_ms(self, found):
        """The longest wait of a request, at any worker, that lay in the span or reached into it."""
        return max((ms for pings in found for begun, ms in pings
                    if begun < self.end and begun + ms / 1000 > self.begin), default=0.0)


def spanned(pid, seconds, what=lambda: None):
    """The span of `what`, and at least so long; and what it gave."""
    workers = workers_of(pid)
    before, begun = waits_for_core_ms(pid, workers), time.monotonic()
    given = what()
    time.sleep(max(0.0, begun + seconds - time.monotonic()))
    return Span(begun, time.monotonic(), waits_for_core_ms(pid, workers) - before), given


def figures(found, quiet, busy):
    """Of the spans without a reload and of those with one: medians, and the worst."""
    def longest(spans):
        return [span.longest_ms(found) for span in spans]

    def core(spans):
        return statistics.median(span.waited_for_core_ms for span in spans)
    without, beside = statistics.median(longest(quiet)), statistics.median(longest(busy))
    return {"stall_ms": max(0.0, beside - without), "longest_ms": beside, "quiet_ms": without,
            "worst_ms": max(longest(busy)), "quiet_worst_ms": max(longest(quiet)),
            "core_ms": core(busy), "quiet_core_ms": core(quiet)}


def note(key, got):
    """A line of the report."""
    def at(figure):
        return f"{got[figure]['median']:.1f}"
    return (f"{key}: beside a reload the longest wait of a request is {at('longest_ms')} ms (the "
            f"worst of a visit {at('worst_ms')}), in as long a span without one {at('quiet_ms')} "
            f"({at('quiet_worst_ms')}); the workers wait {at('core_ms')} ms for a core, and "
            f"{at('quiet_core_ms')}")
