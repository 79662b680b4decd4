"""Realistic configurations: conditions, rules, redirects, variables, log formats, captures, error
files, monitor-uri, unique ids, X-Forwarded-For."""
from harness import respond
from rig import Case

PAGE = ("HTTP/1.0 503 Service Unavailable\r\nCache-Control: no-cache\r\nContent-Type: text/plain"
        "\r\n\r\nback soon\n")

FORMAT = ("%f|%b|%s|%ST|%HM|%HP|%HQ|%HV|%HU"
          "|%hr|%hs|%ID|%tsc|%{+Q}r|%rc|%[var(txn.v)]|%[var(txn.v),uppe"
          "r]|%%|%{+E}[var(txn.q)]|%{+Q}[var(txn.none)]|%ac")

TEXT = """
global
    log @log@ local0
    nbthread 1
defaults
    mode http
    log global
    option httplog
    timeout connect 2s
    timeout client 5s
    timeout server 5s
    retries 1
frontend site
    bind 127.0.0.1:@site@
    option forwardfor except 10.0.0.0/8
    monitor-uri /alive
    acl api path_beg /api /v1
    acl admin path -i /ADMIN
    acl local src 127.0.0.0/8
    acl beta req.cook(beta) -m str yes
    acl mobile hdr_sub(user-agent) -i phone
    acl shop hdr(host) -i shop.example
    acl many url_param(n),add(0) -m int gt 10
    capture request header Host len 20
    capture request header User-Agent len 8
    capture response header X-Origin len 10
    http-request deny if admin !local
    http-request deny deny_status 429 if { path /slow-down }
    http-request redirect location /new code 301 if { path /old }
    http-request redirect prefix https://www.example code 302 drop-query if { path_beg /moved }
    http-request redirect scheme https code 307 if { path /secure } !{ ssl_fc }
    http-request redirect location /with?q=%[query] if { path /query }
    redirect prefix /classic if { path_beg /bare }
    http-request return status 200 content-type text/plain string here if { path /here }
    http-request return status 204 if { path /nothing }
    http-request set-var(txn.who) req.hdr(x-who),lower
    http-request set-header X-Who %[var(txn.who)] if { var(txn.who) -m found }
    http-request add-header X-Added 1
    http-request add-header X-Added 2
    http-request del-header X-Secret
    http-request replace-header X-Path ^/a/(.*)$ /b/\\1
    http-request set-path /prefix%[path] if { path_end .png }
    http-request set-query %[query]&more=1 if { query -m found } api
    http-request set-header X-Url %[url] if api
    http-request set-header X-Base %[base,lower] if api
    http-request set-header X-Method %[method]-%[req.hdr_cnt(x-one)]-%[req.fhdr(x-one)] if api
    http-request set-header X-Field %[path,field(3,/),upper] if api
    http-request set-header X-Word %[query,word(1,&)] if api
    http-request set-header X-Bytes %[path,bytes(1,3)] if api
    http-request set-header X-Len %[path,length] if api
    http-request set-header X-Mask %[src,ipmask(24)] if api
    http-request set-header X-Dec %[url_param(d),url_dec] if api
    http-request set-header X-Concat %[str(a),concat(-,txn.who,-z)] if api
    http-request set-header X-Math %[int(7),mod(4),add(10)] if api
    http-request set-header X-Port %[dst_port]
    http-request set-log-level silent if { path /silent }
    http-response set-header X-Status %[status]
    http-response add-header X-Who %[var(txn.who)]
    http-response del-header X-Origin if { status 404 }
    http-response replace-header Location ^http://(.*) https://\\1
    http-response set-header X-Kind error if { status ge 400 }
    http-response deny if { res.hdr(x-deny) -m found }
    http-after-response set-header X-After yes
    use_backend api if api
    use_backend beta if beta or mobile
    use_backend shop if shop { method GET }
    use_backend gone if { path /gone }
    use_backend empty if { path /empty-backend }
    use_backend %[req.hdr(x-backend)] if { req.hdr(x-backend) -m found }
    use_backend many if many
    default_backend web
backend web
    server w @web@
backend api
    option forwardfor header X-Client if-none
    http-request set-header X-Backend api
    http-request deny deny_status 405 if { method DELETE }
    server a @api@
backend beta
    http-response set-header X-Beta 1
    server b @web@
backend shop
    server s @shop@
backend many
    balance roundrobin
    server one @one@ weight 3
    server two @two@
    server three @three@ backup
backend gone
    errorfile 503 @page@
    server dead 127.0.0.1:1
backend empty
frontend formats
    bind 127.0.0.1:@formats@
    unique-id-format %{+X}o\\ %[req.hdr(x-id),length]-%[path]
    unique-id-header X-Unique
    log-format "@FORMAT@"
    http-request set-var(txn.v) str(seven)
    http-request set-var(txn.q) req.hdr(x-q)
    capture request header X-Two len 6
    http-request capture req.hdr(x-q) len 4
    default_backend web
frontend buckets
    bind 127.0.0.1:@buckets@
    option httpclose
    option forwardfor if-none
    option originalto
    http-request set-var(req.size) req.body_len
    default_backend web
frontend closing
    bind 127.0.0.1:@closing@
    option http-server-close
    default_backend web
listen stats
    bind 127.0.0.1:@stats@
    stats enable
    stats uri /stats
    stats realm Proxy\\ Room
    stats auth joe:secret
    server w @web@
""".replace("@FORMAT@", FORMAT)


def get(path, *fields, method="GET", host="t", version="1.1"):
    lines = [f"{method} {path} HTTP/{version}", f"Host: {host}", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def answer(name):
    """Says who it is; a path can ask for a status or for fields."""
    plain = respond(200, name, [("X-Origin", name)])
    special = {
        "/404": respond(404, "none", [("X-Origin", name)]),
        "/302": respond(302, "", [("Location", "http://there/x")]),
        "/deny": respond(200, "x", [("X-Deny", "1")]),
        "/500": respond(500, "broken"),
    }

    def reply(conn, request):
        special.get(request.target.split("?")[0], plain)(conn, request)
    return reply


ORIGINS = {name: answer(name) for name in ("web", "api", "shop", "one", "two", "three")}

SITE = [
    ("the default backend", get("/")),
    ("monitor-uri", get("/alive")),
    ("monitor-uri with HEAD", get("/alive", method="HEAD")),
    ("a path in another case", get("/admin")),
    ("deny with a status", get("/slow-down")),
    ("redirect to a location", get("/old")),
    ("redirect to a prefix without the query", get("/moved/a?b=1")),
    ("redirect to a scheme", get("/secure?x=1", host="a.example")),
    ("redirect with a format", get("/query?a=1&b=2")),
    ("the bare redirect", get("/bare/x?y=1")),
    ("redirect of HEAD", get("/old", method="HEAD")),
    ("redirect of HTTP/1.0", get("/old", version="1.0")),
    ("return with a string", get("/here")),
    ("return 204", get("/nothing")),
    ("a variable from a field", get("/", "X-Who: JOE")),
    ("a field that is deleted and one that is replaced", get("/", "X-Secret: 1", "X-Path: /a/z")),
    ("the path rewritten", get("/logo.png?v=1")),
    ("an api call through all converters",
     get("/api/users/7?first=1&d=a%20b", "X-One: 1, 2", "X-One: 3", "X-Who: Ann",
         host="API.Example")),
    ("an api call without a query", get("/v1/x/y/z")),
    ("X-Forwarded-For is there already", get("/api", "X-Client: 1.2.3.4")),
    ("X-Forwarded-For in front", get("/", "X-Forwarded-For: 1.2.3.4")),
    ("a method that the backend denies", get("/api/x", method="DELETE")),
    ("a cookie chooses the backend", get("/", "Cookie: a=b; beta=yes; c=d")),
    ("a user agent chooses the backend", get("/", "User-Agent: My-PHONE/1.0")),
    ("a host chooses the backend", get("/", host="Shop.Example")),
    ("a host with a port", get("/", host="shop.example:80")),
    ("a parameter over ten", get("/?n=11")),
    ("the second of the same backend", get("/?n=12")),
    ("the third of the same backend", get("/?n=13")),
    ("the fourth of the same backend", get("/?n=14")),
    ("a parameter under ten", get("/?n=9")),
    ("a backend by its name", get("/", "X-Backend: api")),
    ("a backend that is not there", get("/", "X-Backend: none")),
    ("a dead server with an errorfile", get("/gone")),
    ("a backend without servers", get("/empty-backend")),
    ("404 of the server", get("/404")),
    ("Location rewritten", get("/302")),
    ("a response denied", get("/deny")),
    ("500 of the server", get("/500")),
    ("captures longer than their room", get("/", "User-Agent: " + "long" * 9, host="h" * 30)),
    ("a malformed request", b"GET / HTTP/1.1\r\nbad\r\n\r\n"),
    ("captures of what is not there", get("/", version="1.0")),
]

FORMATS = [
    ("a log format with everything", get("/a?b=c", "X-Id: four", 'X-Q: a"b]c', "X-Two: 12345678")),
    ("a log format without the fields", get("/")),
    ("a log format of a HEAD", get("/x", method="HEAD")),
]


STATS = [
    ("the stats page without a password", get("/stats")),
    ("the stats page with a wrong password", get("/stats", "Authorization: Basic am9lOndyb25n")),
    ("beside the stats page", get("/other")),
]

# What only a case can say of itself: {sentence: rows}
ROWS = {
    "a malformed request": {"early-errors": ["headers", "log.*.captures"]},
    "captures of what is not there": {"own-version": ["origin.line", "origin.headers"]},
    "a dead server with an errorfile": {"errorfile-framing": ["version", "headers", "framing",
                                                              "end"]},
    "the stats page without a password": {"stats-401": ["*"]},
    "the stats page with a wrong password": {"stats-401": ["*"]},
}


def make(group, to):
    for what, data in group:
        method = data.split(b" ", 1)[0].decode()
        yield Case(what, data, [method], to=to, rows=ROWS.get(what),
                   lines=0 if b" /alive " in data else None)


def cases():
    yield from make(SITE, "site")
    yield Case("a request without a log line", get("/silent"), to="site", lines=0)
    yield from make(FORMATS, "formats")
    two = get("/")
    for to in ("buckets", "closing"):
        yield Case(f"{to}: one request", two, to=to)
        yield Case(f"{to}: a request that keeps alive", get("/", "Connection: keep-alive"), to=to)
        yield Case(f"{to}: two requests", [two, two], ["GET", "GET"], to=to)
        yield Case(f"{to}: HTTP/1.0 with keep-alive",
                   get("/", "Connection: keep-alive", version="1.0"), to=to,
                   rows={"own-version": ["origin.line", "origin.headers"]})
        yield Case(f"{to}: the field is there", get("/", "X-Forwarded-For: 1.2.3.4"), to=to)
    yield from make(STATS, "stats")
