# labels: quick
"""show info counts TLS on both sides, and log lines that no target took."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@ ssl crt @crt@
    http-request return status 200 if { path /own }
    default_backend be
backend be
    server s @origin@ ssl verify none
"""


def info(p):
    return dict(line.split(": ", 1) for line in say(p, "show info").splitlines() if ": " in line)


@test("TLS connections are counted on both sides, now and in all, and keys apart from sessions")
def _():
    certificates = Certificates()
    crt = certificates.make("a.example")
    p = proxy(TEXT, crt=crt, origin=Origin(name="s", tls=certificates.server_context(crt)))
    eq((info(p)["CurrSslConns"], info(p)["CumSslConns"]), ("0", "0"))
    client = TlsClient(p.fe, "a.example")
    client.get("/own")
    wait_for(lambda: info(p)["CurrSslConns"] == "1", "one connection")
    client.get()
    wait_for(lambda: info(p)["CurrSslConns"] == "2", "the server's as well")
    found = info(p)
    eq(found["CumSslConns"], "2")
    assert int(found["MaxSslRate"]) >= 1 and int(found["SslFrontendMaxKeyRate"]) >= 1, found
    assert int(found["SslBackendMaxKeyRate"]) >= 1, found
    client.close()
    wait_for(lambda: info(p)["CurrSslConns"] in ("0", "1"), "the client's to be gone")


@test("a log line that nobody takes is counted as dropped", only="sluice")
def _():
    p = proxy("""global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    log @dir@/nobody local0
    option httplog
    http-request return status 200
""")
    before = int(info(p)["DroppedLogs"])
    get(p.fe)
    wait_for(lambda: int(info(p)["DroppedLogs"]) > before, "a line to be dropped")


if __name__ == "__main__":
    main()
