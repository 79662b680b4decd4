# labels: quick threaded
"""A book's file on moving to microservices, unchanged but for its addresses, in both spellings."""
import os
import re
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.process import binary

SHORT = """
frontend haproxynode
    bind *:@fe@
    mode http
    default_backend backendnodes

backend backendnodes
    balance roundrobin
    option forwardfor
    server aws @a@ check
    server example @b@ check

listen stats
    bind *:@st@
    stats enable
    stats uri /
    stats admin if TRUE
"""

SHORT_INI = """
[frontend haproxynode]
bind = *:@fe@
mode = http
default_backend = backendnodes

[backend backendnodes]
balance = roundrobin
option = forwardfor
server = aws @a@ check
server = example @b@ check

[listen stats]
bind = *:@st@
stats enable =
stats uri = /
stats admin = if TRUE
"""

LONG = """
global
    daemon
    stats timeout 30s

defaults
    log global
    mode http
    option httplog
    option dontlognull
    timeout connect 5000
    timeout client 50000
    timeout server 50000

frontend haproxynode
    bind *:@fe@
    mode http
    default_backend backendnodes

backend backendnodes
    balance roundrobin
    option forwardfor
    http-request set-header X-Forwarded-Port %[dst_port]
    http-request add-header X-Forwarded-Proto https if { ssl_fc }
    server aws @a@ check
    server example @b@ check

listen stats
    bind *:@st@
    stats enable
    stats uri /
    stats admin if TRUE
"""


def works(p, a, b):
    """Alternates request by request, forwards the client's address, and its page works."""
    bodies = [get(p.fe).body for _ in range(6)]
    eq(sorted(set(bodies)), [b"a", b"b"])
    assert all(x != y for x, y in zip(bodies, bodies[1:])), bodies
    seen = [r for r in a.requests + b.requests if r.has("x-forwarded-for")]
    eq({r.get("x-forwarded-for") for r in seen}, {"127.0.0.1"})
    page = get(p.st)
    eq(page.status, 200)
    assert b"aws" in page.body and b"example" in page.body
    done = get(p.st, "/", method="POST", body="s=aws&action=maint&b=backendnodes")
    eq((done.status, done.get("location")), (303, "/;st=DONE"))
    eq({get(p.fe).body for _ in range(4)}, {b"b"})
    get(p.st, "/", method="POST", body="s=aws&action=ready&b=backendnodes")
    wait_for(lambda: {get(p.fe).body for _ in range(2)} == {b"a", b"b"}, "both to serve again")


@test("the short form runs unchanged", differs="haproxy: a section without mode is tcp there")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    works(proxy(SHORT, a=a, b=b), a, b)


@test("the short form runs in its INI spelling", only="sluice")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    works(proxy(SHORT_INI, suffix="ini", a=a, b=b), a, b)


@test("the long form runs unchanged, and sets its headers")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    p = proxy(LONG, a=a, b=b)
    works(p, a, b)
    eq({r.get("x-forwarded-port") for r in a.requests if r.has("x-forwarded-for")}, {str(p.fe)})
    assert not any(r.has("x-forwarded-proto") for r in a.requests)


@test("no request fails while a server goes to MAINT and comes back under load")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    p = proxy(LONG, a=a, b=b)
    load = wrk(f"http://127.0.0.1:{p.fe}/", connections=64, seconds=2)
    for action in ("maint", "ready", "drain", "ready"):
        b.wait_requests(len(b.requests) + 20)
        get(p.st, "/", method="POST", body=f"s=aws&action={action}&b=backendnodes")
    done = load.wait()
    eq((done.bad, done.socket_errors), (0, 0), done.text)


@test("convert turns cfg into ini and back, and the ini runs", only="sluice")
def _():
    directory = scratch()
    cfg, ini = os.path.join(directory, "a.cfg"), os.path.join(directory, "a.ini")
    fe, st = free_ports(2)
    a, b = Origin(name="a"), Origin(name="b")
    text = SHORT
    for name, value in (("fe", fe), ("st", st), ("a", a), ("b", b)):
        text = text.replace(f"@{name}@", str(value))
    with open(cfg, "w", encoding="ascii") as f:
        f.write(text)

    def convert(path, to):
        done = subprocess.run([binary(), "convert", path], capture_output=True, text=True,
                              timeout=20, check=False)
        eq(done.returncode, 0, done.stderr)
        with open(to, "w", encoding="ascii") as f:
            f.write(done.stdout)
        return done.stdout
    there = convert(cfg, ini)
    assert re.search(r"^\[backend backendnodes\]", there, re.M), there
    back = convert(ini, os.path.join(directory, "b.cfg"))
    again = convert(os.path.join(directory, "b.cfg"), os.path.join(directory, "b.ini"))
    eq(again, there, "the second turn")
    eq([line.split() for line in back.splitlines() if line.strip() and "#" not in line],
       [line.split() for line in text.splitlines() if line.strip()])


@test("Debian's packaged haproxy.cfg with a frontend and a backend runs unchanged")
def _():
    path = "/etc/haproxy/haproxy.cfg"
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as f:
        text = f.read()
    text += """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server a @a@
"""
    # chroot and user need root; /run/haproxy is the package's own.
    if os.geteuid() != 0 or not os.path.isdir("/run/haproxy"):
        text = re.sub(r"^\s*(chroot|user|group|stats socket)\b.*$", "", text, flags=re.M)
    eq(get(proxy(text, a=Origin(name="a")).fe).body, b"a")


if __name__ == "__main__":
    main()
