# labels: quick threaded
"""Sessions for users of a userlist: logging in by name and password where a stats listener's rules
ask one, what such a session may and may not, what ends it, and how its passwords are looked at."""
import base64
import json
import signal
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
import contract

# "elgato"; the second takes some hundredths of a second and more, the third ten times as long
HASH = "$5$rounds=1000$saltsalt$J10GIogn.cWPzHdo5KC/wFeje1rU3MUYtZUMLGlWM69"
SLOW = ("$6$rounds=400000$slow$WMR6cIRKDMj/Q42HYaQ3hTwIZSK0y6xZu8v8PrB.A8DbIFBlJPNp2JV4GyjGF2u2E"
        "KxUo3xi24F9tynDyHAis.")
SLOWER = ("$6$rounds=4000000$slower$aLtnWcems0pN2nC7W77R6rzU7NZMnA14mcUO.mWoyhGg4PR5E"
          "58yTS8W7DKpecyFmbqmHG8McV8Xf7mGPG94K1")
GLOBAL = "global\n    stats socket @dir@/admin.sock mode 600 level admin\n"
LIST = """
userlist people
    group ops users olga
    group bosses users adam
    user vic password @hash@
    user olga password @hash@
    user adam password @hash@
    user clara insecure-password plain
"""
LISTENER = """
listen admin
    bind 127.0.0.1:@fe@
    stats enable
    stats uri /classic
    stats http-request auth realm Ops unless { http_auth(people) }
    stats operator if { http_auth_group(people) ops }
    stats admin if { http_auth_group(people) bosses }
"""
BACKEND = """
backend be
    server a 127.0.0.1:9 weight 10
"""
TEXT = GLOBAL + DEFAULTS + LIST + LISTENER + BACKEND
WEIGHT = {"actions": [{"target": "s:be/a", "set": "weight", "value": 5}]}
LIMIT = {"actions": [{"target": "s:be/a", "set": "maxconn", "value": 5}]}


def start(text=TEXT, **values):
    return proxy(text, **{"hash": HASH, **values})


def connect(port, method, path, body=None, source=None, **fields):
    headers = [(name.replace("_", "-"), value) for name, value in fields.items()]
    if body is not None:
        headers.append(("content-type", "application/json"))
        body = json.dumps(body).encode()
    client = Client(port, source=source, seconds=85)
    client.request(method, path, headers, body, host=f"127.0.0.1:{port}")
    return client


def ask(port, method, path, body=None, **more):
    return connect(port, method, path, body, **more).response(method)


def log_in(port, user="olga", password="elgato", **more):
    return ask(port, "POST", "/api/session", {"user": user, "password": password}, **more)


class Session:
    def __init__(self, port, user="olga", password="elgato"):
        self.port = port
        answer = log_in(port, user, password)
        eq(answer.status, 200, answer)
        self.data = contract.check("POST", "/api/session", answer)
        self.set_cookie = answer.get("set-cookie")
        self.cookie = self.set_cookie.split(";")[0]

    def ask(self, method, path, body=None, port=None, **fields):
        if method != "GET" and "x_csrf_token" not in fields:
            fields["x_csrf_token"] = self.data["token"]
        return ask(port or self.port, method, path, body, cookie=self.cookie, **fields)

    def who(self):
        answer = self.ask("GET", "/api/session")
        return contract.check("GET", "/api/session", answer)


def reload(p, text, **values):
    p.rewrite(text, **{"hash": HASH, **values})
    answer = say(p, "reload")
    assert answer.startswith("Success=1"), answer


@test("a user logs in, and the session has the name, the role and the rights of the list",
      only="sluice")
def _():
    p = start()
    before = contract.check("GET", "/api/session", ask(p.fe, "GET", "/api/session"))
    eq((before["user"], before["login"], before["role"], before["may"]["read"]),
       (None, True, "none", False))
    session = Session(p.fe)
    eq((session.data["user"], session.data["auth"], session.data["role"], session.data["may"]),
       ("olga", "cookie", None, None))
    assert session.cookie.startswith(f"sluice_session_{p.fe}="), session.cookie
    eq(session.set_cookie.split("; ")[1:], ["Path=/api/", "HttpOnly", "SameSite=Strict"])
    eq(len(session.data["token"]), 64)
    for user, role, weight, limit in (("vic", "viewer", 403, 403), ("olga", "operator", 200, 403),
                                      ("adam", "admin", 200, 200)):
        session = Session(p.fe, user)
        told = session.who()
        eq((told["user"], told["role"], told["auth"], told["token"]),
           (user, role, "cookie", session.data["token"]))
        eq(told["may"], {"read": True, "change": role != "viewer", "configure": role == "admin"})
        eq(session.ask("GET", "/api/state").status, 200)
        eq(session.ask("GET", "/api/config").status, 200 if role == "admin" else 403)
        eq((session.ask("POST", "/api/changes", WEIGHT).status,
            session.ask("POST", "/api/changes", LIMIT).status), (weight, limit), user)
    entry = json.loads(session.ask("GET", "/api/changes").body)["changes"][0]
    eq((entry["who"], entry["from"]), ("adam", "rest"))
    eq(Session(p.fe, "clara", "plain").who()["role"], "viewer")


@test("a change takes the session's token, and comes from no page of another site", only="sluice")
def _():
    p = start()
    session = Session(p.fe)
    for token in ("", "0" * 64):
        refused = session.ask("POST", "/api/changes", WEIGHT, x_csrf_token=token)
        eq((refused.status, json.loads(refused.body)["code"]), (403, "token"))
    refused = session.ask("POST", "/api/changes", WEIGHT, origin="http://evil.example")
    eq((refused.status, json.loads(refused.body)["code"]), (403, "foreign-origin"))
    refused = log_in(p.fe, origin="http://evil.example")
    eq((refused.status, json.loads(refused.body)["code"]), (403, "foreign-origin"))
    eq(session.ask("DELETE", "/api/session", x_csrf_token="").status, 403)
    eq(stat(p, "be", "a")["weight"], "10")


@test("the page is open so that it can ask, what it shows is not, and it asks by itself",
      only="sluice")
def _():
    p = start()
    eq(ask(p.fe, "GET", "/ui/").status, 200)
    for path in ("/api/state", "/metrics", "/classic"):
        answer = ask(p.fe, "GET", path)
        eq((answer.status, answer.get("www-authenticate")), (401, 'Basic realm="Ops"'), path)
    assert not ask(p.fe, "GET", "/api/state", sec_fetch_site="same-origin").has("www-authenticate")
    p = start(TEXT.replace("    stats http-request auth", "    stats http-request deny if "
                           "{ hdr(x-who) -m found }\n    stats http-request auth"))
    eq([ask(p.fe, "GET", path, x_who="x").status for path in ("/ui/", "/api/session")], [403, 403])
    eq(log_in(p.fe, x_who="x").status, 403)


@test("without a list that is asked there is no login, and the page stays closed", only="sluice")
def _():
    p = start(TEXT.replace(" unless { http_auth(people) }", " unless { hdr(x-let) in }")
              .replace("    stats operator if { http_auth_group(people) ops }\n", "")
              .replace("    stats admin if { http_auth_group(people) bosses }\n", ""))
    eq([ask(p.fe, "GET", path).status for path in ("/ui/", "/api/session", "/api/state")],
       [401, 401, 401])
    eq(log_in(p.fe).status, 401)
    eq(json.loads(ask(p.fe, "GET", "/api/session", x_let="in").body)["login"], False)
    eq(log_in(p.fe, x_let="in").status, 401)


@test("who may look without a name has more rights when logged in", only="sluice")
def _():
    p = start(TEXT.replace("    stats http-request auth realm Ops unless { http_auth(people) }\n",
                           ""))
    told = json.loads(ask(p.fe, "GET", "/api/session").body)
    eq((told["user"], told["role"], told["auth"], told["login"]), ("", "viewer", "open", True))
    session = Session(p.fe)
    eq(session.who()["role"], "operator")
    eq(session.ask("POST", "/api/changes", WEIGHT).status, 200)
    eq(session.ask("POST", "/api/changes", WEIGHT, x_csrf_token="").status, 403)
    eq(session.ask("DELETE", "/api/session").status, 204)
    eq(session.who()["auth"], "open")


@test("wrong passwords and unknown names are alike, and are counted from their beginning",
      only="sluice")
def _():
    p = start(hash=SLOW)
    for user in ("olga", "nobody", "clara"):
        refused = log_in(p.fe, user, "guess")
        problem = contract.check("POST", "/api/session", refused)
        eq((refused.status, problem["detail"]), (401, "The name or the password is wrong."), user)
    eq(log_in(p.fe, source="127.0.0.2").status, 200)
    # As many at once as one likes are no way around: all are open before the first is answered.
    body = {"user": "adam", "password": "guess"}
    clients = [connect(p.fe, "POST", "/api/session", body, source="127.0.0.3") for _ in range(14)]
    statuses = sorted(client.response("POST").status for client in clients)
    eq(statuses, [401] * 10 + [429] * 4)
    eq(log_in(p.fe, source="127.0.0.3").status, 429)
    eq(log_in(p.fe).status, 200)
    for _ in range(9):
        eq(log_in(p.fe, "clara", "guess").status, 401)    # that one was right forgave
    eq(log_in(p.fe, "clara", "plain").status, 200)


@test("passwords are looked at beside the loops, and so many at a time", only="sluice")
def _():
    p = start(hash=SLOW)
    body = {"user": "olga", "password": "guess"}
    clients = [connect(p.fe, "POST", "/api/session", body, source=f"127.0.0.{10 + i // 9}")
               for i in range(90)]
    eq(ask(p.fe, "GET", "/healthz").status, 200)
    answers = [client.response("POST") for client in clients]
    statuses = {answer.status for answer in answers}
    eq(statuses, {401, 503})
    busy = next(answer for answer in answers if answer.status == 503)
    eq((contract.check("POST", "/api/session", busy)["code"], busy.get("retry-after")),
       ("too-many", "5"))
    eq(log_in(p.fe).status, 200)


@test("logins that are under way hold no stop up: a soft one answers them, a hard one drops them",
      only="sluice")
def _():
    body = {"user": "olga", "password": "guess"}
    for number in (signal.SIGUSR1, signal.SIGTERM):
        p = start(hash=SLOWER)
        clients = [connect(p.fe, "POST", "/api/session", body, source=f"127.0.0.{10 + i // 9}")
                   for i in range(27)]
        eq(ask(p.fe, "GET", "/healthz").status, 200)
        p.send(number)
        if number == signal.SIGUSR1:
            answers = [client.response("POST") for client in clients]
            eq({answer.status for answer in answers} - {401}, {503})
            stopped = next(answer for answer in answers if answer.status == 503)
            eq(contract.check("POST", "/api/session", stopped)["code"], "stopping")
        assert p.wait_exit(60) in p.stop_codes


@test("logging out ends it, and so does another login in its place", only="sluice")
def _():
    p = start()
    session = Session(p.fe)
    answer = log_in(p.fe, "adam", cookie=session.cookie)
    eq(answer.status, 200)
    eq(session.ask("GET", "/api/state").status, 401)
    session = Session(p.fe)
    ended = session.ask("DELETE", "/api/session")
    eq(ended.status, 204)
    assert "Max-Age=0" in ended.get("set-cookie")
    eq(session.ask("GET", "/api/state").status, 401)
    eq(session.who()["may"]["read"], False)


@test("a reload that takes the user, the password or the list away ends it for good", only="sluice")
def _():
    p = start()
    for text in (TEXT.replace("    user olga password @hash@\n", "").replace(" users olga", ""),
                 TEXT.replace("    user olga password @hash@", "    user olga password " + SLOW),
                 TEXT.replace("(people)", "(others)").replace("list people", "list others")):
        session = Session(p.fe)
        reload(p, text)
        eq(session.ask("GET", "/api/state").status, 401)
        eq(session.ask("POST", "/api/changes", WEIGHT).status, 401)
        reload(p, TEXT)
        eq(session.ask("GET", "/api/state").status, 401)
    session = Session(p.fe)
    reload(p, TEXT.replace("user vic", "user vera"))
    eq(session.who()["user"], "olga")


@test("its streams end with it: by logging out, and by a reload that takes its user away",
      only="sluice")
def _():
    p = start()
    for end, paths in (("logout", ("/api/events", "/api/tail")), ("reload", ("/api/events",))):
        session = Session(p.fe)
        streams = []
        for path in paths:
            streams.append(connect(p.fe, "GET", path, cookie=session.cookie))
            eq(streams[-1].head().start_line.split(" ")[1], "200", path)
        if end == "logout":
            eq(session.ask("DELETE", "/api/session").status, 204)
        else:
            reload(p, TEXT.replace("    user olga password @hash@\n", "")
                   .replace(" users olga", ""))
        for stream in streams:
            stream.rest()       # until it ends


@test("groups and rules that a reload changes count for sessions at once", only="sluice")
def _():
    p = start()
    session = Session(p.fe)
    roles = []
    for groups in (" users adam,olga", " users adam"):
        reload(p, TEXT.replace("group ops users olga", "group ops")
               .replace(" users adam", groups))
        roles.append(session.who()["role"])
    eq(roles, ["admin", "viewer"])
    eq(session.ask("POST", "/api/changes", WEIGHT).status, 403)
    reload(p, TEXT.replace("stats admin if { http_auth_group(people) bosses }",
                           "stats admin if { http_auth(people) }"))
    eq(session.who()["role"], "admin")


OTHERS = """
listen other
    bind 127.0.0.1:@other@
    stats enable
    stats uri /classic
    stats http-request auth unless { http_auth(people) }
frontend web
    bind 127.0.0.1:@web@
    http-request auth unless { http_auth(people) }
    http-request return status 200
"""


@test("the cookie stands for nobody but at the API of its own section", only="sluice")
def _():
    p = start(TEXT + OTHERS)
    session = Session(p.fe)
    as_theirs = session.cookie.split("=")[1]
    for path in ("/metrics", "/classic", "/classic;csv"):
        eq(session.ask("GET", path).status, 401, path)
    for port in (p.other, p.web):
        cookie = f"sluice_session_{port}={as_theirs}"
        eq(ask(port, "GET", "/api/state", cookie=cookie).status, 401)
        eq(session.ask("GET", "/api/state", port=port).status, 401)
    for cookie in (session.cookie[:-1], session.cookie + "0", "sluice_session_1=" + as_theirs):
        eq(ask(p.fe, "GET", "/api/state", cookie=cookie).status, 401, cookie)
    eq(ask(p.fe, "GET", "/api/state", cookie=f"a=b; {session.cookie}; c=d").status, 200)


@test("credentials of the request itself come first", only="sluice")
def _():
    p = start()
    session = Session(p.fe, "adam")
    basic = "Basic " + base64.b64encode(b"vic:elgato").decode()
    told = json.loads(session.ask("GET", "/api/session", authorization=basic).body)
    eq((told["user"], told["role"], told["auth"]), ("vic", "viewer", "basic"))
    wrong = "Basic " + base64.b64encode(b"vic:guess").decode()
    eq(session.ask("GET", "/api/state", authorization=wrong).status, 401)


@test("the user of a session is http_auth_user's too", only="sluice")
def _():
    text = GLOBAL + DEFAULTS + """
listen admin
    bind 127.0.0.1:@fe@
    stats enable
    stats auth alice:secret
    stats auth bob:secret
    stats admin if { http_auth_user -m str alice }
""" + BACKEND
    p = start(text)
    eq([Session(p.fe, user, "secret").who()["role"] for user in ("alice", "bob")],
       ["admin", "viewer"])
    # Which of both a rule asks for is the file's affair.
    p = start(TEXT.replace("{ http_auth_group(people) bosses }",
                           "{ http_auth(people) } { http_auth_user -m str vic }"))
    eq([Session(p.fe, user).who()["role"] for user in ("vic", "adam")], ["admin", "viewer"])


@test("where http-request auth guards the listener, a session serves its API once it is made",
      only="sluice")
def _():
    p = start(TEXT.replace("    stats http-request auth realm Ops unless", "    acl known "
                           "http_auth(people)\n    http-request auth unless known #"))
    eq(log_in(p.fe).status, 401)
    basic = "Basic " + base64.b64encode(b"olga:elgato").decode()
    answer = log_in(p.fe, authorization=basic)
    eq(answer.status, 200)
    cookie = answer.get("set-cookie").split(";")[0]
    told = json.loads(ask(p.fe, "GET", "/api/session", cookie=cookie).body)
    eq((told["user"], told["role"], told["auth"]), ("olga", "operator", "cookie"))


if __name__ == "__main__":
    main()
