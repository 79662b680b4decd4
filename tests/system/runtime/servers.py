# labels: quick threaded
"""add server, del server, wait, shutdown frontend (management manual §9.3)."""
import os
import re
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from harness.runtime import stat
from rig import CONFIG, command, pair, same


def start(**more):
    return proxy(CONFIG, **{"a": Origin(name="a"), "b": Origin(name="b"), "t": Origin(), **more})


def picks(p, count):
    return "".join(get(p.fe).body.decode() for _ in range(count))


def lines_of(text, backend="be"):
    """The servers of a backend as `show servers state` tells them: name, address, operational and
    admin state, weights, the port, use of TLS."""
    rows = [line.split(" ") for line in text.splitlines()[2:] if line]
    return {row[3]: (row[4], row[5], row[6], row[7], row[8], row[18], row[20])
            for row in rows if row[1] == backend}


@test("add server and del server are answered as by haproxy")
def _():
    origin = Origin(name="new")
    ours, theirs = pair()
    same(ours, theirs, [
        "add server", "add server be", "add server be/", "add server nope/x 127.0.0.1:1",
        "add server be/a 127.0.0.1:1", "add server be/x", "add server fixed/x 127.0.0.1:1",
        "add server fe/x 127.0.0.1:1", f"add server be/x {origin} cookie c",
        f"add server be/x {origin} resolvers r", f"add server be/y {origin} track be/none",
        f"add server be/new {origin} weight 7 id 55", f"add server be/new {origin}",
        f"add server be/z {origin}", f"add server be/ready {origin} enabled",
        f"add server be/off {origin} disabled", "add server be/nm localhost:80",
        f"add server be/tr {origin} track be/new", f"add server be/ok {origin} track be/b",
        "get weight be/new", "enable health be/z",
        "del server", "del server be", "del server nope/x", "del server be/nope",
        "del server be/ready", "del server be/a", "disable server be/ready;del server be/ready",
        "disable server bound/a;del server bound/a", "disable server be/b;del server be/b",
        "del server be/z", "del server be/z", "enable server be/b"],
        but=lambda text: re.sub(r"(?m)^('be' has no server|unable to find server|.*'none'|"
                                r"the server 'y').*$", "no such server to track", text))
    text = [command(p, "show servers state be") for p in (ours, theirs)]
    ids = [{row.split(" ")[3]: row.split(" ")[2] for row in one.splitlines()[2:] if row}
           for one in text]
    eq(ids[0], ids[1])
    for name in ("new", "off", "ok"):
        eq(lines_of(text[0])[name], lines_of(text[1])[name], name)


@test("an added server serves when it is enabled, and is gone when it is deleted")
def _():
    fresh = Origin(name="n")
    ours, theirs = pair()
    for p in (ours, theirs):
        eq(command(p, f"add server be/n {fresh} weight 10"), "New server registered.\n\n")
        eq(stat(p, "be", "n")["status"], "MAINT")
        assert "n" not in picks(p, 6)
        eq(command(p, "enable server be/n"), "\n")
        eq(sorted(picks(p, 9)), list("aaabbbnnn"))
        eq(command(p, "del server be/n"), "Only servers in maintenance mode can be deleted.\n")
        eq(command(p, "disable server be/n;del server be/n"), "\nServer deleted.\n")
        eq(sorted(picks(p, 6)), list("aaabbb"))
        eq(command(p, "get weight be/n"), "No such server.\n\n")
        eq(command(p, f"add server be/n {fresh} weight 20 enabled"), "New server registered.\n\n")
        eq(command(p, "get weight be/n"), "20 (initial 20)\n\n")
        if p is ours:
            eq(picks(p, 8).count("n"), 4)


@test("checks of an added server begin when they are enabled, and bring it up")
def _():
    p = start()
    fresh = Origin(name="n")
    command(p, f"add server be/n {fresh} weight 10 check inter 200ms rise 1")
    eq(stat(p, "be", "n")["status"], "MAINT")
    eq(command(p, "enable health be/n;enable server be/n"), "\n\n")
    wait_for(lambda: stat(p, "be", "n")["check_status"] == "L4OK", "its first check", 20)
    wait_for(lambda: "n" in picks(p, 3), "it to serve", 20)
    fresh.stop()
    wait_for(lambda: stat(p, "be", "n")["status"] == "DOWN", "its checks to fail", 20)


@test("what runs meanwhile is not touched: states, weights, limits, requests, connections")
def _():
    gate = Gate()
    p = start(a=Origin(respond(200, "a" * 100, halfway=gate)), b=Origin(name="b"))
    command(p, "set weight be/b 3;set maxconn server be/b 9;set rate-limit sessions global 1000")
    command(p, "disable server be/a;set maxconn frontend fe 77;enable server be/a")
    held = Client(p.fe).request("GET", "/")
    idle = Client(p.fe)
    fresh = Origin(name="n")
    eq(command(p, f"add server be/n {fresh}"), "New server registered.\n\n")
    eq(command(p, "del server be/n"), "Server deleted.\n")
    eq(command(p, "get weight be/b"), "3 (initial 10)\n\n")
    eq((stat(p, "be", "b")["slim"], stat(p, "fe", "FRONTEND")["slim"]), ("9", "77"))
    assert "SessRateLimit: 1000\n" in command(p, "show info")
    gate.open()
    eq(held.response().status, 200)
    eq(idle.get("/").status, 200)


@test("a server that serves is deleted when its last request has ended, and wait waits for that")
def _():
    gate = Gate()
    fresh = Origin(respond(200, "n" * 100, halfway=gate))
    p = start()
    eq(command(p, "disable server be/a;disable server be/b"), "\n\n")
    command(p, f"add server be/n {fresh} enabled")
    held = Client(p.fe).request("GET", "/")
    wait_for(lambda: stat(p, "be", "n")["scur"] == "1", "the request", 20)
    eq(command(p, "wait 100 srv-removable be/n"),
       "Only servers in maintenance mode can be deleted.\n\n")
    command(p, "disable server be/n")
    eq(command(p, "del server be/n"),
       "Server still has connections attached to it, cannot remove it.\n")
    eq(command(p, "wait 100 srv-removable be/n"), "Wait delay expired.\n\n")
    waiting = Client(p.directory + "/admin.sock", seconds=60)
    waiting.send("wait 50s srv-removable be/n;del server be/n\n")
    gate.open()
    eq(held.response().status, 200)
    eq(waiting.rest()[0], b"Done.\n\nServer deleted.\n")
    eq(command(p, "wait 10 srv-removable be/n"), "No such server.\n\n")
    eq(command(p, "wait"), "Expects a duration in milliseconds.\n\n")
    assert command(p, "wait 1 whatever").startswith("Unknown condition")
    assert command(p, "wait -h").startswith("Usage: wait")


@test("shutdown frontend closes its port for good, and says so")
def _():
    ours, theirs = pair()
    same(ours, theirs, ["shutdown frontend", "shutdown frontend nope", "shutdown frontend be",
                        "shutdown frontend other", "shutdown frontend other",
                        "enable frontend other", "disable frontend other", "shutdown frontend #2",
                        "disable frontend #2", "set maxconn frontend other 5"])
    for p in (ours, theirs):
        eq([stat(p, name, "FRONTEND")["status"] for name in ("fe", "other")], ["STOP", "STOP"])
        wait_for(lambda: not {p.fe, p.other} & listening(), "the ports to be free", 20)
    ours.send(1)    # SIGHUP: the file has it
    wait_for(lambda: ours.fe in listening(), "the port to be open again", 20)
    eq(get(ours.fe).status, 200)
    eq(stat(ours, "fe", "FRONTEND")["status"], "OPEN")


@test("a reload forgets added servers, brings deleted ones back, and commands in between wait",
      only="sluice")
def _():
    p = start()
    fresh = Origin(name="n")
    command(p, f"add server be/n {fresh} weight 10 enabled;disable server be/a;del server be/a")
    eq(sorted(set(picks(p, 4))), ["b", "n"])
    eq(command(p, "reload").splitlines()[0], "Success=1")
    eq(command(p, "get weight be/n"), "No such server.\n\n")
    eq(command(p, "enable server be/a"), "\n")
    wait_for(lambda: sorted(set(picks(p, 4))) == ["a", "b"], "the file's servers", 20)
    clients = [Client(p.directory + "/admin.sock", seconds=60) for _ in range(8)]
    for i, client in enumerate(clients):
        client.send("reload\n" if i % 4 == 3 else f"add server be/n{i} {fresh}\n")
    for client in clients:
        said = client.rest()[0]
        assert said.startswith((b"Success=1", b"New server registered.")), said
    eq(get(p.fe).status, 200)


@test("servers come and go under load, and no request is lost", only="sluice")
def _():
    import threading
    p = start()
    fresh = Origin(name="n")
    over, failed, served = threading.Event(), [], [0]

    def load():
        try:
            client = Client(p.fe, seconds=60)
            while not over.is_set():
                response = client.get("/")
                if response.status != 200:
                    failed.append(response)
                served[0] += 1
        except Exception as error:      # noqa: BLE001 - told below
            failed.append(error)
    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(15):
            said = command(p, f"add server be/n {fresh} weight 10 enabled")
            eq(said, "New server registered.\n\n")
            before = served[0]
            wait_for(lambda: served[0] > before + 10, "some traffic", 60)
            said = command(p, "disable server be/n;wait 50s srv-removable be/n;del server be/n")
            eq(said, "\nDone.\n\nServer deleted.\n")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    eq(failed, [])


if __name__ == "__main__":
    main()
