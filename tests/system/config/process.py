# labels: quick
"""The global section: what the process is, and what it says of itself (manual §3)."""
import grp
import os
import pwd
import re
import socket
import signal
import subprocess
import sys
import time
from stat import S_IMODE

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.runtime import ask

CONFIG = """
global
    @global@
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    @front@
    default_backend be
backend be
    server s @origin@
"""


def start(text, front="", origin=None, **more):
    return proxy(CONFIG.replace("@global@", text), front=front, origin=origin or Origin(), **more)


@test("stats socket with level, mode, user and group")
def _():
    if os.geteuid() != 0:
        return
    p = start("stats socket @dir@/s.sock level operator mode 612 user nobody group nogroup")
    path = f"{p.directory}/s.sock"
    found = os.stat(path)
    eq((pwd.getpwuid(found.st_uid).pw_name, grp.getgrgid(found.st_gid).gr_name,
        oct(S_IMODE(found.st_mode))), ("nobody", "nogroup", "0o612"))
    assert "ermission" in ask(path, "disable server be/s"), "operators may not"
    assert "fe,FRONTEND" in ask(path, "show stat")


@test("stats socket level admin may change servers, level user may not clear counters")
def _():
    p = start("stats socket @dir@/a.sock level admin")
    assert "ermission" not in ask(f"{p.directory}/a.sock", "disable server be/s")


@test("stats timeout ends an idle runtime connection")
def _():
    p = start("stats socket @dir@/s.sock\n    stats timeout 300ms")
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(8)
        s.connect(f"{p.directory}/s.sock")
        eq(s.recv(100), b"")


@test("node and description are what show info tells")
def _():
    p = start("stats socket @dir@/s.sock\n    node house7\n    description the back door")
    info = ask(f"{p.directory}/s.sock", "show info")
    assert "node: house7" in info and "description: the back door" in info, info


@test("log-send-hostname puts a host name into the header, log-tag the program's name")
def _():
    log = UdpLog()
    p = start(f"log {log} local0\n    log-send-hostname house7\n    log-tag gate",
              front="log global\n    option httplog")
    get(p.fe)
    log.wait()
    assert re.search(rb"^<134>\w+ +\d+ [\d:]+ house7 gate\[", log.datagrams[-1]), log.datagrams


@test("log global takes the targets of the global section, log-tag here names the program")
def _():
    log = UdpLog()
    p = start(f"log {log} local3", front="log global\n    log-tag mine\n    option httplog")
    get(p.fe)
    log.match('"GET')
    assert b"<158>" in log.datagrams[-1] and b" mine[" in log.datagrams[-1], log.datagrams


@test("maxconn of the process holds over its frontends")
def _():
    p = start("maxconn 1")
    first = Client(p.fe)
    eq(first.get().status, 200)
    second = Client(p.fe).request().quiet()
    first.close()
    eq(second.response().status, 200)


@test("nbthread, pidfile and daemon: what the system sees of the process")
def _():
    p = start("pidfile @dir@/pid\n    nbthread 3\n"
              "    stats socket @dir@/s.sock\n    daemon", args=(), ready=False)
    wait_for(lambda: p.fe in listening(), "the port")
    told = int(re.search(r"^Pid: (\d+)", ask(f"{p.directory}/s.sock", "show info"), re.M).group(1))
    cleanup(lambda: subprocess.run(["kill", str(told)], stderr=subprocess.DEVNULL, check=False))
    eq(wait_for(lambda: not p.alive() and "gone", "the starter to go"), "gone")
    with open(f"{p.directory}/pid", encoding="ascii") as f:
        pid = int(f.read())
    eq(pid, told)
    try:
        assert pid != p.pid, "it went to the background"
        assert "Nbthread: 3" in ask(f"{p.directory}/s.sock", "show info")
        eq(get(p.fe).status, 200)
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "its end")


@test("hard-stop-after bounds a soft stop")
def _():
    gate = Gate()
    p = start("hard-stop-after 300ms", origin=Origin(respond(before=gate)))
    client = Client(p.fe).request()
    gate.wait_reached()
    p.send(signal.SIGUSR1)
    began = time.monotonic()
    p.wait_exit(8)
    assert time.monotonic() - began < 8
    client.close()


@test("setenv, presetenv, unsetenv and resetenv set what the lines below see")
def _():
    origin = Origin()
    p = start("setenv ONE one\n    presetenv TWO two\n    presetenv KEPT other\n"
              "    unsetenv GONE", origin=origin, environment={"KEPT": "kept", "GONE": "gone"},
              front='http-request set-header X "${ONE} ${TWO} ${KEPT} [${GONE}]"')
    get(p.fe)
    eq(origin.last().get("x"), "one two kept []")


@test("resetenv forgets all variables but those it names")
def _():
    origin = Origin()
    p = start("resetenv PATH KEPT", origin=origin, environment={"KEPT": "kept", "GONE": "gone"},
              front='http-request set-header X "${KEPT} [${GONE}]"')
    get(p.fe)
    eq(origin.last().get("x"), "kept []")


def loaded(text, args=("-c",)):
    return run_config(f"global\n    {text}\n" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:1
    default_backend be
backend be
    server s 127.0.0.1:1 weight 0 minconn 9 maxconn 5
    http-request deny
    tcp-request content accept
""", *args)


@test("tune.maxrewrite is kept free in a buffer of tune.bufsize")
def _():
    p = start("tune.bufsize 16384\n    tune.maxrewrite 8000")
    eq(get(p.fe, headers=[("X", "x" * 7000)]).status, 200)
    assert get(p.fe, headers=[("X", "x" * 9000)]).status in (400, 431)


@test("zero-warning refuses a file that has warnings")
def _():
    outcome = loaded("zero-warning")
    eq(outcome.code != 0, True)


@test("quiet says nothing of a good file")
def _():
    outcome = loaded("quiet")
    eq((outcome.code, outcome.out), (0, ""))


@test("spread-checks and max-spread-checks part the first checks of many servers")
def _():
    origins = [Origin() for _ in range(3)]
    began = time.monotonic()
    proxy("global\n    max-spread-checks 200ms\n" + DEFAULTS + """
backend be
    option httpchk
    server a @a@ check inter 60s
    server b @b@ check inter 60s
    server c @c@ check inter 60s
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
""", a=origins[0], b=origins[1], c=origins[2])
    for origin in origins:
        origin.wait_requests(1, seconds=10)
    assert time.monotonic() - began < 10


if __name__ == "__main__":
    main()
