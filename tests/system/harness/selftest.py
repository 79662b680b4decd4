# labels: quick
"""The harness itself, proved against Debian's haproxy."""
import signal
import socket
import sys
import threading

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness import wire

SIMPLE = DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s @origin@
"""


@test("free ports are distinct and nobody listens on them")
def _():
    found = free_ports(50)
    eq(len(set(found)), 50)
    assert not set(found) & listening()


@test("a proxy is ready when its constructor returns and gone when it stops")
def _():
    origin = Origin(name="a")
    proxy = HAProxy(SIMPLE, origin=origin)
    eq(get(proxy.fe).body, b"a")
    eq(len(origin.connections), 1, "readiness opens no connection")
    proxy.stop()
    assert proxy.fe not in listening()


@test("a proxy that refuses its configuration fails the test with what it said")
def _():
    try:
        HAProxy("frontend x\n  nonsense\n  bind 127.0.0.1:@fe@\n")
    except AssertionError as error:
        assert "nonsense" in str(error), error
    else:
        raise AssertionError("no error")


@test("wait_for and holds fail at their deadlines")
def _():
    for wrong in (lambda: wait_for(lambda: False, "x", 0.05), lambda: holds(lambda: False, 0.05)):
        try:
            wrong()
        except AssertionError:
            continue
        raise AssertionError("no failure")


@test("an origin records the bytes it received and its connections")
def _():
    origin = Origin(echo)
    proxy = HAProxy(SIMPLE, origin=origin)
    client = Client(proxy.fe)
    eq(client.request("POST", "/x", [("A", "1")], "hello").response().body, b"hello")
    eq(client.request("POST", "/y", [("A", "2")], "again").response().body, b"again")
    first, second = origin.requests
    assert first.raw.startswith(b"POST /x HTTP/1.1\r\n") and first.raw.endswith(b"hello")
    eq((first.conn_id, second.conn_id), (0, 0), "the connection was used again")
    eq(first.get("a"), "1")


@test("framings: length, chunked with trailers, close, none")
def _():
    origin = Origin(answers=[chunked(["ab", "cd"], trailers=[("T", "1")]), close_delimited("end")])
    proxy = HAProxy(SIMPLE, origin=origin)
    one = get(proxy.fe)
    eq((one.framing, one.body, one.trailers), ("chunked", b"abcd", [("t", "1")]))
    two = get(proxy.fe)
    eq((two.framing, two.body), ("close", b"end"))
    three = get(proxy.fe, method="HEAD")
    eq((three.framing, three.body), ("none", b""))


@test("interim responses, upgrades and CONNECT")
def _():
    origin = Origin(answers=[informational(103, [("Link", "x")]), upgrade_echo(greeting=b"hi")],
                    answer=tunnel_echo)
    proxy = HAProxy(SIMPLE, origin=origin)
    eq([h.start_line.split()[1] for h in get(proxy.fe).interim], ["103"])
    client = Client(proxy.fe).request(headers=WEBSOCKET)
    eq(client.response().status, 101)
    eq(client.exactly(2), b"hi")
    client.send(b"ping")
    eq(client.exactly(4), b"ping")
    tunnel = Client(proxy.fe).send("CONNECT a.example:1 HTTP/1.1\r\nHost: a.example:1\r\n\r\n")
    eq(tunnel.response("CONNECT").status, 200)
    tunnel.send(b"pong")
    eq(tunnel.exactly(4), b"pong")


@test("faults of an origin: reset, silence, early answer, blackhole, half an answer")
def _():
    origin = Origin(answers=[reset, raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "fin"),
                             silent])
    slow = SIMPLE.replace("timeout server 10s", "timeout server 200ms")
    proxy = HAProxy(slow, origin=origin)
    eq(get(proxy.fe).status, 502)
    client = Client(proxy.fe).request()
    eq(client.head().start_line.split()[1], "200")
    eq(client.rest(), (b"abc", "fin"))
    eq(get(proxy.fe).status, 504)
    impatient = Origin(early(413), read_body=False)
    proxy = HAProxy(SIMPLE, origin=impatient)
    client = Client(proxy.fe).send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n1234")
    eq(client.response().status, 413)
    proxy = HAProxy(SIMPLE.replace("timeout connect 5s", "timeout connect 50ms\n    retries 0"),
                    origin=Blackhole())
    eq(get(proxy.fe).status, 503)


@test("gates hold an answer until they are opened")
def _():
    gate = Gate()
    origin = Origin(chunked(["one", "two"], between=gate))
    proxy = HAProxy(SIMPLE, origin=origin)
    client = Client(proxy.fe).request()
    client.head()
    gate.wait_reached()
    eq(client.exactly(8), b"3\r\none\r\n")
    client.quiet()
    gate.open()
    eq(client.exactly(8), b"3\r\ntwo\r\n")


@test("a client knows FIN from RST, and an origin too")
def _():
    origin = Origin(silent)
    text = SIMPLE.replace("mode http", "mode http\n    option abortonclose")
    proxy = HAProxy(text, origin=origin)
    client = Client(proxy.fe).request()
    origin.wait_requests(1)
    client.reset()
    assert origin.connections[0].wait_ended() in ("fin", "reset")
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: wire.abort(listener.accept()[0]), daemon=True).start()
    eq(Client(listener.getsockname()[1]).ends(), "reset")
    listener.close()


@test("log receivers and the fields of log lines")
def _():
    log = UdpLog()
    unix = UnixLog()
    origin = Origin()
    proxy = HAProxy("global\n log @log@ local0\n log @unix@ local1\n" + SIMPLE.replace(
        "    bind", "    log global\n    option httplog\n    bind") + """
listen raw
    mode tcp
    log global
    option tcplog
    bind 127.0.0.1:@raw@
    server s @origin@
""", origin=origin, log=log, unix=unix)
    get(proxy.fe, "/path")
    line = HttpLine(log.match(r".*GET /path.*").group(0))
    eq((line.frontend, line.backend, line.server, line.status, line.flags, line.request),
       ("fe", "be", "s", "200", "----", "GET /path HTTP/1.1"))
    unix.match("GET /path")
    get(proxy.raw, "/raw")
    eq(TcpLine(log.match(r"^\S+ \S+ raw .*").group(0)).flags, "--")


@test("TLS: certificates, SNI, a TLS origin")
def _():
    certificates = Certificates()
    certificates.make("a.example")
    certificates.make("127.0.0.1")
    context = certificates.server_context(certificates.path("127.0.0.1.pem"))
    origin = Origin(name="tls", tls=context)
    proxy = HAProxy(DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@ ssl crt @crt@
    default_backend be
backend be
    server s @origin@ ssl verify required ca-file @ca@
""", origin=origin, crt=certificates.path("a.example.pem"), ca=certificates.ca)
    client = TlsClient(proxy.fe, "a.example", ca=certificates.ca)
    eq(client.get().body, b"tls")
    eq(client.common_name(), "a.example")
    eq(curl("--cacert", certificates.ca, "--resolve", f"a.example:{proxy.fe}:127.0.0.1",
            f"https://a.example:{proxy.fe}/").stdout, "tls")


@test("wrk's figures are read, and raw bytes get their response")
def _():
    proxy = HAProxy(SIMPLE, origin=Origin(name="x"))
    load = wrk(f"http://127.0.0.1:{proxy.fe}/", connections=4, seconds=1).wait()
    assert load.requests > 10 and load.bad == 0 and load.socket_errors == 0, load.text
    eq(response_of(proxy.fe, b"nonsense\r\n\r\n").status, 400)


@test("an origin that was stopped refuses, and serves again after start")
def _():
    origin = Origin(name="x")
    proxy = HAProxy(SIMPLE.replace("timeout connect 5s", "timeout connect 5s\n    retries 0"),
                    origin=origin)
    eq(get(proxy.fe).status, 200)
    origin.stop()
    wait_for(lambda: get(proxy.fe).status == 503, "a refused connection")
    origin.start()
    eq(get(proxy.fe).status, 200)
    proxy.send(signal.SIGTERM)
    proxy.wait_exit()


if __name__ == "__main__":
    main()
