# labels: quick
"""Header fields that a proxy adds, removes and leaves alone; tunnels; aborts."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

SIMPLE = DEFAULTS + """
    @more@
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s @origin@
"""


def start(origin, more=""):
    return proxy(SIMPLE, origin=origin, more=more)


@test("fields pass through in their order, with their values untouched")
def _():
    origin = Origin(respond(200, "x", [("X-One", "1"), ("Set-Cookie", "a=1"),
                                       ("Set-Cookie", "b=2"), ("X-Empty", "")]))
    p = start(origin)
    answer = get(p.fe, headers=[("A", "1"), ("B", "\"q; x\""), ("A", "2"), ("C", "")])
    mine = [(n.lower(), v) for n, v in origin.last().head.fields]
    eq([f for f in mine if f[0] in "abc"], [("a", "1"), ("b", '"q; x"'), ("a", "2"), ("c", "")])
    eq(answer.all("set-cookie"), ["a=1", "b=2"])
    eq(answer.get("x-empty"), "")
    assert not answer.has("server") and not answer.has("date") and not answer.has("via")


@test("hop-by-hop fields end at the proxy")
def _():
    origin = Origin(respond(200, "x", [("Keep-Alive", "timeout=5"), ("Connection", "keep-alive")]))
    p = start(origin)
    answer = get(p.fe, headers=[("Connection", "keep-alive"), ("X-Stays", "1")])
    eq(origin.last().get("x-stays"), "1")
    assert "keep-alive" not in (origin.last().get("connection") or "")
    assert not answer.has("connection"), answer


@test("fields that Connection names, and those RFC 9110 §7.6.1 lists, are not forwarded",
      differs="haproxy 2.6 forwards them")
def _():
    origin = Origin()
    p = start(origin)
    get(p.fe, headers=[("Connection", "x-hop, close"), ("X-Hop", "1"), ("X-Stays", "1"),
                       ("Keep-Alive", "5"), ("Proxy-Connection", "keep-alive"), ("TE", "gzip")])
    got = origin.last()
    for name in ("x-hop", "keep-alive", "proxy-connection", "te"):
        assert not got.has(name), name
    eq(got.get("x-stays"), "1")


@test("a client cannot name away what a rule sets")
def _():
    origin = Origin()
    p = proxy(SIMPLE.replace("    default_backend be", "    http-request set-header X-Real-Client "
                             "%[src]\n    default_backend be"), origin=origin, more="")
    get(p.fe, headers=[("Connection", "X-Real-Client"), ("X-Real-Client", "10.0.0.1")])
    eq(origin.last().all("x-real-client"), ["127.0.0.1"])


@test("option forwardfor adds X-Forwarded-For as a line of its own")
def _():
    origin = Origin()
    p = start(origin, "option forwardfor")
    get(p.fe, headers=[("X-Forwarded-For", "1.2.3.4")])
    eq(origin.last().all("x-forwarded-for"), ["1.2.3.4", "127.0.0.1"])


@test("option forwardfor: if-none, except and header")
def _():
    origin = Origin()
    p = start(origin, "option forwardfor if-none")
    get(p.fe, headers=[("X-Forwarded-For", "1.2.3.4")])
    eq(origin.last().all("x-forwarded-for"), ["1.2.3.4"])
    get(p.fe)
    eq(origin.last().all("x-forwarded-for"), ["127.0.0.1"])
    p = start(origin, "option forwardfor except 127.0.0.0/8")
    get(p.fe)
    eq(origin.last().all("x-forwarded-for"), [])
    p = start(origin, "option forwardfor header X-Client")
    get(p.fe)
    eq(origin.last().all("x-client"), ["127.0.0.1"])


@test("option originalto adds X-Original-To")
def _():
    origin = Origin()
    p = start(origin, "option originalto")
    get(p.fe)
    eq(origin.last().all("x-original-to"), ["127.0.0.1"])


@test("a WebSocket upgrade becomes a tunnel both ways")
def _():
    origin = Origin(upgrade_echo(greeting=b"hello"))
    p = start(origin)
    client = Client(p.fe).request(headers=WEBSOCKET)
    answer = client.response()
    eq((answer.status, answer.get("upgrade")), (101, "websocket"))
    eq(origin.last().get("upgrade"), "websocket")
    eq(client.exactly(5), b"hello")
    for size in (1, 1000, 100000):
        client.send(b"\x81" * size)
        eq(client.exactly(size), b"\x81" * size)
    client.close()
    origin.connections[0].wait_ended()


@test("bytes that follow an upgrade request at once are part of the tunnel")
def _():
    p = start(Origin(upgrade_echo()))
    client = Client(p.fe).send(request(headers=WEBSOCKET) + b"early")
    eq(client.response().status, 101)
    eq(client.exactly(5), b"early")


@test("a server that declines an upgrade answers as usual")
def _():
    p = start(Origin(respond(200, "plain")))
    client = Client(p.fe)
    eq(client.request(headers=WEBSOCKET).response().body, b"plain")
    eq(client.get().body, b"plain")


@test("timeout tunnel ends a silent tunnel")
def _():
    p = start(Origin(upgrade_echo()), "timeout tunnel 150ms")
    client = Client(p.fe).request(headers=WEBSOCKET)
    eq(client.response().status, 101)
    client.ends()


@test("CONNECT is forwarded and a 2xx makes a tunnel")
def _():
    origin = Origin(tunnel_echo)
    p = start(origin)
    client = Client(p.fe).send("CONNECT x.example:443 HTTP/1.1\r\nHost: x.example:443\r\n\r\n")
    eq(client.response("CONNECT").status, 200)
    eq(origin.last().target, "x.example:443")
    client.send("ping")
    eq(client.exactly(4), b"ping")


@test("CONNECT that is refused leaves the connection usable")
def _():
    p = start(Origin(respond(403, "no")))
    client = Client(p.fe).send("CONNECT x.example:443 HTTP/1.1\r\nHost: x.example:443\r\n\r\n")
    eq(client.response("CONNECT").status, 403)


@test("methods of any name are forwarded")
def _():
    origin = Origin()
    p = start(origin)
    for method in ("OPTIONS", "PATCH", "DELETE", "PROPFIND", "MYMETHOD", "X-Y_Z"):
        eq(get(p.fe, method=method).status, 200, method)
        eq(origin.last().method, method)
    eq(get(p.fe, "*", method="OPTIONS").status, 200)


@test("a client that aborts while its body is sent ends the server's side")
def _():
    origin = Origin(silent)
    p = start(origin)
    client = Client(p.fe).send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nabc")
    origin.wait_requests(1)
    client.reset()
    origin.connections[0].wait_ended()
    assert not origin.requests[0].whole


@test("with abortonclose a client that leaves before the response ends the server's side")
def _():
    origin = Origin(silent)
    p = start(origin, "option abortonclose")
    client = Client(p.fe).request()
    origin.wait_requests(1)
    client.close()
    origin.connections[0].wait_ended()


@test("a client that aborts in mid-response ends the server's side")
def _():
    gate = Gate()
    origin = Origin(chunked(["x" * 1000, "y" * 4000000], between=gate))
    p = start(origin)
    client = Client(p.fe).request()
    client.head()
    gate.wait_reached()
    client.reset()
    gate.open()
    origin.connections[0].wait_ended()


@test("monitor-uri answers by itself, and default errors are HAProxy's")
def _():
    origin = Origin()
    p = start(origin, "monitor-uri /alive")
    answer = get(p.fe, "/alive")
    eq((answer.status, answer.body),
       (200, b"<html><body><h1>200 OK</h1>\nService ready.\n</body></html>\n"))
    eq(len(origin.requests), 0)
    origin.stop()
    p = start(origin, "retries 0")
    down = get(p.fe)
    eq((down.status, down.reason, down.get("cache-control"), down.get("content-type")),
       (503, "Service Unavailable", "no-cache", "text/html"))
    eq(down.body, b"<html><body><h1>503 Service Unavailable</h1>\nNo server is available to "
                  b"handle this request.\n</body></html>\n")


@test("http-request and http-response rules act on the message")
def _():
    origin = Origin(respond(200, "x", [("X-Old", "1")]))
    p = proxy(SIMPLE.replace("    default_backend be", """
    http-request deny deny_status 403 if { path_beg /secret }
    http-request redirect location /new code 301 if { path /old }
    http-request return status 200 content-type text/plain string here if { path /here }
    http-request set-header X-Port %[dst_port]
    http-request add-header X-A 1
    http-request del-header X-Del
    http-request set-path /p%[path] if { path /q }
    http-response set-header X-New 2
    http-response del-header X-Old
    default_backend be"""), origin=origin, more="")
    eq(get(p.fe, "/secret/x").status, 403)
    moved = get(p.fe, "/old")
    eq((moved.status, moved.get("location")), (301, "/new"))
    eq(get(p.fe, "/here").body, b"here")
    answer = get(p.fe, "/q?a=1", headers=[("X-Del", "1")])
    got = origin.last()
    eq((got.target, got.get("x-port"), got.get("x-a"), got.has("x-del")),
       ("/p/q?a=1", str(p.fe), "1", False))
    eq((answer.get("x-new"), answer.has("x-old")), ("2", False))


if __name__ == "__main__":
    main()
