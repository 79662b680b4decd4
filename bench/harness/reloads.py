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
    """So many seconds of the process's life, and the longest turn of any worker's loop in it: by
    the clock, which counts what others took of its core, and of the worker's own time."""
    begin: float
    end: float
    waited_for_core_ms: float
    turn_ms: float
    turn_cpu_ms: float

    def longest_ms(self, found):
        """The longest wait of a request, at any worker, that lay in the span or reached into it."""
        return max((ms for pings in found for begun, ms in pings
                    if begun < self.end and begun + ms / 1000 > self.begin), default=0.0)


def spanned(pid, meter, seconds, what=lambda: None):
    """The span of `what`, and at least so long; and what it gave."""
    workers = workers_of(pid)
    before, begun = waits_for_core_ms(pid, workers), time.monotonic()
    meter.take()
    given = what()
    time.sleep(max(0.0, begun + seconds - time.monotonic()))
    taken = [turn for thread, turn in meter.take().items() if str(thread) in workers]
    return Span(begun, time.monotonic(), waits_for_core_ms(pid, workers) - before,
                max(turn.longest_ms for turn in taken),
                max(turn.longest_cpu_ms for turn in taken)), given


def figures(found, quiet, busy):
    """Of the spans with a reload and (`quiet_…`) of those without: medians, and the worst."""
    told = {}
    for name, spans in (("", busy), ("quiet_", quiet)):
        longest = [span.longest_ms(found) for span in spans]
        told[name + "longest_ms"] = statistics.median(longest)
        told[name + "worst_ms"] = max(longest)
        told[name + "core_ms"] = statistics.median(span.waited_for_core_ms for span in spans)
        told[name + "turn_ms"] = statistics.median(span.turn_ms for span in spans)
        told[name + "turn_cpu_ms"] = statistics.median(span.turn_cpu_ms for span in spans)
        told[name + "worst_turn_cpu_ms"] = max(span.turn_cpu_ms for span in spans)
    told["stall_ms"] = max(0.0, told["longest_ms"] - told["quiet_longest_ms"])
    return told


def note(key, got):
    """Lines of the report."""
    def both(figure):
        return f"{got[figure]['median']:.2f} ms ({got['quiet_' + figure]['median']:.2f} without)"
    return [f"{key}: beside a reload the longest wait of a request is {both('longest_ms')}, the "
            f"worst {both('worst_ms')}; the workers wait {both('core_ms')} for a core",
            f"{key}: the longest turn of a worker's loop takes {both('turn_ms')}, of its own time "
            f"{both('turn_cpu_ms')}, at worst {both('worst_turn_cpu_ms')}"]
