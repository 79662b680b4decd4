# labels: quick
"""The `admin` section: what a stats listener serves, without the classic page and without anything
else; what may stand in it, in both spellings; that it comes and goes by a reload."""
import base64
import json
import os
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
import contract
from harness.process import binary

GLOBAL = "global\n    stats socket @dir@/admin.sock mode 600 level admin\n"
TRAFFIC = """
frontend web
    bind 127.0.0.1:@web@
    default_backend be
backend be
    server a @a@
"""
SECTION = """
admin
    bind 127.0.0.1:@fe@
    stats admin if TRUE
"""
TEXT = GLOBAL + DEFAULTS + SECTION + TRAFFIC
DRAIN = {"actions": [{"target": "s:be/a", "set": "state", "value": "drain"}]}
# "elgato"
HASH = "$5$rounds=1000$saltsalt$J10GIogn.cWPzHdo5KC/wFeje1rU3MUYtZUMLGlWM69"


def start(text=TEXT, **values):
    return proxy(text, a=Origin(name="a"), **values)


def ask(port, path, method="GET", body=None, client=None, user=None, password="elgato"):
    headers = []
    if user is not None:
        secret = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers.append(("authorization", "Basic " + secret))
    if body is not None:
        headers.append(("content-type", "application/json"))
        body = json.dumps(body).encode()
    client = client or Client(port)
    return client.request(method, path, headers, body, host=f"127.0.0.1:{port}").response(method)


def refused(lines, head="admin\n    bind 127.0.0.1:8404\n"):
    done = run_config(DEFAULTS + "\n" + head + lines, "-c")
    eq(done.code, 1, done)
    return done.err


@test("the section serves page, API, metrics and health, leads / to the page, and that is all",
      only="sluice")
def _():
    p = start()
    for path in ("/ui/", "/metrics", "/healthz", "/readyz", "/api/state"):
        eq(ask(p.fe, path).status, 200, path)
    there = ask(p.fe, "/")
    eq((there.status, there.get("location")), (302, "/ui/"))
    for path in ("/haproxy?stats", "/;csv", "/stats", "/uix", "/api", "/metricsx", "//",
                 "/ui/none"):
        answer = ask(p.fe, path)
        eq(answer.status, 404, path)
        eq(answer.get("x-frame-options"), "DENY")
        assert b"<html" not in answer.body, path
    eq(ask(p.fe, "/", "POST", {}).status, 404)
    client = Client(p.fe)
    client.send(b"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n")
    eq(client.response("OPTIONS").status, 404)
    client = Client(p.fe)
    client.send(b"CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n")
    eq(client.response("CONNECT").status, 404)
    eq(stat(p, "admin", "FRONTEND")["type"], "0")
    eq(stat(p, "admin", "FRONTEND")["mode"], "http")


@test("nothing of it is served by other frontends", only="sluice")
def _():
    p = start()
    for path in ("/ui/", "/metrics", "/healthz", "/readyz", "/api/state", "/haproxy?stats"):
        eq(get(p.web, path).body, b"a", path)


@test("its page changes servers by role, and offers no classic page", only="sluice")
def _():
    p = start()
    state = contract.check("GET", "/api/state", ask(p.fe, "/api/state"))
    eq(state["process"]["classic"], None)
    eq([one["pxname"] for one in state["frontends"]], ["admin", "web"])
    eq(ask(p.fe, "/api/changes", "POST", DRAIN).status, 200)
    eq(stat(p, "be", "a")["status"], "DRAIN")
    told = json.loads(ask(p.fe, "/api/config").body)
    eq([(one["kind"], one["name"]) for one in told["sections"]],
       [("global", ""), ("admin", "admin"), ("frontend", "web"), ("backend", "be")])


ROLES = """
userlist people
    group ops users olga
    user vic password @hash@
    user olga password @hash@
admin control
    bind 127.0.0.1:@fe@
    stats http-request auth realm Ops unless { http_auth(people) }
    stats operator if { http_auth_group(people) ops }
"""


@test("users of a userlist have their roles there, and a name of its own", only="sluice")
def _():
    p = start(GLOBAL + DEFAULTS + ROLES + TRAFFIC, hash=HASH)
    asked = ask(p.fe, "/api/state")
    eq((asked.status, asked.get("www-authenticate")), (401, 'Basic realm="Ops"'))
    for path in ("/metrics", "/none"):
        eq(ask(p.fe, path).status, 401 if path == "/metrics" else 404, path)
    eq([ask(p.fe, path).status for path in ("/healthz", "/readyz")], [200, 200])
    eq(ask(p.fe, "/api/changes", "POST", DRAIN, user="vic").status, 403)
    eq(ask(p.fe, "/api/changes", "POST", DRAIN, user="olga").status, 200)
    eq(stat(p, "control", "FRONTEND")["svname"], "FRONTEND")


@test("stats auth asks for a password, and gives a session", only="sluice")
def _():
    p = start(TEXT.replace("    stats admin", "    stats auth alice:secret\n    stats admin"))
    for path in ("/metrics", "/api/state"):
        eq(ask(p.fe, path).status, 401, path)
        eq(ask(p.fe, path, user="alice", password="secret").status, 200, path)
    eq(ask(p.fe, "/ui/").status, 200)
    answer = ask(p.fe, "/api/session", "POST", {"user": "alice", "password": "secret"})
    eq(answer.status, 200)
    cookie = answer.get("set-cookie").split(";")[0]
    eq(get(p.fe, "/api/state", [("cookie", cookie)], host=f"127.0.0.1:{p.fe}").status, 200)


@test("it speaks TLS where its bind line says so", only="sluice")
def _():
    pem = Certificates().make("admin.example")
    p = start(TEXT.replace("@fe@\n", f"@fe@ ssl crt {pem}\n", 1))
    eq(ask(p.fe, "/api/session", client=TlsClient(p.fe)).status, 200)
    eq(ask(p.fe, "/ui/", client=TlsClient(p.fe)).status, 200)


@test("its rules, acls, limits and logs are a frontend's", only="sluice")
def _():
    log = UdpLog()
    p = start(GLOBAL + DEFAULTS + """
admin
    bind 127.0.0.1:@fe@
    log @log@ local0
    log-format "%ft %ST %[var(txn.seen)]"
    description control
    maxconn 17
    acl known hdr(x-who) ops
    http-request set-var(txn.seen) str(yes)
    http-request deny deny_status 429 unless known
    http-after-response set-header x-seen %[status]
    stats admin if known
    stats operator if TRUE
""" + TRAFFIC, log=log)
    eq(ask(p.fe, "/healthz").status, 429)
    answer = get(p.fe, "/api/session", [("x-who", "ops")])
    eq((json.loads(answer.body)["role"], answer.get("x-seen")), ("admin", "200"))
    log.match(r"admin 429 yes")
    log.match(r"admin 200 yes")
    eq((stat(p, "admin", "FRONTEND")["slim"], stat(p, "admin", "FRONTEND")["dreq"]), ("17", "1"))


@test("a defaults section gives it what a frontend takes, and neither its mode nor its page",
      only="sluice")
def _():
    p = start(GLOBAL + """
defaults tcp
    mode tcp
    timeout client 30s
    timeout connect 5s
    timeout server 30s
    default_backend be
    stats auth alice:secret
    stats uri /classic
    stats scope be
admin control from tcp
    bind 127.0.0.1:@fe@
backend be
    server a @a@
""")
    eq([ask(p.fe, path).status for path in ("/api/state", "/classic", "/ui/")], [401, 404, 200])
    eq(ask(p.fe, "/api/state", user="alice", password="secret").status, 200)


@test("a reload brings it and takes it away, and no request of others is lost", only="sluice")
def _():
    bare = GLOBAL + DEFAULTS + TRAFFIC
    a = Origin(name="a")
    p = proxy(bare + "# @fe@", a=a)

    def reload(text):
        p.rewrite(text, a=a)
        answer = say(p, "reload")
        assert answer.startswith("Success=1"), answer
    kept = Client(p.web)
    eq(kept.get("/").status, 200)
    reload(TEXT)
    eq(ask(p.fe, "/api/state").status, 200)
    wait_for(lambda: json.loads(ask(p.fe, "/api/series?key=b:be").body)["series"], "figures",
             seconds=60)
    reload(bare)
    wait_for(lambda: refuses(p.fe), "the section's address to go", seconds=60)
    eq([row["pxname"] for row in stats_of(p)].count("admin"), 0)
    reload(TEXT.replace("\nadmin\n", "\nadmin other\n"))
    eq(ask(p.fe, "/ui/").status, 200)
    eq(stat(p, "other", "FRONTEND")["status"], "OPEN")
    eq(kept.get("/").status, 200)


def stats_of(p):
    lines = say(p, "show stat").lstrip("# ").splitlines()
    names = lines[0].split(",")
    return [dict(zip(names, line.split(","))) for line in lines[1:] if line]


def refuses(port):
    try:
        Client(port).close()
    except OSError:
        return True
    return False


@test("what leads elsewhere, is a server's or the classic page's is refused, with what to do",
      only="sluice")
def _():
    for line, hint in (("default_backend be", "write the line into a frontend"),
                       ("use_backend be", "write the line into a frontend"),
                       ("server a 127.0.0.1:80", "belongs into: listen, backend"),
                       ("balance roundrobin", "no servers"),
                       ("option httpchk", "no servers"),
                       ("timeout server 5s", "no servers"),
                       ("cookie a insert", "no servers"),
                       ("option forwardfor", "leave the line out"),
                       ("http-response set-header a b", "write 'http-after-response'"),
                       ("mode http", "always in mode http"),
                       ("stats enable", "always serves"),
                       ("stats uri /x", "classic page"),
                       ("stats scope be", "classic page"),
                       ("nbthread 2", "belongs into: global")):
        said = refused(f"    {line}\n")
        number = DEFAULTS.count("\n") + 4
        keyword = line.split(" ")[0]
        assert f"'{keyword}" in said and "in an 'admin' section" in said, said
        assert hint in said and f":{number}:5: " in said, (number, said)
    assert "did you mean 'bind'" in refused("    bnd :80\n")


@test("names are those of frontends, an address belongs on a bind line, and one there must be",
      only="sluice")
def _():
    assert "is taken by" in refused("frontend admin\n    bind 127.0.0.1:8405\n")
    assert "is taken by" in refused("admin\n    bind 127.0.0.1:8405\n")
    assert "has no bind line" in refused("", head="admin\n")
    assert "write below it: bind :8404" in refused("", head="admin a :8404\n    bind :8405\n")
    assert "cannot contain" in refused("", head="admin a!b\n    bind 127.0.0.1:8405\n")
    assert "there is no defaults section" in refused("", head="admin from x\n")
    done = run_config(DEFAULTS + "\nadmin\n    bind 127.0.0.1:8404\nadmin two\n"
                      "    bind 127.0.0.1:8405\nbackend admin\n", "-c")
    eq(done.code, 0, done)


@test("at a public address it warns where nobody is asked who he is, or a password is in clear",
      only="sluice")
def _():
    def said(lines, address="0.0.0.0", tls=""):
        done = run_config(f"admin\n    bind {address}:8404{tls}\n" + lines, "-c")
        eq(done.code, 0, done)
        return done.err
    assert "asks for no password" in said("")
    eq(said("", "127.0.0.1"), "")
    both = said("    stats admin if TRUE\n")
    assert "asks for no password" in both and "may change servers" in both, both
    clear = said("    stats auth alice:secret\n")
    assert "in clear text" in clear and "asks for no password" not in clear, clear
    pem = Certificates().make("admin.example")
    eq(said("    stats auth alice:secret\n", tls=f" ssl crt {pem}"), "")
    eq(said("    http-request deny unless { src 10.0.0.0/8 }\n", tls=f" ssl crt {pem}"), "")


INI = """
[global]
stats socket = @dir@/admin.sock mode 600 level admin
[admin]
bind = 127.0.0.1:@fe@
stats admin = if TRUE
[admin second]
bind = 127.0.0.1:@web@
"""


@test("in INI it is [admin] or [admin NAME], and convert goes both ways", only="sluice")
def _():
    p = proxy(INI, suffix="ini")
    eq((ask(p.fe, "/api/state").status, ask(p.web, "/ui/").status), (200, 200))
    eq([row["pxname"] for row in stats_of(p)], ["admin", "second"])

    def converted(path):
        done = subprocess.run([binary(), "convert", path], capture_output=True, text=True,
                              timeout=20, check=True)
        return done.stdout
    cfg = os.path.join(p.directory, "there.cfg")
    with open(cfg, "w", encoding="utf-8") as f:
        f.write(converted(p.path))
    with open(cfg, encoding="utf-8") as f:
        text = f.read()
    assert "\nadmin\n" in text and "\nadmin second\n" in text, text
    ini = os.path.join(p.directory, "back.ini")
    with open(ini, "w", encoding="utf-8") as f:
        f.write(converted(cfg))
    again = converted(ini)
    eq(again, text)


if __name__ == "__main__":
    main()
