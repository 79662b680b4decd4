"""Persistence by cookie: what the client's cookies mean, what the server sees of them, which
Set-Cookie the client gets, and the letters of the log."""
import os
import random
import time
import urllib.parse

from harness import respond
from rig import Case

SERVERS = """
    server a @a@ cookie va
    server b @b@ cookie vb
    server off @a@ cookie voff disabled
    server spare @b@ cookie vspare backup
    server bare @a@ weight 0
"""

# Path and the backend's lines.
BACKENDS = {
    "passive": "cookie S",
    "insert": "cookie S insert",
    "indirect": "cookie S insert indirect",
    "nocache": "cookie S insert nocache",
    "postonly": "cookie S insert postonly",
    "preserve": "cookie S insert preserve",
    "hidden": "cookie S insert indirect preserve",
    "words": "cookie S insert httponly secure domain .a.example domain b.example "
             "attr SameSite=Strict attr X",
    "idle": "cookie S insert indirect maxidle 1h",
    "life": "cookie S insert maxlife 1h",
    "both": "cookie S insert maxidle 1h maxlife 2h",
    "rewrite": "cookie S rewrite",
    "prefix": "cookie S prefix",
    "prefind": "cookie S prefix indirect",
    "onlyind": "cookie S indirect",
    "keep": "cookie S indirect preserve",
    "forced": "cookie S insert\n    option redispatch\n    force-persist if { path_end /f }",
    "ignored": "cookie S insert indirect\n    ignore-persist if { path_end /i }",
    "notkept": "cookie S insert\n    ignore-persist unless { hdr(X-Keep) yes }\n"
              "    force-persist if { path / }",
    "ruled": "cookie S insert indirect\n    use-server b if { path_end /b }\n"
             "    use-server off if { path_end /o }",
    "anyway": "cookie S insert maxidle 1h\n    option persist\n"
              "    use-server off if { path_end /o }",
    "persist": "cookie S insert\n    option persist\n    option redispatch",
}

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
    retries 1
frontend cookies
    bind 127.0.0.1:@cookies@
    capture cookie CAP len 20
""" + "".join(f"    use_backend {name} if {{ path_beg /{name}/ }}\n" for name in BACKENDS) + """
    use_backend dynamic if { path_beg /dynamic/ }
    use_backend dead if { path_beg /dead/ }
    use_backend gone if { path_beg /gone/ }
    use_backend refuses if { path_beg /refuses/ }
    use_backend odd if { path_beg /odd/ }
    http-request deny if { path /deny }
    default_backend none
backend odd
    cookie S httponly secure nocache
    http-request deny if { path /odd/deny }
    server a @a@ cookie va
backend refuses
    cookie S insert indirect
    http-request deny if { path_end /deny }
    http-request return status 200 if { path_end /return }
    server a @a@ cookie va
backend none
    server a @a@ cookie va
""" + "".join(f"backend {name}\n    {lines}{SERVERS}" for name, lines in BACKENDS.items()) + """
backend dynamic
    cookie S insert dynamic
    dynamic-cookie-key secret
    server a 192.0.2.1:80 disabled
    server b @b@ cookie vb
    server n 127.0.0.1:@dead@ weight 0
backend dead
    cookie S insert
    option redispatch
    retries 2
    timeout connect 200ms
    server dead 127.0.0.1:@dead@ cookie vdead weight 0
    server b @b@ cookie vb
backend gone
    cookie S insert
    retries 0
    server dead 127.0.0.1:@dead@ cookie vdead weight 0
    server b @b@ cookie vb
listen whole
    bind 127.0.0.1:@whole@
    cookie S insert indirect
    http-request deny if { path /deny }
    server a @a@ cookie va
"""


def answer(name):
    def reply(conn, request):
        query = urllib.parse.parse_qsl(request.target.partition("?")[2])
        fields = [("X-Origin", name)]
        fields += [(key, value) for key, value in query if key != "status"]
        respond(int(dict(query).get("status", "200")), name, fields)(conn, request)
    return reply


ORIGINS = {name: answer(name) for name in "ab"}
B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def date(ago):
    units = int(time.time() - ago) >> 2
    return "".join(B64[units >> shift & 63] for shift in (24, 18, 12, 6, 0))


def ask(path, *cookies, method="GET", fields=(), **sent):
    query = urllib.parse.urlencode([(k.replace("_", "-"), v) for k, values in sent.items()
                                    for v in (values if isinstance(values, list) else [values])])
    lines = [f"{method} {path}{'?' + query if query else ''} HTTP/1.1", "Host: t"]
    lines += [f"Cookie: {cookie}" for cookie in cookies] + list(fields)
    lines += ["Content-Length: 0"] if method == "POST" else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


# What a client may send, good and bad; asked of every mode that reads cookies.
COOKIES = [
    ("no cookie", []),
    ("a valid cookie", ["S=vb"]),
    ("a cookie that names nobody", ["S=nobody"]),
    ("an empty cookie", ["S="]),
    ("a cookie without a value", ["S"]),
    ("the cookie of a server in maintenance", ["S=voff"]),
    ("the cookie of a backup", ["S=vspare"]),
    ("the first of two valid cookies", ["S=vb; S=va"]),
    ("an invalid cookie before a valid one", ["S=x; S=vb"]),
    ("a disabled server's cookie before a valid one", ["S=voff; S=vb"]),
    ("a valid cookie before a disabled server's", ["S=vb; S=voff"]),
    ("a cookie among others", ["x=1; S=vb; y=2"]),
    ("a cookie at the end", ["x=1; y=2 ; S=vb"]),
    ("a cookie in the second of two fields", ["x=1", "S=vb"]),
    ("cookies in three fields", ["S=vb; x=1", "S=va", "y=2; S=vb"]),
    ("blanks around everything", ["  x = 1 ;  S\t=  vb  ; y  =2"]),
    ("commas between cookies", ["x=1,S=vb , y=2"]),
    ("a quoted value is not the value", ['S="vb"']),
    ("the cookie inside of quotes", ['x="1; S=vb; y"; z=1']),
    ("a quote that never ends", ['x="1; S=vb']),
    ("an escaped quote", ['x="1\\"; S=vb"; S=va']),
    ("attributes of RFC 2109", ["$Version=1; S=vb; $Path=/; x=1; $Path=/"]),
    ("attributes alone beside it", ["$Version=1; S=vb; $Path=/"]),
    ("semicolons only", [";; ; S=vb;;"]),
    ("an empty field", [""]),
    ("names that are longer or shorter", ["SS=va; s=va; XS=va"]),
    ("a value with an equals sign", ["S=vb=1"]),
    ("a date that is none", ["S=vb|!!"]),
    ("a date in front of nothing", ["S=|AAAAA"]),
    ("a date of 1970", ["S=vb|AAAAB|AAAAB"]),
    ("a value with a tilde", ["S=vb~inner; x=1"]),
    ("an empty value before a tilde", ["S=~inner"]),
    ("a tilde and nothing", ["S=vb~"]),
    ("bytes above 127", ["x=\xff\xfe; S=v\xe9b; y=\x80"]),
    ("a value of 8 KiB", ["x=1; S=" + "v" * 8192 + "; y=2"]),
    ("hundreds of cookies", ["; ".join(f"S=v{n}" for n in range(800)) + "; S=vb"]),
    ("a captured cookie", ["CAP=abc; S=vb"]),
    ("a captured cookie that is long", ["S=vb; CAPTURE = 123456789012345678901234567890"]),
]

SETS = [
    ("the server sets it", ["S=app"]),
    ("the server sets it with attributes", ["S = app ; path=/; Expires=Thu, 01-Jan-2030"]),
    ("the server sets another", ["x=1; path=/"]),
    ("the server sets several", ["x=1", "S=app", "y=2", "S=again"]),
    ("the server sets one without a value", ["S", "S="]),
    ("the server sets a quoted one", ['S="a;b"; Secure']),
    ("the server sets a captured one", ["CAPT=1", "CAP=23"]),
    ("the server sets garbage", ["=", ";", "=x"]),
]


def dates():
    for mode in ("insert", "idle", "life", "both"):
        for what, value in [
                ("fresh", f"|{date(0)}"), ("a minute old", f"|{date(60)}"),
                ("two hours old", f"|{date(7200)}"), ("of tomorrow", f"|{date(-80000)}"),
                ("of next week", f"|{date(-600000)}"), ("without a date", ""),
                ("of a young life", f"|{date(60)}|{date(60)}"),
                ("of a long life", f"|{date(60)}|{date(9000)}"),
                ("of a future life", f"|{date(60)}|{date(-600000)}"),
                ("with a broken life", f"|{date(60)}|AB")]:
            yield Case(f"{mode}: a cookie {what}", ask(f"/{mode}/", "S=vb" + value), to="cookies")


def random_cookies():
    """Cookie fields made of the bytes that mean something in them."""
    dice = random.Random(20)
    parts = ["S", "S", "=", "=", "=", "va", "vb", "voff", ";", ";", ",", " ", "\t", '"', "\\", "~",
             "|", "$", "x", "AAAAA"]
    for mode in ("indirect", "prefix", "both"):
        for number in range(RANDOM):
            fields = ["".join(dice.choice(parts) for _ in range(dice.randrange(1, 24)))
                      for _ in range(dice.choice((1, 1, 2)))]
            yield Case(f"{mode}: random {number} {fields}", ask(f"/{mode}/", *fields),
                       to="cookies")
        for number in range(RANDOM // 3):
            value = "".join(dice.choice(parts) for _ in range(dice.randrange(1, 12)))
            yield Case(f"{mode}: random Set-Cookie {number} {value!r}",
                       ask(f"/{mode}/", Set_Cookie=value), to="cookies")


CACHING = [{"ETag": "1"}, {"Last-Modified": "x"}, {"Expires": "x"}, {},
           {"Cache_Control": "max-age=3"}, {"Cache_Control": "max-age=0", "ETag": "1"},
           {"Cache_Control": "private", "ETag": "1"}, {"Cache_Control": "no-store", "ETag": "1"},
           {"Cache_Control": "PUBLIC", "ETag": "1", "status": "302"},
           {"Cache_Control": "private, public", "ETag": "1"}, {"Cache_Control": "s-maxage=9"},
           {"Cache_Control": 'no-cache="set-cookie"', "ETag": "1"},
           {"Cache_Control": ["public", "no-cache"], "ETag": "1"},
           {"Pragma": "no-cache", "ETag": "1"}, {"Pragma": "x", "ETag": "1"},
           {"ETag": "1", "status": "201"}, {"ETag": "1", "status": "404"},
           {"ETag": "1", "status": "500"}, {"ETag": "1", "status": "301"}]


RANDOM = int(os.environ.get("SLUICE_RANDOM", "40"))
PATHS = [("/ruled/b", "S=va"), ("/ruled/b", "x=1"), ("/ruled/b", "S=vb"), ("/ruled/o", "S=va"),
         ("/anyway/o", "S=va"), ("/anyway/o", "x=1"), ("/anyway/x", "S=voff"),
         ("/forced/f", "S=voff"), ("/forced/f", "S=x"), ("/ignored/i", "S=va"),
         ("/ignored/i", "x=1; S=va"), ("/notkept/", "S=va"), ("/persist/", "S=voff"),
         ("/dead/", "S=vdead"), ("/gone/", "S=vdead"), ("/none/", "S=va"), ("/none/", "CAP=1"),
         ("/odd/", "S=va"), ("/odd/deny", "S=va"), ("/deny", "CAP=x"), ("/refuses/deny", "S=va"),
         ("/refuses/return", "S=va; CAP=1"), ("/dynamic/", "S=vb"), ("/dynamic/", "S=x"),
         ("/dynamic/", "S=0000000000000000")]
READERS = ["passive", "insert", "indirect", "words", "both", "rewrite", "prefix", "onlyind",
           "ignored", "persist"]


def of_clients():
    for mode in READERS:
        for what, cookies in COOKIES:
            yield Case(f"{mode}: {what}", ask(f"/{mode}/", *cookies), to="cookies")


def of_servers():
    for mode in BACKENDS:
        for what, values in SETS:
            for cookies in ([], ["S=vb"]):
                yield Case(f"{mode}: {what}, {cookies}",
                           ask(f"/{mode}/", *cookies, Set_Cookie=values), to="cookies")
        yield Case(f"{mode}: POST", ask(f"/{mode}/", method="POST"), to="cookies")
    yield from dates()
    for number, sent in enumerate(CACHING):
        for method in ("GET", "POST", "HEAD", "OPTIONS"):
            yield Case(f"nocache {number}: {method} {sent}",
                       ask("/nocache/", method=method, **sent), [method], to="cookies")
    for path, cookie in PATHS:
        yield Case(f"{path} with {cookie}", ask(path, cookie), to="cookies")
    yield Case("notkept: kept", ask("/notkept/", "S=va", fields=["X-Keep: yes"]), to="cookies")
    for path in ("/", "/deny"):
        yield Case(f"a listen's {path}", ask(path, "S=va"), to="whole")
    yield Case("a listen's bad request", b"bad\r\n\r\n", to="whole", probe=False)
