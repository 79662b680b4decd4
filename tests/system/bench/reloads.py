"""The visit of bench/compare that reloads: each worker is asked all the while, by a process of its
own, and what is told is about spans with a reload and as long ones without."""
import os
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
BUILD = Path(os.environ.get("SLUICE_BINARY", "none")).parent.parent
os.environ["SLUICE_BUILD"] = str(BUILD)
import bench
from harness import *

programs, proxies, reloads = (bench.module(name) for name in ("programs", "proxies", "reloads"))
rounds, scenarios, visits = (bench.module(name) for name in ("rounds", "scenarios", "visits"))
SERVERS = 40


def visited(threads):
    row = next(s for s in scenarios.ALL if s.key == "reload-10000")
    row = replace(row, variant=replace(row.variant, servers=SERVERS, threads=threads))
    sluice = next(p for p in proxies.all_of() if p.name == "sluice")
    with rounds.stage_of([row]) as stage:
        sample = visits.visit(stage, sluice, row, 0, 0)
        return sample, (stage.place.temp / "proxy.cfg").read_text()


@test("reloads take servers away and bring others, and every worker is asked meanwhile")
def _():
    pingers, asked = reloads.Pingers, []

    class Kept(pingers):
        def end(self):
            asked.extend(super().end())
            return asked
    reloads.Pingers, visits.RELOADS = Kept, 2
    sample, text = visited(threads=2)
    eq(len(asked), 2, "pingers")
    for pings in asked:
        assert len(pings) > 100, len(pings)
    eq(sample["errors"], 0)
    assert 0 < sample["reload_ms"] < 60_000, sample
    for span in ("", "quiet_"):
        assert 0 < sample[f"{span}worst_ms"], sample
    assert sample["longest_ms"] <= sample["worst_ms"], sample
    eq(sample["stall_ms"], max(0.0, sample["longest_ms"] - sample["quiet_longest_ms"]))
    assert 0 < sample["turn_cpu_ms"] <= sample["worst_turn_cpu_ms"], sample
    assert 0 < sample["quiet_turn_ms"], sample
    names = [line.split()[1] for line in text.splitlines() if line.startswith("    server s")]
    first = 1 + 2 * SERVERS // 10
    eq(names, [f"s{number}" for number in range(first, first + SERVERS)])


@test("a reload that fails is no figure")
def _():
    row = next(s for s in scenarios.ALL if s.key == "reload-10000")
    row = replace(row, variant=replace(row.variant, servers=SERVERS, balance="no-such"))
    sluice = next(p for p in proxies.all_of() if p.name == "sluice")
    good = replace(sluice, command=lambda place, v: sluice.command(
        place, replace(v, balance="roundrobin")))
    with rounds.stage_of([row]) as stage:
        try:
            visits.visit(stage, good, row, 0, 0)
        except RuntimeError as error:
            assert "the reload failed" in str(error), error
        else:
            raise AssertionError("it was taken for done")


if is_oracle() or not (BUILD / "bench" / "bench_load").exists() or \
        len(os.sched_getaffinity(0)) < 2:
    print("skip: this build has no bench, or this machine one core only")
    sys.exit(0)
main()
