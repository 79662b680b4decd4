"""Certificates made on the spot by openssl, and a TLS client that says what it was given."""
import os
import ssl
import subprocess

from . import client, runner, wire


class Certificates:
    """A directory with a CA (ca.pem) and what `make` adds: NAME.pem, certificate and key in one
    file, as `crt` wants it."""

    def __init__(self):
        self.directory = runner.scratch()
        os.chmod(self.directory, 0o755)
        self.ca = self.path("ca.pem")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-keyout", self.path("ca.key"), "-out", self.ca, "-days", "2",
                      "-subj", "/CN=Test CA")

    def path(self, name):
        return os.path.join(self.directory, name)

    def _openssl(self, *args, stdin=None):
        done = subprocess.run(["openssl", *args], input=stdin, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def make(self, name, *names, days=2, rsa=False):
        """A certificate for names (default: `name`); gives the path of its PEM file."""
        key, request, leaf = (self.path(f"{name}.{s}") for s in ("key", "csr", "leaf"))
        kind = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        listed = names or (name,)
        alternatives = ",".join(("IP:" if n[0].isdigit() else "DNS:") + n for n in listed)
        extension = self.path(f"{name}.ext")
        with open(extension, "w", encoding="ascii") as f:
            f.write(f"subjectAltName={alternatives}\n")
        self._openssl("req", "-new", "-newkey", *kind, "-nodes", "-keyout", key, "-out", request,
                      "-subj", f"/CN={listed[0]}")
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey",
                      self.path("ca.key"), "-CAcreateserial", "-days", str(days), "-out", leaf,
                      "-extfile", extension)
        pem = self.path(f"{name}.pem")
        with open(pem, "wb") as out:
            for part in (leaf, key):
                with open(part, "rb") as f:
                    out.write(f.read())
        return pem

    def server_context(self, pem):
        """For Origin(tls=…)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context


class TlsClient(client.Client):
    """A Client over TLS. `name` is the SNI (None sends none); the certificate is not verified
    unless `ca` is given."""

    def __init__(self, port, name=None, ca=None, host="127.0.0.1", version=None, alpn=(),
                 ciphers=None, session=None, context=None):
        super().__init__(port, host)
        self.context = context or self.make_context(ca, version, alpn, ciphers)
        self.sock = self.context.wrap_socket(self.sock, server_hostname=name, session=session)
        self.reader = wire.Reader(self.sock)

    @staticmethod
    def make_context(ca=None, version=None, alpn=(), ciphers=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = ca is not None
        context.verify_mode = ssl.CERT_REQUIRED if ca else ssl.CERT_NONE
        if ca:
            context.load_verify_locations(ca)
        if version:
            # Old versions need the lower security level on Debian's OpenSSL.
            context.minimum_version = context.maximum_version = version
            if version < ssl.TLSVersion.TLSv1_2:
                context.set_ciphers("DEFAULT@SECLEVEL=0")
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if ciphers:
            context.set_ciphers(ciphers)
        return context

    def common_name(self):
        """The common name of the server's certificate."""
        der = self.sock.getpeercert(binary_form=True)
        done = subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-subject",
                               "-nameopt", "RFC2253"], input=der, capture_output=True, check=True)
        return done.stdout.decode().strip().removeprefix("subject=").strip().removeprefix("CN=")
