# labels: quick
"""Every action of http-request, http-response, http-after-response and tcp-request connection."""
import socket
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = DEFAULTS + """
    timeout tarpit 100ms
frontend fe
    bind 127.0.0.1:@fe@
    log @log@ local0
    log-format "@format@"
    capture request header X-Slot len 32
    capture response header X-Slot len 32
@rules@
    default_backend be
backend be
    server s @origin@
"""


def start(rules, origin=None, log="127.0.0.1:1", format="%r"):
    text = "\n".join("    " + rule for rule in rules.strip().splitlines())
    return proxy(CONFIG, rules=text, origin=origin or Origin(), log=log, format=format)


def left_alone(client):
    """silent-drop: nobody tells the client, where the process may hide (CAP_NET_ADMIN)."""
    client.sock.settimeout(0.3)
    try:
        eq(client.sock.recv(100), b"")
    except (socket.timeout, ConnectionResetError):
        pass    # not a word, or the client's next bytes met nobody


@test("http-request set-header, add-header, del-header, replace-header, replace-value")
def _():
    origin = Origin()
    p = start("""http-request set-header X-Set new
http-request add-header X-Add two
http-request del-header X-Del
http-request replace-header X-Whole ^(.*),(.*)$ \\2;\\1
http-request replace-value X-List ^b(.*)$ B\\1""", origin)
    get(p.fe, headers=[("X-Set", "old"), ("X-Add", "one"), ("X-Del", "x"), ("X-Whole", "l,r"),
                       ("X-List", "a1,b2")])
    last = origin.last()
    eq((last.all("x-set"), last.all("x-add"), last.has("x-del"), last.get("x-whole"),
        last.get("x-list").replace(" ", "")),
       (["new"], ["one", "two"], False, "r;l", "a1,B2"))


@test("http-request set-method, set-path, set-pathq, set-query, set-uri")
def _():
    for rule, line in [
            ("set-method OPTIONS", "OPTIONS /a/b?c=d HTTP/1.1"),
            ("set-path /new", "GET /new?c=d HTTP/1.1"),
            ("set-pathq /new?e=f", "GET /new?e=f HTTP/1.1"),
            ("set-query e=f", "GET /a/b?e=f HTTP/1.1"),
            ("set-uri /whole?g=h", "GET /whole?g=h HTTP/1.1")]:
        origin = Origin()
        p = start("http-request " + rule, origin)
        get(p.fe, "/a/b?c=d")
        eq(origin.last().head.start_line, line)


@test("http-request replace-path, replace-pathq, replace-uri")
def _():
    for rule, target in [("replace-path /a(.*) /A\\1", "/A/b?c=d"),
                         ("replace-pathq /a(.*)\\?(.*) /\\2\\1", "/c=d/b"),
                         ("replace-uri /a(.*) /u\\1", "/u/b?c=d")]:
        origin = Origin()
        p = start("http-request " + rule, origin)
        get(p.fe, "/a/b?c=d")
        eq(origin.last().target, target)


@test("http-request deny, return, redirect, tarpit end the request by themselves")
def _():
    origin = Origin()
    p = start("""http-request deny deny_status 429 if { path /deny }
http-request return status 201 content-type text/plain string made if { path /return }
http-request redirect location /there code 303 if { path /redirect }
http-request tarpit deny_status 410 if { path /tarpit }""", origin)
    eq([get(p.fe, path).status for path in ("/deny", "/return", "/redirect", "/tarpit")],
       [429, 201, 303, 410])
    eq(len(origin.requests), 0)


@test("http-request reject closes without an answer, silent-drop without a word")
def _():
    p = start("""http-request reject if { path /reject }
http-request silent-drop if { path /drop }""")
    eq(get(p.fe).status, 200)
    Client(p.fe).request(path="/reject").ends()
    left_alone(Client(p.fe).request(path="/drop"))


@test("http-request allow ends the rules; accept is not one of its names")
def _():
    p = start("http-request allow if { path /in }\nhttp-request deny")
    eq((get(p.fe, "/in").status, get(p.fe, "/out").status), (200, 403))


@test("http-request set-var, set-var-fmt, unset-var")
def _():
    origin = Origin()
    p = start("""http-request set-var(txn.a) path
http-request set-var-fmt(txn.b) "%[path]-%[method]"
http-request set-var(txn.c) path
http-request unset-var(txn.c)
http-request set-header X "%[var(txn.a)] %[var(txn.b)] [%[var(txn.c)]]\"""", origin)
    get(p.fe, "/x")
    eq(origin.last().get("x"), "/x /x-GET []")


@test("http-request capture and http-response capture fill slots")
def _():
    log = UdpLog()
    p = start("""http-request capture path len 16
http-response capture status id 0""", log=log, format="%hr %hs")
    get(p.fe, "/slot")
    eq(log.wait()[0], "{|/slot} {200}")


@test("http-request set-log-level and http-response set-log-level change the line's level")
def _():
    log = UdpLog()
    p = start("""http-request set-log-level alert if { path /request }
http-response set-log-level emerg if { capture.req.uri /response }""", log=log)
    for count, path in enumerate(("/", "/request", "/response"), 1):
        get(p.fe, path)
        log.wait(count)  # each connection may be another worker's
    eq([d[:5] for d in log.datagrams], [b"<134>", b"<129>", b"<128>"])


@test("http-request use-service and wait-for-body")
def _():
    origin = Origin(echo)
    p = start("""http-request wait-for-body time 5s
http-request use-service prometheus-exporter if { path /metrics }""", origin)
    assert b"haproxy_" in get(p.fe, "/metrics").body
    client = Client(p.fe).send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab")
    client.quiet()
    eq(len(origin.connections), 0)
    eq(client.send("cd").response().body, b"abcd")


HEADERS = [("X-Set", "old"), ("X-Add", "one"), ("X-Del", "x"), ("X-Whole", "l,r"),
           ("X-List", "a1,b2")]


def rewritten(kind):
    p = start(f"""{kind} set-header X-Set new
{kind} add-header X-Add two
{kind} del-header X-Del
{kind} replace-header X-Whole ^(.*),(.*)$ \\2;\\1
{kind} replace-value X-List ^b(.*)$ B\\1
{kind} set-status 299 reason Odd""", Origin(respond(200, "", HEADERS)))
    answer = get(p.fe)
    eq((answer.all("x-set"), answer.all("x-add"), answer.has("x-del"), answer.get("x-whole"),
        answer.get("x-list").replace(" ", ""), answer.status),
       (["new"], ["one", "two"], False, "r;l", "a1,B2", 299))


@test("http-response set-header, add-header, del-header, replace-header, replace-value, set-status")
def _():
    rewritten("http-response")


@test("http-after-response set-header, add-header, del-header, replace-header, set-status")
def _():
    rewritten("http-after-response")


@test("http-response deny, return, redirect replace the response")
def _():
    p = start("""http-response deny if { capture.req.uri /deny }
http-response return status 410 content-type text/plain string made if { capture.req.uri /return }
http-response redirect location /there if { capture.req.uri /redirect }""")
    eq([get(p.fe, path).status for path in ("/", "/deny", "/return", "/redirect")],
       [200, 502, 410, 302])


@test("http-response silent-drop leaves the client without a word")
def _():
    p = start("http-response silent-drop if { capture.req.uri /drop }")
    eq(get(p.fe).status, 200)
    left_alone(Client(p.fe).request(path="/drop"))


@test("http-response allow ends the rules")
def _():
    p = start("http-response allow if { status 200 }\nhttp-response deny")
    eq(get(p.fe).status, 200)


@test("http-after-response allow ends the rules")
def _():
    p = start("http-after-response allow if { status 200 }\nhttp-after-response set-status 299")
    eq(get(p.fe).status, 200)


@test("http-response set-var, set-var-fmt, unset-var")
def _():
    variables("http-response")


@test("http-after-response set-var, set-var-fmt, unset-var")
def _():
    variables("http-after-response")


def variables(kind):
    p = start(f"""{kind} set-var(txn.a) status
{kind} set-var-fmt(txn.b) "s-%[status]"
{kind} set-var(txn.c) status
{kind} unset-var(txn.c)
{kind} set-header X "%[var(txn.a)] %[var(txn.b)] [%[var(txn.c)]]\"""")
    eq(get(p.fe).get("x"), "200 s-200 []")


@test("tcp-request connection accept, reject and silent-drop")
def _():
    p = start("""tcp-request connection accept if { src 127.0.0.2 }
tcp-request connection reject if { src 127.0.0.0/28 }
tcp-request connection silent-drop if { src 127.0.0.99 }""")
    eq(Client(p.fe, source="127.0.0.2").get().status, 200)
    eq(Client(p.fe, source="127.0.0.20").get().status, 200)
    for source in ("127.0.0.3", "127.0.0.99"):
        try:
            client = Client(p.fe, source=source)
            client.try_send(request())
            left_alone(client)
        except ConnectionResetError:
            pass


@test("tcp-request connection set-var, set-var-fmt and unset-var")
def _():
    origin = Origin()
    p = start("""tcp-request connection set-var(sess.a) src
tcp-request connection set-var-fmt(sess.b) "s-%[src]"
tcp-request connection set-var(sess.c) src
tcp-request connection unset-var(sess.c)
http-request set-header X "%[var(sess.a)] %[var(sess.b)] [%[var(sess.c)]]\"""", origin)
    get(p.fe)
    eq(origin.last().get("x"), "127.0.0.1 s-127.0.0.1 []")


if __name__ == "__main__":
    main()
