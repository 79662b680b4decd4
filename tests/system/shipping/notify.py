# labels: quick
"""What a service manager is told: sd_notify(3)'s protocol on NOTIFY_SOCKET."""
import ctypes
import os
import re
import signal
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = "global\n    nbthread 2\n    @global@\n" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s @origin@
"""


def start(manager, origin=None, glob="", **more):
    """-Ws, without which haproxy tells nobody; Sluice needs no flag."""
    environment = {**manager.environment, **more.pop("environment", {})}
    more.setdefault("args", ("-Ws",))
    return proxy(TEXT.replace("@global@", glob), origin=origin or Origin(), ready=False,
                 environment=environment, **more)


@test("READY=1 comes when it listens, with the main process's id")
def _():
    manager = Manager()
    p = start(manager)
    manager.wait("READY=1")
    assert p.fe in listening(), "it was not listening yet"
    eq(get(p.fe).status, 200)
    eq(manager.value("MAINPID"), str(p.pid))
    eq(manager.senders, {p.pid})
    if not is_oracle():  # haproxy has no such line here
        assert manager.value("STATUS"), manager.lines


@test("an abstract socket is told as well", only="sluice")
def _():
    manager = Manager(abstract=True)
    start(manager, args=("-db",))
    manager.wait("READY=1")
    assert re.fullmatch(r"running with 2 threads, maxconn \d+", manager.value("STATUS"))


@test("STOPPING=1 comes as a soft stop begins, and the process goes on", only="sluice")
def _():
    manager, gate = Manager(), Gate()
    p = start(manager, Origin(respond(200, "late", before=gate)))
    manager.wait("READY=1")
    client = Client(p.fe).request()
    gate.wait_reached()
    eq(manager.count("STOPPING=1"), 0)
    p.send(signal.SIGUSR1)
    manager.wait("STOPPING=1")
    assert "stopping" in manager.value("STATUS"), manager.lines
    assert p.alive()
    gate.open()
    eq(client.response().body, b"late")
    eq(p.wait_exit(), 0)
    eq(manager.count("STOPPING=1"), 1)


@test("STOPPING=1 comes at a hard stop", only="sluice")
def _():
    for number in (signal.SIGTERM, signal.SIGINT):
        manager = Manager()
        p = start(manager)
        manager.wait("READY=1")
        p.stop(number)
        eq((manager.count("READY=1"), manager.count("STOPPING=1")), (1, 1))


@test("a start that fails is never ready, nor is a check")
def _():
    manager = Manager()
    bad = run_config(DEFAULTS + "frontend fe\n    bind 127.0.0.1:80\n    no such word\n", "-Ws",
                     environment=manager.environment)
    assert bad.code == 1, bad
    good = run_config(DEFAULTS + f"frontend fe\n    bind 127.0.0.1:{free_port()}\n", "-c",
                      environment=manager.environment)
    eq(good.code, 0)
    eq(manager.count("READY=1"), 0)


@test("a port that is taken is never ready", only="sluice")
def _():
    manager, origin = Manager(), Origin()
    taken = run_config(DEFAULTS + f"frontend fe\n    bind {origin}\n",
                       environment=manager.environment)
    eq(taken.code, 1)
    eq(manager.read(), [])


@test("after chroot and user the service manager is still told", only="sluice")
def _():
    if os.geteuid() != 0:
        return
    manager = Manager()
    p = start(manager, glob="chroot @dir@\n    user nobody")
    manager.wait("READY=1")
    p.stop()
    eq(manager.count("STOPPING=1"), 1)


@test("a daemon is told of by its own id, before its starter goes", only="sluice")
def _():
    manager = Manager()
    p = start(manager, glob="pidfile @dir@/pid", args=("-D",))
    eq(p.wait_exit(), 0)
    with open(f"{p.directory}/pid", encoding="ascii") as f:
        pid = int(f.read())
    cleanup(lambda: os.path.exists(f"/proc/{pid}") and os.kill(pid, signal.SIGKILL))
    manager.wait("READY=1")
    eq((manager.value("MAINPID"), manager.senders), (str(pid), {pid}))
    os.kill(pid, signal.SIGTERM)
    manager.wait("STOPPING=1")


@test("a NOTIFY_SOCKET that nobody listens at is a warning, and it serves", only="sluice")
def _():
    p = proxy(TEXT.replace("@global@", ""), origin=Origin(),
              environment={"NOTIFY_SOCKET": "/no/such/socket"})
    eq(get(p.fe).status, 200)
    assert "NOTIFY_SOCKET /no/such/socket: No such file" in p.err(), p.err()


@test("a service manager that went away does no harm", only="sluice")
def _():
    manager = Manager()
    p = start(manager, environment={"WATCHDOG_USEC": "100000"})
    manager.wait("WATCHDOG=1")
    os.unlink(manager.name)
    manager.close()
    eq(get(p.fe).status, 200)
    p.send(signal.SIGUSR1)
    eq(p.wait_exit(), 0)


@test("WATCHDOG=1 comes again and again while a watchdog asks for it", only="sluice")
def _():
    manager = Manager()
    p = start(manager, environment={"WATCHDOG_USEC": "100000"})
    manager.wait("WATCHDOG=1", times=5)
    eq(manager.read()[0], "READY=1", "the first line")
    p.stop()


@test("without a watchdog, or with one for another process, no WATCHDOG=1 comes", only="sluice")
def _():
    for asked in ({}, {"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"}):
        manager = Manager()
        p = start(manager, environment=asked)
        manager.wait("READY=1")
        holds(lambda: manager.count("WATCHDOG=1") == 0, 0.5, "silence")
        p.stop()


class Held:
    """Holds one thread of a process, as a system call that never returns would."""
    SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17

    def __init__(self, thread):
        self.thread = thread
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long] * 4
        self.possible = self.libc.ptrace(self.SEIZE, thread, 0, 0) == 0
        if self.possible:
            self.libc.ptrace(self.INTERRUPT, thread, 0, 0)
            os.waitpid(thread, 0x40000000)  # __WALL: a thread is no child

    def release(self):
        self.libc.ptrace(self.DETACH, self.thread, 0, 0)


def thread_named(pid, name):
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="ascii") as f:
            if f.read().strip() == name:
                return int(thread)
    raise AssertionError(f"no thread {name}")


@test("a worker that hangs silences WATCHDOG=1, and it comes again when the worker goes on",
      only="sluice")
def _():
    manager = Manager()
    p = start(manager, environment={"WATCHDOG_USEC": "100000"})
    manager.wait("WATCHDOG=1", times=2)
    held = Held(thread_named(p.pid, "sluice/2"))
    if not held.possible:
        print("this system lets no thread be held: not shown")
        return
    # One word may have been on its way when the worker was held.
    manager.read()
    before = manager.count("WATCHDOG=1") + 1
    holds(lambda: manager.count("WATCHDOG=1") <= before, 1.0, "silence")
    held.release()
    manager.wait("WATCHDOG=1", times=before + 2)
    p.stop()


if __name__ == "__main__":
    main()
