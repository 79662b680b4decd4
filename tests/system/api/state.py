# labels: quick
"""Reading by the control API under /api/ of a stats listener: every answer is held to the
contract."""
import json
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
import contract

TEXT = DEFAULTS + """
listen admin
    bind 127.0.0.1:@fe@
    stats enable
    stats uri /stats
    stats admin if TRUE
frontend web
    bind 127.0.0.1:@web@
    default_backend be
backend be
    server mono @a@ weight 10 role legacy
    server svc @b@ check role new
"""
BASIC = "Basic YWxpY2U6c2VjcmV0"


def start(text=TEXT):
    return proxy(text, a=Origin(name="a"), b=Origin(name="b"))


def ask(port, path, method="GET", body=None, **fields):
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    if body is not None:
        headers.setdefault("content-type", "application/json")
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client(port).request(method, path, headers=headers, body=body).response()


def get(port, path, status=200, **fields):
    answer = ask(port, path, **fields)
    eq(answer.status, status)
    return contract.check("GET", path, answer)


@test("every answer is as the contract says, and the contract itself is served", only="sluice")
def _():
    p = start()
    eq(get(p.fe, "/api/openapi.json"), contract.CONTRACT)
    state = get(p.fe, "/api/state")
    eq([f["pxname"] for f in state["frontends"]], ["admin", "web"])
    eq([s["svname"] for s in state["backends"][0]["servers"]], ["mono", "svc"])
    eq(state["process"]["classic"], "/stats")
    get(p.fe, "/api/state/be")
    get(p.fe, "/api/state/web")
    server = get(p.fe, "/api/state/be/mono")
    eq((server["weight"], server["admin"], server["status"]), (10, "ready", "no check"))
    series = get(p.fe, "/api/series?key=b:be&key=s:be/mono&key=f:web")
    eq(len(series["series"]["b:be"]["req_rate"]), series["count"])
    eq(get(p.fe, "/api/changes")["changes"], [])
    get(p.fe, "/api/session")


@test("role names the sides of a backend", only="sluice")
def _():
    p = start()
    backend = get(p.fe, "/api/state/be")["backend"]
    eq(backend["sides"], {"legacy": ["mono"], "new": ["svc"]})
    eq([s["role"] for s in backend["servers"]], ["legacy", "new"])


@test("a role is legacy or new, and what else is written is refused with both", only="sluice")
def _():
    text = TEXT.replace("role new", "role newer").replace("@fe@", "0").replace("@web@", "0")
    said = run_config(text.replace("@a@", "127.0.0.1:1").replace("@b@", "127.0.0.1:2"))
    assert said.code != 0
    assert "newer" in said.err and "legacy" in said.err, said


@test("what there is not is a problem document, and so is a method that fits nothing",
      only="sluice")
def _():
    p = start()
    for path in ("/api/state/none", "/api/state/be/none", "/api/state?scope=none",
                 "/api/changes/7", "/api/series?key=s:be/none"):
        eq(get(p.fe, path, 404)["code"], "not-found")
    eq(json.loads(ask(p.fe, "/api/nothing").body)["code"], "not-found")
    for path in ("/api/series", "/api/series?key=b:be&since=x", "/api/changes?limit=501",
                 "/api/events?rates=some"):
        eq(json.loads(ask(p.fe, path).body)["code"], "bad-request")
    answer = ask(p.fe, "/api/state", "DELETE")
    eq(answer.status, 405)
    eq(answer.get("allow"), "GET, HEAD")


@test("the state has a tag that stays until something changes, and a scope", only="sluice")
def _():
    p = start()
    wait_for(lambda: get(p.fe, "/api/state/be/svc")["check"]["check_status"] == "L4OK", "a check")
    # What the check found is told within the second, and is a change of its own.
    tag = [ask(p.fe, "/api/state").get("etag")]

    def settled():
        before, tag[0] = tag[0], ask(p.fe, "/api/state").get("etag")
        return before == tag[0] and ask(p.fe, "/api/state", if_none_match=tag[0]).status == 304
    wait_for(settled, "the tag to stay")
    eq(ask(p.fe, "/api/state", if_none_match='"0"').status, 200)
    state = get(p.fe, "/api/state?scope=be")
    eq((len(state["frontends"]), len(state["backends"])), (0, 1))


@test("requests are counted each second, and the figures stay", only="sluice")
def _():
    p = start()

    def counted():
        for _ in range(3):
            Client(p.web).get("/")
        series = get(p.fe, "/api/series?key=f:web")["series"]["f:web"]
        return any(rate and rate > 0 for rate in series["req_rate"])
    wait_for(counted, "a rate")
    assert get(p.fe, "/api/state/be")["backend"]["req_tot"] > 0


@test("who gives no credentials learns that, and nothing else", only="sluice")
def _():
    p = start(TEXT.replace("stats admin if TRUE", "stats auth alice:secret"))
    session = get(p.fe, "/api/session")
    eq((session["user"], session["may"]["read"]), (None, False))
    for path in ("/api/state", "/api/events", "/api/changes", "/api/openapi.json", "/api/x"):
        answer = ask(p.fe, path)
        eq(answer.status, 401)
        assert answer.get("www-authenticate").startswith("Basic"), answer
        eq(json.loads(answer.body)["code"], "unauthorized")
    session = get(p.fe, "/api/session", authorization=BASIC)
    eq((session["user"], session["may"]["change"]), ("alice", False))
    get(p.fe, "/api/state", authorization=BASIC)


@test("a frontend that serves traffic has no API", only="sluice")
def _():
    p = start()
    eq(Client(p.web).get("/api/state").body, Client(p.web).get("/").body)


if __name__ == "__main__":
    main()
