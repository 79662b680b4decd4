# labels: quick threaded
"""Servers that come and go where rights were given up and files have changed since: all that was
read stays as it was read, and only what is new is looked for."""
import os
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from rig import command

TEXT = """
global
    @jail@
    stats socket @dir@/admin.sock mode 600 level admin
    nbthread 2
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    bind 127.0.0.1:@tls@ ssl crt @cert@
    http-request deny if { path -f @paths@ }
    http-request return status 200 content-type text/plain file @page@ if { path /page }
    default_backend be
backend be
    server a @a@
"""
JAIL = "chroot @dir@/jail\n    user nobody\n    group nogroup"
root = "sluice" if os.geteuid() == 0 else "nobody: only root can give up rights"


def start(jail):
    certificates = Certificates()
    files = {name: certificates.path(name) for name in ("paths", "page")}
    for name, text in (("paths", "/forbidden\n"), ("page", "as it was\n")):
        with open(files[name], "w", encoding="ascii") as f:
            f.write(text)
    cert = certificates.make("site", "127.0.0.1")
    for path in (cert, *files.values()):
        os.chmod(path, 0o600)

    class Jailed(Sluice):
        def _start(self, command, environment):
            os.mkdir(self.directory + "/jail")
            super()._start(command, environment)
    return Jailed(TEXT.replace("@jail@", jail), cert=cert, a=Origin(name="a"), **files), \
        certificates, {"cert": cert, **files}


def comes_and_goes(jail):
    p, certificates, files = start(jail)
    before = TlsClient(p.tls, "127.0.0.1", ca=certificates.ca)
    eq(before.get("/").status, 200)
    with open(files["paths"], "w", encoding="ascii") as f:
        f.write("/\n")              # would deny everything
    os.unlink(files["page"])
    with open(files["cert"], "w", encoding="ascii") as f:
        f.write("no certificate\n")
    fresh = Origin(name="n")
    for _ in range(2):
        eq(command(p, f"add server be/n {fresh} enabled"), "New server registered.\n\n")
        eq(sorted(get(p.fe).body.decode() for _ in range(4)), list("aann"))
        eq(get(p.fe, "/forbidden").status, 403)
        eq(get(p.fe, "/page").body, b"as it was\n")
        eq(TlsClient(p.tls, "127.0.0.1", ca=certificates.ca).get("/").status, 200)
        eq(command(p, "disable server be/n;del server be/n"), "\nServer deleted.\n")
    eq(before.get("/").status, 200)
    said = command(p, "add server be/t 127.0.0.1:1 ssl ca-file /no/such/file")
    assert "/no/such/file" in said and "registered" not in said, said
    return p, f"add server be/t {fresh} ssl verify required ca-file {certificates.ca}"


@test("files that changed since make no difference", only="sluice")
def _():
    p, with_file = comes_and_goes("log-tag x")
    eq(command(p, with_file), "New server registered.\n\n")


@test("under chroot and another user neither, and no file is read that the configuration does not "
      "name", only=root)
def _():
    p, with_file = comes_and_goes(JAIL)
    said = command(p, with_file)
    assert "ca.pem" in said and "registered" not in said, said


if __name__ == "__main__":
    main()
