# labels: quick
"""Roles of the admin page and its API: viewer, operator (`stats operator`), admin (`stats admin`),
given to users of a userlist. The operations and the least role of each are the contract's."""
import base64
import json
import re
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
import contract

# "elgato"
HASH = "$5$rounds=1000$saltsalt$J10GIogn.cWPzHdo5KC/wFeje1rU3MUYtZUMLGlWM69"
TEXT = """global
    stats socket @dir@/admin.sock mode 600 level admin
userlist people
    group ops users olga
    group bosses users adam
    user vic password @hash@
    user olga password @hash@
    user adam password @hash@
""" + DEFAULTS + """
listen admin
    bind 127.0.0.1:@fe@
    stats enable
    stats uri /classic
    stats http-request auth realm Ops unless { http_auth(people) }
    stats operator if { http_auth_group(people) ops }
    stats admin if { http_auth_group(people) bosses }
frontend web
    bind 127.0.0.1:@web@
    default_backend be
backend be
    server a 127.0.0.1:9 weight 10 role legacy
    server b 127.0.0.1:9 weight 10 role new
"""
USERS = {"none": None, "viewer": "vic", "operator": "olga", "admin": "adam"}
ORDER = list(USERS)


def start(text=TEXT):
    return proxy(text, hash=HASH)


def basic(user, password="elgato"):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def ask(p, method, path, body=None, user=None, password="elgato", source=None, read=True, **fields):
    headers = [(name.replace("_", "-"), value) for name, value in fields.items()]
    if user is not None:
        headers.append(("authorization", basic(user, password)))
    if body is not None:
        headers.append(("content-type", "application/json"))
        body = json.dumps(body).encode()
    client = Client(p.fe, source=source, seconds=30)
    client.request(method, path, headers, body, host=f"127.0.0.1:{p.fe}")
    return client.response(method) if read else client


def operations():
    for path, item in contract.CONTRACT["paths"].items():
        for method, operation in item.items():
            if method not in ("get", "post", "delete"):
                continue
            where = re.sub(r"\{(\w+)\}", lambda m: {"pxname": "be", "svname": "a"}.get(m[1], "1"),
                           path)
            yield method.upper(), where, operation["x-least-role"]


def status_of(p, method, path, user):
    """Of streams the head alone."""
    client = ask(p, method, path, {} if method == "POST" else None, user, read=False)
    line = client.head().start_line
    client.close()
    return int(line.split(" ")[1])


@test("each operation asks for its least role, and takes every role above", only="sluice")
def _():
    p = start()
    seen = set()
    for method, path, least in operations():
        for role, user in USERS.items():
            status = status_of(p, method, path, user)
            if role == "none" and path == "/api/session":
                eq(status, {"GET": 200, "POST": 400, "DELETE": 204}[method])    # so one logs in
            elif role == "none":
                eq(status, 401, (method, path))     # the listener's rule asks for all others
            elif ORDER.index(role) < ORDER.index(least):
                eq(status, 403, (method, path, role))
            elif path != "/api/session":
                assert status not in (401, 403, 429), (method, path, role, status)
        seen.add(least)
    eq(seen, {"none", "viewer", "operator", "admin"})


@test("who has too low a role is told which it takes", only="sluice")
def _():
    p = start()
    drain = {"actions": [{"target": "s:be/a", "set": "state", "value": "drain"}]}
    answer = ask(p, "POST", "/api/changes", drain, "vic")
    problem = contract.check("POST", "/api/changes", answer)
    eq((answer.status, problem["code"]), (403, "forbidden"))
    assert "'operator'" in problem["detail"] and "'viewer'" in problem["detail"], problem
    answer = ask(p, "POST", "/api/config/reload", {}, "olga")
    problem = contract.check("POST", "/api/config/reload", answer)
    assert "'admin'" in problem["detail"] and "'operator'" in problem["detail"], problem
    eq(stat(p, "be", "a")["status"], "no check")


ACTIONS = {
    "operator": [("s:be/a", "state", "drain"), ("s:be/a", "weight", 5),
                 ("s:be/a", "sessions", "shutdown"), ("b:be", "share", {"percent": 25})],
    "admin": [("s:be/a", "maxconn", 7), ("s:be/a", "addr", "127.0.0.2:10"),
              ("s:be/c", "add", "127.0.0.1:9"), ("s:be/c", "delete", None),
              ("f:web", "state", "disabled"), ("f:web", "state", "enabled"),
              ("f:web", "maxconn", 50), ("*", "counters", "clear"), ("*", "maxconn", 100)],
}


@test("an operator sets states, weights and shares; everything else is an admin's", only="sluice")
def _():
    p = start()
    for least, actions in ACTIONS.items():
        for target, what, value in actions:
            action = {"target": target, "set": what}
            if value is not None:
                action["value"] = value
            for role in ("viewer", "operator", "admin"):
                if role == "operator" and what in ("add", "delete"):
                    pass    # refused before anything is looked at
                answer = ask(p, "POST", "/api/changes", {"actions": [action]}, USERS[role])
                wanted = 200 if ORDER.index(role) >= ORDER.index(least) else 403
                eq(answer.status, wanted, (action, role, answer.body))
                if wanted == 403 and role == "operator":
                    problem = contract.check("POST", "/api/changes", answer)
                    eq(problem["errors"][0]["pointer"], "/actions/0")
    both = {"actions": [{"target": "s:be/b", "set": "weight", "value": 3},
                        {"target": "s:be/b", "set": "maxconn", "value": 3}]}
    eq(ask(p, "POST", "/api/changes", both, "olga").status, 403)
    eq(stat(p, "be", "b")["slim"], "")      # nothing of it was done


@test("an operator can neither undo nor confirm what only an admin may do", only="sluice")
def _():
    p = start()

    def change(user, what, value, **more):
        answer = ask(p, "POST", "/api/changes",
                     {"actions": [{"target": "s:be/a", "set": what, "value": value}], **more}, user)
        eq(answer.status, 200, answer)
        return json.loads(answer.body)["id"]
    limit, weight = change("adam", "maxconn", 7, expires=10), change("adam", "weight", 5)
    for what in ("undo", "confirm"):
        eq(ask(p, "POST", f"/api/changes/{limit}/{what}", {}, "olga").status, 403)
    eq(ask(p, "POST", f"/api/changes/{weight}/undo", {}, "olga").status, 200)
    eq(ask(p, "POST", f"/api/changes/{limit}/confirm", {}, "adam").status, 200)
    eq(ask(p, "POST", f"/api/changes/{limit}/undo", {}, "adam").status, 200)


@test("the session tells name and role, the log who it was, and the page has its buttons by role",
      only="sluice")
def _():
    p = start()
    for role, user in list(USERS.items())[1:]:
        told = contract.check("GET", "/api/session", ask(p, "GET", "/api/session", user=user))
        eq((told["user"], told["role"], told["auth"], told["login"]), (user, role, "basic", True))
        eq(told["may"], {"read": True, "change": role != "viewer", "configure": role == "admin"})
        page = ask(p, "GET", "/classic", user=user)
        eq(b'name="action"' in page.body, role != "viewer", role)
    ask(p, "POST", "/api/changes",
        {"actions": [{"target": "s:be/a", "set": "weight", "value": 2}]}, "olga")
    entry = json.loads(ask(p, "GET", "/api/changes", user="vic").body)["changes"][0]
    eq((entry["who"], entry["from"]), ("olga", "rest"))


@test("the classic form is an operator's", only="sluice")
def _():
    p = start()

    def post(user):
        client = Client(p.fe)
        client.request("POST", "/classic", [("authorization", basic(user)),
                                            ("content-type", "application/x-www-form-urlencoded")],
                       b"s=a&action=maint&b=be")
        return client.response("POST").get("location")
    assert "st=DENY" in post("vic"), post("vic")
    assert "st=DONE" in post("olga")
    eq(stat(p, "be", "a")["status"], "MAINT")


@test("wrong passwords of a userlist are counted, and their address waits", only="sluice")
def _():
    p = start()
    for number in range(10):
        path = ("/api/state", "/classic", "/metrics")[number % 3]
        eq(ask(p, "GET", path, user="adam", password="guess").status, 401, path)
    for path in ("/api/state", "/classic", "/metrics"):
        eq(ask(p, "GET", path, user="adam").status, 429, path)
    refused = ask(p, "GET", "/api/state", user="adam")
    problem = json.loads(refused.body)
    eq((problem["code"], refused.get("content-type")), ("too-many", "application/problem+json"))
    eq(ask(p, "GET", "/healthz").status, 200)
    eq(ask(p, "GET", "/api/state", user="adam", source="127.0.0.2").status, 200)


@test("without credentials the question has the rule's realm, as a problem for programs",
      only="sluice")
def _():
    p = start()
    for path in ("/api/state", "/classic", "/metrics"):
        answer = ask(p, "GET", path)
        eq((answer.status, answer.get("www-authenticate")), (401, 'Basic realm="Ops"'), path)
    eq(ask(p, "GET", "/ui/").status, 200)   # it asks by itself
    eq(json.loads(ask(p, "GET", "/api/state").body)["code"], "unauthorized")
    eq(ask(p, "GET", "/ui/", user="vic").status, 200)


@test("users of http-request auth are known to the API as well", only="sluice")
def _():
    p = start(TEXT.replace("    stats http-request auth realm Ops unless { http_auth(people) }",
                           "    http-request auth unless { http_auth(people) }"))
    eq(ask(p, "GET", "/api/state").status, 401)
    eq(ask(p, "GET", "/api/state", user="vic", password="x").status, 401)
    told = json.loads(ask(p, "GET", "/api/session", user="olga").body)
    eq((told["user"], told["role"]), ("olga", "operator"))


@test("stats operator takes a condition, and if TRUE at a public address warns", only="sluice")
def _():
    text = DEFAULTS + "\nlisten a\n    bind {}:8404\n    stats enable\n    {}\n"
    for line in ("stats operator", "stats operator foo", "stats operator if"):
        done = run_config(text.format("127.0.0.1", line), "-c")
        eq(done.code, 1, line)
    said = run_config(text.format("0.0.0.0", "stats operator if TRUE"), "-c").err
    assert "'stats operator if TRUE' stands without a password" in said, said
    asked = "stats http-request auth unless LOCALHOST\n    stats operator if TRUE"
    said = run_config(text.format("0.0.0.0", asked), "-c").err
    assert "without a password" not in said and "in clear text" in said, said


if __name__ == "__main__":
    main()
