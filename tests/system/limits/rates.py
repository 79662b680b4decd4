# labels: quick
"""How many connections are taken in a second (manual §4.2, rate-limit sessions; §3.2, maxconnrate,
maxsessrate, maxsslrate)."""
import contextlib
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = """
global
    nbthread @threads@
    @global@
    """ + SOCKET + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@ @bind@
    @front@
    http-request return status 200
frontend free
    bind 127.0.0.1:@free@
    http-request return status 200
"""


def start(front="", threads=1, bind="", **more):
    return proxy(CONFIG.replace("@global@", more.pop("line", "")), front=front, threads=threads,
                 bind=bind, **more)


def seconds_for(count, connect):
    """How long it takes until so many connections, all opened at once, had their answer."""
    began = time.monotonic()
    clients = [connect() for _ in range(count)]
    for client in clients:
        eq(client.response().status, 200)
        client.close()
    return time.monotonic() - began


def plain(p):
    return lambda: Client(p.fe, seconds=30).request()


# At 5 in a second, 5 come at once, and the other 15 take three seconds more.
SLOW = 1.9


@test("rate-limit sessions keeps what is too much waiting, and loses nothing")
def _():
    p = start("rate-limit sessions 5")
    assert seconds_for(20, plain(p)) > SLOW
    eq(stat(p, "fe", "FRONTEND")["rate_lim"], "5")
    eq(stat(p, "fe", "FRONTEND")["stot"], "20")


@test("rate-limit sessions holds over several threads, and for its frontend alone")
def _():
    p = start("rate-limit sessions 5", threads=2)
    assert seconds_for(24, plain(p)) > SLOW
    began = time.monotonic()
    for _ in range(40):
        eq(get(p.free).status, 200)
    assert time.monotonic() - began < 6


@test("rate-limit sessions does not count what a tcp-request connection rule refuses")
def _():
    p = start("rate-limit sessions 2\n    tcp-request connection reject if { src 127.0.0.9 }")
    began = time.monotonic()
    for _ in range(40):
        with contextlib.suppress(ConnectionResetError):     # as it comes, or as it is read
            eq(Client(p.fe, source="127.0.0.9").rest()[0], b"")
    assert time.monotonic() - began < 15, "at two a second it would take 20 s"
    eq(get(p.fe).status, 200)


@test("maxconnrate is for all connections of the process")
def _():
    p = start(line="maxconnrate 5")
    assert seconds_for(20, plain(p)) > SLOW
    assert "ConnRateLimit: 5\n" in say(p, "show info"), say(p, "show info")


@test("maxsessrate is for all sessions of the process")
def _():
    p = start(line="maxsessrate 5")
    assert seconds_for(20, plain(p)) > SLOW
    assert "SessRateLimit: 5\n" in say(p, "show info"), say(p, "show info")


@test("maxsslrate is for TLS alone")
def _():
    certificates = Certificates()
    p = start(line="maxsslrate 5", bind=f"ssl crt {certificates.make('a.test')}")
    began = time.monotonic()
    for _ in range(40):
        eq(get(p.free).status, 200)
    assert time.monotonic() - began < 6
    assert seconds_for(20, lambda: TlsClient(p.fe).request()) > SLOW
    assert "SslRateLimit: 5\n" in say(p, "show info"), say(p, "show info")


if __name__ == "__main__":
    main()
