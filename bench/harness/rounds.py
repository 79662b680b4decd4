"""The interleaved run: every round visits every scenario and, in it, every proxy in turn, so that a
noisy moment of the machine hits all alike."""

import os
import sys
import tempfile
from pathlib import Path

from . import measure, programs
from .proxies import Place

WARM_SECONDS = 1


class Progress:
    """One line on a terminal, rewritten; a line per step elsewhere."""

    def __init__(self, steps):
        self.steps, self.done = steps, 0

    def show(self, text):
        self.done += 1
        line = f"[{self.done}/{self.steps}] {text}"
        if sys.stderr.isatty():
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def end(self):
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def cores():
    """(the proxy's core, the load's core): the first two that this process may use."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[1]


def run(proxies, scenarios, rounds, seconds):
    """{scenario key: {proxy name: [Sample per round]}}"""
    proxy_core, load_core = cores()
    progress = Progress(rounds * len(scenarios) * len(proxies))
    results = {s.key: {p.name: [] for p in proxies} for s in scenarios}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        temp = Path(folder)
        temp.chmod(0o755)  # nginx's worker gives up root
        place = Place(programs.free_port(), programs.free_port(),
                      (programs.free_port(), programs.free_port()), temp)
        origin_log = temp / "origin.log"
        with programs.Child(load_core, [programs.BUILT["origin"], *place.origins],
                            origin_log) as origin:
            for port in place.origins:
                programs.wait_for_port(port, origin.process)
            for turn in range(rounds):
                for scenario in scenarios:
                    for proxy in rotated(proxies, turn):
                        progress.show(f"round {turn + 1}: {scenario.title}: {proxy.name}")
                        results[scenario.key][proxy.name].append(
                            visit(proxy, scenario, place, proxy_core, load_core, seconds))
    progress.end()
    return results


def rotated(items, by):
    by %= len(items)
    return items[by:] + items[:by]


def visit(proxy, scenario, place, proxy_core, load_core, seconds):
    """Starts a proxy, warms it and measures it."""
    log = place.temp / f"{proxy.name}.log"
    with programs.Child(proxy_core, proxy.command(place), log) as child:
        try:
            programs.wait_for_port(place.port, child.process)
            measure.run_load(load_core, scenario, place.port, WARM_SECONDS)
            return measure.measure(load_core, scenario, place.port, child.process.pid, seconds)
        except RuntimeError as error:
            child.log.flush()
            raise RuntimeError(f"{proxy.name}: {error}\n{log.read_text()[-2000:]}") from error
