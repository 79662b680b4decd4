# labels: quick
"""retries, option redispatch and retry-on (manual §4.2): what is tried again, where and when."""
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = DEFAULTS + """
    @more@
    log @log@ local0
    option httplog
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server a 127.0.0.1:@dead@
    @second@
"""


def start(more, second="", log=None, **origins):
    text = TEXT.replace("@second@", second)
    return proxy(text, more=more, log=log or UdpLog(), **origins)


@test("a refused connection is tried again on another server with redispatch")
def _():
    b = Origin(name="b")
    log = UdpLog()
    p = start("retries 3\n    option redispatch", "server b @b@", log, b=b)
    for _ in range(4):
        eq(get(p.fe).body, b"b")
    assert any("+" in HttpLine(line).retries for line in log.wait(4)), log.lines


@test("a request that went elsewhere takes a connection that is idle there")
def _():
    b = Origin(name="b")
    p = start("retries 3\n    option redispatch 1", "server b @b@", b=b)
    client = Client(p.fe)
    for _ in range(20):
        eq(client.get().body, b"b")
    eq(len(b.connections), 1)


@test("redispatch does not wait a second before it goes elsewhere")
def _():
    p = start("retries 3\n    option redispatch 1", "server b @b@", b=Origin(name="b"))
    started = time.monotonic()
    for _ in range(2):
        eq(get(p.fe).body, b"b")
    assert time.monotonic() - started < 0.9


@test("without redispatch the same server is tried, with a pause, and the answer is 503")
def _():
    log = UdpLog()
    p = start("retries 1\n    timeout connect 300ms", log=log)
    started = time.monotonic()
    eq(get(p.fe).status, 503)
    took = time.monotonic() - started
    assert 0.2 < took < 3, took
    line = HttpLine(log.wait()[0])
    eq((line.retries, line.flags, line.status), ("1", "SC--", "503"))


@test("retries 0 gives up at once")
def _():
    log = UdpLog()
    p = start("retries 0", log=log)
    eq(get(p.fe).status, 503)
    eq(HttpLine(log.wait()[0]).retries, "0")


@test("a server that comes back between retries is used")
def _():
    origin = Origin(name="late")
    port = origin.port
    origin.stop()
    p = proxy(TEXT.replace("@second@", "").replace("@dead@", str(port)),
              more="retries 5\n    timeout connect 1s", log=UdpLog())
    client = Client(p.fe).request()
    client.quiet(0.2)
    origin.start()
    eq(client.response().body, b"late")


@test("a request that reached a server is not tried again by default")
def _():
    origin = Origin(reset)
    p = proxy(TEXT.replace("@second@", "").replace("127.0.0.1:@dead@", "@origin@"),
              more="retries 3", log=UdpLog(), origin=origin)
    eq(get(p.fe).status, 502)
    eq(len(origin.requests), 1)


@test("retry-on empty-response tries again when the server said nothing")
def _():
    origin = Origin(name="x", answers=[reset])
    p = proxy(TEXT.replace("@second@", "").replace("127.0.0.1:@dead@", "@origin@"),
              more="retries 3\n    retry-on conn-failure empty-response", log=UdpLog(),
              origin=origin)
    eq(get(p.fe).body, b"x")
    eq(len(origin.requests), 2)


@test("retry-on empty-response sends a small body again, byte for byte")
def _():
    origin = Origin(echo, answers=[reset])
    p = proxy(TEXT.replace("@second@", "").replace("127.0.0.1:@dead@", "@origin@"),
              more="retries 3\n    retry-on all-retryable-errors" if is_oracle() else
              "retries 3\n    retry-on conn-failure empty-response", log=UdpLog(), origin=origin)
    eq(get(p.fe, method="POST", body="payload").body, b"payload")
    eq([r.body for r in origin.requests], [b"payload", b"payload"])


@test("retry-on none does not even retry a refused connection")
def _():
    log = UdpLog()
    p = start("retries 3\n    retry-on none", log=log)
    started = time.monotonic()
    eq(get(p.fe).status, 503)
    assert time.monotonic() - started < 0.9
    eq(HttpLine(log.wait()[0]).status, "503")


@test("killing one of two servers under load loses at most what was on it")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    p = proxy(TEXT.replace("127.0.0.1:@dead@", "@a@").replace("@second@", "server b @b@"),
              more="retries 3\n    option redispatch", log=UdpLog(), a=a, b=b)
    load = wrk(f"http://127.0.0.1:{p.fe}/", connections=8, seconds=2)
    a.wait_requests(20)
    a.stop()
    done = load.wait()
    assert done.bad + done.socket_errors <= 8, done.text
    assert len(b.connections) <= 32, len(b.connections)


if __name__ == "__main__":
    main()
