# labels: quick
"""The tail of requests: what is told of each, filters, how many, and what they cost who does not
read."""
import json
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
import contract

TEXT = """
global
    stats socket @dir@/admin.sock mode 600 level admin
    nbthread @threads@
""" + DEFAULTS + """
listen admin
    bind 127.0.0.1:@fe@
    timeout client 60s
    stats enable
frontend web
    bind 127.0.0.1:@web@
    use_backend two if { path_beg /two }
    default_backend one
backend one
    http-request deny deny_status 403 if { path /secret }
    server a @a@
backend two
    server b @b@
"""
SCHEMA = {"$ref": "#/components/schemas/Request"}


def answer(conn, request):
    respond(500 if request.target.startswith("/bad") else 200, "hello")(conn, request)


def start(threads=2, **origins):
    for name in ("a", "b"):
        origins.setdefault(name, Origin(answer, name=name))
    return proxy(TEXT, threads=threads, **origins)


class Tail:
    """A stream; it is there for requests that are made after it was made."""

    def __init__(self, p, query=""):
        self.client = Client(p.fe, seconds=60)
        self.client.request("GET", "/api/tail" + query)
        head = self.client.head()
        eq(head.start_line.split(" ")[1], "200")
        eq(head.get("content-type"), "text/event-stream")
        self.text = b""
        # The workers were told when a request that is asked after it is answered.
        self.until(b": hello\n\n")
        eq(get(p.fe, "/api/session").status, 200)
        say(p, "show info")

    def until(self, end):
        while end not in self.text:
            size = b""
            while not size.endswith(b"\r\n"):
                size += self.client.exactly(1)
            self.text += self.client.exactly(int(size, 16) + 2)[:-2]
        one, self.text = self.text.split(end, 1)
        return one.decode()

    def event(self, name="request"):
        while True:
            lines = self.until(b"\n\n").split("\n")
            if lines[0] == f"event: {name}":
                return json.loads(lines[1].removeprefix("data: "))

    def request(self):
        data = self.event()
        wrong = contract.faults(data, SCHEMA)
        assert not wrong, wrong
        return data


@test("a request is told when it ends, without its query and its fields", only="sluice")
def _():
    p = start()
    tail = Tail(p)
    client = Client(p.web)
    client.request("POST", "/one/item?token=hidden", [("Cookie", "id=hidden")], b"hidden")
    eq(client.response().status, 200)
    told = tail.request()
    eq({name: told[name] for name in ("client", "frontend", "backend", "server", "method", "path",
                                      "status", "term")},
       {"client": "127.0.0.1", "frontend": "web", "backend": "one", "server": "a",
        "method": "POST", "path": "/one/item", "status": 200, "term": "----"})
    assert told["bytes"] > 5 and told["time"] >= 0 and told["at"] > 1e9, told
    assert "hidden" not in json.dumps(told)
    eq(get(p.web, "/secret").status, 403)
    denied = tail.request()
    eq((denied["status"], denied["server"], denied["term"]), (403, None, "PR--"))


@test("each stream gets what its filters let through", only="sluice")
def _():
    p = start()
    tails = {query: Tail(p, query) for query in (
        "?status=5xx", "?status=403", "?path=/two/x", "?target=b:two", "?target=s:one/a",
        "?target=f:web")}
    for path in ("/bad/1", "/two/x/1", "/secret", "/two/y", "/one"):
        get(p.web, path)
    wanted = {"?status=5xx": ["/bad/1"], "?status=403": ["/secret"], "?path=/two/x": ["/two/x/1"],
              "?target=b:two": ["/two/x/1", "/two/y"], "?target=s:one/a": ["/bad/1", "/one"],
              "?target=f:web": ["/bad/1", "/two/x/1", "/secret", "/two/y", "/one"]}
    for query, tail in tails.items():
        eq(sorted(tail.request()["path"] for _ in wanted[query]), sorted(wanted[query]), query)


@test("what the stats listener answers itself is told only to who names it", only="sluice")
def _():
    p = start()
    every, own, pages = Tail(p), Tail(p, "?target=f:admin"), Tail(p, "?path=/api")
    eq(get(p.fe, "/api/drains").status, 200)
    eq(get(p.web, "/api/behind").status, 200)
    while own.request()["path"] != "/api/drains":
        pass    # what the streams themselves asked for
    eq([tail.request()["path"] for tail in (every, pages)], ["/api/behind"] * 2)


@test("what is more than the rate is counted", only="sluice")
def _():
    p = start(threads=1)
    tail = Tail(p, "?rate=1&target=f:web")
    client = Client(p.web)
    made = 0

    def more():
        nonlocal made
        for _ in range(20):
            eq(client.get("/").status, 200)
            made += 1
    more()
    dropped = tail.event("dropped")["dropped"]
    assert 0 < dropped < made, (dropped, made)


@test("a stream that is closed costs nothing more, and a new worker shows requests too",
      only="sluice")
def _():
    origins = {name: Origin(answer, name=name) for name in ("a", "b")}
    p = start(threads=1, **origins)
    Tail(p).client.close()
    tail = Tail(p, "?target=f:web&rate=100")
    p.rewrite(TEXT, threads=3, **origins)
    assert say(p, "reload").startswith("Success=1")
    seen = set()
    for i in range(60):     # more connections than one worker keeps
        client = Client(p.web)
        eq(client.get(f"/{i}").status, 200)
        seen.add(tail.request()["path"])
    eq(len(seen), 60)


@test("filters that are none are refused, and so are too many streams", only="sluice")
def _():
    p = start()
    for query in ("status=600", "status=5x", "status=abc", "target=web", "target=x:web",
                  "target=s:one", "rate=0", "rate=101", "rate=x"):
        answer = get(p.fe, "/api/tail?" + query)
        eq(answer.status, 400, query)
        contract.check("GET", "/api/tail", answer)
    tails = [Tail(p) for _ in range(32)]
    eq(get(p.fe, "/api/tail").status, 503)
    tails.pop().client.close()

    def opened():
        client = Client(p.fe)
        client.request("GET", "/api/tail")
        found = client.head().start_line.split(" ")[1] == "200"
        client.close()
        return found
    wait_for(opened, "a place that was freed", 30)


main()
