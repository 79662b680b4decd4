# labels: quick
"""stats http-request: who may see the statistics, by conditions (manual §4.2)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
listen stats
    bind 127.0.0.1:@st@
    stats enable
    stats uri /
    @rules@
"""


def status(p, path="/", **fields):
    return get(p.st, path, list(fields.items())).status


@test("deny is a 403 that is counted, allow ends the list, without a match it is allowed")
def _():
    p = proxy(TEXT, rules="""stats http-request allow if { hdr(x-who) admin }
    stats http-request deny if { hdr(x-who) -m found }""")
    eq((status(p, **{"X-Who": "admin"}), status(p, **{"X-Who": "x"}), status(p)), (200, 403, 200))
    eq(stat(p, "stats", "FRONTEND")["dreq"], "1")


@test("auth asks for a login with its realm, or with the page's")
def _():
    p = proxy(TEXT, rules="""stats http-request auth realm Ops unless { hdr(x-a) 1 }
    stats http-request auth unless { hdr(x-b) 1 }""")
    answer = get(p.st, "/")
    eq((answer.status, answer.get("www-authenticate")), (401, 'Basic realm="Ops"'))
    answer = get(p.st, "/", [("X-A", "1")])
    eq((answer.status, answer.get("www-authenticate")), (401, 'Basic realm="HAProxy Statistics"'))
    eq(status(p, **{"X-A": "1", "X-B": "1"}), 200)


@test("a rule without a condition decides for all")
def _():
    p = proxy(TEXT, rules="stats http-request deny")
    eq((status(p), status(p, "/;csv")), (403, 403))


@test("the rules hold for /metrics and /api, never for the health paths", only="sluice")
def _():
    p = proxy(TEXT, rules="""stats http-request deny if { hdr(x-who) -m found }
    stats http-request auth""")
    eq([status(p, path) for path in ("/metrics", "/api/state", "/ui/", "/healthz", "/readyz")],
       [401, 401, 401, 200, 200])
    eq([status(p, path, **{"X-Who": "x"}) for path in ("/metrics", "/api/state", "/healthz")],
       [403, 403, 200])


@test("other actions, words that do not belong and stats auth beside it are errors")
def _():
    def refused(*lines):
        result = run_config(TEXT.replace("@rules@", "\n    ".join(lines)).replace("@st@", "1")
                            .replace("@dir@", "/tmp"), "-c")
        assert result.code == 1, lines
        return result.err
    refused("stats http-request")
    refused("stats http-request allow foo")
    refused("stats http-request lua.x")
    for login in ("stats auth a:b", "stats realm Other"):
        assert "http-request" in refused("stats http-request deny", login)
        assert "http-request" in refused(login, "stats http-request deny")


if __name__ == "__main__":
    main()
