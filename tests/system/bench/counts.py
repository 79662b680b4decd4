# labels: quick
"""What bench/instructions and bench/allocations make of what they count."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../../support"), os.path.join(HERE, "../../../bench")]

from counts import allocations, callgrind, lockstep, profile, records, scenarios  # noqa: E402
from harness import eq, main, scratch, test  # noqa: E402

HERE_NOW = {"compiler": "GNU 12.2.0", "libc": "glibc 2.36"}
RECORD = {"made_with": HERE_NOW, "counts": {"get": {"instructions": 10000, "system_calls": 6}}}

# One function that calls another three times; names are given once and then by number.
SAMPLE = """# callgrind format
events: Ir sysCount sysTime
summary: 999 9 9

fl=(1) loop.cc
fn=(1) turn
10 100
+1 20 1 5
cfn=(2) clock_gettime@@GLIBC_2.17
calls=3 0
+2 30 3 7
fn=(2)
0 30 3 7
fn=(3) main
cfn=(1)
calls=0 0
5 150 4 12

totals: 150 4 12
"""


def judged(instructions, system_calls=6, here=None):
    counted = {"get": {"instructions": instructions, "system_calls": system_calls}}
    return records.compare(counted, RECORD, here or HERE_NOW)


@test("a count that grew by over three per cent fails, and the line says which")
def _():
    assert not judged(10299).grown
    verdict = judged(10301)
    assert verdict.grown
    assert "get: 10301 instructions, the record 10000 (+3.01 %) GREW" in verdict.lines[0], verdict


@test("one system call more in six fails")
def _():
    verdict = judged(10000, 7)
    assert verdict.grown and "GREW" in verdict.lines[1], verdict


@test("a count that fell by over three per cent asks for a lower record and does not fail")
def _():
    verdict = judged(9600)
    assert not verdict.grown
    assert "lower the record" in verdict.lines[0], verdict
    assert "lower" not in judged(9800).lines[0]


@test("counts of another toolchain are shown and not judged, and the difference is named")
def _():
    verdict = judged(20000, here={"compiler": "GNU 14.1.0", "libc": "glibc 2.36"})
    assert not verdict.comparable and not verdict.grown
    assert "SKIPPED" in verdict.lines[0] and "GNU 14.1.0, the record GNU 12.2.0" in verdict.lines[0]
    assert "libc" not in verdict.lines[0] and "GREW" not in verdict.lines[1]


@test("the record has every scenario, and says what it was made with")
def _():
    import json
    record = json.loads(records.PATH.read_text())
    eq(sorted(record["counts"]), sorted(s.key for s in scenarios.INSTRUCTIONS))
    for counts in record["counts"].values():
        eq(sorted(counts), sorted(records.UNITS))
    eq(sorted(record["made_with"]), ["compiler", "libc", "libuv", "processor", "valgrind"])


def sample():
    path = os.path.join(scratch(), "part")
    with open(path, "w", encoding="ascii") as f:
        f.write(SAMPLE)
    return profile.read(path)


@test("a callgrind file is read: what functions cost alone, with callees, and how often they ran")
def _():
    part = sample()
    turn, clock = part.functions["turn"], part.functions["clock_gettime@@GLIBC_2.17"]
    eq((turn.self_cost, turn.with_callees), ([120, 1, 5], [150, 4, 12]))
    eq((clock.self_cost, clock.calls), ([30, 3, 7], 3))
    eq(part.functions["main"].self_cost, [0, 0, 0])
    eq(part.totals["Ir"], 150)
    by_self = [line.split()[-1] for line in profile.table(part, 1, by_self=True)]
    eq(by_self, ["function", "turn", "clock_gettime@@GLIBC_2.17"])


@test("reading the clock counts as no system call: only valgrind makes it one")
def _():
    eq(records.counts_of(sample())["system_calls"], round(1 / callgrind.REQUESTS, 2))


def window(control, workers, checks=1, mappings=()):
    names = ("allocations", "bytes", "frees", "maps")
    return allocations.Window(dict(zip(names, control)), dict(zip(names, workers)),
                              list(mappings), checks, 0)


@test("what a worker or a mapping adds is a problem; what a check needs is none")
def _():
    idle, none = window((5, 100, 5, 0), (0, 0, 0, 0)), (0, 0, 0, 0)
    eq(allocations.Result(idle, window((10, 200, 10, 0), none, checks=2)).problems(), [])
    eq(allocations.Result(idle, window((5, 100, 5, 0), (1, 24, 0, 0))).problems(),
       ["workers: 1 allocations", "workers: 24 bytes"])
    eq(len(allocations.Result(idle, window((6, 100, 5, 0), none)).problems()), 1)
    eq(allocations.Result(idle, window((5, 100, 5, 0), none, mappings=["7f-80"])).problems(),
       ["mapped: 7f-80"])


@test("the origin's end tells a whole message from one whose body is on its way")
def _():
    message = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
    end = lockstep.head_end(message)
    eq((end, lockstep.body_length(message[:end])), (len(message) - 3, 3))
    eq(lockstep.head_end(message[:20]), -1)


main()
