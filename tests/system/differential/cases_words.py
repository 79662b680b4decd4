"""Directives of few words: retry-on by its causes, pages that replace ours, captures, names of
headers, priorities, dispatch, the server's name in a header."""
from harness import respond
from rig import Case

TEXT = """
global
    log @log@ local0
    nbthread 1
defaults
    mode http
    log global
    option httplog
    timeout connect 1s
    timeout client 5s
    timeout server 5s
    timeout tarpit 50ms
    retries 2
frontend words
    bind 127.0.0.1:@words@
    monitor-uri /alive
    monitor fail if { hdr(x-fail) -m found }
    declare capture request len 6
    declare capture response len 4
    capture request header X-Second len 3
    http-request capture req.hdr(x-first) id 0
    errorloc 405 /elsewhere
    errorloc303 410 http://other.example/gone?a=b
    http-error status 429 content-type text/plain lf-string "slow %[method]" hdr X-Why "%[method]"
    http-error status 425 hdr X-Empty yes
    http-request deny deny_status 405 if { path /loc302 }
    http-request deny deny_status 410 if { path /loc303 }
    http-request deny deny_status 429 if { path /composed }
    http-request deny deny_status 425 if { path /hollow }
    http-request deny content-type text/plain string mine if { path /own }
    http-request tarpit deny_status 429 if { path /tarpit }
    http-request tarpit content-type text/plain string held if { path /held }
    http-request return status 429 default-errorfiles if { path /page }
    http-request set-priority-class req.hdr(x-class)
    http-request set-priority-offset req.hdr(x-offset)
    http-request return status 200 content-type text/plain \
lf-string "%[prio_class] %[prio_offset]" if { path /priority }
    use_backend narrow if { path_beg /narrow }
    use_backend strict if { path_beg /strict }
    use_backend told if { path_beg /told }
    use_backend direct if { path_beg /direct }
    use_backend once if { path_beg /once }
    default_backend again
backend again
    retry-on all-retryable-errors 404
    http-request disable-l7-retry if { path_beg /again/no }
    server a @a@
backend once
    retry-on conn-failure
    server a @a@
backend narrow
    option http-restrict-req-hdr-names delete
    http-response capture res.hdr(x-origin) id 0
    server a @a@
backend strict
    option http-restrict-req-hdr-names reject
    server a @a@
backend told
    http-send-name-header X-Name
    server a @a@
backend direct
    dispatch @a@
"""


def answer(conn, request):
    """/…/STATUS answers that; /…/end, /…/junk and /…/half do what they say, each time."""
    last = request.target.split("?")[0].rsplit("/", 1)[-1]
    if last == "end":
        conn.close()
    elif last == "junk":
        conn.send(b"no response at all\r\n\r\n")
        conn.close()
    elif last == "half":
        conn.send(b"HTTP/1.1 200 OK\r\nContent-L")
        conn.close()
    else:
        status = int(last) if last.isdigit() else 200
        respond(status, last, [("X-Origin", "origin")])(conn, request)


ORIGINS = {"a": answer}


def get(path, *fields):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: t", *fields, "", ""]).encode()


def post(path, body):
    return (f"POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: {len(body)}\r\n\r\n" +
            body).encode()


ONE = [
    *((f"retry-on and an answer of {status}", get(f"/again/{status}"))
      for status in (200, 401, 404, 425, 500, 501, 502, 503, 504)),
    *((f"retry-on and a server that does: {what}", get(f"/again/{what}"))
      for what in ("end", "junk", "half")),
    *((f"disable-l7-retry and a server that does: {what}", get(f"/again/no/{what}"))
      for what in ("503", "end", "junk")),
    *((f"retry-on conn-failure alone and: {what}", get(f"/once/{what}"))
      for what in ("503", "end", "junk")),
    ("errorloc", get("/loc302")),
    ("errorloc303", get("/loc303")),
    ("http-error that is composed", get("/composed")),
    ("http-error without a body", get("/hollow")),
    ("deny with content of its own", get("/own")),
    ("tarpit with a composed page", get("/tarpit")),
    ("tarpit with content of its own", get("/held")),
    ("return with a composed page", get("/page")),
    ("priorities", get("/priority", "X-Class: 5", "X-Offset: -7")),
    ("priorities beyond their bounds", get("/priority", "X-Class: 99999", "X-Offset: -9999999")),
    ("priorities that are no numbers", get("/priority", "X-Class: x", "X-Offset: 1.5")),
    ("slots that are declared", get("/narrow", "X-First: abcdefgh", "X-Second: ijklmn")),
    ("slots that stay empty", get("/narrow")),
    ("odd names that are deleted", get("/narrow", "X_Forwarded_For: 1", "a.b: c", "X-2: d")),
    ("odd names that are refused", get("/strict", "X_Forwarded_For: 1")),
    ("plain names that are not", get("/strict", "X-Forwarded-For: 1")),
    ("http-send-name-header", get("/told", "x-name: mine", "X-Other: yours")),
    ("dispatch", get("/direct")),
]


# The status is known before the response is whole, and its connection is not waited for.
FRESH = {"retry-connection": ["origin.connections"]}


def cases():
    for what, data in ONE:
        tried = any(f"/again/{status} " in data.decode() for status in (404, 500, 502, 503, 504))
        yield Case(what, data, to="words", rows=FRESH if tried else None)
    yield Case("retry-on and a body", post("/again/503", "some body"), ["POST"], to="words",
               rows=FRESH)
    yield Case("monitor-uri", get("/alive"), to="words", lines=0)
    yield Case("monitor fail", get("/alive", "X-Fail: yes"), to="words", lines=0)
