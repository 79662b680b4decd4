"""Taking a server out by the script in docs/servers.md: it ends when the server is safe to stop,
not before, and stopping the server then costs no request."""
import re
import subprocess
import sys
import threading

ROOT = __file__.rsplit("/tests/", 1)[0]
sys.path.insert(0, ROOT + "/tests/support")
from harness import *

TEXT = """
global
    """ + SOCKET + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend service
backend service
    @cookie@
    server old @old@ cookie old
    server new @new@ cookie new
"""


def script():
    with open(ROOT + "/docs/servers.md", encoding="utf-8") as f:
        return re.search(r"```sh\n(backend=.*?)```", f.read(), re.S).group(1)


class Script:
    """The page's own words, run by a shell; only the socket's path is the test's."""

    def __init__(self, p):
        text = script().replace("/run/sluice/admin.sock", f"{p.directory}/admin.sock")
        assert p.directory in text, text
        self.child = subprocess.Popen(["sh", "-eu", "-c", text], stdout=subprocess.PIPE, text=True)
        cleanup(self.end)

    def end(self):
        self.child.kill()
        self.child.wait()

    def ended(self):
        return self.child.poll() is not None

    def last_line(self):
        out, _ = self.child.communicate(timeout=30)
        eq(self.child.returncode, 0, out)
        return out.strip().splitlines()[-1]


def status(p):
    return stat(p, "service", "old")["status"]


@test("the script waits for what runs, and then the server can be stopped under load")
def _():
    gate = Gate()
    old = Origin(respond(200, "old", before=gate))
    p = proxy(TEXT, cookie="", old=old, new=Origin(name="new"))
    slow = Client(p.fe).request()
    gate.wait_reached()
    running = Script(p)
    wait_for(lambda: status(p) == "DRAIN", "DRAIN")
    eq({get(p.fe).body for _ in range(8)}, {b"new"})
    holds(lambda: not running.ended() and status(p) == "DRAIN", 1.5, "waiting for the request")
    failed = []
    stop = threading.Event()

    def visit():
        while not stop.is_set():
            answer = get(p.fe)
            if answer.body != b"new":
                failed.append(answer)
    visitors = threading.Thread(target=visit, daemon=True)
    visitors.start()
    cleanup(stop.set)
    gate.open()
    eq(slow.response().body, b"old")
    eq(running.last_line(), "service/old is safe to stop")
    eq(status(p), "MAINT")
    old.stop()
    for _ in range(20):
        eq(get(p.fe).body, b"new")
    stop.set()
    visitors.join(20)
    eq(failed, [])


@test("visitors with a cookie stay while it drains, and move on when it is in MAINT")
def _():
    gate = Gate()
    old = Origin(name="old", answers=[respond(200, "old", before=gate)])
    p = proxy(TEXT, cookie="cookie S insert", old=old, new=Origin(name="new"))
    sticky = [("Cookie", "S=old")]
    slow = Client(p.fe).request(headers=sticky)
    gate.wait_reached()
    running = Script(p)
    wait_for(lambda: status(p) == "DRAIN", "DRAIN")
    eq(get(p.fe, headers=sticky).body, b"old")
    gate.open()
    eq(slow.response().body, b"old")
    eq(running.last_line(), "service/old is safe to stop")
    eq(get(p.fe, headers=sticky).body, b"new")


if __name__ == "__main__":
    main()
