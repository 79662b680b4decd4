# labels: quick threaded
"""show sess, shutdown session, shutdown sessions server: requests at work (management §9.3)."""
import os
import re
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from rig import CONFIG, command, pair, same

LINE = re.compile(r"(?P<id>0x[0-9a-f]+): proto=(?P<proto>\S+) src=(?P<src>\S+) fe=(?P<fe>\S+) "
                  r"be=(?P<be>\S+) srv=(?P<srv>\S+) .*?age=(?P<age>\S+) .*?"
                  r"scf=\[.*?fd=(?P<client_fd>-?\d+)\] scb=\[.*?fd=(?P<server_fd>-?\d+)\] "
                  r"exp=(?P<exp>\S*)")


def sessions(p):
    """The requests at work, the runtime socket's own left out."""
    rows = [LINE.match(line) for line in command(p, "show sess").splitlines() if line]
    assert all(rows), command(p, "show sess")
    return [row.groupdict() for row in rows if row["fe"] != "GLOBAL"]


def one_session(p, **wanted):
    def found():
        rows = [row for row in sessions(p) if all(row[k] == v for k, v in wanted.items())]
        return rows[0] if rows else None
    return wait_for(found, f"a session with {wanted}", 20)


def hanging():
    """An origin that takes a request and never answers."""
    return Origin(silent)


def start(**more):
    origins = {"a": hanging(), "b": hanging(), "t": hanging(), **more}
    return proxy(CONFIG, **origins)


@test("show sess tells where each request came from, and where it is")
def _():
    p = start()
    eq(sessions(p), [])
    idle = Client(p.fe)                              # has sent nothing: no request
    client = Client(p.fe).request("GET", "/a")
    tcp = Client(p.other)
    tcp.send("x")
    row = one_session(p, fe="fe", be="be")
    eq((row["proto"], row["src"]), ("tcpv4", "127.0.0.1:%d" % client.sock.getsockname()[1]))
    assert row["srv"] in ("a", "b") and int(row["server_fd"]) > 0 and row["exp"], row
    row = one_session(p, fe="other", be="tcpbe", srv="t")
    eq(row["src"], "127.0.0.1:%d" % tcp.sock.getsockname()[1])
    eq(len(sessions(p)), 2)
    idle.close()


@test("show sess of one, of all, and of none")
def _():
    p = start()
    Client(p.fe).request("GET", "/")
    row = one_session(p, fe="fe", be="be")
    text = command(p, f"show sess {row['id']}")
    for wanted in (row["id"] + ": ", "frontend=fe (id=", "backend=be (id=", f"server={row['srv']}",
                   f"127.0.0.1:{p.fe}", "mode=http"):
        assert wanted in text, (wanted, text)
    eq(command(p, "show sess all").count("frontend=fe"), 1)
    eq(command(p, "show sess 0x1"), "Session not found.\n\n")


@test("what is no session is answered as by haproxy")
def _():
    ours, theirs = pair()
    same(ours, theirs, ["show sess 0x1", "shutdown session", "shutdown session zz",
                        "shutdown session 0x1", "shutdown sessions server",
                        "shutdown sessions server be/x", "shutdown sessions server x/x"])


@test("shutdown session ends that request and no other")
def _():
    log = UdpLog()
    p = proxy(CONFIG.replace("nbthread 2", f"nbthread 2\n    log {log} local0")
              .replace("frontend fe", "frontend fe\n    log global\n    option httplog"),
              a=hanging(), b=hanging(), t=hanging())
    victim, other = Client(p.fe), Client(p.fe)
    victim.request("GET", "/victim")
    source = "127.0.0.1:%d" % victim.sock.getsockname()[1]
    row = one_session(p, fe="fe", src=source)
    other.request("GET", "/other")
    wait_for(lambda: len(sessions(p)) == 2, "both", 20)
    eq(command(p, f"shutdown session {row['id']}"), "\n")
    try:
        eq(victim.rest()[0], b"")
    except ConnectionResetError:
        pass
    wait_for(lambda: [r["src"] for r in sessions(p)] ==
             ["127.0.0.1:%d" % other.sock.getsockname()[1]], "the other alone", 20)
    eq(command(p, f"shutdown session {row['id']}"), "No such session (use 'show sess').\n\n")
    log.wait()
    assert b" KH-- " in log.datagrams[-1] or b" K" in log.datagrams[-1], log.datagrams[-1]


@test("shutdown sessions server ends the requests on it, in mode tcp too")
def _():
    p = start()
    tcp = Client(p.other)
    tcp.send("x")
    Client(p.fe).request("GET", "/")
    one_session(p, fe="other", srv="t")
    one_session(p, fe="fe", be="be")
    eq(command(p, "shutdown sessions server tcpbe/t"), "\n")
    try:
        eq(tcp.rest()[0], b"")
    except ConnectionResetError:
        pass
    wait_for(lambda: [row["fe"] for row in sessions(p)] == ["fe"], "the other alone", 20)


@test("a long list is whole, and each request is in it once")
def _():
    p = start()
    clients = [Client(p.fe).request("GET", f"/{i}") for i in range(300)]
    wait_for(lambda: len(sessions(p)) == len(clients), "all of them", 40)
    rows = sessions(p)
    eq(len({row["id"] for row in rows}), len(clients))
    eq({row["src"] for row in rows},
       {"127.0.0.1:%d" % client.sock.getsockname()[1] for client in clients})


if __name__ == "__main__":
    main()
