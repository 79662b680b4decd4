"""Servers that fail, are full or come and go: retries, redispatch, queues, backups; and tcp."""
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
    timeout connect 300ms
    timeout client 5s
    timeout server 5s
    timeout queue 200ms
    retries 2
frontend retries
    bind 127.0.0.1:@retries@
    use_backend redispatch if { path_beg /redispatch }
    use_backend order if { path_beg /order }
    use_backend weights if { path_beg /weights }
    use_backend least if { path_beg /least }
    use_backend spare if { path_beg /spare }
    use_backend off if { path_beg /off }
    use_backend again if { path_beg /again }
    use_backend pretend if { path_beg /pretend }
    default_backend refused
backend refused
    retries 0
    server dead 127.0.0.1:@dead@
backend redispatch
    option redispatch
    balance roundrobin
    server dead 127.0.0.1:@dead@
    server alive @a@
backend order
    balance roundrobin
    server a @a@
    server b @b@
    server c @c@
backend weights
    balance roundrobin
    server a @a@ weight 5
    server b @b@ weight 1
    server c @c@ weight 1
backend least
    balance leastconn
    server a @a@
    server b @b@
backend spare
    server dead @a@ disabled
    server spare1 @b@ backup
    server spare2 @c@ backup
backend off
    server a @a@ disabled
backend again
    retry-on empty-response
    server a @a@
backend pretend
    option http-server-close
    option http-pretend-keepalive
    server a @a@
frontend plain
    mode tcp
    option tcplog
    bind 127.0.0.1:@plain@
    default_backend bytes
backend bytes
    mode tcp
    server a @a@
frontend nowhere
    mode tcp
    option tcplog
    bind 127.0.0.1:@nowhere@
    default_backend nothing
backend nothing
    mode tcp
    retries 0
    server dead 127.0.0.1:@dead@
"""


def answer(name):
    plain = respond(200, name, [("X-Origin", name)])

    def reply(conn, request):
        if request.target.startswith("/again/never"):
            conn.close()
        else:
            plain(conn, request)
    return reply


ORIGINS = {name: answer(name) for name in "abc"}


def get(path, *fields):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: t", *fields, "", ""]).encode()


ONE = [
    ("a refused connection", "/refused", 1),
    ("a refused connection, then another server", "/redispatch", 1),
    ("again, from the other server on", "/redispatch", 1),
    ("round robin over three", "/order", 6),
    ("round robin by weight", "/weights", 14),
    ("least connections", "/least", 4),
    ("the first backup server", "/spare", 3),
    ("a backend whose server is disabled", "/off", 1),
    ("a response that stays empty", "/again/never", 1),
    ("retry-on that is not needed", "/again", 1),
    ("http-pretend-keepalive", "/pretend", 2),
]

PRETEND = {"pretend-keepalive": ["origin.connections"]}


def cases():
    for what, path, count in ONE:
        for keep in (True, False):
            data = get(path) if keep else get(path, "Connection: close")
            if keep or count == 1:
                yield Case(what + ("" if keep else ", and close"), [data] * count,
                           ["GET"] * count, to="retries",
                           rows=PRETEND if path == "/pretend" else None)
            else:
                for number in range(count):
                    yield Case(f"{what}, connection {number}", data, to="retries")
    yield Case("tcp: bytes through a server", get("/", "Connection: close"), to="plain",
               probe=False, lines=1)
    yield Case("tcp: no server answers", b"x", to="nowhere", probe=False, lines=1)
