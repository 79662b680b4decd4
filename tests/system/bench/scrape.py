"""bench/scrape as it is called: a small run of this build says what a scrape took."""
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
import bench
from harness import *

BUILD = Path(os.environ.get("SLUICE_BINARY", "none")).parent.parent
METER = BUILD / "bench" / "libbench_turn_meter.so"
# A sanitizer wants to be the first library, which nothing that is preloaded lets it be.
PRELOADING = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
# A loop with two turns: it works for 30 ms, waits, and does nothing for 60.
TURNS = """
import select, time
loop = select.epoll()
loop.poll(0)
until = time.thread_time() + 0.03
while time.thread_time() < until:
    pass
loop.poll(0.2)
select.select([], [], [], 0.06)
loop.poll(0)
"""


def scrape(*words, build=BUILD):
    return subprocess.run([sys.executable, str(bench.BENCH / "scrape"), *words], text=True,
                          capture_output=True, timeout=80, check=False,
                          env={**os.environ, "SLUICE_BUILD": str(build), **PRELOADING})


@test("a small run shows both programs' scrapes, and the turns of their loops", only="sluice")
def _():
    run = scrape("--servers", "3", "--scrapes", "2")
    eq(run.returncode, 0, run.stderr)
    for name in ("sluice", "haproxy"):
        assert re.search(rf"^{name} +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+$", run.stdout, re.M), \
            run.stdout
        turns = re.search(rf"^{name}(( +[\d.]+){{8}})$", run.stdout, re.M)
        assert turns, run.stdout
        # Meanwhile there was a turn at least; without a scrape there may have been none.
        assert all(float(figure) > 0 for figure in turns.group(1).split()[1::2]), run.stdout
    assert re.search(r"^sluice: -?\d+ KiB more", run.stdout, re.M), run.stdout


@test("a turn is what a loop does between two waits, by the clock and by its own time",
      only="sluice")
def _():
    path = Path(scratch()) / "turns"
    meter = bench.module("turns").Meter(path)
    subprocess.run([sys.executable, "-c", TURNS], check=True, timeout=60,
                   env={**os.environ, "LD_PRELOAD": str(METER), "TURN_METER": str(path)})
    (turns,) = meter.take().values()
    eq(turns.count, 2)
    assert turns.longest_ms >= 60 and turns.longest_cpu_ms >= 30, turns
    (after,) = meter.take().values()
    eq((after.count, after.longest_ms, after.longest_cpu_ms), (0, 0, 0))
    meter.close()


@test("what is not here is named, and nothing runs", only="sluice")
def _():
    run = scrape(build=scratch())
    eq((run.returncode, run.stdout), (1, ""))
    assert "needs haproxy and a release build" in run.stderr, run.stderr
    assert scrape("--haproxy", "/nowhere").returncode == 1


if is_oracle() or not (BUILD / "bench" / "bench_origin").exists() or not METER.exists():
    print("skip: this build has no bench")
    sys.exit(0)
main()
