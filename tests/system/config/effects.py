# labels: quick
"""Directives whose effect no other test shows: each of these fails when its line is taken out."""
import os
import re
import ssl
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

SIMPLE = """
global
    @global@
""" + DEFAULTS + """
    @more@
frontend fe
    bind 127.0.0.1:@fe@ @bind@
    @rules@
    default_backend be
backend be
    @lines@
    server s @origin@ @server@
"""


def start(origin=None, **parts):
    for name in ("more", "bind", "rules", "lines", "server"):
        parts.setdefault(name, "")
    parts.setdefault("global", "")
    return proxy(SIMPLE, origin=origin or Origin(), **parts)


def status_of(p, field):
    """A field of /proc/PID/status."""
    with open(f"/proc/{p.pid}/status", encoding="ascii") as f:
        return re.search(rf"^{field}:\s+(.*)$", f.read(), re.M).group(1)


@test("errorfile replaces the text of an error")
def _():
    path = os.path.join(scratch(), "503.http")
    with open(path, "wb") as f:
        f.write(b"HTTP/1.0 503 Sorry\r\nContent-Type: text/plain\r\n\r\nback soon\n")
    p = start(server="disabled", more=f"errorfile 503 {path}")
    answer = get(p.fe)
    eq((answer.status, answer.get("content-type"), answer.body),
       (503, "text/plain", b"back soon\n"))


@test("http-request tarpit answers only after timeout tarpit")
def _():
    p = start(more="timeout tarpit 300ms",
              rules="http-request tarpit deny_status 429 if { path / }")
    began = time.monotonic()
    eq(get(p.fe).status, 429)
    assert time.monotonic() - began >= 0.29


@test("a variable of the scope sess lives as long as the connection")
def _():
    p = start(rules="http-request set-var(sess.first) path if !{ var(sess.first) -m found }\n"
                    "    http-request return status 200 content-type text/plain "
                    "lf-string %[var(sess.first)]")
    client = Client(p.fe)
    eq([client.get(path).body for path in ("/one", "/two")], [b"/one", b"/one"])
    eq(Client(p.fe).get("/three").body, b"/three")


@test("crt-base and ca-base stand before names without a slash")
def _():
    certificates = Certificates()
    certificates.make("a.example")
    certificates.make("127.0.0.1")
    context = certificates.server_context(certificates.path("127.0.0.1.pem"))
    p = start(Origin(name="tls", tls=context), bind="ssl crt a.example.pem",
              server="ssl verify required ca-file ca.pem",
              **{"global": f"crt-base {certificates.directory}\n"
                           f"    ca-base {certificates.directory}"})
    eq(TlsClient(p.fe, "a.example", ca=certificates.ca).get().body, b"tls")


def handshake(p, **options):
    try:
        return TlsClient(p.fe, "a.example", **options).sock
    except (ssl.SSLError, ConnectionError):
        return None


@test("ssl-default-bind-options ssl-min-ver and no-tls-tickets hold for every bind line")
def _():
    certificates = Certificates()
    pem = certificates.make("a.example")
    p = start(bind=f"ssl crt {pem}",
              **{"global": "ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets"})
    eq(handshake(p).version(), "TLSv1.3")
    eq(handshake(p, version=ssl.TLSVersion.TLSv1_2), None)


@test("ssl-default-bind-ciphers chooses for TLS 1.2, -ciphersuites for 1.3")
def _():
    certificates = Certificates()
    pem = certificates.make("a.example")
    p = start(bind=f"ssl crt {pem}",
              **{"global": "ssl-default-bind-ciphers ECDHE-ECDSA-AES256-GCM-SHA384\n"
                           "    ssl-default-bind-ciphersuites TLS_CHACHA20_POLY1305_SHA256"})
    eq(handshake(p, version=ssl.TLSVersion.TLSv1_2).cipher()[0], "ECDHE-ECDSA-AES256-GCM-SHA384")
    eq(handshake(p, version=ssl.TLSVersion.TLSv1_3).cipher()[0], "TLS_CHACHA20_POLY1305_SHA256")
    eq(handshake(p, version=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256"), None)


@test("nbthread sets the number of worker threads")
def _():
    counts = []
    for number in (1, 3):
        p = start(**{"global": f"nbthread {number}"})
        get(p.fe)
        counts.append(int(status_of(p, "Threads")))
    eq(counts[1] - counts[0], 2)


@test("user and group drop the rights of root once the ports are open")
def _():
    if os.geteuid() != 0:
        return
    p = start(**{"global": "user nobody\n    group nogroup"})
    eq(get(p.fe).status, 200)
    eq((status_of(p, "Uid").split()[1], status_of(p, "Gid").split()[1]), ("65534", "65534"))


@test("chroot shuts the process in")
def _():
    if os.geteuid() != 0:
        return
    directory = scratch()
    p = start(**{"global": f"chroot {directory}"})
    eq(get(p.fe).status, 200)
    eq(os.readlink(f"/proc/{p.pid}/root"), directory)


@test("ulimit-n sets the limit of descriptors", only="sluice")
def _():
    p = start(**{"global": "ulimit-n 777"})
    with open(f"/proc/{p.pid}/limits", encoding="ascii") as f:
        soft = re.search(r"^Max open files\s+(\d+)", f.read(), re.M).group(1)
    eq(soft, "777")


@test("use-service prometheus-exporter answers instead of a server")
def _():
    origin = Origin()
    p = start(origin, rules="http-request use-service prometheus-exporter if { path /metrics }")
    assert b"haproxy_process_" in get(p.fe, "/metrics").body
    eq(len(origin.requests), 0)


@test("tune.bufsize and tune.maxrewrite bound the head")
def _():
    p = start(**{"global": "tune.bufsize 8192\n    tune.maxrewrite 1024"})
    eq(get(p.fe, headers=[("X", "x" * 6000)]).status, 200)
    assert get(p.fe, headers=[("X", "x" * 9000)]).status in (400, 431)


@test("tune.http.maxhdr holds for responses too")
def _():
    fields = [(f"X-{n}", "1") for n in range(130)]
    for more, status in (("", 502), ("tune.http.maxhdr 200", 200)):
        p = start(origin=Origin(respond(200, "x", fields)), **{"global": more})
        eq(get(p.fe).status, status)


@test("tune.http.maxhdr bounds the number of fields")
def _():
    p = start(**{"global": "tune.http.maxhdr 20"})
    eq(get(p.fe, headers=[(f"X{n}", "1") for n in range(10)]).status, 200)
    assert get(p.fe, headers=[(f"X{n}", "1") for n in range(30)]).status in (400, 431)


@test("option http-buffer-request and wait-for-body hold the request until its body is there")
def _():
    for parts in ({"more": "option http-buffer-request"},
                  {"rules": "http-request wait-for-body time 5s"}):
        origin = Origin(echo)
        p = start(origin, **parts)
        client = Client(p.fe).send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab")
        client.quiet()
        eq(len(origin.connections), 0)
        client.send("cd")
        eq(client.response().body, b"abcd")


@test("http-request rules on the body see it after wait-for-body")
def _():
    p = start(rules="http-request wait-for-body time 5s\n"
              "    http-request deny if { req.body -m sub evil }")
    client = Client(p.fe).send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 8\r\n\r\nan e")
    client.send("vil!")
    eq(client.response().status, 403)
    eq(get(p.fe, method="POST", body="good").status, 200)


@test("named defaults are taken by from")
def _():
    p = proxy("""
defaults base
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
    option forwardfor
defaults plain
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend fe from base
    bind 127.0.0.1:@fe@
    default_backend be
backend be from plain
    server s @origin@
""", origin=(origin := Origin()))
    get(p.fe)
    eq(origin.last().all("x-forwarded-for"), ["127.0.0.1"])


@test("several addresses and unix sockets on bind and server lines")
def _():
    p = proxy(DEFAULTS + """
frontend outer
    bind 127.0.0.1:@one@,127.0.0.1:@two@
    bind @dir@/in.sock mode 666
    default_backend link
backend link
    server s unix@@@dir@/link.sock
frontend inner
    bind @dir@/link.sock
    default_backend be
backend be
    server s @origin@
""".replace("unix@@", "unix@"), origin=Origin(name="x"))
    for where in (p.one, p.two, f"{p.directory}/in.sock"):
        eq(Client(where).get().body, b"x")


@test("v4v6 takes both families on one line, v6only only one")
def _():
    p = proxy(DEFAULTS + """
frontend fe
    bind :::@both@ v4v6
    bind :::@six@ v6only
    monitor-uri /
""")
    eq((get(p.both).status, get(p.both, to="::1").status, get(p.six, to="::1").status),
       (200, 200, 200))
    try:
        Client(p.six)
    except ConnectionRefusedError:
        return
    raise AssertionError("an IPv4 client was served")


if __name__ == "__main__":
    main()
