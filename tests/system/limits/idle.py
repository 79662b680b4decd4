# labels: quick
"""A proxy that has nothing to do does nothing: its workers do not wake."""
import os
import re
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = "global\n    nbthread 2\n" + DEFAULTS + """
    timeout client 60s
    timeout server 60s
    timeout http-keep-alive 60s
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s @origin@
"""


def wakes(p):
    """Voluntary context switches of each worker, by thread id."""
    out = {}
    for task in os.listdir(f"/proc/{p.pid}/task"):
        with open(f"/proc/{p.pid}/task/{task}/status", encoding="ascii") as f:
            text = f.read()
        if re.search(r"^Name:\s+sluice/\d", text, re.M):
            out[task] = int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M).group(1))
    return out


def rests(p):
    """Waits until the workers have done what they had to, then sees them do nothing."""
    settled = [wakes(p)]

    def same():
        now = wakes(p)
        before, settled[0] = settled[0], now
        return now == before
    wait_for(lambda: all(same() for _ in range(20)), "the workers to rest")
    before = wakes(p)
    holds(lambda: wakes(p) == before, 10, "that no worker wakes")


@test("without checks, workers do not wake in ten seconds", only="sluice")
def _():
    p = proxy(TEXT, origin=Origin())
    eq(len(wakes(p)), 2)
    rests(p)


@test("with an idle client they do not wake either", only="sluice")
def _():
    origin = Origin()
    p = proxy(TEXT, origin=origin)
    client = Client(p.fe)
    eq(client.get().status, 200)
    origin.connections[0].wait_ended(20)        # the idle connection to the server: 5 s
    rests(p)


if __name__ == "__main__":
    main()
