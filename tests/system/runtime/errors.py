# labels: quick threaded
"""show errors: the last malformed message of each proxy, as haproxy shows it (management §9.3)."""
import os
import re
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from rig import CONFIG, command, pair, same

BAD_REQUEST = (b"GET /x HTTP/1.1\r\nHost: x\r\nbad header: y\r\nlong: " + b"z" * 200 +
               b"\x01\\\x1b\t\r\n\r\n")
BAD_RESPONSE = b"HTTP/1.1 200 OK\r\nX: 1\r\nbad(header: x\r\nContent-Length: 0\r\n\r\n"


def plain(text):
    """Without dates, ports, sizes of buffers, and the lines about a parser's own state."""
    text = re.sub(r"\[\d\d/\w{3}/\d{4}:[\d:.]+\]", "[DATE]", text)
    text = re.sub(r"src 127.0.0.1:\d+", "src SOURCE", text)
    text = re.sub(r", \d+ free,", ", FREE free,", text)
    text = re.sub(r"wraps at \d+", "wraps at SIZE", text)
    text = re.sub(r"(?m)^  refused: .* :$", "  WHY :", text)
    return re.sub(r"(?m)^  H1 connection flags.*\n  H1 msg state.*\n  H1 chunk len.* :$", "  WHY :",
                  text)


def refuse_both(p):
    eq(response_of(p.fe, BAD_REQUEST).status, 400)
    eq(get(p.fe, "/").status, 502)


@test("requests and responses that were refused are shown as haproxy shows them")
def _():
    broken = Origin(raw(BAD_RESPONSE))
    text = CONFIG.replace("    server b @b@ weight 10 check inter 10s\n", "")
    text = text.replace("    server c @a@ track be/b\n", "")
    ours, theirs = pair(text, a=broken, t=Origin())
    same(ours, theirs, ["show errors", "show errors zz"], but=plain)
    for p in (ours, theirs):
        refuse_both(p)
    same(ours, theirs, ["show errors", "show errors fe", "show errors be", "show errors 2",
                        "show errors -1 request", "show errors -1 response", "show errors zz",
                        "show errors be request", "show errors other", "show errors 99"], but=plain)
    text = command(ours, "show errors")
    assert "error at position 29" in text and "frontend fe (#2)" in text, text


@test("cookies and credentials in them are masked", only="sluice")
def _():
    p = proxy(CONFIG, a=Origin(), b=Origin(), t=Origin())
    response_of(p.fe, b"GET /?q=1 HTTP/1.1\r\nHost: x\r\nCookie: a=secret\r\n"
                      b"AUTHORIZATION: Basic c2VjcmV0\r\nProxy-Authorization: secret\r\n"
                      b"bad header: y\r\nSet-Cookie: secret\r\n\r\n")
    text = command(p, "show errors")
    assert "secret" not in text and "c2VjcmV0" not in text, text
    for line in ("Cookie: ********\\r\\n", "AUTHORIZATION: ***** ********\\r\\n",
                 "bad header: y\\r\\n", "GET /?q=1 HTTP/1.1\\r\\n"):
        assert line in text, (line, text)


@test("only the last one of each proxy is kept, and it is bounded", only="sluice")
def _():
    p = proxy(CONFIG, a=Origin(), b=Origin(), t=Origin())
    for i in range(3):
        response_of(p.fe, f"GET /n{i} HTTP/1.1\r\nHost: x\r\nbad header: y\r\n\r\n".encode())
    text = command(p, "show errors")
    assert text.startswith("Total events captured on [") and " : 3\n" in text, text
    assert "/n2 " in text and "/n1 " not in text, text
    response_of(p.fe, b"GET / HTTP/1.1\r\nHost: x\r\nlong: " + b"z" * 40_000 + b"\r\n\r\n")
    text = command(p, "show errors")
    assert len(text) < 60_000 and "zzzz" in text, len(text)


if __name__ == "__main__":
    main()
