"""What measures: the bench's origin, load, floor and receiver of logs say the truth."""
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

FOLDER = Path(os.environ.get("SLUICE_BINARY", "none")).parent.parent / "bench"
ACCEPTED = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # of the key in RFC 6455 §1.3


def start(name, *words, **more):
    child = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "--", str(FOLDER / name), *map(str, words)],
        stdout=subprocess.PIPE, text=True, **more)

    def end():
        if child.poll() is None:
            child.kill()
        child.wait()
        child.stdout.close()
    cleanup(end)
    return child


def listener(name, *words, port):
    child = start(name, *words)
    wait_for(lambda: port in listening() or child.poll() is not None, f"{name} to listen")
    return child


def bench_origin():
    port = free_port()
    listener("bench_origin", f"127.0.0.1:{port}", port=port)
    return port


def load(port, *words, seconds=0.5):
    child = start("bench_load", "--port", port, "--seconds", seconds, *words)
    said, _ = child.communicate(timeout=60)
    eq(child.returncode, 0, said)
    return json.loads(said)


def frame(payload, opcode=2, masked=True):
    """A client's frame, RFC 6455 §5.2."""
    size = len(payload)
    head = bytes([0x80 | opcode])
    bit = 0x80 if masked else 0
    head += bytes([bit | size]) if size < 126 else bytes([bit | 126]) + size.to_bytes(2, "big")
    if not masked:
        return head + payload
    mask = b"\x11\x22\x33\x44"
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


def websocket(port):
    client = Client(port)
    client.request("GET", "/echo", WEBSOCKET)
    answer = client.head()
    eq((answer.start_line.split()[1], answer.get("Sec-WebSocket-Accept")), ("101", ACCEPTED))
    return client


@test("the origin answers as many bytes as the path says, again and again")
def _():
    client = Client(bench_origin())
    eq([len(client.get(f"/{n}").body) for n in (0, 100, 10240, 3 << 20)], [0, 100, 10240, 3 << 20])


@test("the origin takes bodies with a length and in chunks")
def _():
    client = Client(bench_origin())
    client.request("POST", "/up", body="x" * 300_000)
    eq(client.response().status, 200)
    client.send("POST /up HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n",
                "5\r\nhello\r\n", "0\r\n\r\n")
    eq(client.response().status, 200)
    eq(len(client.get("/7").body), 7, "the connection goes on")


@test("the origin closes where the request asks for it")
def _():
    client = Client(bench_origin())
    eq(client.get("/10", [("Connection", "close")]).get("Connection"), "close")
    eq(client.ends(), "fin")


@test("the origin listens on every address that it is given")
def _():
    port = free_port()
    listener("bench_origin", f"127.0.1.1:{port}", f"127.0.1.2:{port}", port=port)
    eq([len(get(port, "/5", to=host).body) for host in ("127.0.1.1", "127.0.1.2")], [5, 5])


@test("the origin does not start on what is no address")
def _():
    child = start("bench_origin", "nowhere:80", stderr=subprocess.DEVNULL)
    eq(child.wait(10), 1)


@test("the origin sends a WebSocket's frames back, unmasked: small, long, several, in pieces")
def _():
    client = websocket(bench_origin())
    for size in (1, 100, 125, 126, 1000):
        client.send(frame(b"a" * size))
        eq(client.exactly(size + (2 if size < 126 else 4)), frame(b"a" * size, masked=False))
    client.send(frame(b"one", 1) + frame(b"two"))
    eq(client.exactly(10), frame(b"one", 1, False) + frame(b"two", masked=False))
    whole = frame(b"in pieces")
    client.send(whole[:4], 0.02, whole[4:9], 0.02, whole[9:])
    eq(client.exactly(11), frame(b"in pieces", masked=False))


@test("a close frame is sent back and ends the WebSocket; an unmasked one ends it at once")
def _():
    port = bench_origin()
    client = websocket(port)
    client.send(frame(b"\x03\xe8", 8))
    eq(client.exactly(4), frame(b"\x03\xe8", 8, False))
    eq(client.ends(), "fin")
    client = websocket(port)
    client.send(frame(b"bare", masked=False))
    client.ends()


@test("the load counts requests, bytes of both ways, and no errors where there are none")
def _():
    found = load(bench_origin(), "--path", "/1000", "--connections", 4)
    assert found["requests"] > 4 and found["errors"] == found["bad_statuses"] == 0, found
    assert found["bytes"] >= 1000 * found["requests"] > 0, found
    assert 0 < found["p50_ms"] <= found["p99_ms"] <= found["p999_ms"], found


@test("the load tells refused connections and other statuses than 2xx")
def _():
    found = load(free_port(), "--connections", 2, "--rate", 20)
    assert found["errors"] > 0, found
    found = load(Origin(respond(503, "no")).port, "--connections", 2, "--rate", 20)
    assert found["bad_statuses"] > 0 and found["errors"] == 0, found


@test("the load sends the body that was asked for, with its length or in chunks")
def _():
    for words, framing in ((("--body", 40_000), "length"),
                           (("--body", 40_000, "--chunked"), "chunked")):
        origin = Origin()
        found = load(origin.port, *words, "--connections", 1)
        request = origin.wait_whole(1)[0]
        eq((request.method, len(request.body), request.framing), ("POST", 40_000, framing))
        assert found["sent_bytes"] >= 40_000 * found["requests"] > 0, found


@test("the load opens a connection per request where it is told to, else it keeps them")
def _():
    kept, closed = Origin(), Origin()
    load(kept.port, "--connections", 2)
    load(closed.port, "--connections", 2, "--close")
    eq(len(kept.connections), 2)
    opened, asked = len(closed.connections), len(closed.requests)
    # Those that the load's end found open may not have asked yet.
    assert opened > 4 and 0 <= opened - asked <= 2, (opened, asked)
    eq(closed.requests[0].get("Connection"), "close")


@test("at a fixed rate no more is asked for, and bursts come all at once")
def _():
    origin = Origin()
    found = load(origin.port, "--connections", 8, "--rate", 80, seconds=1)
    assert 0 < found["requests"] <= 88, found
    gate = Gate()
    held = Origin(respond(200, "x", before=gate))
    child = start("bench_load", "--port", held.port, "--seconds", 5, "--connections", 8, "--rate",
                  1, "--burst")
    held.wait(lambda o: o.now == 8, "a burst of 8")  # spread, the last one is due after 7 s
    gate.open()
    eq(child.wait(30), 0)


@test("a response time counts from when its request was due: a stall delays those behind it too")
def _():
    first = Gate()
    origin = Origin(respond(200, "x"), answers=[respond(200, "x", before=first)])
    begun = time.monotonic()
    child = start("bench_load", "--port", origin.port, "--seconds", 3, "--connections", 1,
                  "--rate", 20)
    first.wait_reached()
    wait_for(lambda: time.monotonic() - begun > 2, "the stall to last")
    first.open()
    said, _ = child.communicate(timeout=30)
    found = json.loads(said)
    assert found["requests"] > 20, found  # what was due meanwhile was asked for
    assert found["p50_ms"] > 200, found


@test("the load's WebSocket counts whole echoes; without a 101 every attempt is an error")
def _():
    port = bench_origin()
    for size in (100, 1000):
        found = load(port, "--websocket", size, "--connections", 4)
        assert found["requests"] > 4 and found["errors"] == 0, found
        assert found["bytes"] >= size * found["requests"], found
    found = load(Origin().port, "--websocket", 100, "--connections", 1, "--rate", 10)
    assert found["errors"] > 0, found


@test("idle connections are held, each after one request, from several addresses")
def _():
    origin = Origin()
    child = start("bench_load", "--port", origin.port, "--idle", "--sources", 3,
                  stdin=subprocess.PIPE)
    for count in (5, 12):
        child.stdin.write(f"{count}\n")
        child.stdin.flush()
        eq(json.loads(child.stdout.readline()), {"open": count, "errors": 0, "lost": 0})
        eq((len(origin.connections), len(origin.requests)), (count, count))
    eq(sorted({c.peer[0] for c in origin.connections}), ["127.0.0.2", "127.0.0.3", "127.0.0.4"])
    origin.stop()
    wait_for(lambda: asked_again(child, 12)["lost"] == 12, "the losses to be told")
    child.stdin.close()
    eq(child.wait(10), 0)


def asked_again(child, count):
    child.stdin.write(f"{count}\n")
    child.stdin.flush()
    return json.loads(child.stdout.readline())


@test("an idle connection that can't be opened ends the load with an error")
def _():
    child = start("bench_load", "--port", free_port(), "--idle", stdin=subprocess.PIPE)
    said, _ = child.communicate("3\n", timeout=30)
    eq((child.returncode, json.loads(said)["errors"]), (1, 1))


@test("the floor forwards to its servers in turn, a connection for each")
def _():
    port, origins = free_port(), [Origin(name="one"), Origin(name="two")]
    listener("bench_floor", port, *(f"127.0.0.1:{o.port}" for o in origins), port=port)
    clients = [Client(port), Client(port)]
    eq([c.request("POST", body="b" * 200_000).response().body for c in clients for _ in (1, 2)],
       [b"one", b"one", b"two", b"two"])
    eq([len(o.requests[1].body) for o in origins], [200_000] * 2)


@test("the floor speaks TLS, with bodies larger than a record both ways")
def _():
    pem = Certificates().make("bench")
    port, body = free_port(), b"y" * 3_000_000
    origin = Origin(respond(200, body))
    listener("bench_floor", "--tls", pem, port, f"127.0.0.1:{origin.port}", port=port)
    client = TlsClient(port)
    eq((client.sock.version(), client.sock.cipher()[0]), ("TLSv1.3", "TLS_AES_128_GCM_SHA256"))
    for _ in range(2):
        client.request("POST", "/", body="z" * 500_000)
        assert client.response().body == body
    eq([len(r.body) for r in origin.requests], [500_000] * 2)
    found = load(port, "--tls", "--connections", 2)
    assert found["requests"] > 0 and found["errors"] == 0, found
    found = load(port, "--tls", "--close", "--connections", 2)
    assert found["requests"] > 0 and found["errors"] == 0, found


@test("the floor does not start without a certificate that it can read")
def _():
    child = start("bench_floor", "--tls", "/nowhere.pem", free_port(), 1,
                  stderr=subprocess.DEVNULL)
    eq(child.wait(10), 1)


@test("the receiver of logs counts what came, and says it at its end")
def _():
    path = Path(scratch()) / "log"
    child = start("bench_log_sink", path)
    wait_for(path.exists, "the socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        wait_for(lambda: sender.connect_ex(str(path)) == 0, "a receiver")
        for _ in range(200):
            sender.send(b"<134>line")
    child.send_signal(signal.SIGTERM)
    said, _ = child.communicate(timeout=20)
    eq(json.loads(said)["lines"], 200)


if is_oracle() or not FOLDER.joinpath("bench_load").exists():
    print("skip: this build has no bench")
    sys.exit(0)
main()
