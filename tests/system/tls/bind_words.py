# labels: quick
"""The TLS words of bind lines and their defaults in the global section (manual §5.1, §3.1)."""
import re
import ssl
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = """
global
    @global@
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@ ssl crt @crt@ @bind@
    http-request return status 200 content-type text/plain string here
"""
V10, V11, V12, V13 = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2,
                      ssl.TLSVersion.TLSv1_3)
OLD = "ciphers DEFAULT@@SECLEVEL=0"
OLD_DEFAULT = "ssl-default-bind-ciphers DEFAULT@@SECLEVEL=0"


def start(bind="", crt=None, **more):
    more.setdefault("global", "")
    # A @ of a cipher string is none of the harness's.
    text = CONFIG
    for name, value in (("bind", bind), ("global", more.pop("global"))):
        text = text.replace(f"@{name}@", value.replace("@@", "\0"))
    text = re.sub("\0", "@at@", text)
    return proxy(text, crt=crt or Certificates().make("a.example"), at="@", **more)


def connect(p, name="a.example", **options):
    try:
        return TlsClient(p.fe, name, **options).sock
    except (ssl.SSLError, ConnectionError):
        return None


def spoken(p):
    """The versions that a client can speak, oldest first."""
    return [sock.version() for version in (V10, V11, V12, V13)
            if (sock := connect(p, version=version))]


@test("force-tlsv10, force-tlsv11, force-tlsv12 and force-tlsv13 leave one version")
def _():
    for word, version in (("force-tlsv10", "TLSv1"), ("force-tlsv11", "TLSv1.1"),
                          ("force-tlsv12", "TLSv1.2"), ("force-tlsv13", "TLSv1.3")):
        eq(spoken(start(f"{OLD} {word}")), [version])


@test("ssl-min-ver and ssl-max-ver bound the versions")
def _():
    eq(spoken(start(f"{OLD} ssl-min-ver TLSv1.1")), ["TLSv1.1", "TLSv1.2", "TLSv1.3"])
    eq(spoken(start("ssl-max-ver TLSv1.2")), ["TLSv1.2"])


@test("no-tlsv12 and no-tlsv13 leave the other one")
def _():
    eq(spoken(start("no-tlsv12")), ["TLSv1.3"])
    eq(spoken(start("no-tlsv13")), ["TLSv1.2"])


@test("ssl-default-bind-options force-tlsv10 to force-tlsv13 leave one version")
def _():
    for word, version in (("force-tlsv10", "TLSv1"), ("force-tlsv11", "TLSv1.1"),
                          ("force-tlsv12", "TLSv1.2"), ("force-tlsv13", "TLSv1.3")):
        p = start(**{"global": f"{OLD_DEFAULT}\n    ssl-default-bind-options {word}"})
        eq(spoken(p), [version])


@test("ssl-default-bind-options ssl-min-ver, ssl-max-ver, no-tlsv12, no-tlsv13")
def _():
    for words, versions in (("ssl-min-ver TLSv1.3", ["TLSv1.3"]),
                            ("ssl-max-ver TLSv1.2", ["TLSv1.2"]),
                            ("no-tlsv12", ["TLSv1.3"]), ("no-tlsv13", ["TLSv1.2"])):
        eq(spoken(start(**{"global": f"ssl-default-bind-options {words}"})), versions)


AES128, AES256 = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"
BOTH = f"{AES128}:{AES256}"
CHACHA = "TLS_CHACHA20_POLY1305_SHA256"


def cipher(p, version=V12, **more):
    return connect(p, version=version, **more).cipher()[0]


@test("ciphers chooses up to TLS 1.2, ciphersuites for 1.3")
def _():
    p = start(f"ciphers {AES256} ciphersuites {CHACHA}")
    eq((cipher(p, ciphers=BOTH), cipher(p, V13)), (AES256, CHACHA))


@test("prefer-client-ciphers lets the client's order count")
def _():
    p = start(f"ciphers {AES256}:{AES128}")
    eq(cipher(p, ciphers=BOTH), AES256)
    p = start(f"ciphers {AES256}:{AES128} prefer-client-ciphers")
    eq(cipher(p, ciphers=BOTH), AES128)


@test("ssl-default-bind-ciphers, -ciphersuites and -options prefer-client-ciphers")
def _():
    p = start(**{"global": f"ssl-default-bind-ciphers {AES256}\n"
                           f"    ssl-default-bind-ciphersuites {CHACHA}"})
    eq((cipher(p, ciphers=BOTH), cipher(p, V13)), (AES256, CHACHA))
    p = start(**{"global": f"ssl-default-bind-ciphers {AES256}:{AES128}\n"
                           "    ssl-default-bind-options prefer-client-ciphers"})
    eq(cipher(p, ciphers=BOTH), AES128)


def group_works(p, group):
    done = openssl("s_client", "-connect", f"127.0.0.1:{p.fe}", "-groups", group, "-tls1_3")
    return "Cipher is TLS_" in done.stdout


@test("curves and ssl-default-bind-curves bound the elliptic curves")
def _():
    for p in (start("curves P-384"), start(**{"global": "ssl-default-bind-curves P-384"})):
        eq((group_works(p, "P-384"), group_works(p, "P-256")), (True, False))


@test("alpn offers protocols")
def _():
    sock = connect(start("alpn http/1.1"), alpn=["http/1.1"])
    eq(sock.selected_alpn_protocol(), "http/1.1")


@test("strict-sni refuses a name that no certificate has")
def _():
    p = start("strict-sni")
    eq((connect(p) is not None, connect(p, "other.example")), (True, None))


@test("ssl and crt make a socket speak TLS")
def _():
    eq(TlsClient(start().fe, "a.example").get().body, b"here")


@test("no-tls-tickets and ssl-default-bind-options no-tls-tickets leave sessions to the cache")
def _():
    eq(connect(start(), version=V12).session.has_ticket, True)
    for p in (start("no-tls-tickets"),
              start(**{"global": "ssl-default-bind-options no-tls-tickets"})):
        eq(connect(p, version=V12).session.has_ticket, False)


@test("tune.ssl.lifetime is how long a session may be resumed")
def _():
    p = start(**{"global": "tune.ssl.lifetime 77s"})
    eq(connect(p, version=V12).session.ticket_lifetime_hint, 77)


@test("tune.ssl.cachesize 0 keeps no session, which without tickets means no resumption")
def _():
    for size, resumed in (("20000", True), ("0", False)):
        p = start("no-tls-tickets", **{"global": f"tune.ssl.cachesize {size}"})
        first = TlsClient(p.fe, "a.example", version=V12)
        session = first.sock.session
        again = TlsClient(p.fe, "a.example", context=first.context, session=session)
        eq(again.sock.session_reused, resumed)


@test("tune.ssl.default-dh-param makes parameters, without which there is no DHE")
def _():
    p = start("ciphers DHE-RSA-AES128-GCM-SHA256", crt=Certificates().make("a", rsa=True),
              **{"global": "tune.ssl.default-dh-param 2048"})
    done = openssl("s_client", "-connect", f"127.0.0.1:{p.fe}", "-tls1_2", "-cipher",
                   "DHE-RSA-AES128-GCM-SHA256")
    assert "Temp Key: DH, 2048 bits" in done.stdout, done.stdout[-2000:]


@test("crt-base and ca-base stand before names without a slash")
def _():
    certificates = Certificates()
    certificates.make("a.example")
    p = start(crt="a.example.pem", **{"global": f"crt-base {certificates.directory}"})
    eq(TlsClient(p.fe, "a.example").get().body, b"here")


def logged(front):
    """What is logged of a client that speaks no TLS."""
    log = UdpLog()
    lines = f"    log {log} local0\n    option httplog\n    {front}\n    http-request"
    p = proxy(CONFIG.replace("    http-request", lines), bind="name door",
              crt=Certificates().make("a"), **{"global": ""})
    Client(p.fe).send("GET / HTTP/1.1\r\nHost: t\r\n\r\n").rest()
    return p, log


@test("a failed handshake is logged with the socket's name and the reason")
def _():
    _, log = logged("option dontlognull")
    log.match(r"^127\.0\.0\.1:\d+ \[.*\] fe/door: SSL handshake failure$")


@test("error-log-format is for what fails before the first request")
def _():
    _, log = logged('error-log-format "failed %ci %ft"')
    log.match(r"^failed 127\.0\.0\.1 fe~$")


@test("without dontlognull a client that goes in mid-handshake is logged too")
def _():
    p, log = logged("option dontlog-normal")
    Client(p.fe).close()
    log.match(r" fe/door: Connection closed during SSL handshake$")


if __name__ == "__main__":
    main()
