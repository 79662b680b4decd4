# labels: quick
"""How tunnels end: each way by itself, by FIN, by silence, and what the log says of it (manual §4.2
timeout tunnel, client-fin, server-fin; §8.5)."""
import base64
import hashlib
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """
global
    log @log@ local0
defaults
    mode @mode@
    log global
    option @format@
    timeout connect @connect@
    timeout client @client@
    timeout server @server@
    retries 0
frontend fe
    bind 127.0.0.1:@fe@
    @front@
    default_backend be
backend be
    @back@
    server s @origin@
frontend seen
    mode http
    bind 127.0.0.1:@seen@
    stats enable
    stats uri /
    no log
"""


class Tunnel:
    """A proxy before one origin, with its log; mode tcp, or http for upgrades."""

    def __init__(self, origin, mode="tcp", client="30s", server="30s", connect="30s", front="",
                 back=""):
        self.log = UdpLog()
        self.mode = mode
        self.proxy = proxy(TEXT, log=self.log, origin=origin, mode=mode, client=client,
                           server=server, connect=connect, front=front, back=back,
                           format="tcplog" if mode == "tcp" else "httplog")

    def client(self):
        client = Client(self.proxy.fe)
        if self.mode == "http":
            client.request("GET", "/", WEBSOCKET)
            eq(client.response().status, 101)
        return client

    def says(self, *flags):
        """The log line has one of these flags; gives which."""
        line = self.log.wait()[0]
        found = TcpLine(line) if self.mode == "tcp" else HttpLine(line)
        assert found.flags[:2] in flags and found.flags[2:] in ("", "--"), line
        return found.flags[:2]

    def counters(self, name):
        """A column of the statistics: that of the server and of the backend."""
        lines = get(self.proxy.seen, "/;csv").body.decode().splitlines()
        column = lines[0].removeprefix("# ").split(",").index(name)
        return {row[1]: int(row[column]) for row in (line.split(",") for line in lines[1:])
                if row[0] == "be"}


def switching(request):
    """The 101 to a WebSocket handshake (RFC 6455 §4.2.2)."""
    key = request.get("sec-websocket-key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    return (f"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode()


def one_way(gate):
    """Reads until the client's end, then answers and ends as well."""
    def script(conn):
        data, how = conn.reader.to_close()
        gate()
        conn.send(b"after " + data + b" " + how.encode())
        conn.fin()
        conn.finish("fin")
    return script


def stays(gate):
    """Neither says anything nor ends."""
    return lambda conn: gate()


def ends_first(got):
    """Sends and ends; what the client sends then goes to `got`."""
    def script(conn):
        conn.reader.exactly(1)
        conn.send(b"hello")
        conn.fin()
        got.append(conn.reader.to_close())
        conn.finish("fin")
    return script


@test("a client's FIN is passed on, and the server goes on sending: --")
def _():
    gate = Gate()
    t = Tunnel(Origin(script=one_way(gate)))
    client = t.client().send("question").half_close()
    gate.wait_reached()     # the FIN came while the other way was open
    gate.open()
    eq(client.rest(), (b"after question fin", "fin"))
    t.says("--")


@test("a server's FIN is passed on, and the client goes on sending: --")
def _():
    got = []
    origin = Origin(script=ends_first(got))
    t = Tunnel(origin)
    client = t.client().send("x")
    eq(client.rest(), (b"hello", "fin"))
    client.send("still here").half_close()
    origin.connections[0].wait_ended()
    eq(got, [(b"still here", "fin")])
    t.says("--")


@test("a FIN behind much data comes after the last byte")
def _():
    size = 3_000_000
    gate = Gate()
    t = Tunnel(Origin(script=one_way(gate)))
    gate.open()
    client = t.client()
    for _ in range(30):
        client.send(b"x" * (size // 30))
    data, how = client.half_close().rest()
    eq((len(data), how), (size + len("after  fin"), "fin"))
    t.says("--")


@test("timeout server-fin: a server that is silent after the client's FIN is given up: sD")
def _():
    origin = Origin(script=stays(Gate()))
    t = Tunnel(origin, back="timeout server-fin 300ms")
    eq(t.client().send("x").half_close().rest(), (b"", "fin"))
    t.says("sD")
    eq(t.counters("srv_abrt"), {"s": 1, "BACKEND": 1})


@test("without it timeout server holds, and the client's does not: sD")
def _():
    origin = Origin(script=stays(Gate()))
    t = Tunnel(origin, client="200ms", server="1500ms")
    client = t.client().send("x").half_close()
    client.quiet(0.7)
    eq(client.ends(), "fin")
    t.says("sD")


@test("timeout client-fin: a client that is silent after the server's FIN is given up: cD")
def _():
    got = []
    origin = Origin(script=ends_first(got))
    t = Tunnel(origin, front="timeout client-fin 300ms")
    client = t.client().send("x")
    eq(client.rest(), (b"hello", "fin"))
    t.says("cD")
    origin.connections[0].wait_ended()
    eq(got, [(b"", "fin")])
    eq(t.counters("cli_abrt"), {"s": 1, "BACKEND": 1})


@test("timeout tunnel ends a silent tunnel: cD")
def _():
    origin = Origin(script=stays(Gate()))
    t = Tunnel(origin, back="timeout tunnel 300ms")
    eq(t.client().send("x").rest(), (b"", "fin"))
    # In haproxy a millisecond between its two timers may name the server.
    found = t.says("cD", "sD") if is_oracle() else t.says("cD")
    eq(t.counters("cli_abrt" if found == "cD" else "srv_abrt"), {"s": 1, "BACKEND": 1})


@test("timeout tunnel stands for timeout client and timeout server")
def _():
    def script(conn):
        conn.send(conn.reader.exactly(1))
        conn.send(conn.reader.exactly(1))
    t = Tunnel(Origin(script=script), client="500ms", server="500ms", back="timeout tunnel 30s")
    client = t.client().send("a")
    eq(client.exactly(1), b"a")
    client.quiet(1.5).send("b")
    eq(client.exactly(1), b"b")


@test("option independent-streams: what a silent side is sent does not hold its tunnel open")
def _():
    for option, ended in (("option independent-streams", True), ("", False)):
        t = Tunnel(Origin(script=lambda conn: conn.reader.to_close()), server="1500ms", back=option)
        client = t.client()
        for _ in range(8):
            client.send("x", 0.4)
        if ended:
            eq(client.ends(), "fin")
            client.half_close()
            t.says("sD")
        else:
            client.quiet(0.1)

        def drip(conn):
            for _ in range(8):
                conn.send(b".")
                if conn.ended is not None or t.log.lines:
                    break
                conn.sock.settimeout(0.4)
                try:
                    if conn.sock.recv(10) == b"":
                        break
                except TimeoutError:
                    pass
            conn.fin()
        t = Tunnel(Origin(script=drip), client="1500ms", front=option)
        data, how = t.client().rest()
        eq((len(data) < 8, how), (ended, "fin"), option)


@test("timeout client ends a silent tunnel, and traffic from either side holds it open: cD")
def _():
    gates = [Gate() for _ in range(4)]

    def script(conn):
        for gate in gates:
            gate()
            conn.send(b".")
        conn.wait_peer_end()
    t = Tunnel(Origin(script=script), client="1200ms")
    client = t.client()
    for gate in gates:
        client.quiet(0.4)
        gate.open()
        eq(client.exactly(1), b".")
    eq(client.ends(), "fin")
    t.says("cD")


@test("a client that is silent too long is ended towards the server, which may still answer: cD")
def _():
    gate = Gate()
    t = Tunnel(Origin(script=one_way(gate)), client="300ms")
    client = t.client().send("question")
    gate.wait_reached()
    gate.open()
    eq(client.rest(), (b"after question fin", "fin"))
    t.says("cD")


@test("a server that is silent for too long is ended towards the client, who may still send: sD")
def _():
    got = []
    origin = Origin(script=lambda conn: (conn.send(b"hello"), got.append(conn.reader.to_close())))
    t = Tunnel(origin, server="300ms")
    client = t.client()
    eq(client.rest(), (b"hello", "fin"))
    client.send("still here").half_close()
    origin.connections[0].wait_ended()
    eq(got, [(b"still here", "fin")])
    t.says("sD")


@test("an upgraded connection: a client's FIN is passed on, and the server goes on sending")
def _():
    gate = Gate()

    def answer(conn, request):
        conn.send(switching(request))
        one_way(gate)(conn)
    t = Tunnel(Origin(answer), mode="http")
    client = t.client().send("question").half_close()
    gate.wait_reached()
    gate.open()
    eq(client.rest(), (b"after question fin", "fin"))
    t.says("--")


@test("an upgraded connection ends with the server's FIN")
def _():
    def answer(conn, request):
        conn.send(switching(request))
        conn.send(b"bye")
        conn.fin()
        conn.wait_peer_end()
    origin = Origin(answer)
    t = Tunnel(origin, mode="http")
    eq(t.client().rest(), (b"bye", "fin"))
    origin.connections[0].wait_ended()
    t.says("--")


@test("timeout tunnel ends an upgraded connection: cD")
def _():
    t = Tunnel(Origin(upgrade_echo()), mode="http", back="timeout tunnel 300ms")
    client = t.client().send("x")
    eq(client.rest(), (b"x", "fin"))
    t.says(*(("cD", "sD") if is_oracle() else ("cD",)))


@test("timeout client does not count while a server is connected to: sC")
def _():
    t = Tunnel(Blackhole(), client="200ms", connect="1500ms")
    client = t.client().send("x")
    client.quiet(0.7)
    eq(client.ends(), "fin")
    t.says("sC")


@test("a server that resets behind the client's FIN: SD")
def _():
    def script(conn):
        conn.reader.to_close()
        conn.reset()
    t = Tunnel(Origin(script=script))
    t.client().send("x").half_close().rest()
    t.says("SD")
    eq(t.counters("srv_abrt"), {"s": 1, "BACKEND": 1})


@test("a client that resets behind the server's FIN: CD")
def _():
    got = []
    origin = Origin(script=ends_first(got))
    t = Tunnel(origin)
    client = t.client().send("x")
    eq(client.rest(), (b"hello", "fin"))
    client.reset()
    t.says("CD")
    eq(t.counters("cli_abrt"), {"s": 1, "BACKEND": 1})
    origin.connections[0].wait_ended()


@test("the tunnel of CONNECT passes a client's FIN on as well")
def _():
    gate = Gate()

    def answer(conn, _):
        conn.send(b"HTTP/1.1 200 OK\r\n\r\n")
        one_way(gate)(conn)
    t = Tunnel(Origin(answer), mode="http")
    client = Client(t.proxy.fe).send("CONNECT t:1 HTTP/1.1\r\nHost: t:1\r\n\r\n")
    eq(client.head().start_line.split()[1], "200")
    client.send("question").half_close()
    gate.wait_reached()
    gate.open()
    eq(client.rest(), (b"after question fin", "fin"))
    t.says("--")


@test("abortonclose: a client that ends before a server is there is let go: CC")
def _():
    t = Tunnel(Blackhole(), back="option abortonclose")
    eq(t.client().send("x").half_close().ends(), "fin")
    t.says("CC")


if __name__ == "__main__":
    main()
