# labels: quick
"""The TLS words of server lines and their defaults in the global section (manual §5.2, §3.1)."""
import ssl
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = """
global
    @global@
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    retries 0
    @back@
    server s @origin@ @server@
"""
V10, V11, V12, V13 = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2,
                      ssl.TLSVersion.TLSv1_3)
VERSIONS = {"TLSv1": V10, "TLSv1.1": V11, "TLSv1.2": V12, "TLSv1.3": V13}
OLD = "ciphers DEFAULT@at@SECLEVEL=0"
OLD_DEFAULT = "ssl-default-server-ciphers DEFAULT@at@SECLEVEL=0"


class Peer(Origin):
    """A TLS origin that remembers what each connection agreed on."""

    def __init__(self, version=None, alpn=(), ciphers=None, client_ca=None, name="127.0.0.1"):
        self.certificates = Certificates()
        context = self.certificates.server_context(self.certificates.make(name))
        if version:
            context.minimum_version = context.maximum_version = version
        context.set_ciphers(ciphers or "DEFAULT:@SECLEVEL=0")
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client_ca)
        super().__init__(tls=context)

    def sock(self):
        return self.connections[-1].sock


def start(origin, server="", text=None, back="", **more):
    more.setdefault("global", "")
    for name, value in (("@server@", server), ("@global@", more.pop("global"))):
        text = (text or CONFIG).replace(name, value)
    return proxy(text, origin=origin, at="@", back=back, **more)


def spoken(server, **more):
    """The versions in which the proxy reaches its server, oldest first."""
    found = []
    for name, version in VERSIONS.items():
        p = start(Peer(version), f"ssl verify none {server}", **more)
        if get(p.fe).status == 200:
            found.append(name)
    return found


@test("server ssl, no-ssl and verify none")
def _():
    peer = Peer()
    eq(get(start(peer, "ssl verify none").fe).status, 200)
    clear = Origin()
    eq(get(start(clear, "no-ssl", back="default-server ssl verify none").fe).status, 200)


@test("force-tlsv10, force-tlsv11, force-tlsv12 and force-tlsv13 leave one version to a server")
def _():
    for word, version in (("force-tlsv10", "TLSv1"), ("force-tlsv11", "TLSv1.1"),
                          ("force-tlsv12", "TLSv1.2"), ("force-tlsv13", "TLSv1.3")):
        eq(spoken(f"{OLD} {word}"), [version])


@test("server ssl-min-ver and ssl-max-ver bound the versions")
def _():
    eq(spoken(f"{OLD} ssl-min-ver TLSv1.2"), ["TLSv1.2", "TLSv1.3"])
    eq(spoken(f"{OLD} ssl-max-ver TLSv1.1"), ["TLSv1", "TLSv1.1"])


@test("server no-tlsv10 and no-tlsv11 forbid what is old, no-tlsv12 and no-tlsv13 what is new")
def _():
    eq(spoken(f"{OLD} no-tlsv10"), ["TLSv1.1", "TLSv1.2", "TLSv1.3"])
    eq(spoken(f"{OLD} no-tlsv10 no-tlsv11"), ["TLSv1.2", "TLSv1.3"])
    eq(spoken(f"{OLD} no-tlsv12 no-tlsv13"), ["TLSv1", "TLSv1.1"])


@test("ssl-default-server-options force-tlsv10 to force-tlsv13")
def _():
    for word, version in (("force-tlsv10", "TLSv1"), ("force-tlsv11", "TLSv1.1"),
                          ("force-tlsv12", "TLSv1.2"), ("force-tlsv13", "TLSv1.3")):
        eq(spoken("", **{"global": f"{OLD_DEFAULT}\n    ssl-default-server-options {word}"}),
           [version])


@test("ssl-default-server-options ssl-min-ver, ssl-max-ver")
def _():
    for words, versions in (("ssl-min-ver TLSv1.2", ["TLSv1.2", "TLSv1.3"]),
                            ("ssl-max-ver TLSv1.1", ["TLSv1", "TLSv1.1"])):
        eq(spoken("", **{"global": f"{OLD_DEFAULT}\n    ssl-default-server-options {words}"}),
           versions)


@test("ssl-default-server-options no-tlsv10 to no-tlsv13")
def _():
    for words, versions in (("no-tlsv10 no-tlsv11", ["TLSv1.2", "TLSv1.3"]),
                            ("no-tlsv12 no-tlsv13", ["TLSv1", "TLSv1.1"])):
        eq(spoken("", **{"global": f"{OLD_DEFAULT}\n    ssl-default-server-options {words}"}),
           versions)


@test("server verify required and ca-file take only a certificate of ours, ca-base finds the file")
def _():
    peer = Peer()
    own = peer.certificates
    eq(get(start(peer, f"ssl verify required ca-file {own.ca}").fe).status, 200)
    eq(get(start(peer, f"ssl verify required ca-file {Certificates().ca}").fe).status, 503)
    eq(get(start(peer, "ssl verify required ca-file ca.pem",
                 **{"global": f"ca-base {own.directory}"}).fe).status, 200)


@test("ssl-server-verify none is for servers whose line does not say")
def _():
    eq(get(start(Peer(), "ssl", **{"global": "ssl-server-verify none"}).fe).status, 200)


@test("server verifyhost is the name that a certificate must have")
def _():
    peer = Peer(name="a.example")
    ca = f"ssl verify required ca-file {peer.certificates.ca}"
    eq(get(start(peer, f"{ca} verifyhost a.example").fe).status, 200)
    eq(get(start(peer, f"{ca} verifyhost b.example").fe).status, 503)


@test("server sni tells the server a name")
def _():
    peer = Peer()
    names = []
    peer.tls.sni_callback = lambda sock, name, context: names.append(name)
    get(start(peer, "ssl verify none sni str(a.example)").fe)
    eq(names, ["a.example"])


@test("server crt shows a certificate")
def _():
    mine = Certificates()
    peer = Peer(V12, client_ca=mine.ca)
    eq(get(start(peer, f"ssl verify none crt {mine.make('proxy')}").fe).status, 200)


@test("server alpn offers protocols")
def _():
    peer = Peer(alpn=["http/1.1"])
    p = start(peer, "ssl verify none alpn http/1.1")
    client = Client(p.fe)
    client.get()
    eq(peer.sock().selected_alpn_protocol(), "http/1.1")


AES256, CHACHA = "ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_CHACHA20_POLY1305_SHA256"


def agreed(version, server, ciphers=None, **more):
    peer = Peer(version, ciphers=ciphers)
    p = start(peer, f"ssl verify none {server}", **more)
    client = Client(p.fe)
    client.get()
    return peer.sock().cipher()[0]


@test("server ciphers and ciphersuites, and their defaults in the global section")
def _():
    eq((agreed(V12, "ciphers ECDHE-ECDSA-AES128-SHA256"), agreed(V13, f"ciphersuites {CHACHA}")),
       ("ECDHE-ECDSA-AES128-SHA256", CHACHA))
    more = {"global": "ssl-default-server-ciphers ECDHE-ECDSA-AES128-SHA256\n"
                      f"    ssl-default-server-ciphersuites {CHACHA}"}
    eq((agreed(V12, "", **more), agreed(V13, "", **more)), ("ECDHE-ECDSA-AES128-SHA256", CHACHA))


def offers_tickets(server, **more):
    """Whether the ClientHello has the session_ticket extension (RFC 5077: type 35)."""
    heard = []

    def listen(conn):
        head = conn.reader.exactly(5)
        heard.append(conn.reader.exactly(int.from_bytes(head[3:5], "big")))
    origin = Origin(script=listen)
    get(start(origin, f"ssl verify none {server}", **more).fe)
    body = heard[0][4 + 2 + 32:]                # handshake header, version, random
    body = body[1 + body[0]:]                   # session id
    body = body[2 + int.from_bytes(body[:2], "big"):]
    body = body[1 + body[0]:]                   # compression
    types, body = [], body[2:]
    while body:
        types.append(int.from_bytes(body[:2], "big"))
        body = body[4 + int.from_bytes(body[2:4], "big"):]
    return 35 in types


@test("server no-tls-tickets, tls-tickets and ssl-default-server-options no-tls-tickets")
def _():
    eq((offers_tickets(""), offers_tickets("no-tls-tickets")), (True, False))
    eq(offers_tickets("tls-tickets", back="default-server no-tls-tickets"), True)
    eq(offers_tickets("", **{"global": "ssl-default-server-options no-tls-tickets"}), False)


if __name__ == "__main__":
    main()
