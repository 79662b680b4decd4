# labels: quick
"""Large bodies in clear text pass by the kernel (splice): what comes out is what went in, however
slowly it is read, whoever breaks off, and when there are more of them than pipes."""
import hashlib
import sys
import threading

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """
global
    log @log@ local0
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 20s
    timeout server 20s
    retries 0
    @more@
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s @origin@
"""

SIZE = 3_000_017
BODY = bytes((n * 7 + (n >> 8)) % 251 for n in range(65536)) * (SIZE // 65536 + 1)
BODY = BODY[:SIZE]


def start(origin, more=""):
    log = UdpLog()
    p = proxy(TEXT, origin=origin, log=log, more=more)
    p.log = log
    return p


def tcp_echo(conn):
    while data := conn.sock.recv(1 << 20):
        conn.sock.sendall(data)


def digest(data):
    return hashlib.sha256(bytes(data)).hexdigest()


@test("a large response comes whole, to who reads at once and to who reads in pieces")
def _():
    p = start(Origin(respond(200, BODY)))
    client = Client(p.fe)
    for _ in range(3):
        eq(digest(client.request().response().body), digest(BODY))
    client.request().head()
    got = b""
    for size in (1, 1000, 65536, 700_000):
        got += client.exactly(size)
    got += client.exactly(SIZE - len(got))
    eq(digest(got), digest(BODY))
    eq(client.get().status, 200)
    line = HttpLine(p.log.wait(5)[0])
    eq(line.flags, "----")
    if not is_oracle():
        assert SIZE < int(line.bytes) < SIZE + 500, line.line


@test("a large request comes whole, and the connection goes on")
def _():
    origin = Origin(echo)
    p = start(origin)
    client = Client(p.fe)
    for _ in range(3):
        eq(digest(client.request(method="POST", body=BODY).response().body), digest(BODY))
    eq(len(origin.connections), 1)


@test("a response to the end of the connection comes whole")
def _():
    p = start(Origin(raw(b"HTTP/1.1 200 OK\r\n\r\n" + BODY, "fin")))
    client = Client(p.fe).request()
    client.head()
    client_body = client.rest()[0] if is_oracle() else None
    if client_body is None:
        client = Client(p.fe).request()
        client_body = client.response().body
    eq(digest(client_body), digest(BODY))


@test("a server that breaks off leaves the client with less than was promised: SD")
def _():
    p = start(Origin(raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * SIZE) + BODY,
                         "fin")))
    client = Client(p.fe).request()
    client.head()
    data, _how = client.rest()
    eq(digest(data), digest(BODY))
    eq(HttpLine(p.log.wait()[0]).flags, "SD--")


@test("a client that breaks off frees the server: CD")
def _():
    origin = Origin(respond(200, BODY * 10))
    p = start(origin)
    client = Client(p.fe).request()
    client.head()
    client.exactly(100_000)
    client.reset()
    eq(HttpLine(p.log.wait()[0]).flags, "CD--")
    origin.connections[0].wait_ended()


@test("a server that answers in the middle of a large request is heard")
def _():
    p = start(Origin(early(413, "too much"), read_body=False))
    client = Client(p.fe).send(b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n"
                               % (SIZE * 10))
    client.try_send(BODY)
    eq(client.response().status, 413)


@test("more large bodies at a time than there are pipes are copied, and come whole")
def _():
    p = start(Origin(respond(200, BODY)))
    clients = [Client(p.fe, seconds=60) for _ in range(80)]
    for client in clients:
        client.request().head()
    for client in clients:              # all of them have begun, and wait for their readers
        client.exactly(1)
    found = [None] * len(clients)

    def read(i):
        found[i] = digest(BODY[:1] + clients[i].exactly(SIZE - 1))
    threads = [threading.Thread(target=read, args=(i,)) for i in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eq(set(found), {digest(BODY)})


@test("pipes take no descriptor that a connection needs", differs="haproxy plans its own way")
def _():
    p = proxy(TEXT.replace("global", "global\n    nbthread 1\n    maxconn 20\n    ulimit-n 68", 1),
              origin=Origin(respond(200, BODY)), log=UdpLog(), more="")
    clients = [Client(p.fe, seconds=60) for _ in range(20)]
    for client in clients:
        client.request()
    for client in clients:
        eq(digest(client.response().body), digest(BODY))


@test("mode tcp relays both ways at once")
def _():
    p = proxy("""
defaults
    mode tcp
    timeout connect 5s
    timeout client 20s
    timeout server 20s
listen fe
    bind 127.0.0.1:@fe@
    server s @origin@
""", origin=Origin(script=tcp_echo))
    client = Client(p.fe)
    sender = threading.Thread(target=lambda: client.send(BODY))
    sender.start()
    eq(digest(client.exactly(SIZE)), digest(BODY))
    sender.join()


if __name__ == "__main__":
    main()
