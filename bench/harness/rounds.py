"""The interleaved run: every round visits every scenario and, in it, every proxy in turn, so that a
noisy moment of the machine hits all alike."""

import os
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from . import pace, programs, visits
from .proxies import Place

WARM_SECONDS = 0.5
TRIAL_SECONDS = 0.7
MOST_ORIGINS = 1000


class Progress:
    """One line on a terminal, rewritten; a line per step elsewhere."""

    def __init__(self, steps):
        self.steps, self.done, self.begun = steps, 0, time.monotonic()

    def show(self, text):
        took = time.monotonic() - self.begun
        left = f", {took / self.done * (self.steps - self.done) / 60:.0f} min left" \
            if self.done else ""
        self.done += 1
        line = f"[{self.done}/{self.steps}{left}] {text}"
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


@contextmanager
def stage_of(scenarios, nginx_module=""):
    """Folder, ports, certificate and the origin of a run."""
    most = max(max(s.variant.servers, s.variant.checked) for s in scenarios)
    proxy_core, load_core = cores()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        temp = Path(folder)
        temp.chmod(0o755)  # nginx's worker gives up root
        port = programs.free_port()
        origins = tuple(f"127.0.{1 + i // 250}.{1 + i % 250}:{port}"
                        for i in range(min(most, MOST_ORIGINS)))
        place = Place(programs.free_port(), programs.free_port(), origins, temp, nginx_module)
        if any(s.variant.tls for s in scenarios):
            programs.make_certificate(place.certificate)
        with programs.Child(load_core, [programs.BUILT["origin"], *origins],
                            temp / "origin.log") as origin:
            programs.wait_for_port(port, origin.process, host=origins[-1].partition(":")[0])
            yield visits.Stage(place, proxy_core, load_core)


def run(plan, rounds, seconds, nginx_module=""):
    """`plan` is [(scenario, proxies)]. Gives {scenario key: {proxy name: [sample per round]}} and
    the rates of pace.py."""
    scenarios = [scenario for scenario, _ in plan]
    timed = [(s, proxies) for s, proxies in plan if s.kind == "load"]
    visited = rounds * sum(len(proxies) for _, proxies in plan)
    progress = Progress(visited + sum(len(proxies) for _, proxies in timed))
    results = {s.key: {p.name: [] for p in proxies} for s, proxies in plan}
    with stage_of(scenarios, nginx_module) as stage:
        trials = {}
        for scenario, proxies in timed:
            for proxy in proxies:
                progress.show(f"how fast: {scenario.title}: {proxy.name}")
                trials.setdefault(scenario.key, {})[proxy.name] = visits.visit(
                    stage, proxy, scenario, WARM_SECONDS, TRIAL_SECONDS)
        rates = pace.rates(scenarios, trials)
        for turn in range(rounds):
            for scenario, proxies in plan:
                for proxy in rotated(proxies, turn):
                    progress.show(f"round {turn + 1}: {scenario.title}: {proxy.name}")
                    results[scenario.key][proxy.name].append(
                        visits.visit(stage, proxy, scenario, WARM_SECONDS, seconds,
                                     rates[scenario.key]))
    progress.end()
    return results, rates


def rotated(items, by):
    by %= len(items)
    return items[by:] + items[:by]
