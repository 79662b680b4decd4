"""What a callgrind file says: totals, and what functions cost by themselves and with callees."""

import re
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Function:
    """One function's counts, in the file's order of events; `calls` is how often it was entered."""
    self_cost: list
    with_callees: list
    calls: int = 0


@dataclass
class Part:
    events: list
    totals: dict = field(default_factory=dict)
    functions: dict = field(default_factory=dict)


def _add(into, values):
    for i, value in enumerate(values):
        into[i] += value


class _Names:
    """The format's compressed names: (12) means what (12) name said."""

    def __init__(self):
        self.known = {}

    def full(self, text):
        number, _, name = text.partition(" ")
        if not number.startswith("("):
            return text
        if name:
            self.known[number] = name
        return self.known.get(number, number)


def read(path):
    """The Part that a file holds. Valgrind manual, "Callgrind Format Specification"."""
    names, part, width = _Names(), None, 0
    current = called = None
    times = 0
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            key, equals, value = line.rstrip("\n").partition("=")
            if line.startswith("events:"):
                part = Part(line.split()[1:])
                width = len(part.events)
                part.functions = defaultdict(lambda: Function([0] * width, [0] * width))
            elif line.startswith("totals:"):
                part.totals = dict(zip(part.events, map(int, line.split()[1:])))
            elif key == "fn" and equals:
                current = part.functions[names.full(value)]
            elif key == "cfn" and equals:
                called = part.functions[names.full(value)]
            elif key == "calls" and equals:
                times = int(value.split()[0])
                called.calls += times
            elif re.match(r"[0-9+*-]", line) and current is not None:
                costs = [int(word) for word in line.split()[1:]]
                _add(current.with_callees, costs)
                if called is None:
                    _add(current.self_cost, costs)
                called = None
    return part


def table(part, requests, by_self=False, least=0.002):
    """Lines for the terminal: instructions and system calls per request, the dearest first."""
    instructions, calls = part.events.index("Ir"), part.events.index("sysCount")
    total = part.totals["Ir"]

    def key(item):
        return (item[1].self_cost if by_self else item[1].with_callees)[instructions]

    yield (f"{'self':>9} {'with callees':>13} {'share':>6} {'system calls':>13} {'entered':>8}  "
           "function")
    for name, one in sorted(part.functions.items(), key=key, reverse=True):
        if key((name, one)) < least * total:
            break
        yield (f"{one.self_cost[instructions] / requests:9.1f} "
               f"{one.with_callees[instructions] / requests:13.1f} "
               f"{100 * key((name, one)) / total:5.1f}% "
               f"{one.with_callees[calls] / requests:13.2f} {one.calls / requests:8.2f}  {name}")
