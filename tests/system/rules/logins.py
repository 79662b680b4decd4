# labels: quick
"""userlist, http_auth, http_auth_group and http-request auth: who is let in (manual §3.4)."""
import base64
import os
import select
import sys
import threading

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

# "elgato" by yescrypt, SHA-512, SHA-256 and MD5
HASHES = {
    "yes": "$y$j75$TXUdPH1A/npTCxfhJD8AH0$Cp.p//pXbQswQdY4m04VCbV8xZa1J1SLm4g/Irb7KJC",
    "sha512": "$6$rounds=1000$saltsalt$J0oPoJuwrZwdyD9l0.6GVL9yHALJo1BfQLLdTnZ7OQ8thOW8FZcofKNb"
              "J4QoPPShOJx1oJdEf6UgOdlN17aNd0",
    "sha256": "$5$rounds=1000$saltsalt$J10GIogn.cWPzHdo5KC/wFeje1rU3MUYtZUMLGlWM69",
    "md5": "$1$saltsalt$iKoGCKqQmFpo4eSZNTjAq.",
}
SLOW = ("$6$rounds=400000$slow$WMR6cIRKDMj/Q42HYaQ3hTwIZSK0y6xZu8v8PrB.A8DbIFBlJPNp2JV4GyjGF2u2EK"
        "xUo3xi24F9tynDyHAis.")   # a third of a second
SOCKET = """global
    stats socket @dir@/admin.sock mode 600 level admin
"""
LISTS = """userlist people
    group staff users tiger,scott
    group ops
    user tiger insecure-password grrr
    user scott password @sha512@ groups ops
    user ann password @sha256@
    user md5 password @md5@
    user yes password @yes@
userlist clear
    user bob insecure-password pass:word groups g1
    group g1
    group g2 users bob
""" + DEFAULTS
TEXT = SOCKET + LISTS + """
frontend fe
    bind 127.0.0.1:@fe@
    log @log@ local0
    log-format "%ST %ts %B"
@rules@
    default_backend be
backend be
    server s @origin@
backend other
    server s @other@
"""


def start(rules, text=TEXT, origin=None, other="127.0.0.1:9", log="127.0.0.1:1", **more):
    rules = "\n".join("    " + line.strip() for line in rules.strip().splitlines())
    return proxy(text, rules=rules, origin=origin or Origin(), other=other, log=log, **HASHES,
                 **more)


def basic(user, password):
    return ("Authorization",
            "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())


def status(p, *credentials):
    return get(p.fe, headers=[basic(*credentials)] if credentials else []).status


@test("who is in the list with the right password is let in, and nobody else")
def _():
    p = start("http-request auth realm Zoo unless { http_auth(people) }")
    eq([status(p), status(p, "tiger", "grrr"), status(p, "tiger", "elgato"), status(p, "x", "grrr"),
        status(p, "", ""), status(p, "tiger", "")], [401, 200, 401, 401, 401, 401])
    eq([status(p, user, "elgato") for user in ("scott", "ann", "md5", "yes")], [200] * 4)
    eq([status(p, user, "elgatO") for user in ("scott", "ann", "md5", "yes")], [401] * 4)
    eq([status(p, user, HASHES["sha256"]) for user in ("ann", "scott")], [401] * 2)


@test("the question has the realm, or else the section's name, and is logged as our own answer")
def _():
    log = UdpLog()
    p = start("""http-request auth realm "The \\"Zoo\\"" if { path /realm }
        http-request auth unless { http_auth(people) }""", log=log)
    answer = get(p.fe)
    eq((answer.status, answer.get("www-authenticate"), answer.get("cache-control")),
       (401, 'Basic realm="fe"', "no-cache"))
    assert b"401" in answer.body and answer.get("connection") != "close", answer
    if not is_oracle():     # which does not escape it
        eq(get(p.fe, "/realm").get("www-authenticate"), 'Basic realm="The \\"Zoo\\""')
    assert log.wait(1)[0].startswith("401 LR"), log.lines
    eq((stat(p, "fe", "FRONTEND")["dreq"], stat(p, "fe", "FRONTEND")["hrsp_4xx"] != "0"),
       ("0", True))


@test("an error file of 401 answers with the question of the rule")
def _():
    path = os.path.join(scratch(), "401.http")
    with open(path, "w", encoding="utf-8") as file:
        file.write("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"old\"\r\n"
                   "Content-Length: 4\r\nX-Own: 1\r\n\r\nwho?")
    p = start(f"errorfile 401 {path}\nhttp-request auth realm new unless {{ http_auth(people) }}")
    answer = get(p.fe)
    eq((answer.status, answer.body, answer.get("x-own"), answer.all("www-authenticate")),
       (401, b"who?", "1", ['Basic realm="new"']))


@test("http_auth_group compares the user's groups, and is the user's name elsewhere")
def _():
    origin = Origin()
    p = start("""acl ops http_auth_group(people) ops
        acl any http_auth_group(people) staff ops
        http-request set-header X-Name %[http_auth_group(people)]
        http-request set-header X-Ops 1 if ops
        http-request set-header X-Any 1 if any""",
              origin=origin)

    def seen(*credentials):
        status(p, *credentials)
        last = origin.last()
        return "".join(key for key in "ops any".split() if last.has("x-" + key)), \
            last.get("x-name")
    eq(seen("tiger", "grrr"), ("any", "tiger"))
    eq(seen("scott", "elgato"), ("opsany", "scott"))
    eq(seen("ann", "elgato"), ("", "ann"))
    eq(seen("ann", "wrong")[0], "")
    eq(seen()[0], "")


@test("http_auth_user, http_auth_pass, http_auth_type and http_auth_bearer show what came")
def _():
    origin = Origin()
    p = start("""http-request set-header X-User %[http_auth_user]
        http-request set-header X-Pass %[http_auth_pass]
        http-request set-header X-Basic 1 if { http_auth_type Basic }
        http-request set-header X-Token %[http_auth_bearer]
        http-request set-header X-Other %[http_auth_bearer(X-Auth)]""", origin=origin)

    def seen(*headers):
        get(p.fe, headers=list(headers))
        last = origin.last()
        return [last.get("x-" + name, "") for name in ("user", "pass", "basic", "token", "other")]
    eq(seen(basic("bob", "pass:word")), ["bob", "pass:word", "1", "", ""])
    eq(seen(("Authorization", "Bearer abc.def"), ("X-Auth", "Bearer xyz")),
       ["", "", "", "abc.def", "xyz"])
    eq(seen(("Authorization", "Basic !!!")), ["", "", "", "", ""])


@test("what is no Basic credentials lets nobody in")
def _():
    p = start("http-request auth unless { http_auth(people) } || { http_auth(clear) }")
    for value in ("", "Basic", "Basic ", "Basic !!!", "Basic dGlnZXI=", "Basic dGlnZXI6Z3Jycg",
                  "Bearer dGlnZXI6Z3Jycg==", "Digest dGlnZXI6Z3Jycg==", "dGlnZXI6Z3Jycg=="):
        eq(get(p.fe, headers=[("Authorization", value)]).status, 401, value)
    eq(get(p.fe, headers=[("Authorization", "bAsIc dGlnZXI6Z3Jycg==")]).status, 200)
    eq(status(p, "bob", "pass:word"), 200)


@test("a body that is on its way while a password is looked at arrives whole")
def _():
    origin = Origin()
    p = start("""http-request auth unless { http_auth(people) }
        http-request wait-for-body time 10s if { path /wait }
        http-request set-header X-Length %[req.body_len] if { path /wait }""", origin=origin)
    for user in ("yes", "scott", "ann", "md5"):     # none of them is known at its first request
        path, body = ("/wait", b"b" * 300) if user in ("yes", "ann") else ("/", b"b" * 100_000)
        client = Client(p.fe)
        client.request("POST", path, [basic(user, "elgato")], body)
        eq(client.response("POST").status, 200)
        request = origin.last()
        eq(len(request.body), len(body), path)
        if path == "/wait":
            eq(request.get("x-length"), "300")
        client.request("GET", "/again", [basic("scott", "elgato")])
        eq(client.response("GET").status, 200)


@test("a client that waits for 100 is not invited before its password is known", only="sluice")
def _():
    origin = Origin()
    p = start("""http-request auth unless { http_auth(people) }
        http-request wait-for-body time 10s""", origin=origin)
    head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n"
    line = "{}: {}\r\n\r\n"
    refused = Client(p.fe).send(head + line.format(*basic("yes", "wrong"))).response("POST")
    eq((refused.status, refused.interim), (401, []))
    client = Client(p.fe).send(head + line.format(*basic("yes", "elgato")))
    eq(client.head().start_line.split(" ")[1], "100")
    client.send("abc")
    eq((client.response("POST").status, origin.last().body), (200, b"abc"))


@test("use_backend, use-server and the dynamic name of a backend may ask for a user")
def _():
    origin, other = Origin(), Origin()
    p = start("""use_backend other if { http_auth_group(people) ops }
        use_backend %[http_auth_user] if { http_auth(people) } { path /named }""",
              origin=origin, other=other,
              text=TEXT + "\nbackend yes\n    server a @origin@\n    server b @other@\n"
                          "    use-server b if { http_auth_user yes } { http_auth(people) }\n")
    eq(status(p, "scott", "elgato"), 200)
    eq((len(origin.requests), len(other.requests)), (0, 1))
    eq(status(p, "ann", "elgato"), 200)
    eq((len(origin.requests), len(other.requests)), (1, 1))
    eq(get(p.fe, "/named", [basic("yes", "elgato")]).status, 200)
    eq((len(origin.requests), len(other.requests)), (1, 2))


@test("a pipelined request waits for the password of the one before it")
def _():
    p = start("http-request auth unless { http_auth(people) }")
    name, value = basic("yes", "elgato")
    line = f"{name}: {value}\r\n"
    client = Client(p.fe)
    client.send(f"GET /1 HTTP/1.1\r\nHost: a\r\n{line}\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
                f"GET /3 HTTP/1.1\r\nHost: a\r\n{line}\r\n")
    eq([client.response().status for _ in range(3)], [200, 401, 200])


@test("tcp-request content may ask for a user too")
def _():
    p = start("""tcp-request inspect-delay 10s
        tcp-request content reject unless { http_auth(people) }""")
    eq(status(p, "yes", "elgato"), 200)
    client = Client(p.fe)
    client.request("GET", "/", [basic("yes", "wrong")])
    client.ends()


@test("while hashes are computed, other requests are served, and a known password asks for none",
      only="sluice")
def _():
    p = start("http-request auth unless { path /open } || { http_auth(slow) }",
              text="global\n    nbthread 1\nuserlist slow\n    user sue password @slow@\n" + TEXT,
              slow=SLOW)
    done = []

    def one():
        done.append(status(p, "sue", "elgato"))
    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    served = 0
    while len(done) < 4:
        eq(get(p.fe, "/open").status, 200)
        served += 1
    for thread in threads:
        thread.join()
    eq(done, [200] * 4)
    assert served > 4, served
    client = Client(p.fe)
    for _ in range(50):     # each would take a good part of a second
        client.request("GET", "/", [basic("sue", "elgato")])
        eq(client.response("GET").status, 200)
    eq(status(p, "sue", "wrong"), 401)


@test("who gives up while a password is looked at harms nobody", only="sluice")
def _():
    p = start("http-request auth unless { http_auth(slow) }",
              text="userlist slow\n    user sue password @slow@\n" + TEXT, slow=SLOW)
    for _ in range(8):
        client = Client(p.fe)
        client.request("GET", "/", [basic("sue", "wrong")])
        client.close()
    eq(status(p, "sue", "elgato"), 200)


@test("guesses without end are answered 503 past what the threads can have before them",
      only="sluice")
def _():
    for user in ("sue", "nobody"):      # who is not there costs as much, and so takes as long
        flood(user)


def flood(user):
    p = start("http-request auth unless { http_auth(slow) }",
              text="userlist slow\n    user sue password @slow@\n" + TEXT, slow=SLOW)
    clients = {}
    for number in range(300):
        client = Client(p.fe)
        client.request("GET", "/", [basic(user, f"guess{number}")])
        clients[client.sock] = client
    most = 256 + 2      # waiting and at work
    answered = []
    while len(answered) < 300 - most:
        ready = select.select(list(clients), [], [], 10)[0]
        assert ready, f"only {len(answered)} were answered"
        answered += [clients.pop(sock).response("GET").status for sock in ready]
    assert 503 in answered and set(answered) <= {401, 503}, answered


@test("a reload takes who left the list away, and a new password counts at once", only="sluice")
def _():
    text = SOCKET + """userlist l
    user sue password @sha256@
    user ann password @sha256@
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    http-request auth unless { http_auth(l) }
    default_backend be
backend be
    server s @origin@
"""
    origin = Origin()
    p = proxy(text, origin=origin, **HASHES)
    eq([status(p, user, "elgato") for user in ("sue", "ann")], [200, 200])
    p.rewrite(text.replace("    user ann password @sha256@\n", "")
              .replace("sue password @sha256@", "sue insecure-password new"), origin=origin,
              **HASHES)
    assert "Success=1" in say(p, "reload"), p.err()
    eq([status(p, *each) for each in (("sue", "elgato"), ("sue", "new"), ("ann", "elgato"))],
       [401, 200, 401])


def refused(text, code=1):
    for name, value in HASHES.items():
        text = text.replace(f"@{name}@", value)
    result = run_config(text, "-c")
    eq(result.code, code, result.err)
    return result.err


USER = "    user bob insecure-password x"


@test("what is wrong in a userlist is an error at its place")
def _():
    eq("nope" in refused(f"userlist l\n{USER} groups nope\n"), True)
    eq("al" in refused(f"userlist l\n{USER}\n    group g users bob,al\n"), True)
    refused("userlist\n" + USER)
    refused(f"userlist l extra\n{USER}\n")
    refused("userlist l\n    user\n")
    refused("userlist l\n    group\n")
    refused("userlist l\n    foo bar\n")
    refused(LISTS + "listen x\n    bind 127.0.0.1:1\n    http-request auth unless "
            "{ http_auth(none) }\n")
    refused(LISTS + "listen x\n    bind 127.0.0.1:1\n    http-request auth foo\n")
    for test_of_group in ("", " none", " -m str staff"):
        refused(LISTS + "listen x\n    bind 127.0.0.1:1\n    http-request auth unless "
                f"{{ http_auth_group(people){test_of_group} }}\n")
    if is_oracle():
        return
    error = refused("userlist l\n    user bob insecure-password x groups g,nope\n    group g\n")
    assert ":2:43: the userlist 'l' has no group 'nope'" in error, error
    for line in ("user bob", "user bob password", "user bob password *x",
                 "user b:b insecure-password x", "user bob insecure-password x\nuserlist l",
                 "user bob insecure-password x foo",
                 "group g users", "group g members bob"):
        refused(f"userlist l\n    {line}\n")


@test("what is there twice is ignored with a warning")
def _():
    text = f"""userlist l
{USER}
    user bob insecure-password other
    group g
    group g users bob
""" + DEFAULTS + """
listen x
    bind 127.0.0.1:@fe@
    http-request return status 200 if { http_auth_group(l) g }
    http-request return status 202 if { http_auth(l) }
    http-request auth
"""
    p = proxy(text)
    eq([status(p, "bob", "x"), status(p, "bob", "other")], [202, 401])
    wait_for(lambda: p.err().count("uplicat") + p.err().count("already defined") >= 2, "warnings")


@test("a hashed password is an error where nothing can wait for it", only="sluice")
def _():
    head = "userlist h\n    user a password $5$rounds=1000$saltsalt$x\n" + DEFAULTS
    for line in ("monitor-uri /m\n    monitor fail if { http_auth(h) }",
                 "unique-id-format %[http_auth_group(h)]",
                 "force-persist if { http_auth(h) }",
                 "use_backend %[http_auth_group(h)]"):
        error = refused(f"{head}\nlisten x\n    bind 127.0.0.1:1\n    {line}\n")
        assert "cannot be waited for here" in error, error


if __name__ == "__main__":
    main()
