"""kill -9 at each call by which a process writes what outlives it, then a start: what was
acknowledged is there, and nothing is half there (`state-dir`)."""
import glob
import hashlib
import json
import os
import shutil
import signal
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.wire import Closed
from kept_rig import *

BEFORE = {"a": ("UP", "3"), "b": ("DRAIN", "1"), "c": ("UP", "1")}
AFTER = {"a": ("UP", "7"), "b": ("UP", "1"), "c": ("MAINT", "1")}


def killed(p, with_library, at, how):
    """Environment of a process that kill_point.c kills."""
    options = with_library["ASAN_OPTIONS"] + ":detect_leaks=0"
    return with_library | {"KILL_AT": str(at), "KILL_HOW": how, "KILL_FOLDER": p.directory,
                           "KILL_LOG": p.directory + "/calls", "ASAN_OPTIONS": options}


def ask_for_more(p):
    """Asks for a change; True when it was acknowledged."""
    body = {"actions": [{"target": "s:be/a", "set": "weight", "value": 7},
                        {"target": "s:be/b", "set": "state", "value": "ready"},
                        {"target": "s:be/c", "set": "state", "value": "maint"}]}
    try:
        return post(p, "/api/changes", body).status == 200
    except (OSError, AssertionError, Closed):
        return False


def calls(p):
    try:
        with open(p.directory + "/calls", encoding="ascii") as f:
            return f.read().split()
    except FileNotFoundError:
        return []


def grown(path):
    """The audit file, so large that the next change puts it away. What its lines say is of no
    kind that is known."""
    with open(path, encoding="utf-8") as f:
        last = json.loads(f.read().splitlines()[-1])["hash"]
    with open(path, "a", encoding="utf-8") as f:
        for _ in range(17):
            sealed = f'{{"kind":"remark","text":"{"x" * (1 << 20)}","prev":"{last}"'
            last = hashlib.sha256(sealed.encode()).hexdigest()
            f.write(f'{sealed},"hash":"{last}"}}\n')


def through(how, large=False):
    """One point after the other, until a run meets none."""
    library = preloaded("kill_point")
    p = start()
    act(p, ("s:be/a", "weight", 3), ("s:be/b", "state", "drain"))
    again(p)
    saved = scratch() + "/saved"
    p.stop()
    os.mkdir(saved)
    for suffix in (".state", ".audit"):
        shutil.copy(path_of(p, suffix), saved)
    if large:
        grown(f"{saved}/{os.path.basename(path_of(p, '.audit'))}")
    met, acknowledged = set(), 0
    for at in range(1, 50):
        for name in os.listdir(saved):
            shutil.copy(f"{saved}/{name}", p.directory)
        for path in glob.glob(p.directory + "/*.audit.*") + glob.glob(p.directory + "/calls"):
            os.unlink(path)
        again(p, environment=killed(p, library, at, how))
        told = ask_for_more(p)
        acknowledged += told
        p.send(signal.SIGTERM) if p.alive() else None
        p.wait_exit()
        reached = len(calls(p)) >= at
        if reached:
            met.add(calls(p)[at - 1])
        again(p)
        now = states(p)
        where = f"killed {how} call {at} of {calls(p)}, acknowledged: {told}"
        eq(now, AFTER if told else now, where)
        assert now in (BEFORE, AFTER), f"{where}: {now}"
        assert "damaged" not in p.err() and "breaks" not in p.err(), where + p.err()
        eq(chain(p)["intact"], True, where)
        assert len(changes(p)) == 2 or not told, f"{where}: {changes(p)}"
        eq(changes(p)[-1]["items"][0]["new"], "3", where)
        act(p, ("s:be/a", "weight", 3))     # it goes on
        audit(p)
        ids = [entry["id"] for entry in changes(p)]
        eq(ids, sorted(set(ids), reverse=True), where)
        p.stop()
        if not reached:
            assert acknowledged, "nothing was ever acknowledged"
            return met
    raise AssertionError("no end of calls")


@test("killed before each call: nothing lost, nothing half", only="sluice", seconds=400)
def _():
    eq(through("before"), {"openat", "ftruncate", "write", "fsync", "renameat"})


@test("killed in the middle of each write: nothing lost, nothing half", only="sluice", seconds=400)
def _():
    assert "write" in through("half")


@test("killed after each call: nothing lost, nothing half", only="sluice", seconds=400)
def _():
    eq(through("after"), {"openat", "ftruncate", "write", "fsync", "renameat"})


@test("killed while the log is put away: its changes are all known, and its chain holds",
      only="sluice", seconds=500)
def _():
    met = through("after", large=True)
    assert "linkat" in met, met


@test("a burst of 1,000 changes is few writes", only="sluice")
def _():
    p = start()
    again(p, environment=killed(p, preloaded("kill_point"), 0, "before"))
    line = ";".join(f"set server be/a weight {i % 200}" for i in range(100))
    for _ in range(10):
        say(p, line)
    say(p, "set server be/a weight 201")
    wait_for(lambda: '"value":"201"' in read(p, ".state"), "the last one to be written")
    renames = calls(p).count("renameat")
    assert renames <= 60, f"{renames} writes"
    eq(len(audit(p)), 1001)


if __name__ == "__main__":
    main()
