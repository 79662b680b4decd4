# labels: quick
"""What sockets are given: options of bind and server lines, source, and TCP keep-alive. The proxy's
descriptors are copied and asked (manual §4.2 source, clitcpka-…, srvtcpka-…; §5.1, §5.2)."""
import os
import socket
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = DEFAULTS + """
frontend fe
    bind @address@:@fe@ @bind@
@front@
    default_backend be
backend be
@back@
    server s @origin@ @server@
"""
TCP_FASTOPEN_CONNECT = 30
SO_BINDTODEVICE = 25
IP_TRANSPARENT = 19


def start(bind="", front="", back="", server="", origin=None, address="127.0.0.1", text=TEXT,
          **more):
    def lines(rows):
        return "\n".join("    " + row for row in rows.splitlines())
    return proxy(text, bind=bind, front=lines(front), back=lines(back), server=server,
                 origin=origin or Origin(), address=address, **more)


def tcp(sock, option):
    return sock.getsockopt(socket.IPPROTO_TCP, option)


def device(sock):
    return sock.getsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, 16).rstrip(b"\0")


def both(p, origin, **asked):
    """A request's two sockets, the client's and the server's."""
    client = Client(p.fe, **asked)
    eq(client.get().status, 200)
    return peer_socket(p, client.local_port), peer_socket(p, origin.port)


@test("bind tcp-ut bounds how long a client may leave bytes unacknowledged")
def _():
    p = start("tcp-ut 7s")
    eq(tcp(listening_socket(p, p.fe), socket.TCP_USER_TIMEOUT), 7000)
    client = Client(p.fe)
    client.get()
    eq(tcp(peer_socket(p, client.local_port), socket.TCP_USER_TIMEOUT), 7000)


@test("bind mss is the largest segment")
def _():
    p = start("mss 1200")
    eq(tcp(listening_socket(p, p.fe), socket.TCP_MAXSEG), 1200)
    client = Client(p.fe)
    client.get()
    assert tcp(client.sock, socket.TCP_MAXSEG) <= 1200


@test("bind interface binds to a device, and its clients too")
def _():
    p = start("interface lo")
    eq(device(listening_socket(p, p.fe)), b"lo")
    eq(get(p.fe).status, 200)


@test("an interface that is not there is an error at start",
      differs="haproxy says so and listens on all of them")
def _():
    text = TEXT.replace("@address@", "127.0.0.1").replace("@fe@", str(free_port()))
    done = run_config(text.replace("@bind@", "interface nosuch0").replace("@front@", "")
                      .replace("@back@", "").replace("@origin@", "127.0.0.1:1")
                      .replace("@server@", ""), "-db")
    eq(done.code, 1)
    assert "fe" in done.err, done.err


@test("bind transparent takes an address that is another machine's")
def _():
    p = start("transparent", address="192.0.2.77")
    eq(listening_socket(p, p.fe).getsockopt(socket.SOL_IP, IP_TRANSPARENT), 1)
    text = TEXT.replace("@address@", "192.0.2.77").replace("@fe@", str(free_port()))
    done = run_config(text.replace("@bind@", "").replace("@front@", "").replace("@back@", "")
                      .replace("@origin@", "127.0.0.1:1").replace("@server@", ""), "-db")
    eq(done.code, 1)


@test("bind uid and gid own a unix socket")
def _():
    text = TEXT.replace("bind @address@:@fe@ @bind@",
                        "bind @address@:@fe@\n    bind unix@@dir@/door @bind@")
    p = start("uid 12 gid 34", text=text)
    found = os.stat(p.directory + "/door")
    eq((found.st_uid, found.st_gid), (12, 34))


@test("server tcp-ut is an option of its connections")
def _():
    origin = Origin()
    p = start(server="tcp-ut 4321", origin=origin)
    eq(tcp(both(p, origin)[1], socket.TCP_USER_TIMEOUT), 4321)


@test("server tfo is an option of its connections",
      differs="haproxy sets it where it has more to go by than these requests")
def _():
    origin = Origin()
    p = start(server="tfo", back="retry-on conn-failure empty-response response-timeout",
              origin=origin)
    eq(tcp(both(p, origin)[1], TCP_FASTOPEN_CONNECT), 1)
    for words in ("", "tfo no-tfo"):
        p = start(server=words, origin=origin)
        eq(tcp(both(p, origin)[1], TCP_FASTOPEN_CONNECT), 0)


def keep_alive(sock):
    if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE):
        return None
    return tuple(tcp(sock, option) for option in
                 (socket.TCP_KEEPCNT, socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL))


@test("option clitcpka, srvtcpka and tcpka probe a side that is silent")
def _():
    origin = Origin()
    for front, back, wanted in (("option clitcpka", "", (True, False)),
                                ("", "option srvtcpka", (False, True)),
                                ("option tcpka", "option tcpka", (True, True)),
                                ("", "", (False, False))):
        p = start(front=front, back=back, origin=origin)
        eq(tuple(keep_alive(each) is not None for each in both(p, origin)), wanted)


@test("clitcpka-cnt, -idle and -intvl say how a client is probed, srvtcpka-… a server")
def _():
    origin = Origin()
    p = start(front="option clitcpka\nclitcpka-cnt 3\nclitcpka-idle 40\nclitcpka-intvl 50s",
              back="option srvtcpka\nsrvtcpka-cnt 4\nsrvtcpka-idle 1m\nsrvtcpka-intvl 70",
              origin=origin)
    eq([keep_alive(each) for each in both(p, origin)], [(3, 40, 50), (4, 60, 70)])
    p = start(front="clitcpka-cnt 3", back="srvtcpka-cnt 4", origin=origin)
    eq([keep_alive(each) for each in both(p, origin)], [None, None])


@test("source is where connections to servers come from, the server's before the backend's")
def _():
    origin = Origin()
    p = start(back="source 127.0.0.5", origin=origin)
    eq(get(p.fe).status, 200)
    eq(origin.connections[-1].peer[0], "127.0.0.5")
    p = start(back="source 127.0.0.5", server="source 127.0.0.6", origin=origin)
    eq(get(p.fe).status, 200)
    eq(origin.connections[-1].peer[0], "127.0.0.6")
    p = start(back="default-server source 127.0.0.7", origin=origin)
    eq(get(p.fe).status, 200)
    eq(origin.connections[-1].peer[0], "127.0.0.7")


@test("source with a port, or with a range of ports on a server line")
def _():
    gate = Gate()
    origin = Origin(respond(200, "x", before=gate))
    port = free_port()
    p = start(server=f"source 127.0.0.8:{port}", origin=origin)
    Client(p.fe).request()
    gate.wait_reached()
    eq(origin.connections[-1].peer, ("127.0.0.8", port))
    first = free_port()
    p = start(server=f"source 127.0.0.9:{first}-{first + 19}", origin=origin)
    before = len(origin.connections)
    for _ in range(6):
        Client(p.fe).request()
    origin.wait_connections(before + 6)
    peers = [conn.peer for conn in origin.connections[before:]]
    eq({host for host, _ in peers}, {"127.0.0.9"})
    ports = {number for _, number in peers}
    assert len(ports) == 6 and ports <= set(range(first, first + 20)), (first, ports)
    gate.open()


@test("a range of one port that is in use is tried, and the request fails")
def _():
    gate = Gate()
    origin = Origin(respond(200, "x", before=gate))
    port = free_port()
    p = start(server=f"source 127.0.0.10:{port}-{port}", back="retries 1\ntimeout connect 300ms",
              origin=origin)
    Client(p.fe).request()
    gate.wait_reached()
    eq(get(p.fe).status, 503)
    gate.open()


@test("source usesrc clientip and client show the client's address, idle connections stay its own")
def _():
    origin = Origin()
    p = start(back="source 0.0.0.0 usesrc clientip\nhttp-reuse always", origin=origin)
    for source in ("127.0.0.21", "127.0.0.22", "127.0.0.21"):
        eq(Client(p.fe, source=source).get().status, 200)
        eq(origin.last().conn.peer[0], source)
    p = start(back="source 0.0.0.0 usesrc client\noption http-server-close", origin=origin)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)    # both sides have the port
        client.bind(("127.0.0.23", 0))
        client.connect(("127.0.0.1", p.fe))
        client.sendall(request())
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
        eq(origin.last().conn.peer, client.getsockname())


@test("source usesrc hdr_ip takes an address from a header, usesrc with an address that one")
def _():
    origin = Origin()
    hops = [("X-Forwarded-For", "127.0.0.31, 127.0.0.32"), ("X-Forwarded-For", "127.0.0.33")]
    for words, wanted in (("hdr_ip(x-forwarded-for)", "127.0.0.33"),
                          ("hdr_ip(x-forwarded-for,1)", "127.0.0.31"),
                          ("hdr_ip(x-forwarded-for,2)", "127.0.0.32"),
                          ("hdr_ip(x-forwarded-for,-2)", "127.0.0.32"),
                          ("127.0.0.34", "127.0.0.34")):
        p = start(back="source 0.0.0.0 usesrc " + words, origin=origin)
        eq(get(p.fe, headers=hops).status, 200, words)
        eq(origin.last().conn.peer[0], wanted, words)


@test("a header without an address to take leaves the source to the kernel",
      differs="haproxy answers 500 to some of them")
def _():
    origin = Origin()
    for value in ("rubbish", "127.0.0.31", "", "::1"):
        p = start(back="source 0.0.0.0 usesrc hdr_ip(x-forwarded-for,2)", origin=origin)
        eq(get(p.fe, headers=[("X-Forwarded-For", value)]).status, 200)
        eq(origin.last().conn.peer[0], "127.0.0.1")


@test("usesrc makes a server's socket transparent, source interface binds it to a device")
def _():
    origin = Origin()
    p = start(back="source 0.0.0.0 usesrc clientip", origin=origin)
    eq(both(p, origin)[1].getsockopt(socket.SOL_IP, IP_TRANSPARENT), 1)
    p = start(back="source 0.0.0.0 interface lo", origin=origin)
    eq(device(both(p, origin)[1]), b"lo")
    p = start(server="source 0.0.0.0 interface lo", origin=origin)
    eq(device(both(p, origin)[1]), b"lo")


@test("health checks come from the source too")
def _():
    origin = Origin()
    start(back="option httpchk\nsource 127.0.0.41", server="check inter 10s", origin=origin)
    origin.wait_requests(1)
    eq(origin.last().conn.peer[0], "127.0.0.41")


@test("an IPv6 server is not asked to take an IPv4 source")
def _():
    origin = Origin(host="::1")
    p = start(back="source 127.0.0.5", origin=origin)
    eq(get(p.fe).status, 200 if not is_oracle() else 503)


@test("words that are wrong are refused where they stand", only="sluice")
def _():
    for back, server, word in (("source nosuch.example", "", "nosuch.example"),
                               ("source 127.0.0.1:1-9", "", "127.0.0.1:1-9"),
                               ("source 127.0.0.1 usesrc", "", "usesrc"),
                               ("source 127.0.0.1 usesrc hdr_ip(", "", "hdr_ip("),
                               ("source 127.0.0.1 interface much-too-long-a-name", "", "too-long"),
                               ("srvtcpka-cnt 0", "", "srvtcpka-cnt"),
                               ("", "tcp-ut x", "x"), ("source 0.0.0.0 port", "", "port")):
        text = TEXT.replace("@back@", "    " + back).replace("@server@", server)
        done = run_config(text.replace("@front@", "").replace("@bind@", "")
                          .replace("@address@", "127.0.0.1").replace("@fe@", "8000")
                          .replace("@origin@", "127.0.0.1:1"), "-c")
        eq(done.code, 1, back + server)
        assert word in done.err, done.err


if __name__ == "__main__":
    main()
