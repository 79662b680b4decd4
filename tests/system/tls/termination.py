# labels: quick threaded
"""TLS at the bind line and towards servers (manual §5.1 ssl, crt; §5.2 ssl, verify, sni)."""
import os
import ssl
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """
global
    @global@
""" + DEFAULTS + """
    @more@
frontend fe
    bind 127.0.0.1:@fe@ ssl crt @crt@ @bind@
    http-request set-header X-Tls %[ssl_fc]
    http-request set-header X-Sni %[ssl_fc_sni]
    http-request set-header X-Protocol %[ssl_fc_protocol]
    default_backend be
backend be
    server s @origin@ @server@
"""


def start(crt, origin=None, bind="", server="", more="", glob="", **values):
    return proxy(TEXT, crt=crt, origin=origin or Origin(), bind=bind, server=server, more=more,
                 **{"global": glob}, **values)


def certificate():
    certificates = Certificates()
    return certificates, certificates.make("a.example")


@test("a request over TLS is served, and the rules know the connection")
def _():
    certificates, pem = certificate()
    origin = Origin()
    p = start(pem, origin)
    client = TlsClient(p.fe, "a.example", ca=certificates.ca)
    for _ in range(3):
        eq(client.get().body, b"origin")
    got = origin.last()
    eq((got.get("x-tls"), got.get("x-sni"), got.get("x-protocol")), ("1", "a.example", "TLSv1.3"))


@test("TLS 1.2 and 1.3 are spoken, 1.1 is not")
def _():
    _certificates, pem = certificate()
    p = start(pem)
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        client = TlsClient(p.fe, "a.example", version=version)
        eq(client.sock.version(), name)
        eq(client.get().status, 200)
    try:
        TlsClient(p.fe, "a.example", version=ssl.TLSVersion.TLSv1_1)
    except (ssl.SSLError, ConnectionError):
        return
    raise AssertionError("TLS 1.1 was spoken")


@test("ssl-min-ver TLSv1.3 refuses 1.2")
def _():
    _certificates, pem = certificate()
    p = start(pem, bind="ssl-min-ver TLSv1.3")
    eq(TlsClient(p.fe, "a.example").sock.version(), "TLSv1.3")
    try:
        TlsClient(p.fe, "a.example", version=ssl.TLSVersion.TLSv1_2)
    except (ssl.SSLError, ConnectionError):
        return
    raise AssertionError("TLS 1.2 was spoken")


@test("SNI chooses the certificate: exact, wildcard, else the first")
def _():
    certificates = Certificates()
    certificates.make("default.example")
    others = certificates.path("more")
    os.mkdir(others)
    for name, listed in (("b.example", ("b.example",)), ("wild", ("*.w.example",))):
        os.rename(certificates.make(name, *listed), os.path.join(others, f"{name}.pem"))
    p = start(certificates.path("default.example.pem"), bind=f"crt {others}")
    for asked, given in (("b.example", "b.example"), ("x.w.example", "*.w.example"),
                         ("B.EXAMPLE", "b.example"), ("w.example", "default.example"),
                         ("a.b.w.example", "default.example"), ("other", "default.example"),
                         (None, "default.example")):
        eq(TlsClient(p.fe, asked).common_name(), given, f"certificate for {asked}")


@test("strict-sni refuses a name that no certificate has")
def _():
    _certificates, pem = certificate()
    p = start(pem, bind="strict-sni")
    eq(TlsClient(p.fe, "a.example").get().status, 200)
    try:
        TlsClient(p.fe, "b.example")
    except (ssl.SSLError, ConnectionError):
        return
    raise AssertionError("it was served")


@test("a directory of certificates works alone")
def _():
    certificates = Certificates()
    directory = certificates.path("all")
    os.mkdir(directory)
    for name in ("a.example", "b.example"):
        os.rename(certificates.make(name), os.path.join(directory, f"{name}.pem"))
    p = start(directory)
    for name in ("a.example", "b.example"):
        eq(TlsClient(p.fe, name).common_name(), name)


@test("RSA certificates serve too")
def _():
    certificates = Certificates()
    p = start(certificates.make("a.example", rsa=True))
    eq(TlsClient(p.fe, "a.example", ca=certificates.ca).get().status, 200)


@test("sessions resume, in TLS 1.2 and 1.3")
def _():
    _certificates, pem = certificate()
    p = start(pem)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = TlsClient.make_context(version=version)
        first = TlsClient(p.fe, "a.example", context=context)
        first.get()
        session = first.sock.session
        first.close()
        second = TlsClient(p.fe, "a.example", context=context, session=session)
        assert second.sock.session_reused, version
        eq(second.get().status, 200)


@test("large bodies pass in both directions")
def _():
    _certificates, pem = certificate()
    p = start(pem, Origin(echo))
    body = bytes(n % 251 for n in range(3 << 20))
    client = TlsClient(p.fe, "a.example")
    # One after the other: the origin echoes what it has read whole, and an SSL object of Python's
    # may not be used by two threads at once.
    client.request("POST", "/", body=body)
    eq(client.response().body, body)


@test("bodies that end where a read of many blocks ends are whole, with a length and without")
def _():
    _certificates, pem = certificate()
    block = 16384
    whole = bytes(n % 251 for n in range(65 * block + 1))

    def answer(conn, got):
        body = whole[:int(got.get("x-size"))]
        (close_delimited(body) if got.target == "/close" else respond(200, body))(conn, got)
    p = start(pem, Origin(answer))
    kept = TlsClient(p.fe, "a.example")
    for blocks in (4, 8, 12, 16, 28, 32, 64):
        for size in (blocks * block - 1, blocks * block, blocks * block + 1):
            fields = [("X-Size", size)]
            eq(kept.get("/", headers=fields).body == whole[:size], True)
        last = TlsClient(p.fe, "a.example").get("/close", headers=[("X-Size", size)])
        eq(last.body == whole[:size], True)


@test("a request in clear text on a TLS port gets no answer from a server")
def _():
    _certificates, pem = certificate()
    origin = Origin()
    p = start(pem, origin)
    Client(p.fe).request().rest()
    eq(len(origin.requests), 0)


@test("curl and openssl agree with us")
def _():
    certificates, pem = certificate()
    p = start(pem)
    done = curl("--cacert", certificates.ca, "--resolve", f"a.example:{p.fe}:127.0.0.1",
                f"https://a.example:{p.fe}/")
    eq((done.returncode, done.stdout), (0, "origin"), done.stderr)
    said = openssl("s_client", "-connect", f"127.0.0.1:{p.fe}", "-servername", "a.example",
                   "-CAfile", certificates.ca, "-verify_return_error", stdin="Q\n")
    assert "Verify return code: 0 (ok)" in said.stdout, said.stdout + said.stderr


@test("redirect scheme https sends clear text to TLS")
def _():
    certificates, pem = certificate()
    p = proxy(DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    bind 127.0.0.1:@tls@ ssl crt @crt@
    http-request redirect scheme https code 301 unless { ssl_fc }
    default_backend be
backend be
    server s @origin@
""", crt=pem, origin=Origin())
    answer = get(p.fe, "/x?y", host="a.example")
    eq((answer.status, answer.get("location")), (301, "https://a.example/x?y"))
    eq(TlsClient(p.tls, "a.example", ca=certificates.ca).get().status, 200)


def tls_origin(certificates, name="127.0.0.1"):
    return Origin(name="tls", tls=certificates.server_context(certificates.make(name)))


@test("server ssl verify none speaks TLS to anybody")
def _():
    certificates, pem = certificate()
    p = start(pem, tls_origin(certificates), server="ssl verify none")
    client = TlsClient(p.fe, "a.example")
    eq([client.get().body for _ in range(2)], [b"tls", b"tls"])


@test("server ssl verify required takes our CA and refuses another")
def _():
    certificates, pem = certificate()
    server = f"ssl verify required ca-file {certificates.ca}"
    p = start(pem, tls_origin(certificates), server=server)
    eq(TlsClient(p.fe, "a.example").get().body, b"tls")
    stranger = Certificates()
    p = start(pem, tls_origin(stranger), more="retries 0",
              server=f"ssl verify required ca-file {certificates.ca}")
    eq(TlsClient(p.fe, "a.example").get().status, 503)


@test("verifyhost refuses a certificate for another name")
def _():
    certificates, pem = certificate()
    for name, status in (("right.example", 200), ("wrong.example", 503)):
        p = start(pem, tls_origin(certificates, "right.example"), more="retries 0",
                  server=f"ssl verify required ca-file {certificates.ca} verifyhost {name}")
        eq(TlsClient(p.fe, "a.example").get().status, status, name)


@test("sni sends a name to the server")
def _():
    certificates, pem = certificate()
    asked = []
    context = certificates.server_context(certificates.make("s.example"))
    context.sni_callback = lambda _sock, name, _context: asked.append(name)
    p = start(pem, Origin(name="tls", tls=context), server="ssl verify none sni req.hdr(host)")
    eq(TlsClient(p.fe, "a.example").get(host="shop.example").body, b"tls")
    eq(asked, ["shop.example"])


@test("a server that does not speak TLS is an error, not clear text")
def _():
    _certificates, pem = certificate()
    origin = Origin()
    p = start(pem, origin, server="ssl verify none", more="retries 0")
    eq(TlsClient(p.fe, "a.example").get().status, 503)
    eq(len(origin.requests), 0)


if __name__ == "__main__":
    main()
