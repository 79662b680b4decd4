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
TRIALS, TRIAL_SECONDS = 2, 0.7
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


def second_core():
    """Of a proxy with two: a third one if there is one, else the load's."""
    return sorted(os.sched_getaffinity(0))[1:3][-1]


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
            yield visits.Stage(place, proxy_core, load_core, second_core())


class Run:
    """A plan, [(scenario, proxies)], and what was found so far. A proxy that fails a visit twice in
    a row leaves its scenario; without sluice the scenario is given up."""

    def __init__(self, plan, rounds, seconds):
        self.plan = [(scenario, list(proxies)) for scenario, proxies in plan]
        self.rounds, self.seconds = rounds, seconds
        self.results = {s.key: {p.name: [] for p in proxies} for s, proxies in plan}
        self.trials, self.rates = {}, {}
        self.failures = []  # a line for each that left
        visited = sum(len(proxies) for _, proxies in plan)
        tried = sum(len(proxies) for s, proxies in plan if s.kind == "load")
        self.progress = Progress(rounds * visited + TRIALS * tried)

    def leave(self, scenario, proxy, error):
        self.failures.append(f"left out: {error}")
        self.results[scenario.key].pop(proxy.name, None)
        for other, proxies in self.plan:
            if other is scenario:
                proxies.remove(proxy)
                if proxy.name == "sluice":
                    proxies.clear()
                    self.results.pop(scenario.key)

    def visit(self, stage, scenario, proxy, seconds, rate=0):
        """One sample; None when the proxy left."""
        try:
            try:
                return visits.visit(stage, proxy, scenario, WARM_SECONDS, seconds, rate)
            except RuntimeError as error:
                print(f"\n{error}\nonce more", file=sys.stderr)
                return visits.visit(stage, proxy, scenario, WARM_SECONDS, seconds, rate)
        except RuntimeError as error:
            self.leave(scenario, proxy, error)
            return None

    def find_rates(self, stage):
        """Every proxy is tried twice, with time between, so that one bad moment sets no pace."""
        for scenario, proxies in [*self.plan] * TRIALS:
            for proxy in list(proxies) if scenario.kind == "load" else []:
                if proxy not in proxies:
                    continue
                self.progress.show(f"how fast: {scenario.title}: {proxy.name}")
                sample = self.visit(stage, scenario, proxy, TRIAL_SECONDS)
                if sample:
                    tried = self.trials.setdefault(scenario.key, {})
                    tried[proxy.name] = pace.better(tried.get(proxy.name), sample)
        self.rates = pace.rates([scenario for scenario, _ in self.plan], self.trials)

    def go(self, stage):
        self.find_rates(stage)
        for turn in range(self.rounds):
            for scenario, proxies in self.plan:
                for proxy in rotated(list(proxies), turn):
                    if proxy not in proxies:
                        continue
                    self.progress.show(f"round {turn + 1}: {scenario.title}: {proxy.name}")
                    sample = self.visit(stage, scenario, proxy, self.seconds,
                                        self.rates[scenario.key])
                    if sample:
                        self.results[scenario.key][proxy.name].append(sample)
        self.progress.end()
        self.plan = [(s, proxies) for s, proxies in self.plan if proxies]


def run(plan, rounds, seconds, nginx_module=""):
    """A finished Run."""
    made = Run(plan, rounds, seconds)
    with stage_of([scenario for scenario, _ in plan], nginx_module) as stage:
        made.go(stage)
    return made


def rotated(items, by):
    by %= max(1, len(items))
    return items[by:] + items[:by]
