# labels: quick
"""Predefined ACLs and match methods (manual §7.1, §7.4)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
@rules@
    default_backend be
backend be
    server s @origin@
"""


def start(*rules):
    return proxy(CONFIG, rules="\n".join("    " + rule for rule in rules), origin=Origin(echo))


@test("METH_GET, METH_HEAD, METH_POST, METH_PUT, METH_DELETE, METH_OPTIONS, METH_TRACE")
def _():
    for name in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
        p = start(f"http-request deny if METH_{name}")
        client = Client(p.fe).request(name, "/")
        eq(client.response(name).status, 403)
        eq(get(p.fe, method="PATCH").status, 200)


@test("METH_CONNECT")
def _():
    p = start("http-request deny if METH_CONNECT")
    eq(Client(p.fe).send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n").response().status, 403)
    eq(get(p.fe).status, 200)


@test("HTTP_1.0 and HTTP_1.1 are versions, HTTP is either")
def _():
    ten, eleven = "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n\r\n"
    for name, old, new in (("HTTP_1.0", 403, 200), ("HTTP_1.1", 200, 403)):
        p = start(f"http-request deny if {name}")
        eq((response_of(p.fe, ten).status, response_of(p.fe, eleven).status), (old, new))
    p = start("http-request deny unless HTTP")
    eq(response_of(p.fe, eleven).status, 200)
    p = start("http-request deny if HTTP_2.0")
    eq(response_of(p.fe, eleven).status, 200)


@test("HTTP_CONTENT is a request with a body")
def _():
    p = start("http-request deny if HTTP_CONTENT")
    eq((get(p.fe, method="POST", body="x").status, get(p.fe).status), (403, 200))


@test("HTTP_URL_ABS, HTTP_URL_SLASH and HTTP_URL_STAR are kinds of targets")
def _():
    lines = {"HTTP_URL_ABS": "GET http://t/ HTTP/1.1\r\nHost: t\r\n\r\n",
             "HTTP_URL_SLASH": "GET / HTTP/1.1\r\nHost: t\r\n\r\n",
             "HTTP_URL_STAR": "OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n"}
    for name in lines:
        p = start(f"http-request deny if {name}")
        eq({other: response_of(p.fe, line).status for other, line in lines.items()},
           {other: 403 if other == name else 200 for other in lines}, name)


@test("LOCALHOST is this machine")
def _():
    p = proxy(CONFIG.replace("127.0.0.1:@fe@", "127.0.0.1:@fe@\n    bind @dir@/s.sock"),
              rules="    http-request deny if LOCALHOST", origin=Origin())
    eq((get(p.fe).status, Client(f"{p.directory}/s.sock").get().status), (403, 200))


@test("TRUE, FALSE and WAIT_END")
def _():
    p = start("http-request deny unless TRUE")
    eq(get(p.fe).status, 200)
    p = start("http-request deny if FALSE")
    eq(get(p.fe).status, 200)
    p = start("http-request deny unless WAIT_END")
    eq(get(p.fe).status, 200)


def decides(criterion, yes, no):
    """The criterion denies a request whose X is `yes`, and lets pass one whose X is `no`."""
    p = start("http-request deny if { " + criterion + " }")
    eq([get(p.fe, headers=[("X", value)]).status for value in (yes, no)], [403, 200], criterion)


@test("acl -m str, beg, end, sub, dir, dom, len, reg, int, ip, bin, found, bool")
def _():
    decides("req.hdr(x) -m beg ab", "abc", "cab")
    decides("req.hdr(x) -m end ab", "cab", "abc")
    decides("req.hdr(x) -m sub b", "abc", "acd")
    decides("req.hdr(x) -m dir b", "/a/b/c", "/a/bb")
    decides("req.hdr(x) -m dom b", "a.b.c", "a.bb")
    decides("req.hdr(x) -m len 3", "abc", "abcd")
    decides("req.hdr(x) -m reg ^a.c$", "abc", "abd")
    decides("req.hdr(x) -m int gt 5", "06", "05")
    decides("req.hdr(x) -m ip 192.0.2.0/24", "192.0.2.7", "192.0.3.7")
    decides("req.hdr(x) -m bin 6162", "ab", "6162")
    decides("req.hdr_val(x) -m bool", "1", "0")
    decides("hdr_beg(x) -m str ab", "ab", "abc")


@test("acl -m found asks whether there is a value at all")
def _():
    p = start("http-request deny if { req.hdr(x) -m found }")
    eq((get(p.fe, headers=[("X", "")]).status, get(p.fe).status), (403, 200))


@test("acl names a test for several rules")
def _():
    p = start("acl old path_beg /old", "acl old path_beg /older",
              "http-request deny if old", "http-request deny deny_status 404 if !{ path / } !old")
    eq([get(p.fe, path).status for path in ("/old", "/", "/new")], [403, 200, 404])


if __name__ == "__main__":
    main()
