# labels: quick threaded
"""The runtime socket's framing and manners, beside haproxy's (management manual §9.3)."""
import grp
import os
import pwd
import socket
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from rig import command, first_line, pair, same, talk

SMALL = """
global
    stats socket @dir@/admin.sock mode 600 level admin @options@
    @more@
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s @origin@
"""


def start(options="", more="", **values):
    return proxy(SMALL, options=options, more=more, origin=Origin(), **values)


@test("commands, empty ones, payloads and prompts are framed as haproxy frames them")
def _():
    ours, theirs = pair()
    for data in ("show cli level\n", "show cli level;show cli level\n", "show   cli \t level\n",
                 "show cli level\r\n", "get weight be/a\\;b\n", "get weight be/a\\ b\n",
                 "show cli level <<\nfoo\nshow cli level\n\n",
                 "show cli level;show cli level <<\nfoo\n\n", "prompt\nshow cli level\nquit\n",
                 "prompt\nprompt\nshow cli level\n",
                 "prompt\nshow cli level <<\nfoo\nbar\n\nquit\n", "quit\n",
                 "set severity-output number;get weight x;show cli level\n",
                 "set severity-output string;get weight x;show cli level\n",
                 "set severity-output x\n", "set timeout cli 30\n", "set timeout cli\n",
                 "set timeout x\n", "operator;show cli level;operator;user;operator\n",
                 "user;show cli level;clear counters\n",
                 "expert-mode on;expert-mode;expert-mode off;expert-mode\n",
                 "experimental-mode on;experimental-mode;user;experimental-mode\n",
                 "experimental-mode other\n"):
        path = "/admin.sock"
        eq(talk(ours.directory + path, data), talk(theirs.directory + path, data), repr(data))
    for data in ("show cli level", "show cli level <<\nfoo\n"):     # cut short
        eq(talk(ours.directory + "/admin.sock", data, half=True), "", repr(data))


@test("each command asks for the level that haproxy asks for")
def _():
    ours, theirs = pair()
    both = ["show info", "show stat", "show schema json", "show backend", "show servers state",
            "show servers conn", "show sess", "show errors", "show activity", "show fd",
            "show threads", "show pools", "show events", "show env", "show libs",
            "show startup-logs", "show cli level", "show cli sockets", "show resolvers",
            "clear counters", "clear counters all", "disable agent x", "disable frontend x",
            "disable health x", "disable server x", "enable agent x", "enable frontend x",
            "enable health x", "enable server x", "get weight x", "set maxconn frontend x",
            "set maxconn global x", "set maxconn server x", "set rate-limit x", "set server x",
            "set severity-output x", "set timeout x", "set weight x", "shutdown frontend",
            "shutdown session x", "shutdown sessions server x", "add server x", "del server x",
            "expert-mode", "experimental-mode", "enable dynamic-cookie backend x",
            "disable dynamic-cookie backend x", "set dynamic-cookie-key backend x"]
    for level in ("user", "operator"):
        for line in both:
            refused = [command(p, line, level).startswith("Permission denied")
                       for p in (ours, theirs)]
            eq(refused[0], refused[1], f"{line!r} is refused at level {level}")


@test("words that are no command, and help")
def _():
    ours, theirs = pair()
    for line in ("bogus", "show", "show cli", "@1 show version", "mcli-debug-mode", ""):
        for p in (ours, theirs):
            assert command(p, line).startswith("Unknown command"), (line, command(p, line))
    for line in ("help", "help show cli"):
        eq(first_line(command(ours, line)), first_line(command(theirs, line)), repr(line))
    text = command(ours, "help show cli")
    assert "show cli level" in text and "show cli sockets" in text, text
    assert "disable server" not in text, text
    for line in ("set ssl cert x", "show table", "add map x y z", "show tasks"):
        text = command(ours, line)
        assert text.startswith("Unknown command") and "not supported" in text.split("\n")[0], text


@test("a TCP address takes commands too")
def _():
    text = SMALL.replace("@more@", "stats socket ipv4@127.0.0.1:@cli@ level operator")
    p = proxy(text, options="", origin=Origin())
    client = Client(p.cli).send("show cli level;show cli sockets;disable server be/s\n")
    said = client.rest()[0].decode()
    assert said.startswith("operator\n\n# socket lvl processes\n"), said
    assert f"ipv4@127.0.0.1:{p.cli} operator all\n" in said, said
    assert said.endswith("Permission denied\n\n"), said


@test("severity-output of a stats socket marks its answers")
def _():
    p = start("severity-output number")
    eq(command(p, "get weight x"), "[3]: Require 'backend/server'.\n\n")


@test("uid and gid own the socket's file")
def _():
    if os.geteuid() != 0:
        return
    nobody, nogroup = pwd.getpwnam("nobody").pw_uid, grp.getgrnam("nogroup").gr_gid
    p = start(f"uid {nobody} gid {nogroup}")
    found = os.stat(f"{p.directory}/admin.sock")
    eq((found.st_uid, found.st_gid), (nobody, nogroup))


def stays_open(p, clients):
    """Opens so many connections that talk and stay."""
    for _ in range(clients):
        client = Client(f"{p.directory}/admin.sock")
        client.send("prompt\n")
        eq(client.exactly(3), b"\n> ")
        yield client


def waits_for_room(p, limit):
    kept = list(stays_open(p, limit))
    late = Client(f"{p.directory}/admin.sock", seconds=20)
    late.send("show cli level\n")
    late.sock.settimeout(0.3)
    try:
        raise AssertionError(f"was served past the limit: {late.sock.recv(1)}")
    except TimeoutError:
        pass
    late.sock.settimeout(20)
    kept[0].send("quit\n")
    eq(late.sock.recv(100), b"admin\n\n")


@test("stats maxconn bounds the connections of all runtime sockets")
def _():
    waits_for_room(start(more="stats maxconn 2"), 2)


@test("maxconn of a stats socket bounds its own connections")
def _():
    waits_for_room(start("maxconn 1"), 1)


@test("a thousand idle clients cost nobody anything but their turn")
def _():
    p = start(more="stats timeout 1s")
    idle = []
    for _ in range(1000):
        s = socket.socket(socket.AF_UNIX)
        s.connect(f"{p.directory}/admin.sock")
        idle.append(s)
    eq(get(p.fe).status, 200)
    assert p.alive()
    for s in idle:
        s.close()
    eq(command(p, "show cli level"), "admin\n\n")


def ends(sock):
    """Whether it is closed by the other side."""
    sock.settimeout(60)
    try:
        return sock.recv(100) == b""
    except ConnectionResetError:
        return True


@test("a thousand idle clients that are served keep nobody waiting, and go by their time-out")
def _():
    p = start(more="stats maxconn 1100\n    stats timeout 5s")
    before = len(os.listdir(f"/proc/{p.pid}/fd"))
    idle = list(stays_open(p, 1000))
    wait_for(lambda: len(os.listdir(f"/proc/{p.pid}/fd")) >= before + 900, "all to be served")
    eq(command(p, "show cli level"), "admin\n\n")
    eq([get(p.fe).status for _ in range(20)], [200] * 20)
    assert all(ends(client.sock) for client in idle)
    wait_for(lambda: len(os.listdir(f"/proc/{p.pid}/fd")) <= before + 5, "them to be gone", 60)


@test("a line or a payload without an end is cut off")
def _():
    p = start()
    for data in (b"x" * 100_000, b"show cli level <<\n" + b"x\n" * 50_000):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(f"{p.directory}/admin.sock")
            try:
                s.sendall(data)
                eq(s.recv(100), b"")
            except (BrokenPipeError, ConnectionResetError):
                pass
    eq(command(p, "show cli level"), "admin\n\n")


if __name__ == "__main__":
    main()
