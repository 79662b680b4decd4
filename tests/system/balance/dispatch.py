# labels: quick
"""Where requests go that no algorithm leads: dispatch, option transparent; servers whose address is
the one that the client came to (manual §4.2 dispatch, option transparent; §5.2 server)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = f"global\n    {SOCKET}\n" + DEFAULTS + """
    log @log@ local0
    option httplog
frontend fe
    bind 0.0.0.0:@fe@
    http-request return status 200 content-type text/plain lf-string %[dst] if { hdr(x-loop) yes }
    http-request set-header X-Loop yes if { hdr(x-loop) once }
    default_backend be
backend be
@back@
"""


def start(*lines, log="127.0.0.1:1", **origins):
    return proxy(TEXT.replace("@back@", "\n".join("    " + line for line in lines)), log=log,
                 **origins)


@test("dispatch is where requests go when there is no server, and the log says <NOSRV>")
def _():
    log = UdpLog()
    p = start("dispatch @d@", d=Origin(name="d"), log=log)
    client = Client(p.fe)
    eq([client.get().body for _ in range(3)], [b"d"] * 3)
    eq({HttpLine(line).server for line in log.wait(3)}, {"<NOSRV>"})
    names = [row.split(",")[1] for row in say(p, "show stat").splitlines()[1:] if row]
    eq(names, ["FRONTEND", "BACKEND"])


@test("a cookie's server comes before dispatch, an algorithm stands in its place")
def _():
    p = start("dispatch @d@", "cookie S insert", "server a @a@ cookie one", d=Origin(name="d"),
              a=Origin(name="a"))
    eq(get(p.fe, headers=[("Cookie", "S=one")]).body, b"a")
    eq(get(p.fe).body, b"d")
    p = start("balance roundrobin", "dispatch @d@", "server a @a@", d=Origin(name="d"),
              a=Origin(name="a"))
    eq([get(p.fe).body for _ in range(2)], [b"a"] * 2)


@test("dispatch that refuses is tried again, then answered 503")
def _():
    log = UdpLog()
    p = start("dispatch 127.0.0.1:@dead@", "retries 1", "timeout connect 200ms", log=log)
    eq(get(p.fe).status, 503)
    line = HttpLine(log.wait()[0])
    eq((line.flags, line.retries, line.server), ("SC--", "1", "<NOSRV>"))


@test("option transparent and transparent go to where the client came to")
def _():
    for line in ("option transparent", "transparent"):
        p = start(line)
        for host in ("127.0.0.7", "127.0.0.8"):
            answer = Client(p.fe, host=host).get(headers=[("X-Loop", "once")])
            eq((answer.status, answer.body), (200, host.encode()), line)
    p = start("option transparent", "no option transparent")
    eq(get(p.fe, headers=[("X-Loop", "once")]).status, 503)


@test("a server of address * or 0.0.0.0 is at the address that the client came to")
def _():
    one = Origin(name="one", host="127.0.0.7")
    two = Origin(name="two", host="127.0.0.8", port=one.port)
    for address in (f"*:{one.port}", f"0.0.0.0:{one.port}", f":{one.port}"):
        p = start("http-reuse always", f"server s {address}")
        for host, wanted in (("127.0.0.7", b"one"), ("127.0.0.8", b"two"), ("127.0.0.7", b"one")):
            client = Client(p.fe, host=host)
            eq([client.get().body for _ in range(2)], [wanted] * 2, address)
    assert one.requests and two.requests


@test("dispatch needs a port of its own", only="sluice")
def _():
    for words in ("127.0.0.1", "127.0.0.1:+1", "127.0.0.1:1-2", ""):
        text = TEXT.replace("@back@", f"    dispatch {words}").replace("@log@", "127.0.0.1:1")
        eq(run_config(text.replace("@fe@", "8000"), "-c").code, 1, words)


if __name__ == "__main__":
    main()
