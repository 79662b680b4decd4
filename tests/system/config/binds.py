# labels: quick
"""The options of bind lines (manual §5.1) but TLS's: each seen from outside."""
import grp
import os
import pwd
import subprocess
import sys
from stat import S_IMODE

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = DEFAULTS + """
    @more@
frontend fe
    bind @bind@
    bind 127.0.0.1:@plain@
    option socket-stats
    stats enable
    stats uri /stats
    stats show-legends
    http-request return status 200 content-type text/plain lf-string %[so_name] if { path /name }
    default_backend be
backend be
    server s @origin@
"""


def start(bind, origin=None, more=""):
    return proxy(CONFIG.replace("@bind@", bind), origin=origin or Origin(), more=more)


def backlog(port):
    """What the kernel says of a listening socket's queue."""
    text = subprocess.run(["ss", "-tlnH", f"( sport = :{port} )"], capture_output=True, text=True,
                          check=True).stdout
    return int(text.split()[2])


@test("bind name names the socket")
def _():
    p = start("127.0.0.1:@fe@ name door")
    eq(get(p.fe, "/name").body, b"door")


@test("bind id numbers the socket in the statistics")
def _():
    p = start("127.0.0.1:@fe@ name door id 4711")
    assert b"4711" in get(p.plain, "/stats;csv").body


@test("bind backlog and backlog bound the socket's queue")
def _():
    p = start("127.0.0.1:@fe@ backlog 77", more="backlog 66")
    eq((backlog(p.fe), backlog(p.plain)), (77, 66))


@test("bind maxconn bounds the connections of one socket")
def _():
    p = start("127.0.0.1:@fe@ maxconn 1")
    first = Client(p.fe)
    eq(first.get().status, 200)
    second = Client(p.fe).request().quiet()
    eq(get(p.plain).status, 200)
    first.close()
    eq(second.response().status, 200)


@test("bind defer-accept takes a connection when its first bytes are there")
def _():
    p = start("127.0.0.1:@fe@ defer-accept", more="timeout http-request 200ms")
    silent_client = Client(p.fe).quiet(1)
    eq(silent_client.get().status, 200)


@test("bind v6only leaves IPv4 to others, v4v6 takes it as well")
def _():
    p = start(":::@fe@ v6only")
    eq(get(p.fe, to="::1").status, 200)
    try:
        Client(p.fe)
        raise AssertionError("an IPv4 client was served")
    except ConnectionRefusedError:
        pass
    p = start(":::@fe@ v4v6")
    eq((get(p.fe).status, get(p.fe, to="::1").status), (200, 200))


@test("bind user, group and mode are those of a unix socket")
def _():
    if os.geteuid() != 0:
        return
    p = start("@dir@/door.sock user nobody group nogroup mode 612")
    found = os.stat(f"{p.directory}/door.sock")
    eq((pwd.getpwuid(found.st_uid).pw_name, grp.getgrgid(found.st_gid).gr_name,
        oct(S_IMODE(found.st_mode))), ("nobody", "nogroup", "0o612"))
    eq(Client(f"{p.directory}/door.sock").get().status, 200)


if __name__ == "__main__":
    main()
