"""The examples in conf/ do what their comments say. Each runs as it is shipped, but for addresses
and ports, which are those of the test, and rhythms, which are quicker."""
import csv
import io
import os
import re
import sys
import threading

ROOT = __file__.rsplit("/tests/", 1)[0]
sys.path.insert(0, ROOT + "/tests/support")
from harness import *

TIMES = (("inter 1s", "inter 100ms"), ("inter 2s", "inter 100ms"))


def example(name, servers):
    """The file with origins in the place of its addresses; fails where one of them is not there."""
    with open(os.path.join(ROOT, "conf", name), encoding="utf-8") as f:
        text = f.read()
    for address, origin in servers.items():
        assert address in text, f"{name} has no {address}"
        text = text.replace(address, str(origin))
    left = re.findall(r"\b10\.\d+\.\d+\.\d+:\d+", text)
    eq(left, [], f"{name}: addresses without an origin")
    text = re.sub(r"bind (127\.0\.0\.1)?:(\d+)( v4v6)?", r"bind 127.0.0.1:@p\2@", text)
    text = text.replace("/run/sluice", "@dir@").replace("log /dev/log", "log @log@")
    for slow, quick in TIMES:
        text = text.replace(slow, quick)
    if is_oracle():                         # it starts only with all the descriptors it may need
        text = text.replace("    maxconn 20000\n", "    maxconn 2000\n")
    return proxy(text, log=UdpLog())


def rows(p):
    text = get(p.p8001, "/;csv").body.decode()[2:]
    return {(r["pxname"], r["svname"]): r for r in csv.DictReader(io.StringIO(text))}


def becomes(p, backend, server, status):
    wait_for(lambda: rows(p)[backend, server]["status"] == status,
             f"{backend}/{server} {status}", 20)


def act(p, backend, servers, action):
    """What the page's form posts."""
    body = "".join(f"s={name}&" for name in servers) + f"action={action}&b={backend}"
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    answer = get(p.p8001, "/", form, "POST", body)
    eq(answer.status, 303, answer)
    assert "st=DONE" in answer.get("location"), answer


class Visitors:
    """Ask all the time, from a thread; every answer is kept."""

    def __init__(self, port, path="/"):
        self.port, self.path = port, path
        self.bodies, self.failed = [], []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        cleanup(self.stop)

    def _run(self):
        while not self._stop.is_set():
            try:
                answer = get(self.port, self.path)
                self.bodies.append(answer.body)
                if answer.status != 200:
                    self.failed.append(answer)
            except (OSError, AssertionError) as error:
                self.failed.append(error)

    def more(self, count=20):
        """Waits for so many further answers, and gives them."""
        done = len(self.bodies)
        wait_for(lambda: len(self.bodies) >= done + count or self.failed, f"{count} answers", 20)
        return set(self.bodies[done:])

    def stop(self):
        self._stop.set()
        self._thread.join(20)


@test("monolith-edge: named routes go to services, the rest and what has no server to the monolith")
def _():
    old, o1, o2, u1, u2 = (Origin(name=name) for name in ("old", "o1", "o2", "u1", "u2"))
    p = example("monolith-edge.cfg", {
        "10.0.0.10:8080": old, "10.0.1.11:8080": o1, "10.0.1.12:8080": o2,
        "10.0.2.11:8080": u1, "10.0.2.12:8080": u2})
    for path, wanted in (("/", {b"old"}), ("/api/orders", {b"old"}),
                         ("/api/orders/7", {b"o1", b"o2"}),
                         ("/api/users/3", {b"u1", b"u2"}), ("/api/login", {b"u1", b"u2"}),
                         ("/api/other", {b"old"})):
        found = {get(p.p80, path).body for _ in range(8)}
        assert found <= wanted, (path, found)
    eq(old.last().get("host"), "shop.example.com")
    eq(old.last().get("x-forwarded-for"), "127.0.0.1")
    act(p, "users", ["one", "two"], "maint")
    becomes(p, "users", "one", "MAINT")
    eq(get(p.p80, "/api/users/3").body, b"old")
    act(p, "users", ["two"], "ready")
    becomes(p, "users", "two", "UP")
    eq(get(p.p80, "/api/users/3").body, b"u2")


@test("blue-green: the switch and the way back lose no request")
def _():
    names = ("blue-1", "blue-2", "green-1", "green-2")
    origins = [Origin(name=name) for name in names]
    p = example("blue-green.cfg", dict(zip(
        ("10.0.0.11:8080", "10.0.0.12:8080", "10.0.0.21:8080", "10.0.0.22:8080"), origins)))
    blue, green = {b"blue-1", b"blue-2"}, {b"green-1", b"green-2"}
    for server in ("green-1", "green-2"):
        becomes(p, "green-preview", server, "UP")
    visitors = Visitors(p.p80)
    eq(visitors.more(), blue)
    eq({get(p.p80, headers=[("X-Preview", "green")]).body for _ in range(4)}, green)
    for use, leave, colour in (("green", "blue", green), ("blue", "green", blue)):
        act(p, "service", [f"{use}-1", f"{use}-2"], "ready")
        for number in (1, 2):
            becomes(p, "service", f"{use}-{number}", "UP")
        act(p, "service", [f"{leave}-1", f"{leave}-2"], "drain")
        for number in (1, 2):
            becomes(p, "service", f"{leave}-{number}", "DRAIN")
        visitors.more(2)
        eq(visitors.more(), colour)
    visitors.stop()
    eq(visitors.failed, [])


@test("canary-cookie: one in twenty is led to the new server, and stays; testers choose")
def _():
    old, new = Origin(name="old"), Origin(name="new")
    p = example("canary-cookie.cfg", {"10.0.0.10:8080": old, "10.0.0.20:8080": new})
    for server in ("old", "new"):
        becomes(p, "service", server, "UP")
    first = [get(p.p80) for _ in range(100)]
    eq([sum(a.body == name for a in first) for name in (b"old", b"new")], [95, 5])
    canary = next(a for a in first if a.body == b"new").get("set-cookie").split(";")[0]
    eq(canary, "SRV=new")
    for _ in range(4):
        eq(get(p.p80, headers=[("Cookie", canary)]).body, b"new")
    eq(new.last().get("cookie"), None)
    eq({get(p.p80, headers=[("Cookie", "canary=always")]).body for _ in range(4)}, {b"new"})
    eq({get(p.p80, headers=[("Cookie", "canary=never; SRV=new")]).body for _ in range(4)}, {b"old"})
    act(p, "service", ["new"], "drain")
    becomes(p, "service", "new", "DRAIN")
    eq(get(p.p80, headers=[("Cookie", canary)]).body, b"new")
    eq({get(p.p80).body for _ in range(40)}, {b"old"})
    act(p, "service", ["new"], "maint")
    becomes(p, "service", "new", "MAINT")
    eq(get(p.p80, headers=[("Cookie", canary)]).body, b"old")


def database(name):
    """Asks for a password, as PostgreSQL does after a startup packet; then says its name at each
    byte that a session sends."""
    def script(conn):
        length = int.from_bytes(conn.sock.recv(4, 0x100), "big")     # MSG_WAITALL
        conn.sock.recv(length - 4, 0x100)
        conn.sock.sendall(b"R\0\0\0\x0c\0\0\0\x05salt")
        while conn.sock.recv(1):
            conn.sock.sendall(name)
    return Origin(script=script)


STARTUP = b"\0\0\0\x08\0\x03\0\0"


@test("tcp-database: sessions reach the primary, end when it is down, and find the standby")
def _():
    primary, standby = database(b"P"), database(b"S")
    p = example("tcp-database.cfg", {"10.0.3.11:5432": primary, "10.0.3.12:5432": standby})

    def session():
        c = Client(p.p5432).send(STARTUP)
        eq(c.exactly(1), b"R")
        c.exactly(12)
        return c
    first = session()
    eq(first.send(b"q").exactly(1), b"P")
    for server in ("primary", "standby"):
        wait_for(lambda name=server: rows(p)["postgres", name]["check_status"] == "L7OK",
                 f"{server}'s check", 20)
    primary.stop()
    becomes(p, "postgres", "primary", "DOWN")
    first.ends()
    second = session()
    eq(second.send(b"q").exactly(1), b"S")
    primary.start()
    becomes(p, "postgres", "primary", "UP")
    second.ends()
    eq(session().send(b"q").exactly(1), b"P")


if __name__ == "__main__":
    main()
