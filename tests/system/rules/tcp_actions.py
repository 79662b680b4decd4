# labels: quick
"""Every action of tcp-request session and content and of tcp-response content, and the fetches of
bytes: each is taken out in turn."""
import socket
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

HTTP = DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    log @log@ local0
    log-format "@format@"
    capture request header X-Slot len 32
@rules@
    default_backend be
backend be
@back@
    server s @origin@
"""
TCP = HTTP.replace("mode http", "mode tcp").replace(
    "    capture request header X-Slot len 32\n", "")


def indented(rules):
    return "\n".join("    " + rule for rule in rules.strip().splitlines())


def start(rules, text=HTTP, origin=None, log="127.0.0.1:1", format="%ci", back=""):
    return proxy(text, rules=indented(rules), origin=origin or Origin(), log=log, format=format,
                 back=indented(back))


def unanswered(client):
    """Not a byte comes: the connection ends, or nobody says so."""
    client.sock.settimeout(0.3)
    try:
        eq(client.sock.recv(100), b"")
    except (socket.timeout, ConnectionResetError):
        pass


@test("tcp-request session accept, reject and silent-drop")
def _():
    p = start("""tcp-request session accept if { src 127.0.0.2 }
tcp-request session reject if { src 127.0.0.0/28 }
tcp-request session silent-drop if { src 127.0.0.99 }""")
    eq(Client(p.fe, source="127.0.0.2").get().status, 200)
    eq(Client(p.fe, source="127.0.0.20").get().status, 200)
    for source in ("127.0.0.3", "127.0.0.99"):
        try:
            client = Client(p.fe, source=source)
            client.try_send(request())
            unanswered(client)
        except ConnectionResetError:
            pass


def variables(rule, scope):
    origin = Origin()
    p = start(f"""{rule} set-var({scope}.a) src
{rule} set-var-fmt({scope}.b) "s-%[src]"
{rule} set-var({scope}.c) src
{rule} unset-var({scope}.c)
http-request set-header X "%[var({scope}.a)] %[var({scope}.b)] [%[var({scope}.c)]]\"""",
              origin=origin)
    get(p.fe)
    eq(origin.last().get("x"), "127.0.0.1 s-127.0.0.1 []")


@test("tcp-request session set-var, set-var-fmt and unset-var")
def _():
    variables("tcp-request session", "sess")


@test("tcp-request content set-var, set-var-fmt and unset-var")
def _():
    variables("tcp-request content", "txn")


@test("tcp-request content accept and reject")
def _():
    p = start("""tcp-request inspect-delay 5s
tcp-request content accept if { path /in }
tcp-request content reject""")
    eq(get(p.fe, "/in").status, 200)
    unanswered(Client(p.fe).request(path="/out"))


@test("tcp-request content silent-drop leaves the client without a word")
def _():
    p = start("""tcp-request inspect-delay 5s
tcp-request content silent-drop if { path /drop }""")
    eq(get(p.fe).status, 200)
    unanswered(Client(p.fe).request(path="/drop"))


@test("tcp-request content capture fills a slot")
def _():
    log = UdpLog()
    p = start("""tcp-request inspect-delay 5s
tcp-request content capture path len 16""", log=log, format="%hr")
    get(p.fe, "/slot")
    eq(log.wait()[0], "{|/slot}")


@test("tcp-request content set-log-level")
def _():
    log = UdpLog()
    p = start("tcp-request content set-log-level alert", log=log)
    get(p.fe)
    log.wait()
    assert log.datagrams[0].startswith(b"<129>"), log.datagrams


def tcp_origin():
    def answer(conn):
        conn.send(b"got " + conn.reader.exactly(3))
        conn.wait_peer_end()
    return Origin(script=answer)


@test("tcp-response content accept, reject and silent-drop")
def _():
    delay = "tcp-response inspect-delay 5s\ntcp-response content "
    p = start("", TCP, tcp_origin(), back=delay + "accept\ntcp-response content reject")
    eq(Client(p.fe).send("abc").exactly(7), b"got abc")
    for rule in ("reject", "silent-drop"):
        p = start("", TCP, tcp_origin(), back=delay + rule)
        try:
            client = Client(p.fe)
            client.try_send(b"abc")
            unanswered(client)
        except ConnectionResetError:
            pass


@test("tcp-response content set-log-level, set-var, set-var-fmt and unset-var")
def _():
    log = UdpLog()
    p = start("", log=log, back="""tcp-response inspect-delay 5s
tcp-response content set-log-level alert
tcp-response content set-var(txn.a) src
tcp-response content set-var-fmt(txn.b) "s-%[src]"
tcp-response content set-var(txn.c) src
tcp-response content unset-var(txn.c)
http-response set-header X "%[var(txn.a)] %[var(txn.b)] [%[var(txn.c)]]\"""")
    eq(get(p.fe).get("x"), "127.0.0.1 s-127.0.0.1 []")
    log.wait()
    assert log.datagrams[0].startswith(b"<129>"), log.datagrams


def passes(point, conditions, **more):
    """Rules that reject a connection unless each condition holds."""
    rules = "\n".join([f"{point} inspect-delay 5s",
                       *(f"{point} content reject unless {c}" for c in conditions)])
    return start(rules if point == "tcp-request" else "", TCP, more.pop("origin", tcp_origin()),
                 back=rules if point == "tcp-response" else "", **more)


@test("fetches of the first bytes: payload, payload_lv, req.payload, req.len, REQ_CONTENT")
def _():
    p = passes("tcp-request", [
        "REQ_CONTENT", "{ req.len ge 3 }", "{ req_len ge 3 }", "{ payload(1,2) -m str ab }",
        "{ req.payload(2,1) -m str b }", "{ payload_lv(0,1) -m str ab }",
        "{ req.payload_lv(0,1) -m str ab }"])
    client = Client(p.fe).send(b"\2").quiet()
    eq(client.send("ab").exactly(7), b"got \2ab")


@test("fetches of a server's first bytes: res.len, res.payload, res.payload_lv")
def _():
    p = passes("tcp-response", ["{ res.len ge 7 }", "{ res.payload(0,3) -m str got }",
                                "{ res.payload_lv(4,1) -m str ab }"])
    eq(Client(p.fe).send(b"\2ab").exactly(7), b"got \2ab")


@test("wait_end holds once the inspect-delay is over")
def _():
    p = start("tcp-request inspect-delay 300ms\ntcp-request content reject unless { wait_end }",
              TCP, tcp_origin())
    eq(Client(p.fe).send("abc").exactly(7), b"got abc")


@test("fetches of a remote desktop's cookie: rdp_cookie, rdp_cookie_cnt, RDP_COOKIE")
def _():
    cookie = b"Cookie: mstshash=joe\r\n"
    hello = bytes([3, 0, 0, 11 + len(cookie), 6 + len(cookie), 0xE0, 0, 0, 0, 0, 0]) + cookie
    p = passes("tcp-request", [
        "RDP_COOKIE", "{ rdp_cookie(mstshash) -m str joe }", "{ rdp_cookie_cnt(mstshash) eq 1 }",
        "{ req.rdp_cookie(mstshash) -m str joe }", "{ req.rdp_cookie_cnt(mstshash) eq 1 }"])
    eq(Client(p.fe).send(hello).exactly(7), b"got " + hello[:3])


@test("fetches of a TLS hello: req.ssl_sni, req.ssl_alpn, req.ssl_ver, req.ssl_hello_type")
def _():
    certificates = Certificates()
    tls = certificates.server_context(certificates.make("a.example"))
    tls.set_alpn_protocols(["http/1.1"])
    p = passes("tcp-request", [
        "{ req.ssl_hello_type 1 }", "{ req_ssl_hello_type 1 }", "{ req.ssl_sni -m str a.example }",
        "{ req_ssl_sni -m str a.example }", "{ req.ssl_ver ge 3.1 }", "{ req_ssl_ver ge 3.1 }",
        "{ req.ssl_alpn -m str http/1.1 }"], origin=Origin(name="tls", tls=tls))
    eq(TlsClient(p.fe, "a.example", alpn=["http/1.1"]).get().body, b"tls")


@test("fetches of a server's TLS hello: res.ssl_hello_type, rep_ssl_hello_type")
def _():
    certificates = Certificates()
    tls = certificates.server_context(certificates.make("a.example"))
    p = passes("tcp-response", ["{ res.ssl_hello_type 2 }", "{ rep_ssl_hello_type 2 }"],
               origin=Origin(name="tls", tls=tls))
    eq(TlsClient(p.fe, "a.example").get().body, b"tls")


if __name__ == "__main__":
    main()
