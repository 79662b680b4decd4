# labels: quick
"""The termination flags of the HTTP log for every way in which a request can go wrong (§8.5)."""
import re
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from fault_rig import CHUNKED, HEAD, POST, QUICK_CLIENT, QUICK_SERVER, Fault, answered
from harness import *


@test("nothing wrong: ----")
def _():
    f = Fault(Origin())
    answered(f.client().request(), 200)
    f.says("----", 200)


@test("connection refused: SC--")
def _():
    f = Fault(f"127.0.0.1:{free_port()}")
    answered(f.client().request(), 503)
    eq(f.says("SC--", 503).server, "s")


@test("connection never established, timeout connect: sC--")
def _():
    f = Fault(Blackhole())
    answered(f.client().request(), 503)
    f.says("sC--", 503)


@test("no server at all: SC-- and <NOSRV>")
def _():
    f = Fault(Origin(), server="disabled")
    answered(f.client().request(), 503)
    eq(f.says("SC--", 503).server, "<NOSRV>")


@test("server resets after the request: SH--")
def _():
    f = Fault(Origin(reset))
    answered(f.client().request(), 502)
    f.says("SH--", 502)


@test("server closes after the request without a word: SH--")
def _():
    f = Fault(Origin(raw("", "fin")))
    answered(f.client().request(), 502)
    f.says("SH--", 502)


@test("server resets in mid-head: SH--")
def _():
    f = Fault(Origin(raw("HTTP/1.1 200 OK\r\nConte", "reset")))
    answered(f.client().request(), 502)
    f.says("SH--", 502)


@test("server closes in mid-head: SH--")
def _():
    f = Fault(Origin(raw("HTTP/1.1 200 OK\r\nConte", "fin")))
    answered(f.client().request(), 502)
    f.says("SH--", 502)


@test("server sends what is no HTTP: PH--")
def _():
    f = Fault(Origin(raw("nonsense\r\n\r\n", "fin")))
    answered(f.client().request(), 502)
    f.says("PH--", 502)


@test("server sends two lengths: PH--")
def _():
    f = Fault(Origin(raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")))
    answered(f.client().request(), 502)
    f.says("PH--", 502)


@test("server is silent: sH--")
def _():
    f = Fault(Origin(silent), QUICK_SERVER)
    answered(f.client().request(), 504)
    f.says("sH--", 504)


@test("server stops in mid-head: sH--")
def _():
    f = Fault(Origin(raw("HTTP/1.1 200 OK\r\nConte", "silent")), QUICK_SERVER)
    answered(f.client().request(), 504)
    f.says("sH--", 504)


@test("server stops in mid-body: sD--")
def _():
    f = Fault(Origin(raw(HEAD + "abc", "silent")), QUICK_SERVER)
    f.client().request().rest()
    f.says("sD--", 200)


@test("server closes in mid-body: SD--")
def _():
    f = Fault(Origin(raw(HEAD + "abc", "fin")))
    f.client().request().rest()
    f.says("SD--", 200)


@test("server resets in mid-body: SD--")
def _():
    f = Fault(Origin(raw(HEAD + "abc", "reset")))
    f.client().request().rest()
    f.says("SD--", 200)


@test("server ends a chunked body before its last chunk: SD--")
def _():
    f = Fault(Origin(raw(CHUNKED + "3\r\nabc\r\n", "fin")))
    f.client().request().rest()
    f.says("SD--", 200)


@test("server breaks its chunks after the head went out: SD--")
def _():
    gate = Gate()

    def answer(conn, _):
        conn.send(CHUNKED.encode() + b"3\r\nabc\r\n")
        gate()
        conn.send(b"xyz\r\n")
        conn.wait_peer_end()
    f = Fault(Origin(answer))
    client = f.client().request()
    client.head()
    gate.open()
    client.rest()
    f.says("SD--", 200)


@test("client sends half a head and nothing more: cR--")
def _():
    f = Fault(Origin(), "timeout http-request 150ms")
    answered(f.client().send("GET / HTTP/1.1\r\nHo"), 408)
    f.says("cR--", 408)


@test("client says nothing: cR--")
def _():
    f = Fault(Origin(), "timeout http-request 150ms")
    answered(f.client(), 408)
    eq(f.says("cR--", 408).request, "<BADREQ>")


@test("client closes in mid-head: CR--")
def _():
    f = Fault(Origin())
    client = f.client().send("GET / HTTP/1.1\r\nHo").half_close()
    client.rest()
    f.says("CR--", 400)


@test("client resets in mid-head: CR--")
def _():
    f = Fault(Origin())
    f.client().send("GET / HTTP/1.1\r\nHo", 0.05).reset()
    f.says("CR--", 400)


@test("client sends what is no HTTP: PR--")
def _():
    f = Fault(Origin())
    answered(f.client().send("nonsense\r\n\r\n"), 400)
    f.says("PR--", 400)


@test("client closes without a word: CR--, and nothing with dontlognull")
def _():
    f = Fault(Origin())
    f.client().half_close().rest()
    f.says("CR--", 400)
    f = Fault(Origin(), "option dontlognull")
    f.client().half_close().rest()
    answered(f.client().request(), 200)
    eq(f.says("----", 200).status, "200")
    eq(len(f.log.lines), 1)


@test("a deny rule: PR--")
def _():
    f = Fault(Origin(), rules="http-request deny")
    answered(f.client().request(), 403)
    found = f.says("PR--", 403)
    eq((found.backend, found.server), ("fe", "<NOSRV>"))


@test("a redirect rule: LR--")
def _():
    f = Fault(Origin(), rules="http-request redirect location /x")
    answered(f.client().request(), 302)
    f.says("LR--", 302)


@test("a return rule: LR--")
def _():
    f = Fault(Origin(), rules="http-request return status 200")
    answered(f.client().request(), 200)
    f.says("LR--", 200)


@test("a response that a rule denies: PH--")
def _():
    f = Fault(Origin(), rules="http-response deny")
    answered(f.client().request(), 502)
    f.says("PH--", 502)


@test("client stops in mid-body, the server waits: sH-- when timeout server ends it")
def _():
    f = Fault(Origin(silent, read_body=False), QUICK_CLIENT + "\n    timeout server 400ms")
    f.client().send(POST + "abc").rest()
    f.says("sH--", 504)


@test("client stops in mid-body, http-buffer-request: cR--")
def _():
    f = Fault(Origin(), "option http-buffer-request\n    timeout http-request 150ms")
    answered(f.client().send(POST + "abc"), 408)
    f.says("cR--", 408)


@test("client resets in mid-body: CD--")
def _():
    f = Fault(Origin(silent, read_body=False))
    client = f.client().send(POST + "abc")
    f.origin.wait_requests(1)
    client.reset()
    line = HttpLine(f.log.wait()[0])
    assert line.flags in ("CD--", "CH--"), line.line


@test("client leaves while the server thinks, abortonclose: CH--")
def _():
    f = Fault(Origin(silent), "option abortonclose")
    client = f.client().request()
    f.origin.wait_requests(1)
    client.close()
    line = HttpLine(f.log.wait()[0])
    eq((line.flags, line.status), ("CH--", "400"))


@test("client resets in mid-response: CD--")
def _():
    gate = Gate()
    f = Fault(Origin(chunked(["x" * 100, "y" * 8000000], between=gate)))
    client = f.client().request()
    client.head()
    gate.wait_reached()
    client.reset()
    gate.open()
    eq(HttpLine(f.log.wait()[0]).flags, "CD--")


@test("client does not read the response: cD--")
def _():
    f = Fault(Origin(respond(200, b"z" * (32 << 20))), QUICK_CLIENT)
    client = f.client().request()
    client.head()
    f.says("cD--", 200)


@test("client waits in the queue too long: sQ--")
def _():
    gate = Gate()
    f = Fault(Origin(respond(200, "x", before=gate)), "timeout queue 150ms", server="maxconn 1")
    first = f.client().request()
    gate.wait_reached()
    answered(f.client().request(), 503)
    f.says("sQ--", 503)
    gate.open()
    answered(first, 200)


@test("client leaves the queue, abortonclose: CQ--")
def _():
    gate = Gate()
    f = Fault(Origin(respond(200, "x", before=gate)), "option abortonclose", server="maxconn 1")
    first = f.client().request()
    gate.wait_reached()
    second = f.client().request(path="/second")
    second.quiet()
    second.close()
    line = HttpLine(f.log.match(r".*GET /second .*").group(0))
    eq((line.flags, line.status), ("CQ--", "-1"))
    gate.open()
    answered(first, 200)


@test("client leaves while the connection is being made, abortonclose: CC--")
def _():
    f = Fault(Blackhole(), "option abortonclose\n    timeout connect 5s")
    client = f.client().request()
    client.quiet()
    client.close()
    line = HttpLine(f.log.wait()[0])
    eq((line.flags, line.status), ("CC--", "-1"))


@test("an early response while the client still sends: ----, and the rest is dropped")
def _():
    f = Fault(Origin(early(413), read_body=False))
    client = f.client().send(POST + "abc")
    answered(client, 413)
    client.close()
    line = HttpLine(f.log.wait()[0])
    eq(line.status, "413")
    assert line.flags in ("----", "CD--"), line.line


@test("the head is larger than the buffer: PR--")
def _():
    f = Fault(Origin())
    answered(f.client().send("GET / HTTP/1.1\r\nHost: t\r\nX: " + "x" * 17000 + "\r\n\r\n"),
             400 if is_oracle() else 431)
    f.says("PR--", 400 if is_oracle() else 431)
    if not is_oracle():
        line = f.log.wait_cause()
        assert re.fullmatch(r"bad request from 127\.0\.0\.1:\d+ \[fe/-\] 431: "
                            r"the request's head is too large", line), line


@test("the server's head is larger than the buffer: PH--")
def _():
    f = Fault(Origin(raw("HTTP/1.1 200 OK\r\nX: " + "x" * 17000 + "\r\n\r\n", "silent")))
    answered(f.client().request(), 502)
    f.says("PH--", 502)
    if not is_oracle():
        line = f.log.wait_cause()
        assert re.fullmatch(r"bad response for 127\.0\.0\.1:\d+ \[be/s\] 502: "
                            r"the response's head is too large", line), line


@test("an idle keep-alive connection that ends says nothing")
def _():
    f = Fault(Origin(), "timeout http-keep-alive 100ms")
    client = f.client()
    client.get()
    client.ends()
    answered(f.client().request(), 200)
    eq([HttpLine(line).flags for line in f.log.wait(2)], ["----", "----"])


@test("use-service and monitor-uri: LR--, and nothing")
def _():
    f = Fault(Origin(), rules="monitor-uri /alive\n    http-request use-service "
              "prometheus-exporter if { path /metrics }")
    answered(f.client().request(path="/alive"), 200)
    answered(f.client().request(path="/metrics"), 200)
    eq(HttpLine(f.log.match(r".*GET /metrics.*").group(0)).flags, "LR--")
    assert not any("/alive" in line for line in f.log.lines)


if __name__ == "__main__":
    main()
