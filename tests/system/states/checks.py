# labels: threaded
"""Health checks move servers up and down (manual §5.2 check, rise, fall, inter; httpchk)."""
import csv
import io
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = DEFAULTS + """
listen stats
    bind 127.0.0.1:@st@
    stats enable
    stats uri /
    stats admin if TRUE
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    @check@
    default-server inter 100ms rise 2 fall 2
    server a @a@ check
    server b @b@ check
"""


def row(p, server, backend="be"):
    text = get(p.st, "/;csv").body.decode()[2:]
    for line in csv.DictReader(io.StringIO(text)):
        if (line["pxname"], line["svname"]) == (backend, server):
            return line
    raise AssertionError(f"no row for {server}")


def status(p, server, wanted, seconds=15):
    wait_for(lambda: row(p, server)["status"] == wanted, f"{server} to be {wanted}", seconds)
    return row(p, server)


def start(check="", a=None, b=None):
    return proxy(TEXT, check=check, a=a or Origin(name="a"), b=b or Origin(name="b"))


@test("a server that stops listening goes DOWN, and UP when it is back")
def _():
    a = Origin(name="a")
    p = start(a=a)
    up = wait_for(lambda: row(p, "a")["check_status"] == "L4OK" and row(p, "a"), "L4OK")
    eq(up["status"], "UP")
    a.stop()
    down = status(p, "a", "DOWN")
    eq((down["check_status"], down["chkdown"]), ("L4CON", "1"))
    eq({get(p.fe).body for _ in range(4)}, {b"b"})
    a.start()
    status(p, "a", "UP")
    eq({get(p.fe).body for _ in range(4)}, {b"a", b"b"})


@test("httpchk asks for the path and takes 2xx and 3xx")
def _():
    a = Origin(lambda conn, r: respond(healthy[0] if r.target == "/healthz" else 200, "a")(conn, r))
    healthy = [200]
    p = start("option httpchk GET /healthz", a=a)
    up = wait_for(lambda: row(p, "a")["check_status"] == "L7OK" and row(p, "a"), "L7OK")
    eq((up["status"], up["check_code"]), ("UP", "200"))
    probe = next(r for r in a.requests if r.target == "/healthz")
    eq(probe.method, "GET")
    healthy[0] = 503
    down = status(p, "a", "DOWN")
    eq((down["check_status"], down["check_code"]), ("L7STS", "503"))
    healthy[0] = 302
    status(p, "a", "UP")


@test("the deprecated spelling with a version and headers works, with a warning")
def _():
    a = Origin(name="a")
    p = start("option httpchk HEAD / HTTP/1.1\\r\\nHost:\\ example.com", a=a)
    wait_for(lambda: row(p, "a")["check_status"] == "L7OK", "L7OK")
    probe = a.requests[0]
    eq((probe.method, probe.target, probe.version, probe.get("host")),
       ("HEAD", "/", "HTTP/1.1", "example.com"))


@test("http-check expect status and string decide")
def _():
    a = Origin(respond(404, "fine"))
    p = start("option httpchk GET /x\n    http-check expect status 404", a=a)
    wait_for(lambda: row(p, "a")["check_status"] == "L7OK", "L7OK")
    status(p, "b", "DOWN")
    p = start("option httpchk GET /x\n    http-check expect string fine", a=Origin(name="fine"))
    wait_for(lambda: row(p, "a")["check_status"] == "L7OK", "L7OK")
    eq(status(p, "b", "DOWN")["check_status"], "L7RSP")


@test("a server that accepts and says nothing times out at layer 7")
def _():
    p = start("option httpchk\n    timeout check 100ms", a=Origin(silent))
    # Checks that all time out follow one another: the next one ("* ") is mostly under way.
    eq(status(p, "a", "DOWN")["check_status"].removeprefix("* "), "L7TOUT")


@test("MAINT stops the checks, READY starts them again")
def _():
    a = Origin(name="a")
    p = start("option httpchk", a=a)
    wait_for(lambda: len(a.connections) >= 2, "checks")
    eq(get(p.st, "/", method="POST", body="s=a&action=maint&b=be").get("location"), "/;st=DONE")
    wait_for(lambda: row(p, "a")["status"] == "MAINT", "MAINT")
    before = len(a.connections) + 1         # one may be on its way
    holds(lambda: len(a.connections) <= before, 0.5, "no check")
    get(p.st, "/", method="POST", body="s=a&action=ready&b=be")
    wait_for(lambda: len(a.connections) > before, "checks")
    status(p, "a", "UP")


@test("port and addr send the checks elsewhere")
def _():
    probe = Origin(name="probe")
    a = Origin(name="a")
    p = proxy(TEXT.replace("server a @a@ check", f"server a @a@ check port {probe.port}"),
              check="option httpchk", a=a, b=Origin())
    probe.wait_connections(2)
    eq(len(a.connections), 0)
    eq(row(p, "a")["status"], "UP")


@test("checks do not count as traffic and fall counts from the last success")
def _():
    a = Origin(name="a")
    p = start("option httpchk", a=a)
    wait_for(lambda: len(a.connections) >= 3, "checks")
    eq((row(p, "a")["stot"], row(p, "a")["chkfail"]), ("0", "0"))


if __name__ == "__main__":
    main()
