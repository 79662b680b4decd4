# labels: quick
"""The words of health checks (manual §5.2, §4.2 http-check): each seen by a server or the CSV."""
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from checked import *
from harness import *

@test("check looks at a server, no-check does not")
def _():
    p = start(a="127.0.0.1:1")
    becomes(p, status="DOWN")
    p = start(default="default-server check", server="no-check", a="127.0.0.1:1")
    eq(row(p)["status"], "no check")


@test("option httpchk asks by HTTP, option tcp-check only connects")
def _():
    down = Origin(respond(500))
    becomes(start("option httpchk", a=down), status="DOWN", check_status="L7STS")
    becomes(start("option httpchk\n    option tcp-check", a=down), status="UP",
            check_status="L4OK")


@test("http-check send: meth, uri, ver, hdr and body are what is sent")
def _():
    origin = Origin()
    start("option httpchk\n    http-check send meth POST uri /health ver HTTP/1.1 "
          "hdr Host h.example hdr X-Check yes body hello", a=origin)
    asked = origin.wait_whole(1)[0]
    eq((asked.head.start_line, asked.get("host"), asked.get("x-check"), asked.body),
       ("POST /health HTTP/1.1", "h.example", "yes", b"hello"))


@test("http-check expect status, rstatus, string, rstring")
def _():
    teapot = Origin(respond(418, "short and stout"))
    for expected in ("status 418", "rstatus ^41", "string stout", "rstring s.out$"):
        becomes(start("option httpchk\n    http-check expect " + expected, a=teapot), status="UP",
                check_status="L7OK")


@test("port and addr are where checks go")
def _():
    other = Origin()
    p = start("option httpchk", server=f"check port {other.port}", a="127.0.0.1:1")
    other.wait_requests(1)
    becomes(p, status="UP")
    other = Origin(host="127.0.0.3")
    p = start("option httpchk", server=f"check addr 127.0.0.3 port {other.port}", a="127.0.0.1:1")
    other.wait_requests(1)
    becomes(p, status="UP")


@test("check-ssl checks over TLS what is served in clear text, no-check-ssl undoes it")
def _():
    certificates = Certificates()
    origin = Origin(tls=certificates.server_context(certificates.make("a")))
    p = start("option httpchk", server="check check-ssl verify none", a=origin)
    becomes(p, status="UP", check_status="L7OK")
    clear = Origin()
    p = start("option httpchk", default="default-server check-ssl verify none",
              server="check no-check-ssl", a=clear)
    becomes(p, status="UP", check_status="L7OK")


@test("inter is the time between two checks")
def _():
    origin = Origin()
    start("option httpchk", server="check inter 50ms", a=origin,
          default="default-server inter 60s")
    origin.wait_requests(3)


@test("rise is how many good checks make it up")
def _():
    origin = Origin(respond(500))
    p = start("option httpchk", server="check rise 1 inter 50ms", a=origin,
              default="default-server rise 1000")
    becomes(p, status="DOWN")
    origin.answer = respond(200)
    becomes(p, status="UP")


@test("fall is how many bad checks make it down")
def _():
    origin = Origin()
    p = start("option httpchk", server="check fall 1", a=origin, default="default-server fall 1000")
    becomes(p, check_status="L7OK")     # from the start alone one bad check is enough
    origin.answer = respond(500)
    becomes(p, status="DOWN")


@test("fastinter is the time between checks while the state is about to change")
def _():
    origin = Origin(answers=[respond(500)])
    start("option httpchk", server="check fastinter 50ms", a=origin,
          default="default-server inter 60s downinter 50ms rise 50")
    origin.wait_requests(5)


@test("downinter is the time between checks while it is down")
def _():
    origin = Origin(respond(500))
    p = start("option httpchk", server="check downinter 50ms", a=origin,
              default="default-server inter 60s fall 1 rise 50")
    becomes(p, status="DOWN")
    origin.wait_requests(4)


@test("disabled starts a server in maintenance, enabled undoes what default-server says")
def _():
    p = start(server="disabled")
    eq((row(p)["status"], get(p.fe).status), ("MAINT", 503))
    p = start(default="default-server disabled", server="enabled")
    eq((row(p)["status"], get(p.fe).status), ("no check", 200))


@test("backup and no-backup")
def _():
    p = start(server="backup")
    eq(row(p)["bck"], "1")
    p = start(default="default-server backup", server="no-backup")
    eq((row(p)["bck"], row(p)["act"]), ("0", "1"))


@test("id and weight are shown, and default-server gives options to the servers below")
def _():
    p = start(default="default-server weight 7", server="id 4711")
    eq((row(p)["sid"], row(p)["weight"]), ("4711", "7"))
    eq(row(start(server="weight 9"))["weight"], "9")


@test("init-addr none starts with a name that leads nowhere")
def _():
    p = start(a="does-not-exist.invalid:80", server="init-addr none")
    eq(get(p.fe).status, 503)


@test("spread-checks moves the checks about their interval")
def _():
    origin = Origin()
    times = []
    origin.answer = lambda conn, r: (times.append(time.monotonic()), respond(200)(conn, r))
    proxy("global\n    spread-checks 50\n" + CONFIG, check="option httpchk",
          default="default-server inter 200ms", server="check", a=origin)
    origin.wait_requests(12)
    gaps = [b - a for a, b in zip(times[1:], times[2:])]
    assert max(gaps) - min(gaps) > 0.03, gaps


if __name__ == "__main__":
    main()
