# labels: quick
"""100 MiB for a client that reads 1 KiB a second do not grow the proxy."""
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = DEFAULTS + """
    timeout client 60s
    timeout server 60s
frontend fe
    bind 127.0.0.1:@fe@
    bind 127.0.0.1:@tls@ ssl crt @crt@
    default_backend be
backend be
    server s @origin@
"""
SIZE = 100 << 20
PIECE = b"0123456789abcdef" * 4096
SECONDS = 6


def endless(conn, request):
    """100 MiB, as fast as they are taken."""
    if request.target == "/small":
        return respond(200, "small")(conn, request)
    conn.send(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n".encode())
    for _ in range(SIZE // len(PIECE)):
        conn.send(PIECE)


def check(connect):
    certificates = Certificates()
    origin = Origin(endless)
    p = proxy(TEXT, origin=origin, crt=certificates.make("test"))
    # What the first connections take stays for the next ones.
    for _ in range(3):
        client = connect(p)
        eq(client.get("/small").status, 200)
        client.close()
    before = p.memory_kb()
    client = connect(p).request(path="/large")
    eq(client.head().start_line.split(" ")[1], "200")
    most = [0]
    due = [time.monotonic()]

    def reads_on():
        if time.monotonic() >= due[0]:
            due[0] += 1
            client.exactly(1024)
            most[0] = max(most[0], p.memory_kb() - before)
        return True
    holds(reads_on, SECONDS, "the client's patience")
    # Nine blocks of 16 KiB may wait for a client, and over TLS four records: seldom all are full.
    bound = 16384 if is_sanitized() else 384
    assert most[0] < bound, f"grew by {most[0]} KiB"
    assert not origin.requests[-1].conn.ended, "the server was done: it was no slow reader"


@test("in clear text")
def _():
    check(lambda p: Client(p.fe))


@test("over TLS")
def _():
    check(lambda p: TlsClient(p.tls))


if __name__ == "__main__":
    main()
