# labels: quick threaded
"""The stats page: its CSV, its form and what the form does (manual §4.2, management §9.1)."""
import csv
import io
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = DEFAULTS + """
listen stats
    bind 127.0.0.1:@st@
    stats enable
    stats uri /
    stats admin if TRUE
    @page@
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    option forwardfor
    server a @a@
    server b @b@
"""


def start(page="", text=TEXT, **origins):
    return proxy(text, page=page, **(origins or {"a": Origin(name="a"), "b": Origin(name="b")}))


def table(p, path="/;csv", headers=()):
    """The CSV as {(proxy, server): row}."""
    answer = get(p.st, path, headers)
    eq(answer.status, 200)
    text = answer.body.decode()
    assert text.startswith("# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,"), text[:100]
    return {(row["pxname"], row["svname"]): row for row in csv.DictReader(io.StringIO(text[2:]))}


def act(p, action, *servers, backend="be", headers=()):
    """Sends the form; gives where the 303 leads."""
    body = "".join(f"s={s}&" for s in servers) + f"action={action}&b={backend}"
    answer = get(p.st, "/", [("Content-Type", "application/x-www-form-urlencoded"), *headers],
                 "POST", body)
    eq(answer.status, 303)
    return answer.get("location")


def picks(p, count):
    return "".join(get(p.fe).body.decode()[:1] for _ in range(count))


@test("lastchg of a server counts from the start of the process")
def _():
    p = start()
    for (_, name), row in table(p).items():
        if name != "FRONTEND" and row["lastchg"]:
            assert 0 <= int(row["lastchg"]) < 300, row


@test("the CSV has a row for every frontend, server and backend, with true counters")
def _():
    p = start()
    for _ in range(6):
        get(p.fe)
    rows = table(p)
    for key in (("fe", "FRONTEND"), ("be", "a"), ("be", "b"), ("be", "BACKEND"),
                ("stats", "FRONTEND")):
        assert key in rows, sorted(rows)
    eq([rows[key]["stot"] for key in (("fe", "FRONTEND"), ("be", "a"), ("be", "b"))],
       ["6", "3", "3"])
    eq(rows["fe", "FRONTEND"]["hrsp_2xx"], "6")
    eq(rows["be", "BACKEND"]["hrsp_2xx"], "6")
    eq([rows[key]["status"] for key in (("fe", "FRONTEND"), ("be", "a"), ("be", "BACKEND"))],
       ["OPEN", "no check", "UP"])
    assert int(rows["fe", "FRONTEND"]["bin"]) > 6 * 20
    assert int(rows["fe", "FRONTEND"]["bout"]) > 6 * 20


@test("the page is HTML and names every proxy and server")
def _():
    answer = get(start().st)
    eq(answer.status, 200)
    assert (answer.get("content-type") or "").startswith("text/html")
    for word in (b"fe", b"be", b"a", b"b", b"action", b"drain", b"maint", b"ready"):
        assert word in answer.body, word


@test("MAINT takes a server out, READY brings it back")
def _():
    p = start()
    eq(act(p, "maint", "a"), "/;st=DONE")
    eq(table(p)["be", "a"]["status"], "MAINT")
    eq(picks(p, 4), "bbbb")
    eq(act(p, "ready", "a"), "/;st=DONE")
    eq(table(p)["be", "a"]["status"], "no check")
    eq(sorted(picks(p, 4)), list("aabb"))


@test("DRAIN sends nothing new while what runs finishes")
def _():
    gate = Gate()
    a, b = Origin(name="a", answers=[respond(200, "a", before=gate)]), Origin(name="b")
    p = start(a=a, b=b)
    running = Client(p.fe).request()
    gate.wait_reached()
    eq(act(p, "drain", "a"), "/;st=DONE")
    assert table(p)["be", "a"]["status"].startswith("DRAIN"), table(p)["be", "a"]["status"]
    eq(picks(p, 4), "bbbb")
    gate.open()
    eq(running.response().body, b"a")
    eq(act(p, "ready", "a"), "/;st=DONE")
    eq(sorted(picks(p, 4)), list("aabb"))


@test("with every server in MAINT the backend is DOWN and answers 503")
def _():
    p = start()
    eq(act(p, "maint", "a", "b"), "/;st=DONE")
    eq(table(p)["be", "BACKEND"]["status"], "DOWN")
    eq(get(p.fe).status, 503)


@test("DONE, NONE, PART and ERRP say what came of it")
def _():
    p = start()
    eq(act(p, "maint", "a"), "/;st=DONE")
    eq(act(p, "ready"), "/;st=NONE")
    eq(act(p, "ready", "a", "nobody"), "/;st=PART")
    eq(act(p, "nonsense", "a"), "/;st=ERRP")
    eq(act(p, "ready", "nobody"), "/;st=ERRP")


@test("without stats admin the form is denied")
def _():
    p = start(text=TEXT.replace("    stats admin if TRUE\n", ""))
    eq(act(p, "maint", "a"), "/;st=DENY")
    eq(table(p)["be", "a"]["status"], "no check")


@test("stats admin minds its condition")
def _():
    p = start(text=TEXT.replace("if TRUE", "if { hdr(x-admin) yes }"))
    eq(act(p, "maint", "a"), "/;st=DENY")
    eq(act(p, "maint", "a", headers=[("X-Admin", "yes")]), "/;st=DONE")


@test("a form from a foreign Origin or Referer is refused, from one's own or none it is served",
      differs="haproxy takes it: any page on the web can switch servers off")
def _():
    p = start()
    for header in (("Origin", "http://evil.example"), ("Referer", "http://evil.example/x"),
                   ("Origin", "null")):
        answer = get(p.st, "/", [header], "POST", "s=a&action=maint&b=be")
        assert answer.status == 403 or answer.get("location") == "/;st=DENY", (header, answer)
        eq(table(p)["be", "a"]["status"], "no check")
    mine = f"http://127.0.0.1:{p.st}"
    answer = get(p.st, "/", [("Origin", mine)], "POST", "s=a&action=maint&b=be",
                 host=f"127.0.0.1:{p.st}")
    eq(answer.get("location"), "/;st=DONE")


@test("stats auth asks for user and password, with its realm")
def _():
    p = start("stats auth admin:secret\n    stats realm The\\ House")
    answer = get(p.st)
    eq((answer.status, answer.get("www-authenticate")), (401, 'Basic realm="The House"'))
    eq(get(p.st, headers=[("Authorization", "Basic YWRtaW46d3Jvbmc=")]).status, 401)
    eq(get(p.st, headers=[("Authorization", "Basic YWRtaW46c2VjcmV0")]).status, 200)


@test("stats refresh, hide-version, show-node, show-desc and uri")
def _():
    p = start("stats refresh 7s\n    stats hide-version\n    stats show-node house7\n"
              "    stats show-desc the back door")
    answer = get(p.st)
    assert answer.get("refresh") == "7" or b'http-equiv="refresh" content="7"' in answer.body
    assert b"house7" in answer.body and b"the back door" in answer.body
    p = proxy(TEXT.replace("stats uri /\n", "stats uri /hidden\n"), page="",
              a=Origin(), b=Origin())
    eq(get(p.st, "/hidden").status, 200)
    eq(table(p, "/hidden;csv")["be", "a"]["status"], "no check")
    eq(get(p.st, "/other").status, 503)


@test("stats enable in a backend serves the page beside the traffic")
def _():
    p = proxy(DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    stats enable
    stats uri /stats
    server a @a@
""", a=Origin(name="a"))
    eq(get(p.fe, "/").body, b"a")
    assert get(p.fe, "/stats;csv").body.startswith(b"# pxname")


@test("counters are summed over threads")
def _():
    p = start(text="global\n    nbthread 4\n" + TEXT)
    load = wrk(f"http://127.0.0.1:{p.fe}/", connections=8, seconds=1).wait()
    eq((load.bad, load.socket_errors), (0, 0))

    def settled():
        rows = table(p)
        counts = [int(rows[k]["stot"]) for k in (("be", "a"), ("be", "b"))]
        return sum(counts) >= load.requests and abs(counts[0] - counts[1]) <= 2
    wait_for(settled, "the counters to meet the load")


if __name__ == "__main__":
    main()
