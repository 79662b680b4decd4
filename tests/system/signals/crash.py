# labels: quick threaded
"""What a process that dies says: in which of its threads, and where."""
import os
import re
import signal
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = f"""
global
    nbthread 2
    {SOCKET}
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server a @a@
"""


def thread_of(p, name):
    """Its number; the main thread has the process's."""
    for thread in os.listdir(f"/proc/{p.pid}/task"):
        with open(f"/proc/{p.pid}/task/{thread}/comm", encoding="ascii") as f:
            if f.read().strip() == name:
                return int(thread)
    return None


def dies_in(name):
    """Gives what is said when a fatal signal meets that thread."""
    p = proxy(TEXT, a=Origin())
    say(p, "set server be/a weight 0%")     # there is something to be kept across a restart
    number = p.pid if name == "main" else wait_for(lambda: thread_of(p, name), f"a thread {name}")
    p._judged = True                        # it dies as it is meant to
    syscall_tgkill(p.pid, number, signal.SIGABRT)
    eq(p.wait_exit(), -signal.SIGABRT)
    return p.err()


def syscall_tgkill(process, thread, number):
    import ctypes
    import platform
    call = {"x86_64": 234, "aarch64": 131}[platform.machine()]
    eq(ctypes.CDLL(None, use_errno=True).syscall(call, process, thread, int(number)), 0)


@test("a crash names the thread that it came in: main, a worker, the one that writes states",
      only="sluice")
def _():
    for name in ("main", "sluice/1", "sluice/2", "sluice/state"):
        said = dies_in(name)
        assert "died of SIGABRT, a broken invariant\n" in said, said
        assert f"it was in thread {name}\n" in said, said


@test("a worker that dies while it serves says in which phase of a request", only="sluice")
def _():
    p = proxy(TEXT, a=Origin(), environment=preloaded("crash_point"))
    p._judged = True                        # it dies as it is meant to
    Client(p.fe).send(b"GET /private?secret=1 HTTP/1.1\r\nhost: hidden\r\n\r\n")
    eq(p.wait_exit(), -signal.SIGABRT)
    said = p.err()
    assert re.search(r"it was in thread sluice/[12], phase connect\n", said), said
    assert "secret" not in said and "hidden" not in said, said


if __name__ == "__main__":
    main()
