# labels: quick
"""Every converter changes its sample (manual §7.3.1): each is taken out in turn."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    capture request header Host len 32
    http-request capture str(free) len 32
    http-request set-var(txn.two) str(middle)
@rules@
    default_backend be
backend be
    server s @origin@
"""


def ask(expected, front=""):
    """Evaluates each expression in a request header of its own."""
    rules = "\n".join(f"    http-request set-header q-{number} \"=%[{expression}]\""
                      for number, expression in enumerate(expected))
    origin = Origin()
    p = proxy(CONFIG, rules=front + rules, origin=origin)
    get(p.fe, headers=[("X", "MixedCase"), ("Y", "www.example:8080"), ("Crlf", "line"),
                       ("Xs", "xxmidxx"), ("Zip", "aGVsbG8gd29ybGQ="), ("Hex", "1f"),
                       ("Url", "aGVsbG8_d29ybGQ"), ("P", "a%20b+c"), ("Quoted", "a b/c")])
    request = origin.last()
    got = {expression: request.get(f"q-{number}", "")[1:]
           for number, expression in enumerate(expected)}
    wrong = {e: (got[e], wanted) for e, wanted in expected.items() if got[e] != wanted}
    assert not wrong, f"got, wanted: {wrong}"


@test("converters of integers")
def _():
    ask({
        "int(5),add(3)": "8", "int(6),and(3)": "2", "int(7),bool": "1", "int(0),cpl": "-1",
        "int(20),div(3)": "6", "int(4),even": "1", "int(20),mod(6)": "2", "int(5),mul(3)": "15",
        "int(5),neg": "-5", "int(5),not": "0", "int(5),odd": "1", "int(5),or(2)": "7",
        "int(5),sub(3)": "2", "int(6),xor(3)": "5",
    })


@test("converters of text")
def _():
    ask({
        "req.hdr(x),lower": "mixedcase", "req.hdr(x),upper": "MIXEDCASE",
        "req.hdr(x),length": "9", "req.hdr(x),bytes(2,3)": "xed", "req.hdr(y),field(2,.)":
        "example:8080", "req.hdr(y),word(1,.)": "www", "req.hdr(y),host_only": "www.example",
        "req.hdr(y),port_only": "8080", "req.hdr(xs),ltrim(x)": "midxx",
        "req.hdr(xs),rtrim(x)": "xxmid", "req.hdr(x),concat(<,txn.two,>)": "MixedCase<middle>",
        "req.hdr(xs),regsub(x,y,g)": "yymidyy", "str(mid),strcmp(txn.two)": "-1",
    })


@test("cut_crlf ends the text at its first line feed")
def _():
    ask({"str(one%0Atwo),url_dec,cut_crlf": "one"})


@test("converters of codes and hashes")
def _():
    ask({
        "req.hdr(zip),b64dec": "hello world", "str(hello),base64": "aGVsbG8=",
        "req.hdr(url),ub64dec": "hello?world", "str(hello?world),ub64enc": "aGVsbG8_d29ybGQ",
        "str(ab),hex": "6162", "req.hdr(hex),hex2i": "31", "req.hdr(p),url_dec": "a b+c",
        "req.hdr(quoted),url_enc": "a%20b%2Fc", "str(hello),crc32": "907060870",
        "str(hello),crc32c": "2591144780", "str(hello),djb2": "261238937",
        "str(hello),sdbm": "684824882",
        "str(a),wt6": "1900802597", "str(a),wt6(1)": "1986649387",
    })


@test("converters of times, addresses and conditions")
def _():
    ask({
        "int(1700000000),http_date": "Tue, 14 Nov 2023 22:13:20 GMT",
        "int(1700000000),utime(%Y)": "2023", "int(1700000000),ltime(%Y)": "2023",
        "ipv4(192.0.2.77),ipmask(24)": "192.0.2.0", "bool(true),iif(yes,no)": "yes",
    })


@test("converters that store: set-var, unset-var, capture-req")
def _():
    ask({"var(txn.kept)": "/", "var(txn.gone)": "", "capture.req.hdr(1)": "/"},
        "    http-request set-header a \"%[path,set-var(txn.kept)]\"\n"
        "    http-request set-var(txn.gone) path\n"
        "    http-request set-header b \"%[path,unset-var(txn.gone)]\"\n"
        "    http-request set-header c \"%[path,capture-req(1)]\"\n")


@test("capture-res stores into a slot of the response")
def _():
    p = proxy(DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    declare_slot
    http-response set-header a "%[status,capture-res(0)]"
    http-after-response set-header b "%[capture.res.hdr(0)]"
    default_backend be
backend be
    server s @origin@
""".replace("declare_slot", "capture response header Nothing len 32"), origin=Origin())
    eq(get(p.fe).get("b"), "200")


if __name__ == "__main__":
    main()
