# labels: quick
"""The text of access logs: HTTP and TCP format, custom formats, captures, targets (manual §8)."""
import os
import re
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """
global
    log @log@ local0
    @global@
defaults
    mode http
    log global
    timeout connect 200ms
    timeout client 5s
    timeout server 5s
    retries 0
    @more@
frontend fe
    bind 127.0.0.1:@fe@
    @rules@
    default_backend be
backend be
    server s @origin@
"""


def start(log, more="option httplog", rules="", glob="", origin=None):
    return proxy(TEXT.replace("@global@", glob), log=log, more=more, rules=rules,
                 origin=origin or Origin())


@test("option httplog has every field of the manual")
def _():
    log = UdpLog()
    p = start(log)
    client = Client(p.fe)
    port = client.local_port
    client.get("/a?b=c")
    line = HttpLine(log.wait()[0])
    eq((line.client, line.client_port), ("127.0.0.1", str(port)))
    assert re.fullmatch(r"\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\.\d{3}", line.date), line.date
    eq((line.frontend, line.backend, line.server, line.status), ("fe", "be", "s", "200"))
    eq((line.req_cookie, line.res_cookie, line.flags, line.captures), ("-", "-", "----", ""))
    eq((line.retries, line.srv_queue, line.be_queue), ("0", "0", "0"))
    eq((line.actconn, line.feconn), ("1", "1"))
    eq(line.request, "GET /a?b=c HTTP/1.1")
    assert int(line.bytes) > 40, line.line
    for timer in (line.tq, line.tw, line.tc, line.tr, line.tt):
        assert 0 <= int(timer) < 1000, line.line


@test("timers tell where the time went")
def _():
    gate = Gate()
    log = UdpLog()
    p = start(log, origin=Origin(respond(200, "x", before=gate)))
    client = Client(p.fe).send("GET / HTTP/1.1\r\n", 0.15, "Host: t\r\n\r\n")
    gate.wait_reached()
    client.quiet(0.2)
    gate.open()
    client.response()
    line = HttpLine(log.wait()[0])
    assert 100 <= int(line.tq) < 1000 and 150 <= int(line.tr) < 1500, line.line
    assert int(line.tt) >= int(line.tr), line.line


@test("option logasap logs at the head, with a +")
def _():
    gate = Gate()
    log = UdpLog()
    p = start(log, "option httplog\n    option logasap",
              origin=Origin(chunked(["a", "b"], between=gate)))
    client = Client(p.fe).request()
    client.head()
    line = HttpLine(log.wait()[0])
    assert line.bytes.startswith("+") and line.tt.startswith("+"), line.line
    gate.open()


@test("captured headers stand in braces, in the order of their declaration")
def _():
    log = UdpLog()
    p = start(log, rules="capture request header Host len 10\n"
              "    capture request header User-Agent len 5\n"
              "    capture response header X-Origin len 20")
    get(p.fe, headers=[("User-Agent", "curl/8 {x}")])
    eq(HttpLine(log.wait()[0]).captures, "{test|curl/} {origin} ")


@test("what would break a line is escaped")
def _():
    log = UdpLog()
    p = start(log)
    response_of(p.fe, "GET /a\"b#\x7f HTTP/1.1\r\nHost: t\r\n\r\n")
    line = log.wait()[0]
    assert '"b' not in line and "\x7f" not in line, line


@test("%bi and %bp are where the server connection came from, whether it is kept or closed")
def _():
    for fields in ([], [("Connection", "close")]):
        log = UdpLog()
        origin = Origin(respond(200, "x", fields))
        p = start(log, more='log-format "%bi:%bp"', origin=origin)
        get(p.fe)
        eq(log.wait()[0], "%s:%d" % origin.connections[0].peer[:2])


@test("log-format takes HAProxy's tags and sample expressions")
def _():
    log = UdpLog()
    p = start(log, more='log-format "%ci:%cp|%ft|%b/%s|%ST|%HM|%HP|%HQ|%HV|'
              '%[var(txn.path)]|%{+Q}[var(txn.x)]|%ID"',
              rules="http-request set-var(txn.x) str(hi)\n"
              "    http-request set-var(txn.path) path,lower\n    unique-id-format %ci-%cp")
    client = Client(p.fe)
    port = client.local_port
    client.get("/Some/Path?q=1")
    eq(log.wait()[0], f"127.0.0.1:{port}|fe|be/s|200|GET|/Some/Path|?q=1|HTTP/1.1|"
       f"/some/path|\"hi\"|127.0.0.1-{port}")


@test("unique-id-header sends the id to the server")
def _():
    origin = Origin()
    p = start(UdpLog(), rules="unique-id-format id-%cp\n    unique-id-header X-Id",
              origin=origin)
    client = Client(p.fe)
    port = client.local_port
    client.get()
    eq(origin.last().get("x-id"), f"id-{port}")


@test("option dontlog-normal is silent about what went well")
def _():
    log = UdpLog()
    origin = Origin(answers=[respond(200, "x"), reset])
    p = start(log, "option httplog\n    option dontlog-normal", origin=origin)
    get(p.fe)
    get(p.fe)
    eq([HttpLine(line).status for line in log.wait()], ["502"])


@test("http-request set-log-level silent leaves a request out")
def _():
    log = UdpLog()
    p = start(log, rules="http-request set-log-level silent if { path /quiet }")
    get(p.fe, "/quiet")
    get(p.fe, "/loud")
    eq([HttpLine(line).request for line in log.wait()], ["GET /loud HTTP/1.1"])


@test("the syslog header has the facility, the level and the tag")
def _():
    log = UdpLog()
    p = start(log, glob="log-tag house")
    get(p.fe)
    log.wait()
    text = log.datagrams[0].decode()
    assert re.match(r"<134>\w{3} [ \d]\d \d\d:\d\d:\d\d house\[\d+\]: ", text), text


@test("log to stdout in raw format is a line without a header")
def _():
    p = proxy(TEXT.replace("log @log@ local0", "log stdout format raw local0")
              .replace("@global@", ""), more="option httplog", rules="", origin=Origin())
    get(p.fe, "/out")
    wait_for(lambda: "GET /out" in p.out(), "the line")
    HttpLine(p.out().splitlines()[-1])


@test("a unix datagram socket gets the lines, and again after it was replaced")
def _():
    first = UnixLog()
    p = start(first)
    get(p.fe, "/one")
    first.match("GET /one")
    first.close()
    os.unlink(first.path)
    get(p.fe, "/nobody")
    second = UnixLog(first.path)
    get(p.fe, "/two")  # not one line is lost from here on
    get(p.fe, "/three")
    second.match("GET /two")
    second.match("GET /three")


@test("nobody at the log's address does no harm")
def _():
    log = UdpLog()
    log.close()
    p = start(log)
    eq([get(p.fe).status for _ in range(20)], [200] * 20)


TCP = """
global
    log @log@ local0
defaults
    mode tcp
    log global
    option tcplog
    timeout connect 200ms
    timeout client @client@
    timeout server @server@
    retries 0
listen raw
    bind 127.0.0.1:@fe@
    server s @origin@
"""


def tcp(log, origin, client="5s", server="5s"):
    return proxy(TCP, log=log, origin=origin, client=client, server=server)


def flags(log):
    return TcpLine(log.wait()[0]).flags


def tcp_echo(conn):
    while True:
        conn.reader.fill()
        conn.send(conn.reader.take(65536))


@test("tcp: bytes go both ways untouched, half-closes too: --")
def _():
    log = UdpLog()
    p = tcp(log, Origin(script=tcp_echo))
    client = Client(p.fe).send(b"\0\1\2anything")
    eq(client.exactly(11), b"\0\1\2anything")
    client.half_close()
    eq(client.ends(), "fin")
    line = TcpLine(log.wait()[0])
    eq((line.flags, line.frontend, line.backend, line.server, line.bytes),
       ("--", "raw", "raw", "s", "11"))


@test("tcp: refused: SC")
def _():
    log = UdpLog()
    Client(tcp(log, f"127.0.0.1:{free_port()}").fe).rest()
    eq(flags(log), "SC")


@test("tcp: never established: sC")
def _():
    log = UdpLog()
    Client(tcp(log, Blackhole()).fe).rest()
    eq(flags(log), "sC")


@test("tcp: both silent: cD or sD, whichever timeout is shorter")
def _():
    for wanted, client, server in (("cD", "150ms", "5s"), ("sD", "5s", "150ms")):
        log = UdpLog()
        origin = Origin(script=lambda conn: conn.wait_peer_end())
        Client(tcp(log, origin, client, server).fe).rest()
        eq(flags(log), wanted)


@test("tcp: server resets: SD")
def _():
    log = UdpLog()

    def script(conn):
        conn.reader.fill()
        conn.reset()
    Client(tcp(log, Origin(script=script)).fe).send("x").rest()
    eq(flags(log), "SD")


@test("tcp: client resets: CD")
def _():
    log = UdpLog()
    origin = Origin(script=tcp_echo)
    client = Client(tcp(log, origin).fe).send("x")
    client.exactly(1)
    client.reset()
    eq(flags(log), "CD")
    origin.connections[0].wait_ended()


if __name__ == "__main__":
    main()
