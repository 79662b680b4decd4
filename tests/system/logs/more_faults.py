# labels: quick
"""The rest of the table of faults: what is slow, tunnels, requests that wait for rules (§8.5)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from faults import HEAD, POST, Fault, answered
from harness import *


def flags_of(f, pattern=""):
    return HttpLine(f.log.match(pattern or r".*HTTP/1.*").group(0)).flags


@test("client sends its head too slowly, piece by piece: cR--")
def _():
    f = Fault(Origin(), "timeout http-request 300ms")
    answered(f.client().send("GET / HT", 0.1, "TP/1.1\r\n", 0.1, "Host: t\r\n"), 408)
    f.says("cR--", 408)


@test("client sends its head slowly, but in time: ----")
def _():
    f = Fault(Origin())
    answered(f.client().send("GET / HT", 0.05, "TP/1.1\r\n", 0.05, "Host: t\r\n", 0.05, "\r\n"), 200)
    f.says("----", 200)


@test("server sends its head and its body slowly, but in time: ----")
def _():
    def drip(conn, _):
        for piece in ("HTTP/1.1 200 OK\r\n", "Content-Le", "ngth: 4\r\n", "\r\nab", "cd"):
            conn.send(piece.encode())
            client.quiet(0.05) if piece.startswith("HTTP") else None
    f = Fault(Origin(drip))
    client = f.client().request()
    answered(client, 200)
    f.says("----", 200)


@test("client half-closes after its request: ----")
def _():
    f = Fault(Origin())
    answered(f.client().request().half_close(), 200)
    f.says("----", 200)


@test("server resets after a 103: SH--")
def _():
    f = Fault(Origin(raw("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n", "reset")))
    f.client().request().rest()
    assert flags_of(f) == "SH--", f.log.lines


@test("server resets before its announced body: SD--")
def _():
    f = Fault(Origin(raw(HEAD, "reset")))
    f.client().request().rest()
    f.says("SD--", 200)


@test("server resets in the middle of the client's body: SH--")
def _():
    f = Fault(Origin(reset, read_body=False))
    client = f.client().send(POST + "abc")
    eq(client.response().status, 502)
    client.close()
    f.says("SH--", 502)


@test("client resets while http-buffer-request waits for its body: CR--")
def _():
    f = Fault(Origin(), "option http-buffer-request")
    f.client().send(POST + "abc", 0.05).reset()
    assert flags_of(f) == "CR--", f.log.lines


@test("client closes while http-buffer-request waits for its body: CR--")
def _():
    f = Fault(Origin(), "option http-buffer-request")
    f.client().send(POST + "abc").half_close().rest()
    assert flags_of(f) == "CR--", f.log.lines


@test("a tarpit: PT--")
def _():
    f = Fault(Origin(), "timeout tarpit 100ms", rules="http-request tarpit")
    answered(f.client().request(), 500)
    f.says("PT--", 500)


@test("client leaves the tarpit: PT-- or CT--")
def _():
    f = Fault(Origin(), "timeout tarpit 5s\n    option abortonclose", rules="http-request tarpit")
    client = f.client().request()
    client.quiet()
    client.reset()
    print(f.log.wait())


@test("every try is refused, with redispatch: SC-- and the retries with a plus")
def _():
    f = Fault(f"127.0.0.1:{free_port()}", "option redispatch\n    retries 2",
              server=f"\n    server t 127.0.0.1:{free_port()}")
    answered(f.client().request(), 503)
    line = f.says("SC--", 503)
    eq(line.retries, "+2")


@test("a tunnel that the server resets: SD--")
def _():
    def answer(conn, request):
        conn.send(b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        eq(conn.reader.exactly(2), b"hi")
        conn.reset()
    f = Fault(Origin(answer))
    client = f.client().request(headers=WEBSOCKET)
    client.head()
    client.send("hi").rest()
    f.says("SD--", 101)


@test("a tunnel that the client resets: CD--")
def _():
    f = Fault(Origin(upgrade_echo))
    client = f.client().request(headers=WEBSOCKET)
    client.head()
    client.send("hi")
    eq(client.exactly(2), b"hi")
    client.reset()
    f.says("CD--", 101)


@test("a tunnel that is silent for too long: sD-- or cD--")
def _():
    f = Fault(Origin(upgrade_echo), "timeout tunnel 150ms")
    client = f.client().request(headers=WEBSOCKET)
    client.head()
    client.rest()
    print(f.log.wait())


@test("a tunnel that both ends close: ----")
def _():
    f = Fault(Origin(upgrade_echo))
    client = f.client().request(headers=WEBSOCKET)
    client.head()
    client.half_close().rest()
    print(f.log.wait())


if __name__ == "__main__":
    main()
