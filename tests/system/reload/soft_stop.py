# labels: quick
"""What a soft stop does, and how fast (manual §3.1: grace, close-spread-time, hard-stop-after)."""
import signal
import sys
import threading
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from stopped_thread import Stopped

TEXT = "global\n    nbthread 2\n    @global@\n" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s @origin@
"""
STATS = """
listen stats
    bind 127.0.0.1:@stats@
    stats enable
"""


def start(glob, text=TEXT, origin=None):
    return proxy(text, origin=origin or Origin(name="x"), **{"global": glob})


@test("/readyz turns 503 at once on a soft stop, while a request still runs", only="sluice")
def _():
    gate = Gate()
    p = start("grace 60s", TEXT + STATS, Origin(respond(200, "late", before=gate)))
    eq(get(p.stats, "/readyz").status, 200)
    client = Client(p.fe).request()
    gate.wait_reached()
    p.send(signal.SIGUSR1)
    wait_for(lambda: get(p.stats, "/readyz").status == 503, "not to be ready")
    eq(get(p.stats, "/healthz").status, 200)
    gate.open()
    eq(client.response().body, b"late")


@test("grace: connections are still accepted for that long, then no more")
def _():
    p = start("grace 2s")
    p.send(signal.SIGUSR1)
    began = time.monotonic()
    eq(get(p.fe).body, b"x")
    p.wait_exit(20)
    assert time.monotonic() - began > 1.5, "the grace was not waited for"


@test("close-spread-time: idle clients are closed over that time, not at once")
def _():
    p = start("close-spread-time 4s")
    clients = [Client(p.fe) for _ in range(20)]
    for client in clients:
        client.get()
    began = time.monotonic()
    p.send(signal.SIGUSR1)
    ends = []
    for client in clients:
        client.ends()
        ends.append(time.monotonic() - began)
    assert max(ends) > 0.5, f"all were closed at once: {ends}"
    p.wait_exit(20)


@test("close-spread-time infinite: an idle client is kept until its own time-out")
def _():
    p = start("close-spread-time infinite")
    client = Client(p.fe)
    client.get()
    p.send(signal.SIGUSR1)
    wait_for(lambda: p.fe not in listening(), "the listener to close")
    answer = client.get()
    eq((answer.body, answer.get("connection")), (b"x", None))
    answer = client.get()
    eq((answer.body, answer.get("connection")), (b"x", None))
    client.close()
    p.wait_exit(20)


@test("hard-stop-after is counted from the end of the grace", only="sluice")
def _():
    p = start("grace 500ms\n    hard-stop-after 500ms", origin=Origin(silent))
    client = Client(p.fe).request()
    p.send(signal.SIGUSR1)
    client.rest()
    p.wait_exit(20)


@test("whoever waits for a reload when a soft stop begins is answered", only="sluice")
def _():
    text = TEXT.replace("global\n", "global\n    " + SOCKET + "\n")
    p = start("hard-stop-after 5s", text)
    answers = []
    asking = [threading.Thread(target=lambda: answers.append(say(p, "reload"))) for _ in range(4)]
    with Stopped(p, "sluice/2"):    # the first reload is not done until it goes on
        for thread in asking:
            thread.start()
        wait_for(lambda: len(unix_clients(p)) >= 4, "all to ask")
        say(p, "show info")         # what came before it was read
        p.send(signal.SIGUSR1)
        wait_for(lambda: len(answers) == 3, "those that wait to be answered")
        eq([a.splitlines()[0] for a in answers], ["Success=0"] * 3)
        assert "stopping" in answers[0], answers
    for thread in asking:
        thread.join(20)
    eq(len(answers), 4)
    p.wait_exit(20)


def unix_clients(p):
    """Connections to the runtime socket that the process has accepted."""
    with open("/proc/net/unix", encoding="ascii") as f:
        return [line for line in f if line.split()[5:6] == ["03"] and
                line.rstrip().endswith(f"{p.directory}/admin.sock")]


if __name__ == "__main__":
    main()
