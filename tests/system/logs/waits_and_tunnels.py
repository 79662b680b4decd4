# labels: quick
"""The rest of the table of faults: what is slow, tunnels, requests that wait for rules (§8.5)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from fault_rig import HEAD, POST, Fault, answered
from harness import *


@test("client sends its head too slowly, piece by piece: cR--")
def _():
    f = Fault(Origin(), "timeout http-request 300ms")
    answered(f.client().send("GET / HT", 0.1, "TP/1.1\r\n", 0.1, "Host: t\r\n"), 408)
    f.says("cR--", 408)


@test("client sends its head slowly, but in time: ----")
def _():
    f = Fault(Origin())
    client = f.client().send("GET / HT", 0.05, "TP/1.1\r\n", 0.05, "Host: t\r\n", 0.05, "\r\n")
    answered(client, 200)
    f.says("----", 200)


@test("server sends its head and its body slowly, but in time: ----")
def _():
    gates = [Gate() for _ in range(4)]

    def drip(conn, _):
        conn.send(b"HTTP/1.1 200 OK\r\n")
        for gate, piece in zip(gates, (b"Content-Le", b"ngth: 4\r\n", b"\r\nab", b"cd")):
            gate()
            conn.send(piece)
    f = Fault(Origin(drip))
    client = f.client().request()
    for gate in gates[:3]:
        gate.wait_reached()
        client.quiet(0.05)
        gate.open()
    client.head()
    gates[3].open()
    eq(client.exactly(4), b"abcd")
    f.says("----", 200)


@test("client half-closes after its request: ----")
def _():
    f = Fault(Origin())
    answered(f.client().request().half_close(), 200)
    f.says("----", 200)


@test("server resets after a 103: SH--")
def _():
    f = Fault(Origin(raw("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n", "reset")))
    f.client().request().head()
    eq(HttpLine(f.log.match(r".*GET .*").group(0)).flags, "SH--")


@test("server resets before its announced body: SD--")
def _():
    f = Fault(Origin(raw(HEAD, "reset")))
    f.client().request().rest()
    f.says("SD--", 200)


@test("client resets while http-buffer-request waits for its body: CR--")
def _():
    f = Fault(Origin(), "option http-buffer-request")
    f.client().send(POST + "abc", 0.05).reset()
    f.says("CR--", -1)


@test("client closes while http-buffer-request waits for its body: CR--")
def _():
    f = Fault(Origin(), "option http-buffer-request")
    f.client().send(POST + "abc").half_close().rest()
    f.says("CR--", -1)


@test("a tarpit: PT--")
def _():
    f = Fault(Origin(), "timeout tarpit 100ms", rules="http-request tarpit")
    answered(f.client().request(), 500)
    f.says("PT--", 500)


@test("client resets in the tarpit, abortonclose: PT--")
def _():
    f = Fault(Origin(), "timeout tarpit 5s\n    option abortonclose", rules="http-request tarpit")
    client = f.client().request()
    client.quiet()
    client.reset()
    f.says("PT--", 500)


@test("client closes in the tarpit, abortonclose: PT--, without waiting for its end")
def _():
    f = Fault(Origin(), "timeout tarpit 60s\n    option abortonclose", rules="http-request tarpit")
    client = f.client().request()
    client.quiet()
    client.half_close()
    answered(client, 500)
    f.says("PT--", 500)


@test("every try is refused, with redispatch: SC-- and the retries with a plus")
def _():
    f = Fault(f"127.0.0.1:{free_port()}", "option redispatch\n    retries 2",
              server=f"\n    server t 127.0.0.1:{free_port()}")
    answered(f.client().request(), 503)
    line = f.says("SC--", 503)
    eq(line.retries, "+2")


def tunnel(f, headers=WEBSOCKET):
    """A client in a tunnel through which bytes have gone both ways."""
    client = f.client().request(headers=headers)
    eq(client.head().start_line.split(" ")[1], "101")
    client.send("hi")
    eq(client.exactly(2), b"hi")
    return client


@test("a tunnel that the server resets: SD--")
def _():
    gate = Gate()

    def answer(conn, _):
        conn.send(b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n")
        conn.send(conn.reader.exactly(2))
        gate()
        conn.reset()
    f = Fault(Origin(answer))
    client = tunnel(f, [("Connection", "upgrade"), ("Upgrade", "chat")])
    gate.open()
    client.rest()
    f.says("SD--", 101)


@test("a tunnel that the client resets: CD--")
def _():
    f = Fault(Origin(upgrade_echo()))
    tunnel(f).reset()
    f.says("CD--", 101)


@test("a tunnel that is silent for too long, timeout tunnel: cD--")
def _():
    f = Fault(Origin(upgrade_echo()), "timeout tunnel 150ms")
    tunnel(f).rest()
    f.says("cD--", 101)


TCP = """
global
    log @log@ local0
defaults
    mode tcp
    log global
    option tcplog
    timeout connect 5s
    @more@
listen fe
    bind 127.0.0.1:@fe@
    server s @origin@
"""


def tcp_flags(more):
    """How a TCP connection through which bytes went, and then no more, is logged."""
    log = UdpLog()
    p = proxy(TCP, origin=Origin(script=lambda conn: conn.send(conn.reader.exactly(2)) or
                                 conn.wait_peer_end()), log=log, more=more)
    client = Client(p.fe).send("hi")
    eq(client.exactly(2), b"hi")
    client.rest()
    return TcpLine(log.wait()[0]).flags


@test("TCP that is silent for too long, timeout tunnel: cD")
def _():
    eq(tcp_flags("timeout tunnel 150ms\n    timeout client 9s\n    timeout server 9s"), "cD")


@test("TCP whose server is silent for longer than timeout server: sD")
def _():
    eq(tcp_flags("timeout client 9s\n    timeout server 150ms"), "sD")


@test("TCP whose client is silent for longer than timeout client: cD")
def _():
    eq(tcp_flags("timeout client 150ms\n    timeout server 9s"), "cD")


@test("a tunnel that both ends close: ----")
def _():
    f = Fault(Origin(upgrade_echo()))
    tunnel(f).half_close().rest()
    f.says("----", 101)


if __name__ == "__main__":
    main()
