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


def scrape(*words, build=BUILD):
    return subprocess.run([sys.executable, str(bench.BENCH / "scrape"), *words], text=True,
                          capture_output=True, timeout=80, check=False,
                          env={**os.environ, "SLUICE_BUILD": str(build)})


@test("a small run shows both programs' scrapes, and what one costs a worker", only="sluice")
def _():
    run = scrape("--servers", "3", "--scrapes", "2")
    eq(run.returncode, 0, run.stderr)
    for name in ("sluice", "haproxy"):
        assert re.search(rf"^{name} +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+$", run.stdout, re.M), \
            run.stdout
    assert re.search(r"^sluice: [\d.]+ ms of a worker per piece, -?\d+ KiB more", run.stdout, re.M)


@test("what is not here is named, and nothing runs", only="sluice")
def _():
    run = scrape(build=scratch())
    eq((run.returncode, run.stdout), (1, ""))
    assert "needs haproxy and a release build" in run.stderr, run.stderr
    assert scrape("--haproxy", "/nowhere").returncode == 1


if is_oracle() or not (BUILD / "bench" / "bench_origin").exists():
    print("skip: this build has no bench")
    sys.exit(0)
main()
