# labels: quick
"""Changing by the control API: all or nothing, acknowledged, remembered, and taken back."""
import json
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
    stats enable
    stats uri /
    stats admin if TRUE
frontend web
    bind 127.0.0.1:@web@
    default_backend be
backend be
    server mono @a@ weight 10 role legacy
    server svc @b@ role new
    server other @a@
backend fixed
    balance static-rr
    server one @a@ weight 7
"""


def start(text=TEXT):
    return proxy(text, a=Origin(name="a"), b=Origin(name="b"))


def post(port, path, body=None, **fields):
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    if body is not None:
        headers.setdefault("content-type", "application/json")
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client(port).request("POST", path, headers=headers, body=body).response()


def act(port, *actions, status=200, **more):
    fields = {name: more.pop(name) for name in list(more) if name in FIELDS}
    body = {"actions": [dict(zip(("target", "set", "value"), one)) for one in actions], **more}
    answer = post(port, "/api/changes", body, **fields)
    eq(answer.status, status)
    return contract.check("POST", "/api/changes", answer)


FIELDS = ("if_match", "idempotency_key", "origin", "referer", "sec_fetch_site", "host")


def get(port, path):
    return contract.check("GET", path, Client(port).get(path))


def weights(port):
    return [s["uweight"] for s in get(port, "/api/state/be")["backend"]["servers"]]


@test("the sessions of a frontend are shut down, which lasts and is remembered", only="sluice")
def _():
    gate = Gate()
    p = proxy(TEXT, a=Origin(lambda conn, request: (gate(), respond()(conn, request))),
              b=Origin(name="b"))
    act(p.fe, ("s:be/svc", "state", "maint"))
    idle = Client(p.web).send("GET / HTTP/1.1\r\nHost: a\r\n")
    busy = Client(p.web)
    busy.request("GET", "/")
    gate.wait_reached()
    kept = Client(p.fe)
    kept.get("/api/session")
    done = act(p.fe, ("f:web", "sessions", "shutdown"))
    eq((done["items"], done["undoable"]),
       ([{"target": "f:web", "set": "sessions", "old": "", "new": "shutdown"}], False))
    busy.rest()
    idle.rest()
    gate.open()
    eq(kept.get("/api/session").status, 200)    # another frontend's
    eq(Client(p.web).get("/").status, 200)
    act(p.fe, ("f:web", "sessions", "x"), status=422)
    act(p.fe, ("f:web", "sessions", "shutdown"), status=422, expires=5)
    act(p.fe, ("f:admin", "sessions", "shutdown"))      # its own: who asks is answered
    kept.rest()


@test("a server drains, what it was is remembered, and undo brings it back", only="sluice")
def _():
    p = start()
    done = act(p.fe, ("s:be/svc", "state", "drain"), note="deploy")
    eq(done["items"], [{"target": "s:be/svc", "set": "state", "old": "ready", "new": "drain"}])
    eq(done["commands"], ["set server be/svc state drain"])
    eq((done["note"], done["from"], done["source"]), ("deploy", "rest", "127.0.0.1"))
    eq(stat(p, "be", "svc")["status"], "DRAIN")
    for _ in range(6):
        assert Client(p.web).get("/").get("x-origin") == "a"
    server = get(p.fe, "/api/state/be/svc")
    eq((server["admin"], server["last"]["id"], server["last"]["note"]),
       ("drain", done["id"], "deploy"))
    answer = post(p.fe, f"/api/changes/{done['id']}/undo", {"note": "done"})
    undone = contract.check("POST", "/api/changes/1/undo", answer)
    eq((undone["undo_of"], undone["note"]), (done["id"], "done"))
    eq(stat(p, "be", "svc")["status"], "no check")
    eq(get(p.fe, f"/api/changes/{done['id']}")["undone_by"], undone["id"])
    eq(post(p.fe, f"/api/changes/{done['id']}/undo").status, 409)


@test("a share moves the weights of both sides and of nobody else", only="sluice")
def _():
    p = start()
    done = act(p.fe, ("b:be", "share", {"percent": 25}))
    eq(done["items"][0], {"target": "b:be", "set": "share", "old": "9.1", "new": "25"})
    eq(weights(p.fe), [3, 1, 1])
    act(p.fe, ("b:be", "share", {"percent": 100}))
    eq(weights(p.fe), [0, 1, 1])
    act(p.fe, ("b:be", "share", {"percent": 0}))
    eq(weights(p.fe), [10, 0, 1])
    act(p.fe, ("b:be", "share", {"percent": 50, "legacy": ["mono"], "new": ["other"]}))
    eq(weights(p.fe), [1, 0, 1])
    eq(act(p.fe, ("b:fixed", "share", {"percent": 5}), status=422)["code"], "invalid-value")
    both = {"percent": 5, "legacy": ["mono"], "new": ["mono"]}
    eq(act(p.fe, ("b:be", "share", both), status=422)["code"], "invalid-value")


@test("servers of several backends are changed by one request, frontends and limits too",
      only="sluice")
def _():
    p = start()
    done = act(p.fe, ("s:be/mono", "state", "maint"), ("s:fixed/one", "state", "drain"),
               ("s:be/svc", "weight", "50%"), ("s:be/other", "weight", 200),
               ("s:be/svc", "maxconn", 7), ("f:web", "maxconn", 50), ("*", "counters", "clear"))
    eq(len(done["items"]), 7)
    eq(stat(p, "be", "mono")["status"], "MAINT")
    eq(stat(p, "fixed", "one")["status"], "DRAIN")
    eq(stat(p, "be", "svc")["slim"], "7")
    eq(stat(p, "web", "FRONTEND")["slim"], "50")
    eq(weights(p.fe), [10, 0, 200])
    act(p.fe, ("f:web", "state", "disabled"))
    eq(get(p.fe, "/api/state/web")["frontend"]["status"], "PAUSED")
    act(p.fe, ("f:web", "state", "enabled"))
    eq(Client(p.web).get("/").status, 200)


@test("a server's address and port move, and undo moves them back", only="sluice")
def _():
    p = start()
    before = get(p.fe, "/api/state/be/mono")["addr"]
    other = Origin(name="c")
    done = act(p.fe, ("s:be/mono", "addr", f":{other.port}"), ("s:be/svc", "state", "maint"),
               ("s:be/other", "state", "maint"))
    eq(done["commands"][0], f"set server be/mono addr 127.0.0.1 port {other.port}")
    eq(Client(p.web).get("/").get("x-origin"), "c")
    eq(post(p.fe, f"/api/changes/{done['id']}/undo").status, 200)
    eq(get(p.fe, "/api/state/be/mono")["addr"], before)
    act(p.fe, ("s:be/mono", "addr", "[::1]:80"))
    eq(stat(p, "be", "mono")["addr"], "[::1]:80")


@test("of actions of which one is refused none is applied", only="sluice")
def _():
    p = start()
    good = ("s:be/mono", "state", "maint")
    for bad, status, code in (
            (("s:be/none", "state", "drain"), 404, "not-found"),
            (("s:none/x", "state", "drain"), 404, "not-found"),
            (("x", "state", "drain"), 400, "bad-request"),
            (("s:be/svc", "state", "asleep"), 422, "invalid-value"),
            (("s:be/svc", "weight", 257), 422, "invalid-value"),
            (("s:be/svc", "weight", "5 %"), 422, "invalid-value"),
            (("s:be/svc", "weight", -1), 422, "invalid-value"),
            (("s:fixed/one", "weight", 3), 422, "invalid-value"),
            (("s:be/svc", "check", "enabled"), 422, "invalid-value"),
            (("s:be/svc", "agent-health", "up"), 422, "invalid-value"),
            (("s:be/svc", "colour", "red"), 422, "invalid-value"),
            (("b:be", "share", {"percent": 101}), 422, "invalid-value"),
            (("b:be", "share", {"percent": 5, "x": 1}), 400, "unknown-field"),
            (("*", "maxconn", 10**12), 422, "invalid-value"),
            (("s:be/svc", "addr", "example.com"), 422, "invalid-value"),
            (("s:be/svc", "addr", "127.0.0.1:65536"), 422, "invalid-value"),
            (("s:be/svc", "addr", "[::1]x"), 422, "invalid-value"),
            (("s:be/new", "add", "127.0.0.1:1"), 422, "invalid-value"),
            (("s:be/new", "delete"), 422, "invalid-value")):
        problem = act(p.fe, good, bad, status=status)
        eq(problem["code"], code)
        assert problem["errors"][0]["pointer"].startswith("/actions/1"), problem
    eq(stat(p, "be", "mono")["status"], "no check")
    eq(get(p.fe, "/api/changes")["changes"], [])


@test("a body that is none is refused before anything is looked at", only="sluice")
def _():
    p = start()
    for body, status, code in ((b"{", 400, "malformed-json"), (b"[1]", 400, "bad-request"),
                               (b"{\"x\":1}", 400, "unknown-field"), (b"{}", 400, "bad-request"),
                               (b"{\"actions\":[]}", 400, "bad-request"),
                               (b"{\"actions\":[5]}", 400, "bad-request"),
                               (b"[" * 5000, 400, "malformed-json"),
                               (b" " * 100_000, 413, "too-large")):
        answer = post(p.fe, "/api/changes", body)
        eq((answer.status, json.loads(answer.body)["code"]), (status, code))
    answer = post(p.fe, "/api/changes", b"{}", content_type="text/plain")
    eq(answer.status, 415)
    for expires in (0, 1441, "x"):
        problem = act(p.fe, ("s:be/mono", "state", "drain"), expires=expires, status=422)
        eq(problem["code"], "invalid-value")
    act(p.fe, ("s:be/mono", "state", "drain"), note="x" * 501, status=422)
    eq(get(p.fe, "/api/changes")["changes"], [])


@test("a tag from before somebody's change is refused, and only for what was changed",
      only="sluice")
def _():
    p = start()
    tag = Client(p.fe).get("/api/state").get("etag")
    act(p.fe, ("s:be/mono", "weight", 5), if_match=tag)
    problem = act(p.fe, ("s:be/mono", "weight", 6), if_match=tag, status=412)
    eq(problem["code"], "stale")
    eq(weights(p.fe)[0], 5)
    act(p.fe, ("s:be/svc", "weight", 6), if_match=tag)
    act(p.fe, ("s:be/mono", "weight", 7), if_match="x", status=412)
    say(p, "set server be/svc weight 9")
    act(p.fe, ("s:be/svc", "weight", 6), if_match=tag, status=412)


@test("what a check says on its way makes no tag stale, a server that went DOWN does",
      only="sluice")
def _():
    checked = Origin(name="c")
    p = proxy(TEXT + """
backend watched
    option httpchk
    server one @c@ check inter 100ms fall 2 rise 2
    server two @a@
""", a=Origin(name="a"), b=Origin(name="b"), c=checked)

    def state(holds):
        def seen():
            answer = Client(p.fe).get("/api/state/watched")
            server = json.loads(answer.body)["backend"]["servers"][0]
            return (answer.get("etag"), server) if holds(server) else None
        return wait_for(seen, "such a state", 30)

    tag, server = state(lambda s: s["check"]["check_code"] == 200)
    checked.answer = respond(204, "")
    state(lambda s: s["check"]["check_code"] == 204 and s["rev"] > server["rev"])
    act(p.fe, ("s:watched/one", "weight", 5), if_match=tag)
    tag, _ = state(lambda s: s["weight"] == 5)
    checked.answer = respond(503, "")
    state(lambda s: s["status"] == "DOWN")
    problem = act(p.fe, ("s:watched/one", "weight", 6), if_match=tag, status=412)
    eq(problem["code"], "stale")


@test("a repeated Idempotency-Key changes nothing twice", only="sluice")
def _():
    p = start()
    first = act(p.fe, ("s:be/mono", "weight", 5), idempotency_key="k")
    say(p, "set server be/mono weight 8")
    eq(act(p.fe, ("s:be/mono", "weight", 5), idempotency_key="k"), first)
    eq(weights(p.fe)[0], 8)
    eq(act(p.fe, ("s:be/mono", "weight", 6), idempotency_key="k", status=422)["code"],
       "key-reused")


@test("a page of another site changes nothing, a script and a page of this one may",
      only="sluice")
def _():
    p = start()
    host = f"127.0.0.1:{p.fe}"
    change = ("s:be/mono", "state", "maint")
    for fields in ({"origin": "http://evil.example"}, {"referer": "http://evil.example/x"},
                   {"origin": "null"}, {"sec_fetch_site": "cross-site"},
                   {"sec_fetch_site": "same-site"}):
        answer = post(p.fe, "/api/changes", {"actions": []}, **fields)
        eq((answer.status, json.loads(answer.body)["code"]), (403, "foreign-origin"))
        eq(act(p.fe, change, status=403, **fields)["code"], "foreign-origin")
    eq(stat(p, "be", "mono")["status"], "no check")
    text = json.dumps({"actions": [dict(zip(("target", "set", "value"), change))]})
    answer = Client(p.fe).request(
        "POST", "/api/changes", host=host, body=text.encode(),
        headers={"origin": f"http://{host}", "sec-fetch-site": "same-origin",
                 "content-type": "application/json"}).response()
    eq((answer.status, json.loads(answer.body)["from"]), (200, "page"))


@test("without stats admin everybody may look and nobody may change", only="sluice")
def _():
    p = start(TEXT.replace("    stats admin if TRUE\n", ""))
    eq(act(p.fe, ("s:be/mono", "state", "maint"), status=403)["code"], "forbidden")
    for path in ("/api/changes/1/undo", "/api/changes/1/confirm"):
        eq(post(p.fe, path).status, 403)
    eq(stat(p, "be", "mono")["status"], "no check")


@test("the log has the changes of the socket and of the form, and finds them", only="sluice")
def _():
    p = start()
    say(p, "set server be/mono weight 4")
    say(p, "disable frontend web")
    Client(p.fe).request("POST", "/", body=b"s=svc&b=be&action=maint").response()
    act(p.fe, ("s:fixed/one", "state", "drain"), note="Kernel")
    log = get(p.fe, "/api/changes")["changes"]
    eq([c["from"] for c in log], ["rest", "form", "socket", "socket"])
    eq(log[2]["commands"], ["disable frontend web"])

    def found(query):
        return [c["id"] for c in get(p.fe, "/api/changes?" + query)["changes"]]
    ids = [c["id"] for c in log]
    eq(found("from=socket"), ids[2:])
    eq(found("target=b:be"), [ids[1], ids[3]])
    eq(found("target=s:be/svc"), [ids[1]])
    eq(found("set=weight"), [ids[3]])
    eq(found("text=kernel"), [ids[0]])
    eq(found(f"before={ids[1]}"), ids[2:])
    eq(found("until=1"), [])
    page = get(p.fe, "/api/changes?limit=2")
    eq((len(page["changes"]), page["more"]), (2, True))


@test("a preview tells shares and risks, and changes nothing", only="sluice")
def _():
    p = start()

    def preview(*actions):
        body = {"actions": [dict(zip(("target", "set", "value"), one)) for one in actions]}
        return contract.check("POST", "/api/preview", post(p.fe, "/api/preview", body))
    seen = preview(("b:be", "share", {"percent": 50}))["backends"][0]
    eq([s["uweight_after"] for s in seen["servers"]], [1, 1, 1])
    eq(round(seen["servers"][0]["share"], 3), round(10 / 12, 3))
    everything = [(f"s:be/{name}", "state", "maint") for name in ("mono", "svc", "other")]
    eq([r["code"] for r in preview(*everything)["risks"]], ["whole-backend"])
    eq([r["code"] for r in preview(everything[0])["risks"]], ["over-half"])
    eq([r["code"] for r in preview(("s:fixed/one", "state", "maint"))["risks"]], ["last-server"])
    eq([r["code"] for r in preview(("s:be/mono", "sessions", "shutdown"))["risks"]],
       ["ends-sessions"])
    eq(weights(p.fe), [10, 1, 1])


@test("a change that expires is pending until it is confirmed", only="sluice")
def _():
    p = start()
    done = act(p.fe, ("s:be/mono", "weight", 5), expires=5)
    eq([c["id"] for c in get(p.fe, "/api/state")["pending"]], [done["id"]])
    answer = post(p.fe, f"/api/changes/{done['id']}/confirm")
    eq(contract.check("POST", "/api/changes/1/confirm", answer)["confirmed_by"], "")
    eq(get(p.fe, "/api/state")["pending"], [])
    eq(post(p.fe, f"/api/changes/{done['id']}/confirm").status, 409)
    eq(act(p.fe, ("s:be/mono", "sessions", "shutdown"), expires=5, status=422)["code"],
       "invalid-value")


@test("a server is added, serves when it is READY, and is deleted from MAINT", only="sluice")
def _():
    origin = Origin(name="added")
    p = start()
    done = act(p.fe, ("s:be/new", "add", f"{origin} weight 50"), note="more",
               idempotency_key="once")
    eq(done["items"],
       [{"target": "s:be/new", "set": "add", "old": "", "new": f"{origin} weight 50"}])
    eq((done["commands"], done["undoable"], done["from"], done["note"]),
       ([f"add server be/new {origin} weight 50"], False, "rest", "more"))
    again = act(p.fe, ("s:be/new", "add", f"{origin} weight 50"), note="more",
                idempotency_key="once")
    eq(again["id"], done["id"])
    server = get(p.fe, "/api/state/be/new")
    eq((server["admin"], server["dynamic"], server["uweight"]), ("maint", True, 50))
    act(p.fe, ("s:be/new", "state", "ready"))
    wait_for(lambda: Client(p.web).get("/").get("x-origin") == "added", "its turn")
    eq(act(p.fe, ("s:be/new", "delete"), status=409)["code"], "conflict")
    act(p.fe, ("s:be/new", "state", "maint"))
    refused = act(p.fe, ("s:be/new", "delete"), status=412, if_match='"1"')
    eq(refused["code"], "stale")
    gone = act(p.fe, ("s:be/new", "delete"))
    eq(gone["commands"], ["del server be/new"])
    eq(Client(p.fe).get("/api/state/be/new").status, 404)


@test("a server that comes or goes is a change by itself, and one that can't is refused",
      only="sluice")
def _():
    p = start()
    for action, status, code in (
            (("s:be/new", "add", "127.0.0.1:1 nonsense"), 422, "invalid-value"),
            (("s:be/mono", "add", "127.0.0.1:1"), 409, "conflict"),
            (("s:none/new", "add", "127.0.0.1:1"), 404, "not-found"),
            (("s:be/new", "add", 7), 422, "invalid-value"),
            (("s:fixed/new", "add", "127.0.0.1:1"), 409, "conflict"),
            (("s:be/mono", "delete"), 409, "conflict"),
            (("s:be/none", "delete"), 404, "not-found")):
        problem = act(p.fe, action, status=status)
        eq((problem["code"], problem["errors"][0]["pointer"]), (code, "/actions/0"), action)
    for actions, more in (((("s:be/new", "add", "127.0.0.1:1"), ("s:be/svc", "weight", 3)), {}),
                          ((("s:be/new", "add", "127.0.0.1:1"),), {"expires": 5})):
        eq(act(p.fe, *actions, status=422, **more)["code"], "invalid-value")
    eq(len(get(p.fe, "/api/state/be")["backend"]["servers"]), 3)


if __name__ == "__main__":
    main()
