"""What a check costs in system calls, and how often the control thread wakes up for checks."""
import re
import signal
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness import runner

SERVERS, CHECKS = 200, 600


def counted(check):
    """{system call: how many for each check} while CHECKS checks run; by strace."""
    origin = Origin(respond(200, close=True))
    p = proxy("global\n    nbthread 1\n" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    default-server inter 1s
    @check@
""" + "".join(f"    server s{i} @a@ check\n" for i in range(SERVERS)), check=check, a=origin)
    wait_for(lambda: len(origin.connections) > SERVERS, "the first checks", 30)
    report = runner.scratch() + "/report"
    tracer = subprocess.Popen(["strace", "-f", "-c", "-o", report, "-p", str(p.pid)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    cleanup(lambda: (tracer.kill(), tracer.wait(), tracer.stderr.close()))
    tracer.stderr.readline()                # attached
    before = len(origin.connections)
    wait_for(lambda: len(origin.connections) >= before + CHECKS, "checks", 60)
    tracer.send_signal(signal.SIGINT)
    tracer.wait(20)
    with open(report, encoding="ascii") as f:
        rows = re.findall(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$", f.read(), re.M)
    calls = {name: int(count) for count, name in rows}
    assert calls.get("connect", 0) >= CHECKS / 2, calls
    return {name: count / calls["connect"] for name, count in calls.items()}


def most(calls, **limits):
    for name, limit in limits.items():
        found = calls.get(name, 0)
        assert found <= limit, f"{name} {found:.2f} times a check: {calls}"


@test("a check over HTTP is a socket, its connection, one write, a read or two and a reset",
      only="sluice")
def _():
    calls = counted("option httpchk GET /health")
    most(calls, socket=1.01, connect=1.01, sendto=1.01, close=1.1, getpeername=2.1, getsockopt=1.1,
         setsockopt=1.1, recvfrom=2.3, epoll_ctl=2.1, epoll_wait=2.5)


@test("a check that only connects is a socket, its connection and a reset", only="sluice")
def _():
    calls = counted("")
    most(calls, socket=1.01, connect=1.01, sendto=0.05, recvfrom=0.05, close=1.1, getpeername=2.1,
         getsockopt=1.1, setsockopt=1.1, epoll_ctl=1.1, epoll_wait=1.5)


if __name__ == "__main__":
    main()
