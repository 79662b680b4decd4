# labels: quick
"""The options of http sections that no other test takes out."""
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = DEFAULTS + """
    @defaults@
frontend fe
    bind 127.0.0.1:@fe@
    @front@
    default_backend be
backend be
    @back@
    server s @origin@ @server@
"""


def start(origin=None, **parts):
    for name in ("defaults", "front", "back", "server"):
        parts.setdefault(name, "")
    return proxy(CONFIG, origin=origin or Origin(), **parts)


def sockets(port):
    """The sockets with this port of ours, but for the listening one."""
    text = subprocess.run(["ss", "-tnaH", f"( sport = :{port} )"], capture_output=True, text=True,
                          check=True).stdout
    return [line for line in text.splitlines() if not line.startswith("LISTEN")]


def keepalive(port):
    """Whether the proxy's sockets of an established connection with this port have a keep-alive
    timer (ss -o says so)."""
    text = subprocess.run(["ss", "-tnoH", "state", "established", f"( sport = :{port} )"],
                          capture_output=True, text=True, check=True).stdout
    return "keepalive" in text


def to_server(origin):
    """The port of our side of the server's connection."""
    return origin.wait_connections(1)[0].sock.getpeername()[1]


@test("option clitcpka: TCP keep-alive towards clients")
def _():
    p = start(front="option clitcpka")
    client = Client(p.fe)
    client.get()
    eq((keepalive(p.fe), client.get().status), (True, 200))


@test("option srvtcpka: TCP keep-alive towards servers")
def _():
    origin = Origin()
    p = start(origin, back="option srvtcpka")
    client = Client(p.fe)
    client.get()
    eq((keepalive(to_server(origin)), client.get().status), (True, 200))


@test("option tcpka: TCP keep-alive on both sides")
def _():
    origin = Origin()
    p = start(origin, defaults="option tcpka")
    client = Client(p.fe)
    client.get()
    eq((keepalive(p.fe), keepalive(to_server(origin)), client.get().status), (True, True, 200))


@test("option nolinger leaves no socket behind that waits for its client")
def _():
    p = start(front="option nolinger\n    option httpclose")
    client = Client(p.fe).request()
    client.response()
    client.rest()
    wait_for(lambda: not sockets(p.fe), "no socket to be left")


@test("option http-keep-alive undoes an inherited httpclose")
def _():
    p = start(defaults="option httpclose", front="option http-keep-alive",
              back="option http-keep-alive")
    client = Client(p.fe)
    eq([client.get().status for _ in range(2)], [200, 200])


@test("option http-pretend-keepalive does not tell the server of the close")
def _():
    origin = Origin()
    p = start(origin, back="option http-server-close\n    option http-pretend-keepalive")
    get(p.fe)
    eq(origin.last().get("connection"), None)


@test("option http-ignore-probes closes without an answer where nothing was asked")
def _():
    p = start(front="option http-ignore-probes\n    timeout http-request 200ms")
    eq(Client(p.fe).ends(), "fin")


@test("option log-separate-errors logs errors at level err")
def _():
    log = UdpLog()
    p = start(front=f"log {log} local0\n    option httplog\n    option log-separate-errors",
              server="disabled")
    get(p.fe)
    log.wait()
    assert log.datagrams[0].startswith(b"<131>"), log.datagrams


@test("option log-health-checks logs each result")
def _():
    log = UdpLog()
    start(defaults=f"log {log} local0\n    option log-health-checks", server="check inter 100ms")
    log.match("Health check for server be/s succeeded")


@test("unique-id-header and unique-id-format give requests an id")
def _():
    origin = Origin()
    p = start(origin, front="unique-id-format %ci-%[path]\n    unique-id-header X-Id")
    get(p.fe, "/x")
    eq(origin.last().get("x-id"), "127.0.0.1-/x")


@test("redirect location, prefix and scheme")
def _():
    p = start(front="redirect location /new code 303 if { path /old }\n"
                    "    redirect prefix https://else drop-query if { path_beg /p }\n"
                    "    redirect scheme https if { path /s }")
    got = [get(p.fe, path) for path in ("/old", "/p/q?r=s", "/s", "/")]
    eq([(a.status, a.get("location")) for a in got],
       [(303, "/new"), (302, "https://else/p/q"), (302, "https://test/s"), (200, None)])


@test("a 101 that nobody asked for is a 502")
def _():
    p = start(Origin(raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
                         "Connection: upgrade\r\n\r\n")))
    eq(get(p.fe).status, 502)


if __name__ == "__main__":
    main()
