# labels: quick
"""The admin page at /ui/ of a stats listener: its files and their headers, under stats auth."""
import gzip
import re
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = DEFAULTS + """
listen admin
    bind 127.0.0.1:@fe@
    stats enable
    stats uri /
"""
AUTH = TEXT + """    stats auth alice:secret
"""
BASIC = "Basic YWxpY2U6c2VjcmV0"


def page(port, path="/ui/", method="GET", **fields):
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return Client(port).request(method, path, headers=headers).response()


def references(html):
    """The script and the style sheet that the page names."""
    return re.findall(r'(?:src|href)="([^":]+)"', html)


@test("the page and its files are served with their types, and nothing from elsewhere",
      only="sluice")
def _():
    p = proxy(TEXT)
    answer = page(p.fe)
    eq(answer.status, 200)
    eq(answer.get("content-type"), "text/html; charset=utf-8")
    html = answer.body.decode()
    names = references(html)
    eq(sorted(name.rsplit(".", 1)[1] for name in names), ["css", "js"])
    assert "//" not in "".join(names), names
    for name in names:
        file = page(p.fe, "/ui/" + name)
        eq(file.status, 200)
        assert file.get("content-type").startswith("text/"), file
        assert len(file.body) > 1000, name
    eq(page(p.fe, "/ui/index.html").body, answer.body)


@test("a browser may run and frame nothing else, and keeps only what is named by its contents",
      only="sluice")
def _():
    p = proxy(TEXT)
    answer = page(p.fe)
    policy = answer.get("content-security-policy")
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'",
                 "base-uri 'none'"):
        assert rule in policy, policy
    assert "unsafe" not in policy, policy
    eq(answer.get("x-content-type-options"), "nosniff")
    eq(answer.get("referrer-policy"), "same-origin")
    eq(answer.get("cache-control"), "no-cache")
    assert "<style" not in answer.body.decode() and "javascript:" not in answer.body.decode()
    for name in references(answer.body.decode()):
        kept = page(p.fe, "/ui/" + name).get("cache-control")
        assert "immutable" in kept and "private" in kept, kept


@test("gzip is sent to who takes it, the plain bytes to others; all of it is small", only="sluice")
def _():
    p = proxy(TEXT)
    names = ["", *references(page(p.fe).body.decode())]
    total = 0
    for name in names:
        plain = page(p.fe, "/ui/" + name)
        eq(plain.get("content-encoding"), None)
        packed = page(p.fe, "/ui/" + name, accept_encoding="br, gzip;q=0.8")
        eq(packed.get("content-encoding"), "gzip")
        eq(packed.get("vary"), "accept-encoding")
        eq(gzip.decompress(packed.body), plain.body)
        assert packed.get("etag") != plain.get("etag")
        eq(page(p.fe, "/ui/" + name, accept_encoding="gzip;q=0").body, plain.body)
        total += len(packed.body)
    assert total <= 60 * 1024, total


@test("a known entity tag is answered 304, HEAD without a body, and the connection goes on",
      only="sluice")
def _():
    p = proxy(TEXT)
    tag = page(p.fe).get("etag")
    client = Client(p.fe)
    known = client.request("GET", "/ui/", headers={"If-None-Match": f'"x", {tag}'}).response()
    eq((known.status, known.body), (304, b""))
    eq(known.get("etag"), tag)
    head = client.request("HEAD", "/ui/").response("HEAD")
    eq((head.status, head.body), (200, b""))
    eq(client.request("GET", "/ui/", headers={"If-None-Match": '"other"'}).response().status, 200)


@test("other methods and unknown files are refused, and /ui leads to /ui/", only="sluice")
def _():
    p = proxy(TEXT)
    refused = page(p.fe, method="POST")
    eq(refused.status, 405)
    eq(refused.get("allow"), "GET, HEAD")
    for path in ("/ui/none", "/ui/../metrics", "/ui//", "/ui/%69ndex.html", "/ui/index.html/"):
        eq(page(p.fe, path).status, 404)
    moved = page(p.fe, "/ui")
    eq((moved.status, moved.get("location")), (308, "/ui/"))
    eq(page(p.fe, "/uix").status, 200)  # the classic page's: its URI is the beginning of this


@test("the page's files ask for no credentials, since it logs in by itself", only="sluice")
def _():
    p = proxy(AUTH)
    for fields in ({}, {"authorization": BASIC}, {"authorization": "Basic YWxpY2U6d3Jvbmc="}):
        answer = page(p.fe, **fields)
        eq(answer.status, 200)
        for name in references(answer.body.decode()):
            eq(page(p.fe, "/ui/" + name, **fields).status, 200)
    eq(page(p.fe, "/api/state").status, 401)


@test("a stats listener's classic page leads to the admin page, a traffic frontend's does not",
      only="sluice")
def _():
    p = proxy(TEXT + """
frontend traffic
    bind 127.0.0.1:@traffic@
    stats enable
    default_backend be
backend be
    server s @origin@
""", origin=Origin())
    assert b'<a href="/ui/">' in page(p.fe, "/").body
    assert b"/ui/" not in page(p.traffic, "/haproxy?stats").body


@test("a traffic frontend's /ui/ belongs to its servers", only="sluice")
def _():
    p = proxy(DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    stats enable
    stats uri /admin
    default_backend be
backend be
    server s @origin@
""", origin=Origin())
    eq(page(p.fe, "/ui/").status, 200)
    assert b"Sluice" not in page(p.fe, "/ui/").body


if __name__ == "__main__":
    main()
