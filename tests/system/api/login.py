# labels: quick
"""Logging in at a stats listener: a session's cookie and its token, what ends it, how often one may
try, and who is warned that a page is too open."""
import json
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
import contract

TEXT = DEFAULTS + """
listen admin
    bind 127.0.0.1:@fe@
    stats enable
    stats uri /classic
    stats auth alice:secret
    stats auth bob:pass:word
    stats admin if TRUE
listen other
    bind 127.0.0.1:@web@
    stats enable
    stats auth alice:other
backend be
    server a 127.0.0.1:9
"""
DRAIN = {"actions": [{"target": "s:be/a", "set": "state", "value": "drain"}]}


def start(text=TEXT, **more):
    return proxy("global\n    stats socket @dir@/admin.sock mode 600 level admin\n" + text, **more)


def ask(port, method, path, body=None, source=None, **fields):
    headers = [(name.replace("_", "-"), value) for name, value in fields.items()]
    if body is not None:
        headers.append(("content-type", "application/json"))
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(port, source=source)
    return client.request(method, path, headers, body, host=f"127.0.0.1:{port}").response(method)


def log_in(port, user="alice", password="secret", **more):
    return ask(port, "POST", "/api/session", {"user": user, "password": password}, **more)


class Session:
    def __init__(self, port, user="alice", password="secret"):
        self.port = port
        answer = log_in(port, user, password)
        eq(answer.status, 200, answer)
        self.data = contract.check("POST", "/api/session", answer)
        self.set_cookie = answer.get("set-cookie")
        self.cookie = self.set_cookie.split(";")[0]

    def ask(self, method, path, body=None, token=True, **fields):
        if token and method != "GET":
            fields["x_csrf_token"] = self.data["token"]
        return ask(self.port, method, path, body, cookie=self.cookie, **fields)


@test("a name and a password give a session, whose cookie and token may change things",
      only="sluice")
def _():
    p = start()
    before = contract.check("GET", "/api/session", ask(p.fe, "GET", "/api/session"))
    eq((before["user"], before["login"], before["auth"]), (None, True, "none"))
    session = Session(p.fe)
    eq((session.data["user"], session.data["auth"], session.data["may"]),
       ("alice", "cookie", {"read": True, "change": True, "configure": True}))
    assert session.cookie.startswith(f"sluice_session_{p.fe}="), session.cookie
    eq(session.set_cookie.split("; ")[1:], ["Path=/api/", "HttpOnly", "SameSite=Strict"])
    eq(len(session.data["token"]), 64)
    again = contract.check("GET", "/api/session", session.ask("GET", "/api/session"))
    eq((again["user"], again["token"]), ("alice", session.data["token"]))
    eq(session.ask("GET", "/api/state").status, 200)
    change = contract.check("POST", "/api/changes", session.ask("POST", "/api/changes", DRAIN))
    eq(change["who"], "alice")
    eq(Session(p.fe, "bob", "pass:word").data["user"], "bob")


@test("without its token a session changes nothing, nor does a page of another site", only="sluice")
def _():
    p = start()
    session = Session(p.fe)
    for fields in ({"token": False}, {"token": False, "x_csrf_token": "0" * 64}):
        refused = session.ask("POST", "/api/changes", DRAIN, **fields)
        eq((refused.status, json.loads(refused.body)["code"]), (403, "token"))
    refused = session.ask("POST", "/api/changes", DRAIN, origin="http://evil.example")
    eq((refused.status, json.loads(refused.body)["code"]), (403, "foreign-origin"))
    refused = log_in(p.fe, origin="http://evil.example")
    eq((refused.status, json.loads(refused.body)["code"]), (403, "foreign-origin"))
    eq(session.ask("DELETE", "/api/session", token=False).status, 403)
    eq(json.loads(session.ask("GET", "/api/state").body)["backends"][0]["servers"][0]["admin"],
       "ready")
    eq(ask(p.fe, "POST", "/api/changes", DRAIN, authorization="Basic YWxpY2U6c2VjcmV0").status, 200)


@test("a session ends by logging out, and with its account; another section's takes it not",
      only="sluice")
def _():
    p = start()
    session, other = Session(p.fe), Session(p.fe, "bob", "pass:word")
    assert session.cookie != other.cookie
    eq(ask(p.web, "GET", "/api/state", cookie=session.cookie).status, 401)
    out = session.ask("DELETE", "/api/session")
    eq((out.status, "Max-Age=0" in out.get("set-cookie")), (204, True))
    eq(session.ask("GET", "/api/state").status, 401)
    eq(other.ask("GET", "/api/state").status, 200)
    p.rewrite("global\n    stats socket @dir@/admin.sock mode 600 level admin\n" +
              TEXT.replace("bob:pass:word", "bob:new"))
    assert say(p, "reload").startswith("Success=1")
    eq(other.ask("GET", "/api/state").status, 401)
    eq(log_in(p.fe, "bob", "pass:word").status, 401)


@test("what is no login is refused, and a wrong one tells nothing", only="sluice")
def _():
    p = start()
    for body in (b"", b"{", b"[]", {"user": "alice"}, {"user": "alice", "password": 1},
                 {"user": "alice", "password": "secret", "more": 1}):
        eq(ask(p.fe, "POST", "/api/session", body).status, 400, body)
    details = {json.loads(log_in(p.fe, *wrong).body)["detail"]
               for wrong in (("alice", "secre"), ("nobody", "secret"), ("", ""))}
    eq(details, {"The name or the password is wrong."})
    for cookie in ("", "sluice_session=", f"sluice_session_{p.fe}=" + "0" * 64):
        eq(ask(p.fe, "GET", "/api/state", cookie=cookie).status, 401)


@test("after ten wrong passwords an address waits, for the right one too; others do not",
      only="sluice")
def _():
    p = start()
    for _ in range(10):
        eq(log_in(p.fe, password="guess").status, 401)
    refused = log_in(p.fe)
    eq((refused.status, json.loads(refused.body)["code"]), (429, "too-many"))
    assert 0 < int(refused.get("retry-after")) <= 60
    basic = "Basic YWxpY2U6c2VjcmV0"
    for path in ("/api/state", "/metrics", "/classic"):
        eq(ask(p.fe, "GET", path, authorization=basic).status, 429, path)
    eq(ask(p.fe, "GET", "/healthz").status, 200)
    eq(log_in(p.fe, source="127.0.0.2").status, 200)


@test("wrong Basic credentials count as well, and a right login forgives", only="sluice")
def _():
    p = start()
    wrong = "Basic YWxpY2U6d3Jvbmc="
    for _ in range(9):
        eq(ask(p.fe, "GET", "/classic", authorization=wrong).status, 401)
    eq(log_in(p.fe).status, 200)
    for _ in range(10):
        eq(ask(p.fe, "GET", "/api/state", authorization=wrong).status, 401)
    eq(ask(p.fe, "GET", "/api/state", authorization=wrong).status, 429)


@test("a cookie that somebody else chose is no session, before the login or after", only="sluice")
def _():
    p = start()
    name = f"sluice_session_{p.fe}"
    chosen = "0123456789abcdef" * 4
    answer = log_in(p.fe, cookie=f"{name}={chosen}")
    given = answer.get("set-cookie").split(";")[0]
    assert chosen not in given and len(given) == len(name) + 1 + 64, given
    eq(ask(p.fe, "GET", "/api/state", cookie=f"{name}={chosen}").status, 401)
    eq(ask(p.fe, "GET", "/api/state", cookie=given).status, 200)
    again = log_in(p.fe, cookie=given).get("set-cookie").split(";")[0]
    assert again != given
    eq(ask(p.fe, "GET", "/api/state", cookie=given).status, 401)    # it ended with the new one
    eq(ask(p.fe, "GET", "/api/state", cookie=again).status, 200)


@test("who asks is known by the connection, whatever fields say", only="sluice")
def _():
    p = start()
    said = {"x_forwarded_for": "203.0.113.9", "forwarded": "for=203.0.113.9",
            "x_real_ip": "1.2.3.4", "authorization": "Basic YWxpY2U6c2VjcmV0"}
    change = ask(p.fe, "POST", "/api/changes", DRAIN, **said)
    eq(json.loads(change.body)["source"], "127.0.0.1")
    for number in range(10):
        eq(log_in(p.fe, password="guess", x_forwarded_for=f"203.0.113.{number}").status, 401)
    eq(log_in(p.fe, x_forwarded_for="203.0.113.77").status, 429)


@test("every answer forbids to be framed, guessed at and filled from elsewhere", only="sluice")
def _():
    p = start()
    basic = {"authorization": "Basic YWxpY2U6c2VjcmV0"}
    for method, path, fields in [
            ("GET", "/api/state", basic), ("GET", "/api/state", {}), ("GET", "/api/x", basic),
            ("POST", "/api/changes", {**basic, "origin": "http://evil.example"}),
            ("PUT", "/api/changes", basic), ("GET", "/classic", basic), ("GET", "/classic", {}),
            ("GET", "/classic;csv", basic), ("PUT", "/classic", basic), ("POST", "/classic", basic),
            ("GET", "/metrics", basic), ("GET", "/metrics", {}),
            ("GET", "/healthz", {}), ("GET", "/readyz", {}), ("GET", "/ui/", {}),
            ("GET", "/ui", {}),
            ("GET", "/ui/none", {}), ("POST", "/ui/", {})]:
        answer = ask(p.fe, method, path, b"" if method != "GET" else None, **fields)
        policy = answer.get("content-security-policy", "")
        assert "frame-ancestors 'none'" in policy and "default-src" in policy, (path, answer)
        eq((answer.get("x-content-type-options"), answer.get("x-frame-options")),
           ("nosniff", "DENY"), (method, path))
    changed = ask(p.fe, "POST", "/api/changes", DRAIN, **basic)     # one that came later
    eq((changed.status, changed.get("x-frame-options")), (200, "DENY"))


@test("where no password is asked for, a name of another site leads a browser to no change",
      only="sluice")
def _():
    p = start(TEXT.replace("    stats auth alice:secret\n    stats auth bob:pass:word\n", ""))

    def post(host, path="/api/changes", body=json.dumps(DRAIN).encode(), kind="application/json"):
        host = f"{host}:{p.fe}"
        headers = [("content-type", kind), ("origin", f"http://{host}"),
                   ("sec-fetch-site", "same-origin")]
        client = Client(p.fe)
        client.request("POST", path, headers, body, host=host)
        return client.response("POST")
    refused = post("evil.example")
    eq((refused.status, json.loads(refused.body)["code"]), (403, "foreign-name"))
    form = ("/classic", b"s=a&action=maint&b=be", "application/x-www-form-urlencoded")
    assert "st=DENY" in post("evil.example", *form).get("location")
    eq(stat(p, "be", "a")["status"], "no check")
    assert "st=DONE" in post("localhost", *form).get("location")
    eq(post("127.0.0.1").status, 200)


@test("the page's files are open, what it shows is not", only="sluice")
def _():
    p = start()
    eq(ask(p.fe, "GET", "/ui/").status, 200)
    for path in ("/classic", "/metrics"):
        eq(ask(p.fe, "GET", path).status, 401, path)
    session = Session(p.fe)
    eq(session.ask("GET", "/classic").status, 401)
    eq(session.ask("GET", "/metrics").status, 200)
    # A page is asked by itself, a browser by the field.
    assert ask(p.fe, "GET", "/api/state").has("www-authenticate")
    assert not ask(p.fe, "GET", "/api/state", sec_fetch_site="same-origin").has("www-authenticate")


@test("over TLS the cookie is for TLS only", only="sluice")
def _():
    pem = Certificates().make("admin.example")
    p = start(TEXT.replace("@fe@\n", f"@fe@ ssl crt {pem}\n", 1))
    client = TlsClient(p.fe)
    client.request("POST", "/api/session", [("content-type", "application/json")],
                   b'{"user":"alice","password":"secret"}', host=f"127.0.0.1:{p.fe}")
    assert client.response().get("set-cookie").endswith("; Secure")


OPEN = """
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
listen admin
    bind {address}:8404{tls}
    stats enable
    {lines}
"""


def said(address, lines, tls=""):
    done = run_config(OPEN.format(address=address, tls=tls, lines=lines), "-c")
    eq(done.code, 0, done)
    return done.err + done.out


@test("a page that everybody may use at a public address, or a password in clear text, warns",
      only="sluice")
def _():
    without = "'stats admin if TRUE' stands without a password"
    clear = "in clear text"
    assert without in said("0.0.0.0", "stats admin if TRUE")
    assert without not in said("127.0.0.1", "stats admin if TRUE")
    assert without not in said("::1", "stats admin if TRUE")
    assert without not in said("0.0.0.0", "stats admin if LOCALHOST")
    assert without not in said("0.0.0.0", "stats admin unless TRUE")
    both = said("0.0.0.0", "stats auth alice:secret\n    stats admin if TRUE")
    assert clear in both and without not in both, both
    assert clear not in said("127.0.0.1", "stats auth alice:secret")
    pem = Certificates().make("admin.example")
    assert clear not in said("0.0.0.0", "stats auth alice:secret", f" ssl crt {pem}")


main()
