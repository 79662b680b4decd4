# labels: quick
"""The words of logging (manual §4.2): what a line is and whether there is one."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    @log_line@
    @front@
    default_backend be
backend be
    server s @origin@ @server@
"""


def start(front, server="", origin=None, log_line=None):
    log = UdpLog()
    p = proxy(CONFIG, front=front, server=server, origin=origin or Origin(),
              log_line=log_line or f"log {log} local0")
    return p, log


@test("log and option httplog: a line for each request")
def _():
    p, log = start("option httplog")
    get(p.fe, "/x")
    eq(HttpLine(log.wait()[0]).request, "GET /x HTTP/1.1")


@test("option tcplog in mode tcp")
def _():
    log = UdpLog()
    p = proxy(DEFAULTS.replace("mode http", "mode tcp") + """
listen fe
    bind 127.0.0.1:@fe@
    log @log@ local0
    option tcplog
    server s @origin@
""", log=log, origin=Origin())
    client = Client(p.fe)
    client.get()
    client.close()
    TcpLine(log.wait()[0])


@test("log-format and error-log-format say what a line holds")
def _():
    p, log = start('log-format "fine %ST"\n    error-log-format "early %ST"')
    get(p.fe)
    log.wait()  # the next connection may be another worker's, whose line would come first
    response_of(p.fe, "rubbish\r\n\r\n")
    eq(log.wait(2), ["fine 200", "early 400"])


@test("log-tag names the program")
def _():
    p, log = start("option httplog\n    log-tag gate")
    get(p.fe)
    log.wait()
    assert b" gate[" in log.datagrams[0], log.datagrams


@test("capture request header and capture response header are logged")
def _():
    p, log = start("option httplog\n    capture request header X-In len 8\n"
                   "    capture response header X-Out len 8",
                   origin=Origin(respond(200, "", [("X-Out", "out")])))
    get(p.fe, headers=[("X-In", "in")])
    eq(HttpLine(log.wait()[0]).captures, "{in} {out} ")


@test("option logasap logs at the response's head")
def _():
    gate = Gate()
    p, log = start("option httplog\n    option logasap",
                   origin=Origin(respond(200, "0123456789", halfway=gate)))
    client = Client(p.fe).request()
    assert HttpLine(log.wait()[0]).tt.startswith("+")
    gate.open()
    client.response()


@test("option dontlog-normal logs only what went wrong")
def _():
    p, log = start("option httplog\n    option dontlog-normal\n"
                   "    http-request deny if { path /no }")
    get(p.fe)
    get(p.fe, "/no")
    eq(HttpLine(log.wait()[0]).request, "GET /no HTTP/1.1")


@test("option dontlognull does not log who says nothing")
def _():
    p, log = start("option httplog\n    option dontlognull")
    Client(p.fe).close()
    get(p.fe, "/then")
    eq(HttpLine(log.wait()[0]).request, "GET /then HTTP/1.1")


@test("option forwardfor and originalto tell the server whence and whither")
def _():
    origin = Origin()
    p, _ = start("option forwardfor\n    option originalto", origin=origin)
    get(p.fe)
    eq((origin.last().get("x-forwarded-for"), origin.last().get("x-original-to")),
       ("127.0.0.1", "127.0.0.1"))


if __name__ == "__main__":
    main()
