# labels: quick
"""Server-sent events of the control API: what happens is told at once, figures every second; a
stream resumes where it stopped; those who do not read hold nothing up."""
import json
import socket
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
import contract

TEXT = """
global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
listen admin
    bind 127.0.0.1:@fe@
    timeout client 60s
    stats enable
    stats uri /
    stats admin if TRUE
frontend web
    bind 127.0.0.1:@web@
    default_backend be
backend be
    option httpchk
    default-server inter 100ms rise 1 fall 1
    server one @a@
    server two @b@ check
"""
EVENT = {"$ref": "#/components/schemas/Event"}
SCHEMAS = {"change": {"$ref": "#/components/schemas/Change"},
           "marker": {"$ref": "#/components/schemas/Marker"}}


def start(text=TEXT, **more):
    more.setdefault("b", Origin(name="b"))
    p = proxy(text, a=Origin(name="a"), **more)
    wait_for(lambda: stat(p, "be", "two")["check_status"] in ("L7OK", "L7STS"), "a check")
    return p


class Stream:
    """One stream of events; `next(name)` reads on to the next event of that name."""

    def __init__(self, port, query="", **headers):
        self.client = Client(port, seconds=20)
        self.client.request("GET", "/api/events" + query, headers=headers)
        self.head = self.client.head()
        eq(self.head.start_line.split(" ")[1], "200")
        eq(self.head.get("content-type"), "text/event-stream")
        self.text = b""
        self.last = None
        self.passed = []

    def chunk(self):
        size = b""
        while not size.endswith(b"\r\n"):
            size += self.client.exactly(1)
        length = int(size, 16)
        data = self.client.exactly(length + 2)[:-2]
        return data

    def event(self):
        while b"\n\n" not in self.text:
            piece = self.chunk()
            if not piece:
                return None
            self.text += piece
        one, self.text = self.text.split(b"\n\n", 1)
        fields = dict(line.split(": ", 1) for line in one.decode().split("\n")
                      if ": " in line and not line.startswith(":"))
        if "event" not in fields:
            return self.event()
        data = json.loads(fields["data"])
        wrong = contract.faults(data, SCHEMAS.get(fields["event"], EVENT))
        assert not wrong, wrong
        self.last = fields.get("id", self.last)
        return fields["event"], data

    def next(self, name):
        while True:
            found = self.event()
            assert found is not None, f"the stream ended before {name}"
            if found[0] == name:
                return found[1]
            self.passed.append(found)


def change(port, target, what, value):
    body = json.dumps({"actions": [{"target": target, "set": what, "value": value}]}).encode()
    answer = Client(port).request("POST", "/api/changes", body=body,
                                  headers={"content-type": "application/json"}).response()
    eq(answer.status, 200)
    return json.loads(answer.body)


@test("a change is told to every stream, with the objects that it changed", only="sluice")
def _():
    p = start()
    streams = [Stream(p.fe), Stream(p.fe, "?rates=none")]
    done = change(p.fe, "s:be/one", "weight", 7)
    for stream in streams:
        server = stream.next("server")
        while server["key"] != "s:be/one":
            server = stream.next("server")
        eq((server["uweight"], server["last"]["id"]), (7, done["id"]))
        eq(stream.next("change"), done)
    assert not [1 for name, _ in streams[1].passed if name == "rates"]


@test("what the socket changes is told too, and figures come every second", only="sluice")
def _():
    p = start()
    stream = Stream(p.fe)
    say(p, "set server be/one state drain")
    eq(stream.next("change")["from"], "socket")
    Client(p.web).get("/")
    rows = {}
    while "f:web" not in rows:
        rows = {row[0]: row[1:] for row in stream.next("rates")["rows"]}
    eq(len(rows["f:web"]), 9)
    few = Stream(p.fe, "?rates=proxies")
    Client(p.web).get("/")
    keys = []
    while "b:be" not in keys:
        keys = [row[0] for row in few.next("rates")["rows"]]
    assert not [key for key in keys if key.startswith("s:")], keys


@test("a check that takes a server down leaves a marker, and nobody's name", only="sluice")
def _():
    origin = Origin(name="b")
    p = start(b=origin)
    stream = Stream(p.fe, "?rates=none")
    origin.answer = respond(500, "no")
    marker = stream.next("marker")
    eq(marker["keys"], ["s:be/two"])
    assert "DOWN" in marker["text"], marker
    server = stream.next("server")
    eq((server["oper"], server["last"]["from"]), ("down", "check"))


@test("a stream resumes after the event that it names; one that can't is told to read again",
      only="sluice")
def _():
    p = start()
    at = json.loads(Client(p.fe).get("/api/state").body)["event"]
    ids = [change(p.fe, "s:be/one", "weight", weight)["id"] for weight in (3, 4)]
    for stream in (Stream(p.fe, f"?after={at}"), Stream(p.fe, **{"Last-Event-ID": at})):
        eq([stream.next("change")["id"], stream.next("change")["id"]], ids)
    eq(Stream(p.fe, f"?after={at.split('-')[0]}x-1").event(), ("reset", {}))
    eq(Stream(p.fe, "?after=x").event(), ("reset", {}))


@test("when the process stops, streams are told and end", only="sluice")
def _():
    p = start()
    stream = Stream(p.fe)
    stream.next("rates")
    p.send(10)
    while stream.event() is not None:
        pass
    p.wait_exit()


@test("clients that do not read are bounded, and the data path does not notice", only="sluice")
def _():
    p = start()
    opened = []
    for _ in range(400):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", p.fe))
        one.sendall(b"GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n")
        cleanup(one.close)
        opened.append(one)

    def refused():
        answer = Client(p.fe).request("GET", "/api/events")
        head = answer.head()
        return head.start_line.split(" ")[1] == "503" and head.get("retry-after") is not None
    wait_for(refused, "the bound")
    for _ in range(50):
        eq(Client(p.web).get("/").status, 200)
    change(p.fe, "s:be/one", "weight", 2)
    for one in opened:
        one.close()
    wait_for(lambda: Client(p.fe).request("GET", "/api/events").head()
             .start_line.split(" ")[1] == "200", "room for another")


if __name__ == "__main__":
    main()
