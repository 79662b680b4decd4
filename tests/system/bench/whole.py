"""bench/compare as it is called: a small run of this build writes its table, JSON and charts; what
is missing is said; an interrupted run leaves nothing behind."""
import json
import os
import re
import signal
import subprocess
import sys
import xml.dom.minidom
from pathlib import Path

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
import bench
from harness import *

BUILD = Path(os.environ.get("SLUICE_BINARY", "none")).parent.parent


def compare(*words, build=BUILD):
    """The run, begun."""
    child = subprocess.Popen(
        [sys.executable, str(bench.BENCH / "compare"), *map(str, words)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "SLUICE_BUILD": str(build)})

    def end():
        if child.poll() is None:
            child.terminate()
        child.wait()
        child.stdout.close()
        child.stderr.close()
    cleanup(end)
    return child


def finished(*words, **more):
    child = compare(*words, **more)
    out, err = child.communicate(timeout=80)
    return child.returncode, out, err


def started_by(pid):
    """Processes below this one."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for word in path.read_text().split():
            found += [int(word), *started_by(word)]
    return found


@test("a run of two scenarios writes table, JSON and charts, and says how it goes on")
def _():
    folder = Path(scratch())
    code, out, err = finished("--rounds", 1, "--seconds", 0.3, "--scenario", "keepalive-100b",
                              "--scenario", "tls-100b", "--proxy", "floor", "--output",
                              folder / "found.json")
    eq(code, 0, err)
    found = json.loads((folder / "found.json").read_text())
    eq([entry["key"] for entry in found["scenarios"]], ["keepalive-100b", "tls-100b"])
    for entry in found["scenarios"]:
        eq(list(entry["proxies"]), ["sluice", "floor"])
        for got in entry["proxies"].values():
            eq((len(got["samples"]), got["errors"]), (1, 0))
            assert got["total_us"]["median"] > 0 and got["rss_kib"]["median"] > 0, got
        assert entry["ratios"]["floor"]["median"] > 0, entry
        xml.dom.minidom.parse(str(folder / f"{entry['key']}.svg"))
    assert re.search(r"^keep-alive, 100 B .* sluice +\d", out, re.M), out
    assert re.search(r"^bounds: \d+ met, \d+ missed, \d+ void", out, re.M), out
    last = r"^\[12/12, \d+ min left\] round 1: TLS keep-alive, 100 B: floor$"
    assert re.search(last, err, re.M), err


@test("what is not here is named, and nothing runs")
def _():
    code, out, err = finished("--haproxy", "/nowhere/haproxy", "--scenario", "close-100b",
                              build="/nowhere")
    eq((code, out), (1, ""))
    for what in ("/nowhere/haproxy: not found", "/nowhere/bench/bench_load: not built"):
        assert what in err, err


@test("scenarios are listed, unknown ones refused, and no README is written without a run")
def _():
    code, out, _ = finished("--list")
    assert code == 0 and re.search(r"^tls-1m +quick +TLS, 1 MiB; beside sluice", out, re.M), out
    eq(finished("--scenario", "no-such")[0], 2)
    eq(finished("--rounds", "0")[0], 2)
    code, _, err = finished("--write-readme", "--output", "/nowhere/none.json")
    assert code == 1 and "no run has been made" in err, err


@test("an interrupted run ends what it started and writes nothing")
def _():
    folder = Path(scratch())
    child = compare("--rounds", 9, "--seconds", 9, "--scenario", "keepalive-100b", "--proxy",
                    "floor", "--output", folder / "found.json")
    wait_for(lambda: len(started_by(child.pid)) >= 3 or child.poll() is not None, "the load", 30)
    below = started_by(child.pid)
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=30)
    eq(child.returncode, 130, err)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), "all to end")
    eq(list(folder.iterdir()), [])


if is_oracle() or not (BUILD / "bench" / "bench_load").exists() or \
        len(os.sched_getaffinity(0)) < 2:
    print("skip: this build has no bench, or this machine one core only")
    sys.exit(0)
main()
