# labels: quick
"""retry-on: each of its causes, what may be sent again, where to, and what is counted and logged
(manual §4.2 retry-on, http-request disable-l7-retry, option redispatch)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = f"global\n    {SOCKET}\n" + DEFAULTS + """
    log @log@ local0
    option httplog
    retries 2
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    timeout server @timeout@
@back@
    server a @a@
@second@
"""
STATUSES = (401, 403, 404, 408, 425, 500, 501, 502, 503, 504)


def start(cause, *lines, second=None, timeout="10s", **origins):
    back = "\n".join("    " + line for line in (f"retry-on {cause}", *lines))
    log = UdpLog()
    text = TEXT.replace("@second@", f"    server b {second}" if second else "")
    p = proxy(text, back=back, log=log, timeout=timeout, **origins)
    return p, log


def line_of(log, number=1):
    return HttpLine(log.wait(number)[number - 1])


def tries(origin):
    return len(origin.requests)


def failing(answer, times=1, name="good"):
    return Origin(name=name, answers=[answer] * times)


@test("retry-on takes each status of its list, and the last answer is passed on")
def _():
    for status in STATUSES:
        origin = failing(respond(status, "no"))
        p, log = start(str(status), a=origin)
        eq((get(p.fe).body, tries(origin)), (b"good", 2), status)
        eq((line_of(log).retries, line_of(log).flags), ("1", "----"), status)
        origin = failing(respond(status, "no"), 9)
        p, log = start(str(status), a=origin)
        answer = get(p.fe)
        eq((answer.status, answer.body, tries(origin)), (status, b"no", 3), status)
        eq((line_of(log).retries, line_of(log).flags), ("2", "----"), status)


@test("a status that is not named is passed on at once")
def _():
    for status in (400, 402, 405, 429, 503):
        origin = failing(respond(status, "no"), 9)
        p, _ = start("500 502 404", a=origin)
        eq((get(p.fe).status, tries(origin)), (status, 1))


@test("all-retryable-errors: connecting, empty, junk, silent, 500, 502, 503, 504")
def _():
    for answer in (reset, raw("rubbish\r\n\r\n", then="fin"), silent, respond(500), respond(502),
                   respond(503), respond(504)):
        origin = failing(answer)
        p, _ = start("all-retryable-errors", timeout="1s", a=origin)
        eq((get(p.fe).body, tries(origin)), (b"good", 2))
    for status in (401, 403, 404, 408, 425, 501):
        origin = failing(respond(status))
        p, _ = start("all-retryable-errors", a=origin)
        eq((get(p.fe).status, tries(origin)), (status, 1))
    p, _ = start("all-retryable-errors", "option redispatch 1", second="@b@", a="127.0.0.1:1",
                 b=Origin(name="b"))
    eq(get(p.fe).body, b"b")


@test("each cause is for itself: junk is not empty, empty not silent")
def _():
    faults = {"empty-response": reset, "junk-response": raw("rubbish\r\n\r\n", then="fin"),
              "response-timeout": silent}
    for cause in faults:
        for name, fault in faults.items():
            origin = failing(fault)
            p, _ = start(cause, timeout="1s", a=origin)
            status = get(p.fe).status
            eq((status == 200, tries(origin)), (name == cause, 2 if name == cause else 1),
               (cause, name))


@test("a connection that ends before a whole head is empty, a head that is too large is junk")
def _():
    half = raw("HTTP/1.1 200 OK\r\nConte", then="fin")
    large = raw("HTTP/1.1 200 OK\r\nX: " + "x" * 20000 + "\r\n\r\n", then="fin")
    for answer, wanted in ((half, "empty-response"), (raw("", then="fin"), "empty-response"),
                           (large, "junk-response")):
        for cause in ("empty-response", "junk-response"):
            origin = failing(answer)
            p, _ = start(cause, a=origin)
            get(p.fe)
            eq(tries(origin), 2 if cause == wanted else 1, (cause, wanted))


@test("a response that has begun is never fetched again")
def _():
    origin = failing(raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", then="fin"))
    p, _ = start("all-retryable-errors", a=origin)
    assert b"abc" in Client(p.fe).request().rest()[0]
    eq(tries(origin), 1)


@test("0rtt-rejected is taken, alone and with others")
def _():
    origin = failing(reset)
    p, _ = start("0rtt-rejected", a=origin)
    eq((get(p.fe).status, tries(origin)), (502, 1))
    origin = failing(reset)
    p, _ = start("0rtt-rejected empty-response", a=origin)
    eq((get(p.fe).status, tries(origin)), (200, 2))


@test("a body that fits in a buffer is sent again whole, one that does not is not")
def _():
    for size, chunks, wanted in ((1, False, 200), (9000, False, 200), (9000, True, 200),
                                 (40000, False, 503), (40000, True, 503)):
        origin = Origin(echo, answers=[respond(503)])
        p, _ = start("503", a=origin)
        body = bytes(i % 251 for i in range(size))
        client = Client(p.fe)
        if chunks:
            client.send(request("POST", "/", [("Transfer-Encoding", "chunked")]) +
                        b"%x\r\n" % size + body + b"\r\n0\r\n\r\n")
        else:
            client.request("POST", body=body)
        answer = client.response()
        eq(answer.status, wanted, (size, chunks))
        if wanted == 200:
            eq(answer.body, body)
            eq([r.body for r in origin.requests], [body, body])
        else:
            eq(tries(origin), 1)


@test("http-request disable-l7-retry leaves a request to its first answer")
def _():
    rule = "http-request disable-l7-retry if METH_POST"
    for method, wanted in (("GET", 200), ("POST", 503)):
        origin = Origin(name="good", answers=[respond(503)])
        p, _ = start("conn-failure 503", rule, a=origin)
        eq(get(p.fe, method=method, body="x" if method == "POST" else None).status, wanted)
        eq(tries(origin), 2 if method == "GET" else 1)


@test("disable-l7-retry does not hold for connecting, nor for the next request")
def _():
    origin = Origin(name="good", answers=[respond(200, "1"), respond(503)])
    p, _ = start("conn-failure 503", "http-request disable-l7-retry if { path /no }", a=origin)
    client = Client(p.fe)
    eq([client.get("/no").body, client.get("/").body], [b"1", b"good"])
    b = Origin(name="b")
    p, _ = start("conn-failure 503", "option redispatch 1", "http-request disable-l7-retry",
                 second="@b@", a="127.0.0.1:1", b=b)
    eq(get(p.fe).body, b"b")


@test("without option redispatch the same server is asked again")
def _():
    a, b = failing(respond(503), 2, "a"), Origin(name="b")
    p, log = start("503", second="@b@", a=a, b=b)
    eq((get(p.fe).body, tries(a), tries(b)), (b"a", 3, 0))
    eq((line_of(log).retries, line_of(log).server), ("2", "a"))


@test("with it another server is asked, which is logged with +")
def _():
    a, b = failing(respond(503), 2, "a"), Origin(name="b")
    p, log = start("503", "option redispatch 1", second="@b@", a=a, b=b)
    eq((get(p.fe).body, tries(a), tries(b)), (b"b", 1, 1))
    eq((line_of(log).retries, line_of(log).server), ("+1", "b"))


@test("a retry is counted at its server, a redispatch at the server that is left",
      differs="haproxy counts what it sends again twice, and a redispatch as a retry besides")
def _():
    for option, counts in (("no option redispatch", [("2", "0"), ("0", "0"), ("2", "0")]),
                           ("option redispatch 1", [("0", "1"), ("0", "0"), ("0", "1")])):
        p, _ = start("503", option, second="@b@", a=failing(respond(503), 2, "a"),
                     b=Origin(name="b"))
        eq(get(p.fe).status, 200)
        rows = [stat(p, "be", of) for of in ("a", "b", "BACKEND")]
        eq([(row["wretr"], row["wredis"]) for row in rows], counts, option)
        eq((rows[0]["eresp"], rows[0]["econ"]), ("0", "0"))


@test("option redispatch N leaves a cookie's server at each Nth retry, -1 at the last one")
def _():
    for interval, wanted in (("1", 1), ("2", 2), ("3", 3), ("-1", 3), ("-2", 2), ("", 3)):
        a, b = failing(respond(503), 9, "a"), Origin(name="b")
        p, log = start("503", f"option redispatch {interval}", "retries 3", "cookie S insert",
                       "default-server cookie x", second="@b@ cookie y", a=a, b=b)
        eq(get(p.fe, headers=[("Cookie", "S=x")]).body, b"b")
        eq((tries(a), line_of(log).retries), (wanted, f"+{wanted}"), interval)


@test("what is tried in vain ends as it would have without")
def _():
    for cause, answer, wanted in (("empty-response", reset, ("502", "SH--")),
                                  ("junk-response", raw("rubbish\r\n\r\n", then="fin"),
                                   ("502", "PH--")),
                                  ("response-timeout", silent, ("504", "sH--"))):
        origin = failing(answer, 9)
        p, log = start(cause, timeout="700ms", a=origin)
        get(p.fe)
        entry = line_of(log)
        eq(((entry.status, entry.flags), entry.retries, tries(origin)), (wanted, "2", 3), cause)


@test("a slot is kept for the retry and given back at its end")
def _():
    gate = Gate()
    origin = Origin(name="good", answers=[respond(503, before=gate)])
    p, _ = start("503", "default-server maxconn 1", a=origin)
    first = Client(p.fe).request(path="/1")
    gate.wait_reached()
    second = Client(p.fe).request(path="/2")
    wait_for(lambda: stat(p, "be")["qcur"] == "1", "the second to wait")
    gate.open()
    eq([client.response().body for client in (first, second)], [b"good", b"good"])
    eq(([r.target for r in origin.requests], origin.most), (["/1", "/1", "/2"], 1))
    wait_for(lambda: stat(p, "be", "a")["scur"] == "0", "the slot to be free")


@test("a request that waits elsewhere after its retry is served there")
def _():
    gate = Gate()
    a, b = failing(respond(503), 1, "a"), Origin(name="b", answers=[respond(200, "b", before=gate)])
    p, _ = start("503", "option redispatch 1", "default-server maxconn 1", second="@b@", a=a, b=b)
    clients = [Client(p.fe).request()]
    wait_for(lambda: tries(b) == 1, "the first to be redispatched")
    gate.open()
    eq(clients[0].response().body, b"b")


@test("statuses are retried in mode http alone, and words that it has not are refused")
def _():
    done = run_config(DEFAULTS + "\nbackend b\n    retry-on 418\n    server a 127.0.0.1:1\n", "-c")
    eq(done.code, 1)
    assert "418" in done.err, done.err


if __name__ == "__main__":
    main()
