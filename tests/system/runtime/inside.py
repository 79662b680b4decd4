# labels: quick threaded
"""show activity, threads, pools, fd, events, libs, env, info: what the process is about."""
import json
import os
import re
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from rig import CONFIG, command, pair, same, talk


def start():
    return proxy(CONFIG, a=Origin(name="a"), b=Origin(name="b"), t=Origin())


def activity(p):
    rows = {}
    for line in command(p, "show activity").splitlines():
        match = re.match(r"(\w+): (\d+)(?: \[ ([\d ]+)\])?$", line)
        if match:
            rows[match[1]] = (int(match[2]), [int(n) for n in (match[3] or "").split()])
    return rows


@test("show activity counts what each thread did, in haproxy's form")
def _():
    p = start()
    before = activity(p)
    get(p.fe)
    after = activity(p)
    total, each = after["loops"]
    eq((len(each), sum(each)), (2, total))
    assert total > before["loops"][0], (before, after)
    client = Client(p.fe)
    client.get("/")
    wait_for(lambda: activity(p)["connections"][0] == 1, "the connection", 20)


@test("show threads has a line per thread, show pools what they keep")
def _():
    p = start()
    get(p.fe)
    text = command(p, "show threads")
    eq(re.findall(r"(?m)^  Thread (\d+) : serving ", text), ["1", "2"])
    assert all(int(n) > 0 for n in re.findall(r"cpu_ns=(\d+)", text)), text
    pools = dict(re.findall(r"(?m)^  - Pool (\w+) \(\d+ bytes\) : (\d+) allocated",
                            command(p, "show pools")))
    eq(sorted(pools), ["buffer", "exchange", "h1_client", "pipe"])
    assert int(pools["buffer"]) > 0 and int(pools["exchange"]) > 0, pools


@test("show fd tells listeners, connections and who is at their other end")
def _():
    p = start()
    client = Client(p.fe)
    client.get("/")
    text = command(p, "show fd")
    assert re.search(rf"(?m)^  \d+ : listener local=127.0.0.1:{p.fe}$", text), text
    row = re.search(rf"(?m)^  (\d+) : stream local=127.0.0.1:{p.fe} "
                    rf"peer=127.0.0.1:{client.sock.getsockname()[1]}$", text)
    assert row, text
    eq(command(p, f"show fd {row[1]}"), row[0] + "\n\n")
    eq(command(p, "show fd 999999"), "\n")


@test("show events lists what was changed, by whom, and waits for more")
def _():
    p = start()
    assert "changes    : type=buffer, 0 dropped" in command(p, "show events")
    eq(command(p, "show events changes"), "\n")
    command(p, "disable server be/a")
    assert re.search(r"(?m)^\d{4}-.*\+00:00 #1 socket by socket s:be/a state ready -> maint$",
                     command(p, "show events changes")), command(p, "show events changes")
    watcher = Client(p.directory + "/admin.sock", seconds=60)
    watcher.send("show events changes -wn\n")
    wait_for(lambda: command(p, "set weight be/b 4") == "\n", "the change", 20)
    command(p, "set weight be/b 5")
    said = b""
    while b"4 -> 5" not in said:
        said += watcher.sock.recv(4096)
    assert b"be/a" not in said, said
    watcher.send("\n")
    watcher.rest()
    ours, theirs = pair()
    same(ours, theirs, ["show events zz", "show env NO_SUCH_VARIABLE", "show env HOME"])


@test("show libs lists the libraries, show startup-logs what was said at start")
def _():
    p = start()
    text = command(p, "show libs")
    assert re.search(r"(?m)^0x[0-9a-f]{12}-0x[0-9a-f]{12} \(0x[0-9a-f]+\) \S*libc\.so", text), text
    assert command(p, "show startup-logs") != "\n\n"


@test("show info is told as haproxy's: a name, a version of three numbers, the same fields")
def _():
    ours, theirs = pair()
    info = [dict(line.split(": ", 1) for line in command(p, "show info").splitlines()
                 if ": " in line) for p in (ours, theirs)]
    eq(info[0]["Name"], "HAProxy")
    assert re.match(r"\d+\.\d+\.\d+", info[0]["Version"]), info[0]["Version"]
    text = [command(p, "show info typed") for p in (ours, theirs)]
    kinds = [{m[1]: m[2] for m in re.finditer(r"(?m)^\d+\.(\w+)\.1:\w+:(\w+):", one)}
             for one in text]
    for name, kind in kinds[0].items():
        if name in kinds[1]:
            eq(kind, kinds[1][name], f"the type of {name}")
    fields = json.loads(command(ours, "show info json"))
    eq([f["field"]["name"] for f in fields],
       [line.split(":")[0] for line in command(ours, "show info").splitlines() if line])
    described = command(ours, "show info desc")
    assert described.startswith('Name: HAProxy:"'), described


@test("show stat and show servers conn take the filters that haproxy's take")
def _():
    ours, theirs = pair()
    for line in ("show stat -1 1 -1", "show stat -1 4 -1", "show stat be 7 -1", "show stat 2 1 0",
                 "show stat be 4 1", "show stat -1 -1 -1 up", "show stat no-maint",
                 "show stat zz 1 1", "show servers conn be", "show servers conn zz",
                 "show servers state zz", "show backend"):
        rows = [[row.split(",")[:2] for row in command(p, line).splitlines()]
                for p in (ours, theirs)]
        if line.startswith("show servers conn be"):
            rows = [[row[0].split(" ")[:2] for row in one] for one in rows]
        if line.startswith("show stat"):
            rows = [[row for row in one if row[0] != "# pxname"] for one in rows]
        eq(rows[0], rows[1], line)


if __name__ == "__main__":
    main()
