# labels: quick threaded
"""Limits that commands change, beside haproxy (management manual §9.3)."""
import os
import re
import sys
import time

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


@test("set rate-limit connections slows new connections down, until it is lifted", only="sluice")
def _():
    p = proxy(CONFIG, a=Origin(), b=Origin(), t=Origin())
    eq(command(p, "set rate-limit connections global 1"), "\n")
    begun = time.monotonic()
    for client in [Client(p.fe, seconds=60).request("GET", "/") for _ in range(6)]:
        eq(client.response().status, 200)
    took = time.monotonic() - begun
    assert took > 2, f"six connections at one a second took {took:.2f} s"
    waiting = [Client(p.fe, seconds=60).request("GET", "/") for _ in range(200)]
    eq(command(p, "set rate-limit connections global 0"), "\n")
    for client in waiting:
        eq(client.response().status, 200)
    assert time.monotonic() - begun < 100, "the limit was not lifted"


@test("changes are answered as by haproxy, right ones and wrong ones")
def _():
    ours, theirs = pair()
    same(ours, theirs, [
        "set maxconn global", "set maxconn global 100", "set maxconn global 99999999",
        "set maxconn frontend", "set maxconn frontend fe", "set maxconn frontend fe -1",
        "set maxconn frontend nope 3", "set maxconn frontend #2 50", "set maxconn server",
        "set maxconn server be", "set maxconn server be/a", "set maxconn server be/a x",
        "set maxconn server be/a 7x", "set maxconn server be/a 7", "set maxconn server be/nope 7",
        "set maxconn server nope/a 7", "clear counters x", "clear counters all", "set weight",
        "set weight be/a", "set weight be/a x", "set weight be/a 10x", "set weight be/a 50%",
        "set weight be/a 257", "set weight be/a -1", "set weight be/a 101%",
        "set weight fixed/a 5", "set weight fixed/a 0", "set weight fixed/a 100%", "get weight",
        "get weight be", "get weight be/a", "get weight nope/a", "set server",
        "set server be/a addr", "set server be/a addr x", "set server be/a addr 127.0.0.2",
        "set server be/a addr 127.0.0.1 port 81", "set server be/a addr 127.0.0.1 port 81",
        "set server be/a weight", "set server be/a weight x", "set server be/a state",
        "set server be/a state x", "set server be/a state drain", "set server be/a state maint",
        "set server be/a state ready", "set server be/a health", "set server be/a health x",
        "set server be/a health down", "set server be/b health down",
        "set server be/b health stopping", "set server be/b health up",
        "set server bound/c health up", "set server be/a agent up", "set server be/a fqdn x",
        "set server be/b check-addr 127.0.0.1", "set server be/b check-port 80",
        "set server be/b check-port x", "enable server", "enable server be",
        "enable server be/nope", "enable server be/a", "disable server be/a",
        "disable server nope/a", "enable health be/a", "disable health be/a",
        "disable health be/b", "enable health be/b", "enable agent be/a", "disable agent be/a",
        "enable frontend", "enable frontend nope", "enable frontend be", "disable frontend fe",
        "disable frontend fe", "enable frontend #2", "enable frontend fe", "enable server be/a",
        "show servers state nope", "show servers conn nope", "show stat nope 1 1", "show backend",
        "shutdown sessions server be/a", "set severity-output", "show resolvers x"],
        but=lambda text: re.sub(r"from '\d{4,5}'", "from 'PORT'", text))
    text = command(ours, "set server be/a ssl on")
    eq(text, "'set server <srv> ssl' is not supported by Sluice.\n\n")


if __name__ == "__main__":
    main()
