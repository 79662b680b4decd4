"""The record that counts are held against, and the toolchain that it was made with."""

import json
import os
import platform
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import callgrind

PATH = callgrind.ROOT / "bench" / "records" / "instructions.json"
LIMIT = 0.03  # of growth
UNITS = {"instructions": 0, "system_calls": 2}  # and the digits that are kept


def counts_of(part):
    """Per request. Reading the clock is a system call under valgrind alone: outside, the kernel
    maps a function for it."""
    clock = sum(one.self_cost[part.events.index("sysCount")]
                for name, one in part.functions.items() if name.startswith("clock_gettime"))
    found = {"instructions": part.totals["Ir"], "system_calls": part.totals["sysCount"] - clock}
    return {what: round(found[what] / callgrind.REQUESTS, digits)
            for what, digits in UNITS.items()}


def first_match(pattern, text):
    found = re.search(pattern, text, re.M)
    return found.group(1) if found else "unknown"


def toolchain():
    """What besides the source a count depends on."""
    cache = (callgrind.BUILD / "CMakeCache.txt").read_text()
    compiler = "".join(path.read_text() for path in
                       (callgrind.BUILD / "CMakeFiles").glob("*/CMakeCXXCompiler.cmake"))
    cpu = Path("/proc/cpuinfo").read_text()
    valgrind = subprocess.run(["valgrind", "--version"], capture_output=True, text=True,
                              check=True).stdout.strip()
    return {
        "compiler": first_match(r'^set\(CMAKE_CXX_COMPILER_ID "(.*)"\)', compiler) + " " +
                    first_match(r'^set\(CMAKE_CXX_COMPILER_VERSION "(.*)"\)', compiler),
        "libc": os.confstr("CS_GNU_LIBC_VERSION"),
        "libuv": first_match(r"^libuv_VERSION:INTERNAL=(.*)$", cache),
        "valgrind": valgrind,
        "processor": platform.machine() + (" avx2" if re.search(r"\bavx2\b", cpu) else ""),
    }


@dataclass
class Verdict:
    lines: list = field(default_factory=list)
    comparable: bool = True
    grown: bool = False


def compare(counted, record=None, here=None):
    """Holds {scenario: {unit: count}} against the record."""
    record = record or json.loads(PATH.read_text())
    here = here or toolchain()
    verdict = Verdict()
    others = [f"{what} {here[what]}, the record {made}"
              for what, made in record["made_with"].items() if here[what] != made]
    if others:
        verdict.comparable = False
        verdict.lines.append("SKIPPED: the record was made with another toolchain: here " +
                             "; ".join(others))
    for key, counts in counted.items():
        for what, count in counts.items():
            judge(verdict, f"{key}: {count:g} {what}", count, record["counts"][key][what])
    return verdict


def judge(verdict, text, count, recorded):
    change = count / recorded - 1
    text += f", the record {recorded:g} ({100 * change:+.2f} %)"
    if verdict.comparable and change > LIMIT:
        verdict.grown = True
        text += f" GREW by over {100 * LIMIT:g} %"
    elif verdict.comparable and change < -LIMIT:
        text += f" fell by over {100 * LIMIT:g} %: lower the record (bench/instructions --record)"
    verdict.lines.append(text)


def write(counted):
    """Counts of some scenarios leave the record of the others as it is."""
    record = json.loads(PATH.read_text()) if PATH.exists() else {"counts": {}}
    made_with = toolchain()
    if record.get("made_with") != made_with:
        record = {"made_with": made_with, "counts": {}}
    record["counts"].update(counted)
    PATH.write_text(json.dumps(record, indent=1) + "\n")
