# labels: quick
"""Drains that end: what holds a server in DRAIN or MAINT, the deadline that ends it, and when it is
safe to stop; by the control API, the runtime socket, the metrics and the events."""
import json
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
import contract

TEXT = """
global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
    timeout tunnel 120s
listen admin
    bind 127.0.0.1:@fe@
    stats enable
    stats uri /
    stats admin if TRUE
frontend web
    bind 127.0.0.1:@web@
    default_backend be
backend be
    cookie S insert
    server a @a@ cookie va pool-purge-delay 120s
    server b @b@ cookie vb
"""
TO_A = [("Cookie", "S=va")]
PATIENCE = 30


class Rig:
    def __init__(self):
        self.gate = Gate()
        self.origin = Origin(self.answer, name="a")
        self.p = proxy(TEXT, a=self.origin, b=Origin(name="b"))
        self.admin = self.p.fe

    def answer(self, conn, request):
        if request.target == "/ws":
            return upgrade_echo()(conn, request)
        if request.target == "/slow":
            self.gate()
        return respond(200, "a")(conn, request)

    def ask(self, headers=TO_A):
        answer = get(self.p.web, headers=headers)
        eq(answer.status, 200)
        return answer.get("x-origin", answer.body.decode())

    def slow(self):
        client = Client(self.p.web, seconds=60)
        client.request("GET", "/slow", headers=TO_A)
        self.gate.wait_reached(PATIENCE)
        return client

    def tunnel(self):
        client = Client(self.p.web, seconds=60)
        client.request("GET", "/ws", headers=list(WEBSOCKET) + TO_A)
        eq(client.response().status, 101)
        return client

    def post(self, *actions, status=200, **more):
        body = json.dumps({"actions": list(actions), **more}).encode()
        answer = Client(self.admin).request("POST", "/api/changes", body=body, headers={
            "content-type": "application/json"}).response()
        eq(answer.status, status, answer)
        return contract.check("POST", "/api/changes", answer)

    def set(self, state, server="a", **more):
        return self.post({"target": f"s:be/{server}", "set": "state", "value": state, **more})

    def read(self, path):
        return contract.check("GET", path, Client(self.admin).get(path))

    def drain(self, server="a"):
        """The drain of that server as GET /api/drains tells it, or None."""
        for each in self.read("/api/drains")["drains"]:
            if each["key"] == f"s:be/{server}":
                return each
        return None

    def wait_drain(self, what, **wanted):
        def met():
            drain = self.drain()
            return drain and all(drain[name] == value for name, value in wanted.items()) and drain
        return wait_for(met, what, PATIENCE)

    def line(self, server="a"):
        """The columns of `show drain`."""
        head, line = say(self.p, f"show drain be/{server}").split("\n")
        return dict(zip(head[2:].split(), line.split(), strict=True))


@test("what holds a server that drains is told, and when nothing does it is safe to stop",
      only="sluice")
def _():
    rig = Rig()
    eq(rig.read("/api/drains"), {"drains": []})
    slow, tunnel = rig.slow(), rig.tunnel()
    rig.ask()
    rig.set("drain")
    drain = rig.wait_drain("what holds it", requests=1, tunnels=1, idle=1)
    eq((drain["queued"], drain["sticky"], drain["safe"], drain["deadline"]), (0, 0, False, None))
    assert drain["oldest"] <= drain["since"], drain
    eq(rig.ask(headers=()), "b")
    eq(rig.ask(), "a")
    rig.wait_drain("whom the cookie leads there", sticky=1)
    line = rig.line()
    eq([line[name] for name in ("be_name", "srv_name", "admin_state", "deadline", "requests",
                                "tunnels", "sticky", "safe")],
       ["be", "a", "drain", "-", "1", "1", "1", "no"])
    wait_for(lambda: (rig.read("/api/state/be/a")["drain"] or {}).get("tunnels") == 1,
             "the state's drain", PATIENCE)
    metrics = get(rig.admin, "/metrics").body.decode()
    assert 'sluice_server_drain_held{proxy="be",server="a",by="tunnels"} 1\n' in metrics
    assert 'sluice_server_safe_to_stop{proxy="be",server="a"} 0\n' in metrics
    assert "drain" not in get(rig.admin, "/metrics?scope=global").body.decode()
    rig.gate.open()
    eq(slow.response().status, 200)
    tunnel.close()
    rig.wait_drain("what is left", requests=0, tunnels=0, sticky=1, safe=False, oldest=None)
    rig.set("maint", drain_deadline=3600)
    rig.wait_drain("safe to stop", idle=0, sticky=0, safe=True)
    eq((rig.line()["admin_state"], rig.line()["safe"]), ("maint", "yes"))
    assert 'safe_to_stop{proxy="be",server="a"} 1\n' in get(rig.admin, "/metrics").body.decode()
    rig.set("ready")
    eq(rig.read("/api/drains"), {"drains": []})
    eq(rig.read("/api/state/be/a")["drain"], None)
    eq(rig.ask(), "a")


@test("at its deadline what still holds a server is ended, and no cookie leads there any more",
      only="sluice")
def _():
    rig = Rig()
    slow, tunnel = rig.slow(), rig.tunnel()
    rig.ask()
    done = rig.set("drain", drain_deadline=2)
    eq(done["note"], "deadline 2 s")
    rig.wait_drain("no idle connection", idle=0)
    tunnel.ends()
    slow.ends()
    drain = rig.wait_drain("safe to stop", safe=True)
    assert drain["deadline"] - drain["since"] >= 1.9, drain
    eq(rig.read("/api/state/be/a")["admin"], "maint")
    eq(rig.ask(), "b")
    changes = rig.read("/api/changes?target=s:be/a")["changes"]
    ended = [(c["from"], c["items"][0]["set"], c["items"][0]["new"]) for c in changes]
    assert ("internal", "state", "maint") in ended and ("internal", "sessions", "shutdown") in ended
    rig.gate.open()


@test("until the deadline tunnels are closed one by one", only="sluice")
def _():
    rig = Rig()
    tunnels = [rig.tunnel() for _ in range(40)]
    done = rig.set("drain", drain_deadline=40)
    drain = wait_for(lambda: rig.drain() if rig.drain()["tunnels"] < 40 else None,
                     "the first to go", PATIENCE)
    assert 0 < drain["tunnels"], drain
    eq(drain["deadline"] > done["at"] + 30, True)
    for tunnel in tunnels:
        tunnel.close()


@test("a server that is READY again is held to no deadline; the socket sets one too", only="sluice")
def _():
    rig = Rig()
    eq(say(rig.p, "drain server be/a 1"), "")
    rig.set("ready")
    eq(say(rig.p, "drain server be/b 2"), "")
    wait_for(lambda: rig.read("/api/state/be/b")["admin"] == "maint", "the other's deadline",
             PATIENCE)
    eq(rig.read("/api/state/be/a")["admin"], "ready")
    change = rig.read("/api/changes?target=s:be/b")["changes"][-1]
    eq((change["from"], change["note"]), ("socket", "deadline 2 s"))
    eq(say(rig.p, "drain server be/a"), "")
    eq((rig.line()["admin_state"], rig.line()["deadline"]), ("drain", "-"))
    rig.set("drain", drain_deadline=600)
    assert 590 <= int(rig.line()["deadline"]) <= 600


@test("a drain that begins, changes and is over is told as it happens", only="sluice")
def _():
    rig = Rig()
    stream = Client(rig.admin, seconds=60)
    stream.request("GET", "/api/events?rates=none")
    stream.head()
    seen = b""

    def read_until(text):
        nonlocal seen
        while text not in seen:
            seen += stream.exactly(1)
        seen = seen[seen.index(text):]

    rig.set("drain")
    read_until(b'event: drain\n')
    read_until(b'"safe":true')
    slow = rig.slow()
    read_until(b'"requests":1')
    rig.set("ready")
    read_until(b'"over":true')
    rig.gate.open()
    eq(slow.response().status, 200)


@test("a reload keeps a drain and forgets that of a server that is gone", only="sluice")
def _():
    rig = Rig()
    rig.set("drain", drain_deadline=600)
    rig.set("maint", server="b")
    rig.p.rewrite(TEXT.replace("server b @b@ cookie vb", ""), a=rig.origin)
    assert say(rig.p, "reload").startswith("Success=1")
    wait_for(lambda: [d["key"] for d in rig.read("/api/drains")["drains"]] == ["s:be/a"],
             "one drain", PATIENCE)
    assert rig.drain()["deadline"] is not None


@test("a deadline that is none is refused, and nothing is done", only="sluice")
def _():
    rig = Rig()
    drain = {"target": "s:be/a", "set": "state", "value": "drain"}
    for wrong in (0, -1, 1.5, "soon", 86401, None):
        refused = rig.post({**drain, "drain_deadline": wrong}, status=422)
        eq((refused["code"], refused["errors"][0]["pointer"]),
           ("invalid-value", "/actions/0/drain_deadline"))
    for action in ({**drain, "value": "ready"}, {**drain, "set": "weight", "value": 3},
                   {**drain, "target": "f:web", "value": "disabled"}):
        eq(rig.post({**action, "drain_deadline": 5}, status=422)["code"], "invalid-value")
    eq(say(rig.p, "drain server be/a 0"), "The deadline is a number of seconds from 1 to 86400.")
    eq(say(rig.p, "drain server be"), "Require 'backend/server'.")
    eq(say(rig.p, "drain server be/none"), "No such server.")
    eq(say(rig.p, "show drain none"), "No such backend.")
    eq(say(rig.p, "show drain be/none"), "No such server.")
    eq(rig.read("/api/drains"), {"drains": []})


main()
