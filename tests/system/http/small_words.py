# labels: quick
"""Small directives of HTTP, each seen from outside: errorloc, http-error, monitor fail, declare
capture, http-send-name-header, option http-restrict-req-hdr-names, option checkcache, option
idle-close-on-response, log-format-sd (manual §4.2)."""
import signal
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = f"global\n    {SOCKET}\n" + DEFAULTS + """
    log @log@ local0
    option httplog
frontend fe
    bind 127.0.0.1:@fe@
@front@
    default_backend be
backend be
@back@
    server s @origin@
"""


def lines(rows):
    return "\n".join("    " + row for row in rows.splitlines())


def start(front="", back="", origin=None, log="127.0.0.1:1", text=TEXT, **more):
    return proxy(text, front=lines(front), back=lines(back), origin=origin or Origin(), log=log,
                 **more)


@test("errorloc, errorloc302 and errorloc303 lead elsewhere instead of answering")
def _():
    for word, status in (("errorloc", 302), ("errorloc302", 302), ("errorloc303", 303)):
        log = UdpLog()
        p = start(f"{word} 403 http://sorry.example/x?a=b\nhttp-request deny if {{ path /no }}",
                  log=log)
        client = Client(p.fe)
        answer = client.get("/no")
        eq((answer.status, answer.get("location"), answer.body),
           (status, "http://sorry.example/x?a=b", b""))
        eq(client.get("/").body, b"origin")
        entry = HttpLine(log.wait()[0])     # what was refused is logged, not where it leads
        eq((entry.status, entry.flags), ("403", "PR--"))


@test("the last of errorfile, errorloc and http-error counts, a backend's before a frontend's")
def _():
    deny = "\nhttp-request deny if { path /front }"
    p = start("errorloc 403 /one\nerrorloc303 403 /two" + deny,
              "errorloc 403 /three\nhttp-request deny if { path /back }")
    eq([get(p.fe, path).get("location") for path in ("/front", "/back")], ["/two", "/three"])
    p = start("errorloc 403 /one\nhttp-error status 403 default-errorfiles" + deny)
    answer = get(p.fe, "/front")
    eq((answer.status, answer.get("location")), (403, None))


@test("http-error composes what is answered: string, lf-string, headers, no body")
def _():
    p = start("""http-error status 403 content-type text/plain string "no %[path]" hdr X-A b
http-error status 429 content-type text/html lf-string "at %[path]" hdr X-B "%[method]!"
http-error status 405 hdr X-C c
http-request deny if { path /a }
http-request deny deny_status 429 if { path /b }
http-request deny deny_status 405 if { path /c }""")
    client = Client(p.fe)
    answer = client.get("/a")
    eq((answer.status, answer.body, answer.get("content-type"), answer.get("x-a")),
       (403, b"no %[path]", "text/plain", "b"))
    answer = client.get("/b")
    eq((answer.status, answer.body, answer.get("content-type"), answer.get("x-b")),
       (429, b"at /b", "text/html", "GET!"))
    answer = client.get("/c")
    eq((answer.status, answer.body, answer.get("x-c")), (405, b"", "c"))


@test("http-error takes its content from files, or a whole response from one")
def _():
    directory = scratch()
    for name, text in (("body", "as it %[path] is"), ("page", "HTTP/1.1 403 Not Now\r\n"
                                                             "X-Page: yes\r\n\r\nsorry")):
        with open(f"{directory}/{name}", "w", encoding="ascii", newline="") as f:
            f.write(text)
    for words, body in ((f"content-type text/plain file {directory}/body", b"as it %[path] is"),
                        (f"content-type text/plain lf-file {directory}/body", b"as it / is"),
                        (f"errorfile {directory}/page", b"sorry")):
        p = start(f"http-error status 403 {words}\nhttp-request deny")
        client = Client(p.fe).request()
        head = client.head()
        eq(head.start_line.split()[1], "403", words)
        assert client.exactly(len(body)) == body, words


@test("http-error answers what fails by itself: no server, a bad request")
def _():
    p = start("http-error status 503 content-type text/plain string down\n"
              "http-error status 400 content-type text/plain string bad", origin="127.0.0.1:1",
              back="retries 0")
    answer = get(p.fe)
    eq((answer.status, answer.body), (503, b"down"))
    if not is_oracle():     # which answers so before it looks at its sections
        answer = Client(p.fe).send("GET / HTTP/1.1\r\nX Y: z\r\n\r\n").response()
        eq((answer.status, answer.body), (400, b"bad"))


@test("deny, tarpit and return with content of their own are counted and logged as what they are")
def _():
    log = UdpLog()
    p = start("""timeout tarpit 100ms
http-request deny content-type text/plain string a if { path /a }
http-request tarpit content-type text/plain string b if { path /b }
http-request return status 403 default-errorfiles if { path /c }""", log=log)
    client = Client(p.fe)
    for path, status, body, flags in (("/a", 403, b"a", "PR--"), ("/b", 500, b"b", "PT--"),
                                      ("/c", 403, None, "LR--")):
        answer = client.get(path)
        eq((answer.status, answer.body if body else None), (status, body))
        wait_for(lambda: log.lines and path in log.lines[-1], "its line")
        entry = HttpLine(log.lines[-1])
        eq((entry.status, entry.flags), (str(status), flags), path)
    row = stat(p, "fe", "FRONTEND")
    eq((row["dreq"], row["hrsp_4xx"], row["hrsp_5xx"], row["intercepted"]), ("2", "2", "1", "1"))


@test("monitor fail makes monitor-uri answer 503, by one condition or another")
def _():
    p = start("monitor-uri /alive\nmonitor fail if { nbsrv(be) lt 1 }\n"
              "monitor fail unless { hdr(x-fine) -m found }")
    fine = [("X-Fine", "1")]
    eq([get(p.fe, "/alive", headers=f).status for f in (fine, [])], [200, 503])
    say(p, "set server be/s state maint")
    wait_for(lambda: get(p.fe, "/alive", headers=fine).status == 503, "the condition to hold")
    say(p, "set server be/s state ready")
    wait_for(lambda: get(p.fe, "/alive", headers=fine).status == 200, "it not to")
    eq(get(p.fe, "/other").status, 200)


@test("declare capture declares slots that rules fill, of a frontend or its backends")
def _():
    log = UdpLog()
    p = start("declare capture request len 5\ndeclare capture response len 4\n"
              "http-request capture req.hdr(x-a) id 0\n"
              "http-request set-header X-Seen %[capture.req.hdr(0)]",
              "http-response capture res.hdr(x-origin) id 0", log=log)
    eq(get(p.fe, headers=[("X-A", "abcdefgh")]).status, 200)
    entry = HttpLine(log.wait()[0])
    eq(entry.captures.split(), ["{abcde}", "{orig}"])


@test("http-send-name-header tells the server its name, and removes what the client says")
def _():
    origin = Origin(answers=[respond(503)])
    p = start(back="http-send-name-header X-Server\nretry-on 503\noption redispatch 1\n"
                   "server t @origin@".replace("@origin@", str(origin)), origin=origin)
    client = Client(p.fe)
    eq(client.get(headers=[("x-server", "mine"), ("X-SERVER", "too")]).status, 200)
    names = [request.all("x-server") for request in origin.requests]
    eq(sorted(names), [["s"], ["t"]])


@test("http-send-name-header of a defaults section holds for its backends")
def _():
    origin = Origin()
    text = TEXT.replace("    option httplog", "    option httplog\n    http-send-name-header X-S")
    eq(get(start(origin=origin, text=text).fe).status, 200)
    eq(origin.last().get("x-s"), "s")


ODD = [("X_Forwarded-For", "1.2.3.4"), ("X-Fine-2", "yes"), ("a.b", "c")]


@test("option http-restrict-req-hdr-names deletes odd headers or refuses the request")
def _():
    for where in ("front", "back"):
        origin = Origin()
        p = start(origin=origin, **{where: "option http-restrict-req-hdr-names delete"})
        eq(get(p.fe, headers=ODD).status, 200)
        request = origin.last()
        eq([request.get(name) for name, _ in ODD], [None, "yes", None])
        log = UdpLog()
        p = start(origin=origin, log=log,
                  **{where: "option http-restrict-req-hdr-names reject"})
        eq(get(p.fe, headers=ODD[1:2]).status, 200)
        log.wait()  # the next connection may be another worker's
        eq(get(p.fe, headers=ODD).status, 403)
        eq((HttpLine(log.wait(2)[1]).flags, stat(p, "fe", "FRONTEND")["dreq"]), ("PR--", "1"))
    p = start("option http-restrict-req-hdr-names reject\n"
              "option http-restrict-req-hdr-names preserve")
    eq(get(p.fe, headers=ODD).status, 200)


COOKIE = ("Set-Cookie", "a=b")


def cached(value):
    return [COOKIE, ("Cache-Control", value)]


@test("option checkcache refuses a cookie that caches may keep",
      differs="haproxy 2.6.12 lets nearly all of them pass, and answers 500 where it does not")
def _():
    table = [
        (200, [], 200), (200, [COOKIE], 502), (404, [COOKIE], 502), (302, [COOKIE], 302),
        (302, cached("public"), 502), (200, cached("max-age=60"), 502),
        (200, cached("private"), 200), (200, cached("no-store"), 200),
        (200, cached("max-age=0"), 200), (200, cached("s-maxage=0"), 200),
        (200, cached("no-cache"), 200), (200, [COOKIE, ("Pragma", "no-cache")], 200),
        (200, cached('no-cache="set-cookie"'), 200), (200, cached('no-cache="set-cookie, a"'), 200),
        (200, cached('public, no-cache="set-cookie"'), 200),
        (200, cached('no-cache="set-cookies"'), 502),
    ]
    for status, fields, wanted in table:
        log = UdpLog()
        p = start(back="option checkcache", origin=Origin(respond(status, "x", fields)), log=log)
        eq(get(p.fe).status, wanted, fields)
        if wanted == 502:
            eq((HttpLine(log.wait()[0]).flags, stat(p, "be")["dresp"]), ("PH--", "1"))
    p = start(back="option checkcache", origin=Origin(respond(200, "x", [COOKIE])))
    eq(get(p.fe, method="POST", body="y").status, 200)


@test("without option checkcache cookies pass")
def _():
    p = start(origin=Origin(respond(200, "x", [COOKIE])))
    eq(get(p.fe).status, 200)


@test("option idle-close-on-response keeps idle clients through a soft stop for one request more")
def _():
    for option, stays in (("option idle-close-on-response", True), ("", False)):
        p = start(option)
        client = Client(p.fe)
        eq(client.get().status, 200)
        p.send(signal.SIGUSR1)
        if not stays:
            eq(client.ends(), "fin")
            continue
        wait_for(lambda: p.fe not in listening(), "the listener to close")
        client.quiet(0.3)
        assert p.alive()
        answer = client.get()
        eq((answer.status, (answer.get("connection") or "").lower()), (200, "close"))
        eq(client.ends(), "fin")
        p.wait_exit()


@test("log-format-sd is the structured data of lines in format rfc5424 alone")
def _():
    for form, wanted in (("format rfc5424", '- [id@1 path="/x" status="200"] /x line'),
                         ("format short", "/x line")):
        log = UdpLog()
        p = start('log-format-sd "[id@1 path=\\"%HP\\" status=\\"%ST\\"]"\nlog-format "%HP line"',
                  text=TEXT.replace("log @log@ local0", f"log @log@ {form} local0"), log=log)
        eq(get(p.fe, "/x").status, 200)
        log.wait()
        sent = log.datagrams[0].rstrip(b"\n\0").decode()
        assert sent.endswith(wanted), sent
        eq("id@1" in sent, "5424" in form)


if __name__ == "__main__":
    main()
