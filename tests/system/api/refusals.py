# labels: quick
"""What the control API refuses, on every operation of its contract that it can happen to: a problem
document says what and why, nothing is half done, and what passes through is not disturbed."""
import json
import re
import socket
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
import contract

TEXT = """global
    stats socket @dir@/admin.sock mode 600 level admin
    maxconn 3000
""" + DEFAULTS + """
listen admin
    bind 127.0.0.1:@fe@
    timeout client 60s
    stats enable
    stats uri /classic
    stats auth alice:secret
    stats admin if TRUE
frontend web
    bind 127.0.0.1:@web@
    default_backend be
backend be
    server a @a@ weight 10
"""
BASIC = ("authorization", "Basic YWxpY2U6c2VjcmV0")
JSON = ("content-type", "application/json")


def start(**more):
    return proxy(TEXT, a=Origin(name="a"), **more)


def ask(p, method, path, body=b"", *fields, login=True):
    """Gives the answer, and the connection for more."""
    headers = ([BASIC] if login else []) + list(fields)
    client = Client(p.fe, seconds=30)
    client.request(method, path, headers, body, host=f"127.0.0.1:{p.fe}")
    return client.response(method)


def changing():
    """Every operation that may change something: (method, path)."""
    for pattern, item in contract.CONTRACT["paths"].items():
        path = re.sub(r"\{\w+\}", "1", pattern)
        for method in item:
            if method in ("post", "delete"):
                yield method.upper(), path


def problem(answer, status, code, *words):
    eq((answer.status, answer.get("content-type")), (status, "application/problem+json"), answer)
    eq((answer.get("cache-control"), answer.get("x-content-type-options")),
       ("no-store", "nosniff"))
    document = json.loads(answer.body)
    wrong = contract.faults(document, {"$ref": "#/components/schemas/Problem"})
    assert not wrong, wrong
    eq((document["status"], document["code"]), (status, code), document)
    assert document["title"] and all(word in document["detail"] for word in words), document
    return document


def changes(p):
    return json.loads(ask(p, "GET", "/api/changes").body)["changes"]


@test("a page of another site may ask for nothing that changes", only="sluice")
def _():
    p = start()
    for method, path in changing():
        for field in (("origin", "http://evil.example"), ("referer", "http://evil.example/page"),
                      ("origin", "null"), ("sec-fetch-site", "cross-site"),
                      ("sec-fetch-site", "same-site"), ("origin", f"http://127.0.0.1:{p.web}")):
            problem(ask(p, method, path, b"{}", JSON, field), 403, "foreign-origin", "another site")
        answer = ask(p, method, path, b"{}", JSON, ("origin", f"http://127.0.0.1:{p.fe}"),
                     ("sec-fetch-site", "same-origin"))
        assert b"foreign-origin" not in answer.body, (method, path, answer.body)
    eq([change["items"][0]["set"] for change in changes(p)], ["reload"])    # by its own page


@test("a body that is too large, of another type, or no JSON is refused by its name", only="sluice")
def _():
    p = start()
    large = json.dumps({"note": "x" * 20_000}).encode()
    for method, path in changing():
        if method == "DELETE":
            continue
        problem(ask(p, method, path, large, JSON), 413, "too-large", "tune.bufsize")
        problem(ask(p, method, path, b"a=b", ("content-type", "application/x-www-form-urlencoded")),
                415, "media-type", "application/json")
        problem(ask(p, method, path, b"{}"), 415, "media-type")
        for body in (b"{", b'{"actions":', b"{} x", b"\xff", b"{'a':1}", b"nul"):
            answer = ask(p, method, path, body, JSON)
            document = json.loads(answer.body)
            if answer.status == 404:    # there is no change 1
                continue
            problem(answer, 400, document["code"])
            assert document["code"] in ("malformed-json", "bad-request"), document
        for body in (b"[]", b"1", b'"text"', b'{"nonsense": 1}'):
            answer = ask(p, method, path, body, JSON)
            assert answer.status in (400, 404), (path, body, answer)
            problem(answer, answer.status, json.loads(answer.body)["code"])
    eq(changes(p), [])
    deep = b'{"actions":' + b"[" * 7_000 + b"]" * 7_000 + b"}"
    problem(ask(p, "POST", "/api/changes", deep, JSON), 400, "bad-request")


@test("without credentials every operation but the session's is 401, whatever else is wrong",
      only="sluice")
def _():
    p = start()
    for method, path in changing():
        if path != "/api/session":
            problem(ask(p, method, path, b"{", JSON, login=False), 401, "unauthorized")
    problem(ask(p, "GET", "/api/nothing", login=False), 401, "unauthorized")


@test("unknown paths and methods say what there is", only="sluice")
def _():
    p = start()
    problem(ask(p, "GET", "/api/nothing"), 404, "not-found")
    problem(ask(p, "GET", "/api/"), 404, "not-found")
    answer = ask(p, "PUT", "/api/changes", b"{}", JSON)
    problem(answer, 405, "method-not-allowed", "PUT")
    eq(answer.get("allow"), "GET, HEAD, POST")


def act(p, target, what, value, *fields):
    action = {"target": target, "set": what, "value": value}
    return ask(p, "POST", "/api/changes", json.dumps({"actions": [action]}).encode(), JSON, *fields)


@test("a stale tag names what was changed since, and nothing is done", only="sluice")
def _():
    p = start()
    tag = ask(p, "GET", "/api/state").get("etag")
    eq(act(p, "s:be/a", "weight", 5, ("if-match", tag)).status, 200)
    problem(act(p, "s:be/a", "weight", 6, ("if-match", tag)), 412, "stale", "be/a", "since")
    problem(act(p, "s:be/a", "weight", 6, ("if-match", '"x"')), 412, "stale", "no tag")
    problem(act(p, "s:be/a", "delete", None, ("if-match", tag)), 412, "stale", "be/a")
    eq(stat(p, "be", "a")["weight"], "5")
    eq(len(changes(p)), 1)


@test("targets, values and words that are not there are named", only="sluice")
def _():
    p = start()
    for target, what, value, status, code, word in [
            ("s:be/none", "weight", 1, 404, "not-found", "be/none"),
            ("b:none", "share", {"percent": 1}, 404, "not-found", "none"),
            ("f:none", "state", "enabled", 404, "not-found", "none"),
            ("x", "weight", 1, 400, "bad-request", "'x'"),
            ("s:be/a", "weight", 257, 422, "invalid-value", "256"),
            ("s:be/a", "weight", -1, 422, "invalid-value", "-1"),
            ("s:be/a", "state", "sleeping", 422, "invalid-value", "sleeping"),
            ("s:be/a", "nonsense", 1, 422, "invalid-value", "nonsense")]:
        document = problem(act(p, target, what, value), status, code, word)
        assert document["errors"][0]["pointer"].startswith("/actions/0"), document
    eq(changes(p), [])


def deaf(port, path):
    """Asks for a stream and reads nothing; its kernel takes little."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(30)
    sock.connect(("127.0.0.1", port))
    cleanup(sock.close)
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n{BASIC[0]}: {BASIC[1]}\r\n\r\n".encode())
    return sock


@test("1,000 streams that nobody reads hold up neither traffic nor changes, and have a bound",
      only="sluice")
def _():
    heap = Heap()
    p = start(environment=heap.environment)
    before = heap.in_use()
    streams = [deaf(p.fe, "/api/events?rates=all") for _ in range(1_000)]
    statuses = {}
    for sock in streams:
        status = sock.recv(12, socket.MSG_WAITALL)[9:]
        statuses[status] = statuses.get(status, 0) + 1
    eq(statuses, {b"200": 256, b"503": 744})
    answer = ask(p, "GET", "/api/events")
    problem(answer, 503, "too-many", "streams")
    assert answer.has("retry-after")
    note = "n" * 400
    for number in range(300):
        body = {"note": note, "actions": [{"target": "s:be/a", "set": "weight",
                                           "value": number % 200 + 1}]}
        eq(ask(p, "POST", "/api/changes", json.dumps(body).encode(), JSON).status, 200)
        eq(Client(p.web).get("/").status, 200)
    grown = heap.in_use() - before
    # 256 streams of at most a piece each, and the ring of events.
    assert grown < 40_000_000, f"{grown} bytes more"
    for sock in streams:
        sock.close()
    wait_for(lambda: deaf(p.fe, "/api/events").recv(12, socket.MSG_WAITALL)[9:] == b"200",
             "a stream", 30)


@test("the tail has its own bound", only="sluice")
def _():
    p = start()
    tails = [deaf(p.fe, "/api/tail") for _ in range(300)]
    statuses = [sock.recv(12, socket.MSG_WAITALL)[9:] for sock in tails]
    assert b"200" in statuses and b"503" in statuses, set(statuses)
    for _ in range(50):
        eq(Client(p.web).get("/").status, 200)
    problem(ask(p, "GET", "/api/tail"), 503, "too-many", "streams")


if __name__ == "__main__":
    main()
