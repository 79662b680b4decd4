# labels: quick
"""Rules on connections, sessions and contents (manual §4.2: tcp-request, tcp-response)."""
import csv
import io
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
    timeout connect 30s
    timeout client @client@
    timeout server 30s
frontend fe
    bind 127.0.0.1:@fe@ @bind@
    @front@
    default_backend be
backend be
    @back@
    server s @origin@
backend other
    server s @other@
frontend seen
    mode http
    bind 127.0.0.1:@seen@
    stats enable
    stats uri /
    no log
"""


class Rules:
    """A proxy before two origins, with its log."""

    def __init__(self, mode="tcp", origin=None, front="", back="", client="30s", bind=""):
        self.log = UdpLog()
        self.mode = mode
        self.origin = origin or Origin()
        self.other = Origin(name="other")
        self.proxy = proxy(TEXT.replace("@front@", front).replace("@back@", back), log=self.log,
                           origin=self.origin, other=self.other, mode=mode, client=client,
                           format="tcplog" if mode == "tcp" else "httplog", bind=bind)

    def client(self):
        return Client(self.proxy.fe)

    def says(self, flags, count=1):
        line = self.log.wait(count)[count - 1]
        found = TcpLine(line) if self.mode == "tcp" else HttpLine(line)
        eq(found.flags, flags if self.mode == "tcp" else flags + "--", line)
        return found

    def counters(self, section, row):
        text = get(self.proxy.seen, "/;csv").body.decode().removeprefix("# ")
        for found in csv.DictReader(io.StringIO(text)):
            if (found["pxname"], found["svname"]) == (section, row):
                return found
        raise AssertionError(f"no row {section}/{row} in {text}")


def sends(*pieces):
    """Sends the pieces, each once the client sent a byte, and ends when the client does."""
    def script(conn):
        for piece in pieces:
            conn.reader.exactly(1)
            conn.send(piece)
        conn.wait_peer_end()
    return script


@test("tcp-request connection reject resets, and counts as no session")
def _():
    r = Rules(front="tcp-request connection reject if { src 127.0.0.1 }")
    try:
        client = r.client()
        if client.try_send(b"x"):       # else the reset was here before
            eq(client.ends(), "reset")
    except ConnectionResetError:    # it came before connect() had returned
        pass
    row = r.counters("fe", "FRONTEND")
    eq((row["dcon"], row["dses"], row["stot"], row["conn_tot"]), ("1", "0", "0", "1"))


@test("tcp-request session reject closes after TLS, and counts as no session")
def _():
    certificates = Certificates()
    pem = certificates.make("a.test")
    r = Rules("http", front="tcp-request session reject if { ssl_fc_sni bad.test }",
              bind=f"ssl crt {pem}")
    eq(TlsClient(r.proxy.fe, "good.test").get().status, 200)
    bad = TlsClient(r.proxy.fe, "bad.test")
    bad.try_send(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    try:
        data, _ = bad.rest()
    except OSError:
        data = b""
    eq(data, b"")
    row = r.counters("fe", "FRONTEND")
    eq((row["dcon"], row["dses"], row["stot"], row["conn_tot"]), ("0", "1", "1", "2"))
    eq(len(r.origin.requests), 1)


@test("variables of a session, set as it begins, live as long as the connection")
def _():
    r = Rules("http", front="""tcp-request connection set-var(sess.first) src_port
    tcp-request session set-var(sess.second) str(two)
    tcp-request session accept
    tcp-request session set-var(sess.second) str(late)
    http-request set-header X-First %[var(sess.first)]
    http-request set-header X-Second %[var(sess.second)]""")
    client = r.client()
    for _ in range(2):
        client.get()
        last = r.origin.last()
        eq((last.get("x-first"), last.get("x-second")), (str(client.local_port), "two"))


@test("tcp: content rules accept and reject at once: PR")
def _():
    r = Rules(front="""tcp-request content accept if { src_port lt 0 }
    tcp-request content reject""")
    client = r.client()
    eq(client.ends(), "fin")
    eq(r.says("PR").server, "<NOSRV>")
    eq(r.counters("fe", "FRONTEND")["dreq"], "1")
    eq(r.origin.connections, [])


@test("tcp: with inspect-delay content rules wait for the bytes that they look at")
def _():
    r = Rules(front="""tcp-request inspect-delay 30s
    tcp-request content reject if { req.payload(0,4) -m str evil }
    tcp-request content accept if REQ_CONTENT""")
    client = r.client()
    for c in b"evil":
        eq(r.origin.connections, [])
        client.send(bytes([c]))
    eq(client.ends(), "fin")
    r.says("PR")
    client = r.client().send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    eq(client.response().body, b"origin")
    eq(r.origin.requests[0].raw, b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")


@test("tcp: without inspect-delay nothing waits")
def _():
    r = Rules(front="tcp-request content reject if !{ req.len ge 0 }",
              origin=Origin(script=lambda conn: conn.send(b"first")))
    eq(r.client().exactly(5), b"first")


@test("tcp: WAIT_END holds when the inspect delay is over: PR")
def _():
    r = Rules(front="""tcp-request inspect-delay 500ms
    tcp-request content reject if WAIT_END""")
    client = r.client().send("x")
    client.quiet(0.2)
    eq(client.ends(), "fin")
    line = r.says("PR")
    assert int(line.tt) >= 490, line.line


@test("tcp: the client's end makes the rules decide")
def _():
    r = Rules(front="""tcp-request inspect-delay 30s
    tcp-request content reject if { req.len lt 3 } WAIT_END""")
    eq(r.client().send("x").half_close().ends(), "fin")
    r.says("PR")


@test("tcp: a full buffer makes the rules decide, and nothing of it is lost")
def _():
    whole = bytes(range(256)) * 400

    def script(conn):
        conn.send(b"%d" % (conn.reader.exactly(len(whole)) == whole))
        conn.wait_peer_end()
    r = Rules(origin=Origin(script=script), front="""tcp-request inspect-delay 30s
    tcp-request content accept if { req.len gt 1000000 }""")
    eq(r.client().send(whole).exactly(1), b"1")


@test("tcp: timeout client counts while rules wait: cR")
def _():
    r = Rules(client="300ms", front="""tcp-request inspect-delay 30s
    tcp-request content accept if { req.len gt 100 }""")
    eq(r.client().send("x").ends(), "fin")
    r.says("cR")
    eq(r.origin.connections, [])


@test("tcp: use_backend by what the client sent")
def _():
    r = Rules(front="""tcp-request inspect-delay 30s
    tcp-request content accept if { req.len ge 3 }
    use_backend other if { req.payload(0,3) -m str PUT }
    use_backend other if { dst_port 1 } or { src 10.0.0.0/8 }""")
    for method, name in (("GET", b"origin"), ("PUT", b"other")):
        eq(r.client().request(method).response().body, name)


@test("tcp: use_backend by dst_port and src")
def _():
    r = Rules(front="""bind 127.0.0.1:@second@
    use_backend other if { dst_port @second@ } { src 127.0.0.1 }""")
    eq(get(r.proxy.fe).body, b"origin")
    eq(get(r.proxy.second).body, b"other")


@test("tcp: a backend's content rules come after the frontend's, with its own delay")
def _():
    r = Rules(front="""tcp-request inspect-delay 30s
    tcp-request content set-var(sess.a) req.len if { req.len gt 0 }""",
              back="""tcp-request inspect-delay 30s
    tcp-request content reject if { req.len ge 2 } { var(sess.a) -m int 1 }
    tcp-request content accept if { req.len ge 3 }""")
    client = r.client().send("x")
    client.quiet(0.2)
    eq(client.send("y").ends(), "fin")
    line = r.says("PR")
    eq((line.backend, line.server), ("be", "<NOSRV>"))
    eq(r.counters("fe", "FRONTEND")["dreq"], "1")


@test("tcp: HTTP fetches see the request that the bytes are")
def _():
    r = Rules(front="""tcp-request inspect-delay 30s
    tcp-request content reject if !HTTP
    use_backend other if { path_beg /other } { req.hdr(host) -i t.test }""")
    client = r.client().send("GET /other HT")
    client.quiet(0.2).send("TP/1.1\r\nHost: t.test\r\n")
    client.quiet(0.2)
    eq(client.send("\r\n").response().body, b"other")
    eq(r.client().request("GET", "/").response().body, b"origin")
    eq(r.client().send("\x16\x03\x01 what is this?\r\n\r\n").ends(), "fin")


@test("http: content rules see the head, and reject without an answer: PR")
def _():
    r = Rules("http", front="""http-request set-path /changed
    http-request set-header X-Seen %[var(txn.path)]
    tcp-request content set-var(txn.path) path
    tcp-request content reject if { path /x }
    tcp-request content accept if REQ_CONTENT HTTP""")
    client = r.client()
    eq(client.get("/y").status, 200)
    eq((r.origin.last().target, r.origin.last().get("x-seen")), ("/changed", "/y"))
    eq(client.request("GET", "/x").ends(), "fin")
    eq(r.says("PR", 2).status, "-1")
    row = r.counters("fe", "FRONTEND")
    eq((row["dreq"], row["req_tot"]), ("1", "1"))


@test("http: a backend's content rules run after the frontend's http-request rules: PR")
def _():
    r = Rules("http", front="http-request set-path /x if { path /y }",
              back="""http-request set-header X-Seen %[var(txn.path)]
    tcp-request content set-var(txn.path) path
    tcp-request content reject if { path /x }""")
    client = r.client()
    client.get("/z")
    eq(r.origin.last().get("x-seen"), "/z")
    eq(client.request("GET", "/y").ends(), "fin")
    eq(r.says("PR", 2).backend, "be")


@test("http: content rules wait for a body, which then goes on whole")
def _():
    r = Rules("http", origin=Origin(echo), front="""tcp-request inspect-delay 30s
    tcp-request content accept if { req.len gt 1000 }""")
    client = r.client().send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2000\r\n\r\n")
    client.send("a" * 10)
    client.quiet(0.2)
    eq(r.origin.requests, [])
    client.send("a" * 1500)
    r.origin.wait_requests(1)
    client.send("b" * 490)
    eq(client.response().body, b"a" * 1510 + b"b" * 490)


@test("http: a request that has no more to come does not wait")
def _():
    r = Rules("http", front="""tcp-request inspect-delay 30s
    tcp-request content reject if WAIT_END { path /x }
    tcp-request content accept if WAIT_END""")
    eq(r.client().get("/").status, 200)
    eq(r.client().request("GET", "/x").ends(), "fin")


@test("tcp: tcp-response content reject refuses what a server sends: PD")
def _():
    r = Rules(origin=Origin(script=sends(b"he", b"llo")), back="""tcp-response inspect-delay 30s
    tcp-response content reject if { res.payload(0,5) -m str hello }
    tcp-response content accept if { res.len ge 5 }""")
    client = r.client().send("x")
    client.quiet(0.2).send("x")
    eq(client.ends(), "fin")
    r.says("PD")
    eq([r.counters(*row)["dresp"] for row in (("fe", "FRONTEND"), ("be", "s"), ("be", "BACKEND"))],
       ["1", "1", "1"])


@test("tcp: tcp-response content accept lets through what was held")
def _():
    r = Rules(origin=Origin(script=sends(b"HE", b"LLO")), back="""tcp-response inspect-delay 30s
    tcp-response content reject if { res.payload(0,5) -m str hello }
    tcp-response content accept if { res.len ge 5 }""")
    client = r.client().send("x")
    client.quiet(0.2).send("x")
    eq(client.exactly(5), b"HELLO")
    client.half_close()
    eq(client.ends(), "fin")
    r.says("--")


@test("tcp: tcp-response content waits no longer than its inspect delay: PD")
def _():
    r = Rules(origin=Origin(script=sends(b"a")), back="""tcp-response inspect-delay 500ms
    tcp-response content reject if WAIT_END""")
    client = r.client()
    client.quiet(0.2)
    eq(client.ends(), "fin")
    r.says("PD")


@test("tcp: timeout server makes tcp-response content decide: sD")
def _():
    r = Rules(origin=Origin(script=sends(b"hello")), back="""timeout server 400ms
    tcp-response inspect-delay 30s
    tcp-response content reject if { res.len gt 100 }""")
    client = r.client().send("x")
    eq(client.rest(), (b"hello", "fin"))
    client.half_close()
    r.says("sD")


@test("tcp: tcp-response content decides at a full buffer and at the end, and loses nothing")
def _():
    whole = bytes(range(256)) * 400

    def script(conn):
        conn.reader.exactly(1)
        conn.send(whole)
        conn.fin()
        conn.wait_peer_end()
    r = Rules(origin=Origin(script=script), back="""tcp-response inspect-delay 30s
    tcp-response content reject if { res.len gt 10000000 }""")
    eq(r.client().send("x").rest(), (whole, "fin"))
    r = Rules(origin=Origin(script=lambda conn: (conn.send(b"short"), conn.fin(),
                                                 conn.wait_peer_end())),
              back="""tcp-response inspect-delay 30s
    tcp-response content reject if { res.len gt 10000000 }""")
    eq(r.client().send("x").rest(), (b"short", "fin"))


@test("tcp: tcp-response content close ends the server's connection behind what came")
def _():
    r = Rules(origin=Origin(script=sends(b"hello", b"no")), back="""tcp-response inspect-delay 30s
    tcp-response content close if { res.len ge 5 }""")
    client = r.client().send("x")
    eq(client.rest(), (b"hello", "fin"))
    r.origin.connections[0].wait_ended()
    r.says("--")


@test("http: tcp-response content judges a response by its head: PD")
def _():
    r = Rules("http", origin=Origin(respond(200, "secret", [("X-Leak", "1")])),
              back="""tcp-response inspect-delay 30s
    tcp-response content reject if { res.hdr(x-leak) -m found }
    tcp-response content set-var(txn.status) status
    http-response set-header X-Status %[var(txn.status)]""")
    eq(r.client().request().ends(), "fin")
    r.says("PD")
    r.origin.then(respond(404, "nothing"))
    answer = r.client().get()
    eq((answer.status, answer.get("x-status")), (404, "404"))


@test("http: tcp-response content without a delay is asked before a response is there: PD")
def _():
    r = Rules("http", back="tcp-response content reject")
    eq(r.client().request().ends(), "fin")
    r.says("PD")
    r = Rules("http", back="tcp-response content reject if { status 200 }")
    eq(r.client().get().status, 200)


@test("http: tcp-response content holds a response until enough of it came")
def _():
    gate = Gate()

    def answer(conn, request):
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"a" * 100)
        gate()
        conn.send(b"b" * 1900)
    r = Rules("http", origin=Origin(answer), back="""tcp-response inspect-delay 30s
    tcp-response content accept if { res.len gt 1000 }""")
    client = r.client().request()
    gate.wait_reached()
    client.quiet(0.2)
    gate.open()
    eq(client.response().body, b"a" * 100 + b"b" * 1900)
    r.origin.then(respond(204), respond(200, "short"))
    eq(client.get().status, 204)
    eq(client.get().body, b"short")


@test("http: tcp-response content close sends the response on and uses the connection no more")
def _():
    r = Rules("http", back="""tcp-response inspect-delay 30s
    tcp-response content close if { status 200 }""")
    client = r.client()
    for _ in range(2):
        eq(client.get().body, b"origin")
    eq([q.conn_id for q in r.origin.requests], [0, 1])


if __name__ == "__main__":
    main()
