# labels: quick
"""cookie and its options (manual §4.2), server cookie (§5.2), capture cookie, and the letters of
the log (§8.5): what servers and clients see."""
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """
global
    nbthread 1          # lines in the order of their requests
    log @log@ local0
""" + DEFAULTS + """
    log global
    option httplog
frontend fe
    bind 127.0.0.1:@fe@
    @front@
    default_backend be
backend be
    @lines@
    server a @a@ cookie va @more@
    server b @b@ cookie vb
"""
B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def start(lines, a=None, **more):
    for name in ("front", "more"):
        more.setdefault(name, "")
    p = proxy(TEXT, lines=lines, log=UdpLog(), a=a or Origin(name="a"), b=Origin(name="b"), **more)
    return p


def with_log(lines, a=None, **more):
    for name in ("front", "more"):
        more.setdefault(name, "")
    log = UdpLog()
    p = proxy(TEXT, lines=lines, log=log, a=a or Origin(name="a"), b=Origin(name="b"), **more)
    return p, log


def letters(log, count=1):
    return HttpLine(log.wait(count)[count - 1]).flags[2:]


def sets(value):
    """An origin that sets a cookie."""
    return Origin(respond(200, "a", [("Set-Cookie", value)]), name="a")


def date(seconds):
    units = int(seconds) >> 2
    return "".join(B64[units >> shift & 63] for shift in (24, 18, 12, 6, 0))


def seconds(text):
    units = 0
    for digit in text:
        units = units << 6 | B64.index(digit)
    return units << 2


def now_or_soon(text):
    """Is it the date of this response?"""
    assert -5 <= seconds(text) - time.time() <= 8, (text, seconds(text), time.time())


def cookie_of(answer, name="S"):
    """(value, attributes) of the Set-Cookie of that name."""
    found = [c for c in answer.all("set-cookie") if c.startswith(name + "=")]
    eq(len(found), 1, f"cookies in {answer}")
    value, *attributes = found[0].split("; ")
    return value.removeprefix(name + "="), attributes


@test("insert gives the client a cookie that leads back to the server")
def _():
    p, log = with_log("cookie S insert")
    first = get(p.fe)
    value, attributes = cookie_of(first)
    eq((first.body, value, attributes), (b"a", "va", ["path=/"]))
    for number in range(4):
        again = get(p.fe, headers=[("Cookie", "x=1; S=va")])
        eq((again.body, again.all("set-cookie")), (b"a", []), f"request {number}")
    eq([HttpLine(line).flags for line in log.wait(5)], ["--NI"] + ["--VN"] * 4)


@test("a client's cookie does not take a turn from round robin")
def _():
    p = start("cookie S insert")
    order = b""
    for _ in range(3):
        order += get(p.fe).body
        get(p.fe, headers=[("Cookie", "S=va")])
    eq(order, b"aba")


@test("without indirect the server sees the cookie, with it only the others")
def _():
    a = Origin(name="a")
    p = start("cookie S insert", a)
    get(p.fe, headers=[("Cookie", "x=1; S=va; y=2")])
    eq(a.last().get("cookie"), "x=1; S=va; y=2")
    a = Origin(name="a")
    p = start("cookie S insert indirect", a)
    get(p.fe, headers=[("Cookie", "x=1; S=va; y=2")])
    eq(a.last().get("cookie"), "x=1; y=2")
    get(p.fe, headers=[("Cookie", "S=va")])
    eq(a.last().get("cookie"), None)


@test("without insert, rewrite or prefix a cookie is only read")
def _():
    p, log = with_log("cookie S")
    for _ in range(2):
        answer = get(p.fe, headers=[("Cookie", "S=vb")])
        eq((answer.body, answer.all("set-cookie")), (b"b", []))
    eq(letters(log), "--")


@test("nocache makes a cacheable response private when a cookie is inserted")
def _():
    a = Origin(respond(200, "a", [("ETag", '"1"')]), name="a")
    p = start("cookie S insert nocache", a)
    eq(get(p.fe).all("cache-control"), ["private"])
    eq(get(p.fe, headers=[("Cookie", "S=va")]).all("cache-control"), [])


@test("postonly inserts into responses to POST alone")
def _():
    p, log = with_log("cookie S insert postonly")
    eq(get(p.fe).all("set-cookie"), [])
    eq(letters(log), "NN")
    eq(cookie_of(get(p.fe, method="POST", body="x"))[0], "vb")


@test("insert takes the server's own cookie out, preserve leaves it alone")
def _():
    p, log = with_log("cookie S insert", sets("S=own"))
    eq(get(p.fe).all("set-cookie"), ["S=va; path=/"])
    eq(get(p.fe, headers=[("Cookie", "S=va")]).all("set-cookie"), [])
    eq([HttpLine(line).flags for line in log.wait(2)], ["--NI", "--VD"])
    p, log = with_log("cookie S insert preserve", sets("S=own; path=/x"))
    eq(get(p.fe).all("set-cookie"), ["S=own; path=/x"])
    eq(letters(log), "NP")


@test("httponly, secure, domain and attr are attributes of the cookie, in this order")
def _():
    p = start("cookie S insert attr SameSite=Lax attr X secure httponly domain .a.example "
              "domain b.example")
    eq(get(p.fe).all("set-cookie"),
       ["S=va; path=/; domain=.a.example; domain=b.example; HttpOnly; Secure; SameSite=Lax; X"])


@test("rewrite puts the server's value in the place of the server's cookie")
def _():
    p, log = with_log("cookie S rewrite", sets("S=own; path=/x; Secure"))
    eq(get(p.fe).all("set-cookie"), ["S=va; path=/x; Secure"])
    eq(get(p.fe).all("set-cookie"), [])
    eq(get(p.fe, headers=[("Cookie", "S=va")]).body, b"a")
    eq([HttpLine(line).flags for line in log.wait(3)], ["--NR", "--NN", "--VR"])


@test("prefix puts the server's value before that of the server, and takes it away again")
def _():
    a = sets("S=own; path=/x")
    p, log = with_log("cookie S prefix", a)
    eq(get(p.fe).all("set-cookie"), ["S=va~own; path=/x"])
    for _ in range(2):
        eq(get(p.fe, headers=[("Cookie", "z=0; S=va~own; x=1")]).body, b"a")
        eq(a.last().get("cookie"), "z=0; S=own; x=1")
    eq(letters(log, 3), "VR")


@test("maxidle dates the cookie, renews the date, and ignores what is older")
def _():
    p, log = with_log("cookie S insert maxidle 60")
    value, last = cookie_of(get(p.fe))[0].split("|")
    eq(value, "va")
    now_or_soon(last)
    value, last = cookie_of(
        get(p.fe, headers=[("Cookie", f"S=va|{date(time.time() - 30)}")]))[0].split("|")
    eq(value, "va")
    now_or_soon(last)
    old = get(p.fe, headers=[("Cookie", f"S=va|{date(time.time() - 90)}")])
    eq((old.body, cookie_of(old)[0].split("|")[0]), (b"b", "vb"))
    future = get(p.fe, headers=[("Cookie", f"S=vb|{date(time.time() + 100_000)}")])
    eq(future.body, b"a")
    ahead = get(p.fe, headers=[("Cookie", f"S=va|{date(time.time() + 80_000)}")])
    eq((ahead.body, ahead.all("set-cookie")), (b"a", []))
    eq([HttpLine(line).flags[2:] for line in log.wait(5)], ["NI", "VU", "EI", "EI", "VN"])


@test("maxlife keeps the first date, and ends with it")
def _():
    p, log = with_log("cookie S insert maxlife 1h")
    value, last, first = cookie_of(get(p.fe))[0].split("|")
    eq(value, "va")
    now_or_soon(last)
    now_or_soon(first)
    began = date(time.time() - 1000)
    young = f"S=va|{date(time.time() - 30)}|{began}"
    value, last, first = cookie_of(get(p.fe, headers=[("Cookie", young)]))[0].split("|")
    eq((value, first), ("va", began))
    now_or_soon(last)
    old = f"S=va|{date(time.time() - 30)}|{date(time.time() - 4000)}"
    eq(get(p.fe, headers=[("Cookie", old)]).body, b"b")
    eq([HttpLine(line).flags[2:] for line in log.wait(3)], ["NI", "VU", "OI"])


@test("a server without a cookie takes the client's away")
def _():
    p = proxy(TEXT.replace("cookie va", "").replace("server b @b@ cookie vb", ""),
              lines="cookie S insert secure", front="", more="", log=UdpLog(),
              a=Origin(name="a"))
    eq(get(p.fe).all("set-cookie"),
       ["S=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/; Secure"])


@test("garbage, quotes, 8 KiB and a thousand cookies choose no server and reach it unharmed")
def _():
    a = Origin(name="a")
    p, log = with_log("cookie S insert indirect", a)
    rubbish = 'x="1; S=vb; 2"; ;=; \xff\x80; S = ' + "v" * 8192 + " ; y=\\"
    answer = get(p.fe, headers=[("Cookie", rubbish)])
    eq((answer.body, cookie_of(answer)[0]), (b"a", "va"))
    eq(a.last().get("cookie"), 'x="1; S=vb; 2"; ;=; \xff\x80; y=\\')
    many = "; ".join(f"S=v{n}" for n in range(1000))
    eq(get(p.fe, headers=[("Cookie", many), ("Cookie", "S=va; x=1")]).body, b"a")
    eq(a.last().all("cookie"), ["x=1"])
    eq([HttpLine(line).flags[2:] for line in log.wait(2)], ["II", "VN"])


@test("capture cookie logs the first cookie that begins so, of both sides")
def _():
    a = Origin(respond(200, "a", [("Set-Cookie", "other=1"), ("Set-Cookie", "VIS1=new; path=/")]),
               name="a")
    p, log = with_log("", a, front="capture cookie VIS len 8")
    get(p.fe, headers=[("Cookie", "x=1; VISITOR=123456; VIS2=2")])
    get(p.fe)
    captured = [HttpLine(line) for line in log.wait(2)]
    eq((captured[0].req_cookie, captured[0].res_cookie), ("VISITOR=", "VIS1=new"))
    eq((captured[1].req_cookie, captured[1].res_cookie), ("-", "-"))


@test("a request that is tarpitted is logged with its cookies")
def _():
    p, log = with_log("cookie S insert\n    timeout tarpit 50ms\n    http-request tarpit",
                      front="capture cookie S= len 8")
    get(p.fe, headers=[("Cookie", "S=vb")])
    line = HttpLine(log.wait()[0])
    eq((line.req_cookie, line.flags), ("S=vb", "PTVN"))


@test("a defaults section's cookie holds for its backends")
def _():
    text = TEXT.replace("    log global\n", "    log global\n    cookie S insert\n", 1)
    p = proxy(text, lines="", front="", more="", log=UdpLog(), a=Origin(name="a"),
              b=Origin(name="b"))
    eq(cookie_of(get(p.fe))[0], "va")


def xxh64(data):
    """XXH64 with seed 0, for fewer than 32 bytes."""
    p1, p2, p3, p4, p5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
                          0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
    mask = (1 << 64) - 1

    def left(x, n):
        return (x << n | x >> (64 - n)) & mask
    h = (p5 + len(data)) & mask
    while len(data) >= 8:
        lane = left(int.from_bytes(data[:8], "little") * p2 & mask, 31) * p1 & mask
        h = (left(h ^ lane, 27) * p1 + p4) & mask
        data = data[8:]
    if len(data) >= 4:
        h = (left(h ^ (int.from_bytes(data[:4], "little") * p1 & mask), 23) * p2 + p3) & mask
        data = data[4:]
    for byte in data:
        h = left(h ^ (byte * p5 & mask), 11) * p1 & mask
    h = (h ^ h >> 33) * p2 & mask
    h = (h ^ h >> 29) * p3 & mask
    return h ^ h >> 32


@test("dynamic makes a value of key, address and port for servers that have none")
def _():
    a = Origin(name="a")
    p = proxy(TEXT.replace("cookie va", ""), lines="cookie S insert dynamic\n"
              "    dynamic-cookie-key secret", front="", more="", log=UdpLog(), a=a,
              b=Origin(name="b"))
    wanted = "%016x" % xxh64(b"secret" + bytes([127, 0, 0, 1]) + a.port.to_bytes(4, "big"))
    eq([cookie_of(get(p.fe))[0] for _ in range(2)], [wanted, "vb"])
    for _ in range(3):
        eq(get(p.fe, headers=[("Cookie", f"S={wanted}")]).body, b"a")
    eq(get(p.fe, headers=[("Cookie", f"S={wanted.upper()}")]).has("set-cookie"), True)


@test("dynamic cookies are switched on and off and get another key at run time")
def _():
    text = TEXT.replace("cookie va", "").replace("global\n", f"global\n    {SOCKET}\n", 1)
    a = Origin(name="a")
    p = proxy(text, lines="cookie S insert\n    dynamic-cookie-key one", front="", more="",
              log=UdpLog(), a=a, b=Origin(name="b"))

    def made(key):
        return "%016x" % xxh64(key + bytes([127, 0, 0, 1]) + a.port.to_bytes(4, "big"))

    def of_a():
        """The value that a response of server a sets."""
        answer = next(r for r in (get(p.fe) for _ in range(2)) if r.body == b"a")
        return cookie_of(answer)[0]
    eq(of_a(), "")                          # it is taken away
    eq(say(p, "enable dynamic-cookie backend be"), "")
    eq(of_a(), made(b"one"))
    eq(say(p, "set dynamic-cookie-key backend be two"), "")
    eq(of_a(), made(b"two"))
    for _ in range(3):
        eq(get(p.fe, headers=[("Cookie", f"S={made(b'two')}")]).body, b"a")
    eq(get(p.fe, headers=[("Cookie", f"S={made(b'one')}")]).has("set-cookie"), True)
    eq(say(p, "disable dynamic-cookie backend be"), "")
    eq(of_a(), "")
    for command, words in (("enable dynamic-cookie backend no", "No such backend."),
                           ("disable dynamic-cookie backend", "A backend name is expected."),
                           ("set dynamic-cookie-key backend be", "String value expected."),
                           ("set dynamic-cookie-key backend no x", "No such backend.")):
        eq(say(p, command), words)


@test("the statistics show cookies, those made included, as legends")
def _():
    text = TEXT.replace("cookie va", "").replace("default_backend", "stats enable\n"
                                                 "    stats uri /stats\n    default_backend")
    p = proxy(text, lines="cookie S insert dynamic\n    dynamic-cookie-key k", more="",
              front="stats show-legends", log=UdpLog(), a=Origin(name="a"), b=Origin(name="b"))
    made = cookie_of(get(p.fe))[0]
    page = get(p.fe, "/stats").body.decode()
    assert len(made) == 16 and made in page and "vb" in page, page
    csv = get(p.fe, "/stats;csv").body.decode().splitlines()
    column = csv[0].split(",").index("cookie")
    eq([line.split(",")[column] for line in csv if line.startswith("be,")], [made, "vb", "S"])


if __name__ == "__main__":
    main()
