# labels: quick threaded
"""What signals do to a running proxy (management manual §4)."""
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


def start(origin=None, glob=""):
    return proxy(TEXT, origin=origin or Origin(), **{"global": glob})


@test("SIGTERM and SIGINT stop at once")
def _():
    for number in (signal.SIGTERM, signal.SIGINT):
        p = start(Origin(silent))
        client = Client(p.fe).request()
        p.send(number)
        p.wait_exit(5)
        client.rest()
        assert p.fe not in listening()


@test("SIGUSR1 stops softly: running requests finish, new connections are refused")
def _():
    gate = Gate()
    p = start(Origin(respond(200, "late", before=gate)))
    client = Client(p.fe).request()
    gate.wait_reached()
    p.send(signal.SIGUSR1)
    wait_for(lambda: p.fe not in listening(), "the listener to close")
    assert p.alive()
    gate.open()
    answer = client.response()
    eq((answer.status, answer.body), (200, b"late"))
    eq(p.wait_exit(5), 0)


@test("SIGUSR1: a keep-alive client is told Connection: close")
def _():
    gate = Gate()
    p = start(Origin(respond(200, "x"), answers=[respond(200, "first", before=gate)]))
    client = Client(p.fe).request()
    gate.wait_reached()
    p.send(signal.SIGUSR1)
    wait_for(lambda: p.fe not in listening(), "the listener to close")
    gate.open()
    answer = client.response()
    eq((answer.body, (answer.get("connection") or "").lower()), (b"first", "close"))
    eq(client.ends(), "fin")
    p.wait_exit(5)


@test("SIGUSR1 with nobody there ends at once")
def _():
    p = start()
    eq(get(p.fe).status, 200)
    p.send(signal.SIGUSR1)
    eq(p.wait_exit(5), 0)


@test("SIGUSR1 closes idle keep-alive connections")
def _():
    p = start()
    client = Client(p.fe)
    client.get()
    p.send(signal.SIGUSR1)
    eq(client.ends(), "fin")
    eq(p.wait_exit(10), 0)


@test("hard-stop-after bounds a soft stop")
def _():
    p = start(Origin(silent), "hard-stop-after 300ms")
    client = Client(p.fe).request()
    client.quiet(0.1)
    p.send(signal.SIGUSR1)
    p.wait_exit(5)
    client.rest()


@test("HUP, USR2 (a reload) and PIPE do no harm", only="sluice")
def _():
    gate = Gate()
    p = start(Origin(respond(200, "x"), answers=[respond(200, "first", before=gate)]))
    client = Client(p.fe).request()
    gate.wait_reached()
    for number in (signal.SIGHUP, signal.SIGUSR2, signal.SIGPIPE):
        p.send(number)
    gate.open()
    eq(client.response().body, b"first")
    eq(client.get().body, b"x")
    assert p.alive()


@test("a soft stop under load loses no request")
def _():
    p = start()
    clients = [Client(p.fe) for _ in range(20)]
    for client in clients:
        client.get()
    origin_gate = Gate()
    p2 = start(Origin(respond(200, "x", before=origin_gate)))
    running = [Client(p2.fe).request() for _ in range(20)]
    origin_gate.wait_reached()
    for client in running:
        client.quiet(0.01)
    p2.send(signal.SIGUSR1)
    wait_for(lambda: p2.fe not in listening(), "the listener to close")
    origin_gate.open()
    eq([client.response().status for client in running], [200] * 20)
    eq(p2.wait_exit(10), 0)


@test("a pidfile holds the pid; -D leaves the terminal")
def _():
    import os
    import subprocess
    from harness.process import binary
    directory = scratch()
    port = free_port()
    path = os.path.join(directory, "p.cfg")
    with open(path, "w", encoding="ascii") as f:
        f.write(DEFAULTS + f"frontend fe\n    bind 127.0.0.1:{port}\n    monitor-uri /\n")
    program = "/usr/sbin/haproxy" if is_oracle() else binary()
    pidfile = os.path.join(directory, "pid")
    done = subprocess.run([program, "-f", path, "-D", "-p", pidfile], capture_output=True,
                          timeout=20, check=False)
    eq(done.returncode, 0, done.stderr)
    wait_for(lambda: os.path.exists(pidfile) and os.path.getsize(pidfile), "the pidfile")
    with open(pidfile, encoding="ascii") as f:
        pid = int(f.read().split()[0])
    cleanup(lambda: os.path.exists(f"/proc/{pid}") and os.kill(pid, signal.SIGKILL))
    eq(get(port).status, 200)
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: has_ended(pid), "the daemon to end")


def has_ended(pid):
    """Also true of a process that nobody has waited for."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


if __name__ == "__main__":
    main()
