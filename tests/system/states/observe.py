# labels: quick
"""Passive checks (manual §5.2): observe, error-limit, on-error."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from checked import *
from harness import *


class Server:
    """Its checks pass; its responses are what `answer` is."""

    def __init__(self, answer=None):
        self.answer = answer or respond(500)
        self.healthy, self.checks = True, 0
        self.origin = Origin(self.serve)

    def serve(self, conn, asked):
        if asked.target != "/health":
            return self.answer(conn, asked)
        self.checks += 1
        respond(200 if self.healthy else 503)(conn, asked)

    def __str__(self):
        return str(self.origin)


def observed(server, options, **more):
    """A server whose first check has passed, and whose next ones are far off."""
    p = start("option httpchk GET /health", a=server,
              server=f"check inter 60s rise 2 fall 3 {options}", **more)
    becomes(p, status="UP", check_status="L7OK", check_health="4")
    return p


def fail(p, count, **more):
    for _ in range(count):
        get(p.fe, **more)


@test("observe layer7 and on-error mark-down: error-limit wrong responses in a row are DOWN")
def _():
    server = Server()
    p = observed(server, "observe layer7 error-limit 3 on-error mark-down")
    fail(p, 2)
    server.answer = respond(200)
    fail(p, 1)
    server.answer = respond(500)
    fail(p, 2)
    eq((row(p)["status"], row(p)["hanafail"]), ("UP", "0"))
    fail(p, 1)
    becomes(p, status="DOWN", check_status="HANA", hanafail="1", chkfail="1", chkdown="1",
            check_health="0", check_desc="Health analyze",
            last_chk="Detected 3 consecutive errors, last one was: Wrong http response")
    eq(get(p.fe).status, 503)


@test("ten errors in a row without an error-limit, and a failed check without on-error")
def _():
    p = observed(Server(), "observe layer7")
    fail(p, 9)
    eq(row(p)["hanafail"], "0")
    fail(p, 1)
    becomes(p, status="UP 2/3", check_status="HANA", hanafail="1", chkfail="1", check_health="3")
    fail(p, 20)
    becomes(p, status="DOWN", hanafail="3", chkfail="3")


@test("on-error fail-check is one failed check, sudden-death all but the fatal one")
def _():
    p = observed(Server(), "observe layer7 error-limit 2 on-error fail-check")
    fail(p, 2)
    becomes(p, status="UP 2/3")
    p = observed(Server(), "observe layer7 error-limit 2 on-error sudden-death")
    fail(p, 2)
    becomes(p, status="UP 1/3", check_health="2")
    fail(p, 2)
    becomes(p, status="DOWN")


@test("on-error fastinter only has the server checked soon")
def _():
    server = Server()
    p = observed(server, "fastinter 100ms observe layer7 error-limit 2 on-error fastinter")
    before = server.checks
    fail(p, 2)
    wait_for(lambda: server.checks > before, "a check long before inter")
    becomes(p, status="UP", check_status="L7OK", hanafail="1", chkfail="0")


@test("a check that passes forgets what was observed")
def _():
    server = Server()
    p = start("option httpchk GET /health", a=server,
              server="check inter 100ms observe layer7 error-limit 2 on-error mark-down")
    becomes(p, status="UP", check_status="L7OK")
    for _ in range(3):
        fail(p, 1)
        before = server.checks
        wait_for(lambda: server.checks > before + 1, "a whole check")
    eq(row(p)["hanafail"], "0")


@test("observe layer4 looks at connections, whatever is answered")
def _():
    server = Server()
    p = observed(server, "observe layer4 error-limit 2 on-error mark-down")
    fail(p, 5)
    eq((row(p)["status"], row(p)["hanafail"]), ("UP", "0"))
    p = start(a="127.0.0.1:1", default="retries 0",
              server=f"check inter 60s port {server.origin.port} observe layer4 error-limit 3 "
                     "on-error mark-down")
    becomes(p, status="UP", check_status="L4OK")
    fail(p, 3)
    becomes(p, status="DOWN", check_status="HANA",
            last_chk="Detected 3 consecutive errors, last one was: L4 unsuccessful connection")


@test("each attempt to connect counts")
def _():
    checked = Origin()
    p = start(a="127.0.0.1:1", default="retries 2",
              server=f"check inter 60s port {checked.port} observe layer4 error-limit 3 "
                     "on-error mark-down")
    becomes(p, status="UP", check_status="L4OK")
    fail(p, 1)
    becomes(p, status="DOWN", hanafail="1")


@test("a mode tcp backend is observed by its connections")
def _():
    checked = Origin()
    text = DEFAULTS.replace("mode http", "mode tcp") + """
global
    stats socket @dir@/admin.sock mode 600 level admin
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    retries 0
    server a 127.0.0.1:1 check inter 60s port @port@ observe layer4 error-limit 2 on-error mark-down
"""
    p = proxy(text, port=checked.port)
    wait_for(lambda: stat(p, "be", "a")["check_status"] == "L4OK", "the first check")
    for _ in range(2):
        Client(p.fe).ends()
    wait_for(lambda: stat(p, "be", "a")["status"] == "DOWN", "DOWN")


@test("what a response can do wrong is told by its kind")
def _():
    cases = (
        (raw(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n"), "Invalid http response (headers)"),
        (silent, "Read timeout (http)"),
        (raw(b"", then="fin"), "Close from server (http)"),
        (respond(503), "Wrong http response"),
    )
    for answer, kind in cases:
        p = observed(Server(answer), "observe layer7 error-limit 1 on-error mark-down",
                     default="timeout server 300ms")
        fail(p, 1)
        becomes(p, status="DOWN",
                last_chk=f"Detected 1 consecutive errors, last one was: {kind}")


@test("501 and 505 are answers to what the client asked for")
def _():
    server = Server(respond(501))
    p = observed(server, "observe layer7 error-limit 1 on-error mark-down")
    for status in (501, 505, 404):
        server.answer = respond(status)
        fail(p, 1)
    eq((row(p)["status"], row(p)["hanafail"]), ("UP", "0"))


@test("the log tells the reason, without a duration")
def _():
    log = UdpLog()
    p = observed(Server(), "observe layer7 error-limit 1 on-error mark-down",
                 default=f"log {log} local0")
    fail(p, 1)
    log.match(r'^Server be/a is DOWN, reason: Health analyze, info: "Detected 1 consecutive '
              r'errors, last one was: Wrong http response"\. 0 active and 0 backup servers left\.')


@test("a server marked down by its errors comes back by its checks")
def _():
    server = Server()
    p = start("option httpchk GET /health", a=server,
              server="check inter 200ms rise 2 fall 3 observe layer7 error-limit 1 "
                     "on-error mark-down")
    becomes(p, status="UP", check_status="L7OK")
    fail(p, 1)
    becomes(p, chkdown="1")
    becomes(p, status="UP", check_status="L7OK", check_health="4")


@test("observe, error-limit and on-error that make no sense are errors")
def _():
    text = DEFAULTS + """
frontend fe
    bind 127.0.0.1:1
    default_backend be
backend be
    mode MODE
    server a 127.0.0.1:1 check WORDS
"""
    for words in ("observe layer5", "observe", "error-limit 0", "error-limit x", "on-error frob",
                  "on-error"):
        found = run_config(text.replace("MODE", "http").replace("WORDS", words), "-c")
        assert found.code == 1, (words, found)
    found = run_config(text.replace("MODE", "http").replace("WORDS", "observe none"), "-c")
    eq(found.code, 0, found)
    found = run_config(text.replace("mode http", "mode tcp").replace("MODE", "tcp")
                       .replace("WORDS", "observe layer7"), "-c")
    assert found.code == 1 or "can only be used in http" in found.err, found


if __name__ == "__main__":
    main()
