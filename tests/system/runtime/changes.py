# labels: quick threaded
"""Limits that commands change, beside haproxy (management manual §9.3)."""
import os
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from rig import CONFIG, command, pair, same


@test("set rate-limit is answered as by haproxy, and show info tells it")
def _():
    ours, theirs = pair()

    def without_compression(text):
        return "".join(line for line in text.splitlines(True) if "compression" not in line)
    same(ours, theirs, ["set rate-limit", "set rate-limit connections",
                        "set rate-limit connections global", "set rate-limit other global 1",
                        "set rate-limit connections local 1",
                        "set rate-limit connections global -1",
                        "set rate-limit connections global 1000",
                        "set rate-limit sessions global 1100",
                        "set rate-limit ssl-sessions global 1200"], but=without_compression)
    for p in (ours, theirs):
        info = dict(line.split(": ", 1) for line in command(p, "show info").splitlines()
                    if ": " in line)
        eq([info[name] for name in ("ConnRateLimit", "SessRateLimit", "SslRateLimit")],
           ["1000", "1100", "1200"])


@test("set rate-limit connections slows new connections down at once", only="sluice")
def _():
    p = proxy(CONFIG, a=Origin(), b=Origin(), t=Origin())
    eq(command(p, "set rate-limit connections global 1"), "\n")
    clients = [Client(p.fe, seconds=60).request("GET", "/") for _ in range(4)]
    clients[0].sock.settimeout(60)
    eq(clients[0].response().status, 200)
    clients[3].sock.settimeout(0.3)
    try:
        raise AssertionError(f"a fourth connection in a second: {clients[3].sock.recv(1)}")
    except TimeoutError:
        pass
    eq(command(p, "set rate-limit connections global 0"), "\n")
    clients[3].sock.settimeout(60)
    eq(clients[3].response().status, 200)


if __name__ == "__main__":
    main()
