# labels: quick
"""Routing by what a TLS client says first, without ending TLS (manual §7.3.5)."""
import ssl
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """
defaults
    mode tcp
    timeout connect 30s
    timeout client 30s
    timeout server 30s
frontend fe
    bind 127.0.0.1:@fe@
    tcp-request inspect-delay 30s
    @rules@
    default_backend none
backend a
    server s @a@
backend b
    server s @b@
backend none
    server s @none@
"""
BY_NAME = """tcp-request content reject if !{ req.ssl_hello_type 1 }
    use_backend a if { req.ssl_sni -i a.test }
    use_backend b if { req_ssl_sni -m end .b.test }"""


class Site:
    """Two TLS origins with certificates of their own, and one for the rest."""

    def __init__(self, rules=BY_NAME):
        self.certificates = Certificates()
        self.origins = {name: self.origin(name, host) for name, host in
                        (("a", "a.test"), ("b", "www.b.test"), ("none", "none.test"))}
        self.proxy = proxy(TEXT, rules=rules, **self.origins)

    def origin(self, name, host):
        context = self.certificates.server_context(self.certificates.make(host))
        context.set_alpn_protocols(["http/1.1", "special"])
        return Origin(name=name, tls=context)


def hello(name, version=None, alpn=()):
    """The bytes of a ClientHello, as OpenSSL makes them."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = TlsClient.make_context(version=version, alpn=alpn)
    try:
        context.wrap_bio(into, out, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
    raise AssertionError("no hello")


@test("each name reaches its own server, which is the one that ends TLS")
def _():
    site = Site()
    for name, wanted in (("a.test", b"a"), ("A.Test", b"a"), ("www.b.test", b"b")):
        client = TlsClient(site.proxy.fe, name, ca=site.certificates.ca)
        eq(client.get().body, wanted)
    for name in (None, "other.test", "b.test.evil"):
        eq(TlsClient(site.proxy.fe, name).get().body, b"none")


@test("curl and openssl pass through as well, in TLS 1.2 and 1.3")
def _():
    site = Site()
    for version in ("--tls-max 1.2", "--tlsv1.3"):
        out = curl("-s", *version.split(), "--cacert", site.certificates.ca, "--resolve",
                   f"www.b.test:{site.proxy.fe}:127.0.0.1", f"https://www.b.test:{site.proxy.fe}/")
        eq(out.stdout, "b", out)
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{site.proxy.fe}", "-servername", "a.test",
         "-CAfile", site.certificates.ca, "-verify_return_error", "-verify_hostname", "a.test"],
        input=b"", capture_output=True, timeout=20, check=False)
    eq(done.returncode, 0, done.stderr)


@test("a name may say which backend it is")
def _():
    site = Site("""tcp-request content accept if { req.ssl_hello_type 1 }
    use_backend %[req.ssl_sni,lower,field(1,.)]""")
    for name, wanted in (("a.test", b"a"), ("B.test", b"b"), ("c.test", b"none"), (None, b"none")):
        eq(TlsClient(site.proxy.fe, name).get().body, wanted)


@test("a hello may come byte by byte")
def _():
    site = Site("use_backend a if { req.ssl_sni a.test }\n"
                "    tcp-request content accept if { req.ssl_hello_type 1 }")
    bytes_ = hello("a.test")
    client = Client(site.proxy.fe)
    for i in range(len(bytes_) - 1):
        client.send(bytes_[i:i + 1])
    client.quiet(0.2)
    eq(site.origins["a"].connections, [])
    client.send(bytes_[-1:])
    eq(client.exactly(3)[:2], b"\x16\x03")     # the answer of the server that speaks TLS
    eq(len(site.origins["a"].wait_connections(1)), 1)
    eq(site.origins["none"].connections, [])


@test("what is no hello is refused at once")
def _():
    site = Site()
    for data in (b"GET / HTTP/1.1\r\nHost: t\r\n\r\n", b"\x16\x02\x00", b"\x17\x03\x03\x00\x10"):
        client = Client(site.proxy.fe)
        client.try_send(data + b"\0" * 40)
        eq(client.ends(), "fin", data)


@test("nor does a malformed hello reach a server", only="sluice")
def _():
    site = Site()
    for data in (b"\x16\x03\x01\x00\x00", b"\x16\x03\x01\xff\xff\x01\x00",
                 b"\x16\x03\x01\x00\x05\x01\x00\x00\x01",
                 hello("a.test").replace(b"a.test", b"a\0test"),
                 hello("a.test").replace(b"\0\x06a.test", b"\0\x07a.test")):
        client = Client(site.proxy.fe)
        client.try_send(data + b"\0" * 40)
        eq(client.ends(), "fin", data)
    eq([origin.connections for origin in site.origins.values()], [[], [], []])


@test("req.ssl_ver tells versions apart, and req.ssl_alpn protocols")
def _():
    site = Site("""tcp-request content reject if !{ req.ssl_ver 3.3:3.4 }
    tcp-request content accept if { req_ssl_hello_type 1 }
    use_backend b if { req.ssl_alpn special }""")
    eq(TlsClient(site.proxy.fe, "x").get().body, b"none")
    eq(TlsClient(site.proxy.fe, "x", alpn=["special"]).get().body, b"b")
    client = Client(site.proxy.fe).send(hello("x", ssl.TLSVersion.TLSv1_1))
    eq(client.ends(), "fin")


@test("a hello that is spread over records is put together", only="sluice")
def _():
    site = Site()
    bytes_ = hello("a.test")
    body = bytes_[5:]
    parts = [body[:50], body[50:51], body[51:]]
    client = Client(site.proxy.fe)
    for part in parts:
        client.send(bytes_[:3] + len(part).to_bytes(2, "big") + part)
    site.origins["a"].wait_connections(1)


@test("a server's hello passes tcp-response content")
def _():
    site = Site()
    p = proxy(TEXT.replace("\nbackend none", """
backend none
    tcp-response inspect-delay 30s
    tcp-response content reject if !{ res.ssl_hello_type 2 }"""), rules="", **site.origins)
    eq(TlsClient(p.fe, "x").get().body, b"none")
    clear = Origin(script=lambda conn: (conn.send(b"220 not TLS, this is mail\r\n"),
                                        conn.wait_peer_end()))
    p = proxy(TEXT.replace("\nbackend none", """
backend none
    tcp-response inspect-delay 30s
    tcp-response content reject if !{ rep_ssl_hello_type 2 }"""), rules="",
              **{**site.origins, "none": clear})
    eq(Client(p.fe).send(hello("x")).ends(), "fin")


if __name__ == "__main__":
    main()
