# labels: quick
"""Remote Desktop in mode tcp: persist rdp-cookie leads to the server whose address the cookie has
(manual §4.2 persist rdp-cookie)."""
import socket
import struct
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = f"global\n    {SOCKET}\n" + DEFAULTS.replace("mode http", "mode tcp") + """
listen l
    bind 127.0.0.1:@fe@
    tcp-request inspect-delay 5s
    tcp-request content accept if RDP_COOKIE
    balance roundrobin
    @persist@
    @more@
    server a @a@
    server b @b@
"""


def hello(cookie):
    """A connection request as Windows sends it."""
    user = f"Cookie: {cookie}\r\n".encode()
    request = b"\xe0\0\0\0\0\0" + user + b"\x01\0\x08\0\x03\0\0\0"
    return b"\x03\0" + struct.pack(">H", 5 + len(request)) + bytes([len(request)]) + request


def token(origin):
    address = struct.unpack("<I", socket.inet_aton("127.0.0.1"))[0]
    port = struct.unpack("<H", struct.pack(">H", origin.port))[0]
    return f"{address}.{port}.0000"


class Named:
    def __init__(self, name):
        self.origin = Origin(script=self.serve)
        self.name = name.encode()

    def serve(self, conn):
        conn.sock.recv(4096)
        conn.sock.sendall(self.name)
        conn.sock.recv(4096)


def start(persist="persist rdp-cookie", more=""):
    a, b = Named("a"), Named("b")
    p = proxy(TEXT, persist=persist, more=more, a=a.origin, b=b.origin)
    return p, a.origin, b.origin


def asked(p, cookie):
    client = Client(p.fe).send(hello(cookie))
    name = client.exactly(1)
    client.close()
    return name


@test("persist rdp-cookie leads to the server of the address")
def _():
    p, a, b = start()
    eq(b"".join(asked(p, "msts=" + token(o)) for o in (b, b, a, b, a, a)), b"bbabaa")


@test("persist rdp-cookie(NAME) reads another cookie")
def _():
    p, a, b = start("persist rdp-cookie(other)")
    eq(b"".join(asked(p, "other=" + token(o)) for o in (b, b, a)), b"bba")
    eq(len({asked(p, "msts=" + token(b)) for _ in range(2)}), 2)


@test("without it, or with a cookie that leads nowhere, the algorithm decides")
def _():
    p, _, b = start("")
    eq(len({asked(p, "msts=" + token(b)) for _ in range(2)}), 2)
    p, _, b = start()
    for cookie in ("msts=1.2.3", "msts=x.y.z", "msts=", "msts=99999999999999999999.1.1",
                   "msts=16777343.99999999.0", "msts=16777343", "mstshash=someone"):
        eq(len({asked(p, cookie) for _ in range(2)}), 2, cookie)


@test("a server that is down is left, but for option persist")
def _():
    for more, wanted in (("", b"a"), ("option persist", b"b")):
        p, _, b = start(more=more)
        say(p, "set server l/b state maint")
        wait_for(lambda: stat(p, "l", "b")["status"] == "MAINT", "the change")
        eq(asked(p, "msts=" + token(b)), wanted)


if __name__ == "__main__":
    main()
