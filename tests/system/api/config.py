# labels: quick
"""The configuration by the control API: what runs with its lines and without its secrets, what lies
on disk, the difference, and a reload; listeners and their certificates."""
import json
import os
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
import contract

TEXT = """global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
listen admin
    bind 127.0.0.1:@fe@
    stats enable
    stats auth alice:hidden
    stats admin if TRUE
frontend web
    bind 127.0.0.1:@web@ name plain maxconn 30
    default_backend be
backend be
    cookie S insert dynamic
    dynamic-cookie-key hidden
    http-request set-header Authorization "Basic hidden"
    server a @a@
"""
BASIC = "Basic YWxpY2U6aGlkZGVu"


class Rig:
    def __init__(self, text=TEXT, **more):
        self.origin = Origin(name="a")
        self.p = proxy(text, a=self.origin, **more)

    def rewrite(self, text):
        self.p.rewrite(text, a=self.origin)

    def ask(self, method, path, body=None, status=200, **fields):
        headers = {"authorization": BASIC, **fields}
        if body is not None:
            headers["content-type"] = "application/json"
            body = json.dumps(body).encode()
        answer = Client(self.p.fe, seconds=60).request(method, path, headers, body).response()
        eq(answer.status, status, answer)
        return contract.check(method, path, answer)

    def lines(self):
        with open(self.p.path, encoding="utf-8") as file:
            return file.read().split("\n")


@test("a text is checked and compared in place of the files, and changes nothing", only="sluice")
def _():
    rig = Rig()
    text = "\n".join(rig.lines())
    eq(rig.ask("POST", "/api/config/check", {"text": text}), {"ok": True, "errors": []})
    eq(rig.ask("POST", "/api/config/diff", {"text": text}), {"same": True, "diff": ""})
    more = text.replace("    server a ", "    server b 127.0.0.1:9 weight 7\n    server a ")
    difference = rig.ask("POST", "/api/config/diff", {"text": more})
    eq(difference["same"], False)
    assert "+    server b 127.0.0.1:9 weight 7" in difference["diff"], difference
    assert "hidden" not in difference["diff"], difference
    wrong = text.replace("    server a ", "    server a b c\n    server b ")
    told = rig.ask("POST", "/api/config/check", {"text": wrong, "file": "new.cfg"})
    eq((told["ok"], told["errors"][0]["file"]), (False, "new.cfg"))
    line = wrong.split("\n").index("    server a b c") + 1
    eq((told["errors"][0]["line"], told["errors"][0]["source"]), (line, "    server a b c"))
    ini = "[listen x]\nbind = 127.0.0.1:1\nnonsense = 1\n"
    told = rig.ask("POST", "/api/config/check", {"text": ini, "file": "new.ini"})
    assert any("nonsense" in fault["detail"] for fault in told["errors"]), told
    eq(rig.ask("POST", "/api/config/check", {"text": ""})["ok"], True)
    state = rig.ask("GET", "/api/state")
    eq([b["pxname"] for b in state["backends"]], ["be"])
    eq(rig.ask("POST", "/api/config/check", {}), {"ok": True, "errors": []})


@test("a text shows no file and no variable that the running configuration does not name",
      only="sluice")
def _():
    page = os.path.join(scratch(), "503.http")
    with open(page, "w", encoding="utf-8") as file:
        file.write("HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno")
    secret = os.path.join(scratch(), "secret")
    with open(secret, "w", encoding="utf-8") as file:
        file.write("(top-secret\n")
    rig = Rig(TEXT.replace("backend be\n", f"backend be\n    errorfile 503 {page}\n"
                           "    http-request set-header X-V \"${SHOWN-}\"\n"),
              environment={"SHOWN": "yes", "HIDDEN_TOKEN": "top-secret"})
    text = "\n".join(rig.lines())
    eq(rig.ask("POST", "/api/config/check", {"text": text}), {"ok": True, "errors": []})
    for line in (f"errorfile 500 {secret}", f"http-request deny if {{ path -m reg -f {secret} }}",
                 f"http-request return status 200 content-type a/b file {secret}"):
        told = rig.ask("POST", "/api/config/check",
                       {"text": text.replace("backend be\n", f"backend be\n    {line}\n")})
        eq(told["ok"], False, line)
        assert "top-secret" not in json.dumps(told), told
    told = rig.ask("POST", "/api/config/check",
                   {"text": text + '\n    balance "${HIDDEN_TOKEN}"\n'})
    eq(told["ok"], False)
    assert "top-secret" not in json.dumps(told), told
    told = rig.ask("POST", "/api/config/check", {"text": text + '\n    balance "${SHOWN}"\n'})
    assert "'yes'" in json.dumps(told), told


@test("a text with certificates of the running configuration is checked with them", only="sluice")
def _():
    pem = Certificates().make("one.example")
    other = Certificates().make("two.example")
    rig = Rig(TEXT.replace("name plain", f"name plain ssl crt {pem}"))
    text = "\n".join(rig.lines())
    eq(rig.ask("POST", "/api/config/check", {"text": text}), {"ok": True, "errors": []})
    told = rig.ask("POST", "/api/config/check", {"text": text.replace(str(pem), str(other))})
    eq(told["ok"], False)


@test("what is no text is refused", only="sluice")
def _():
    rig = Rig()
    for body, status, code in [({"text": 1}, 422, "invalid-value"),
                               ({"file": "a.cfg"}, 422, "invalid-value"),
                               ({"text": "a", "more": 1}, 400, "unknown-field"),
                               ([], 400, "bad-request"),
                               ({"text": "x" * 20_000}, 413, "too-large")]:
        for path in ("/api/config/check", "/api/config/diff"):
            eq(rig.ask("POST", path, body, status)["code"], code, body)


@test("what runs is told with its files and sections, and its secrets are stars", only="sluice")
def _():
    rig = Rig()
    told = rig.ask("GET", "/api/config")
    eq([file["path"] for file in told["files"]], [rig.p.path])
    shown = told["files"][0]["text"]
    assert "hidden" not in shown, shown
    for line in ("    stats auth alice:***", "    dynamic-cookie-key ***",
                 "    http-request set-header Authorization ***", "    default_backend be"):
        assert line in shown.split("\n"), line
    lines = rig.lines()
    for section in told["sections"]:
        words = lines[section["line"] - 1].split()
        eq(words, [section["kind"], section["name"]] if section["name"] else [section["kind"]])
    assert {"kind": "backend", "name": "be"}.items() <= told["sections"][-1].items()


@test("a file that was changed is checked and compared, and nothing happens", only="sluice")
def _():
    rig = Rig()
    eq(rig.ask("POST", "/api/config/diff"), {"same": True, "diff": ""})
    eq(rig.ask("POST", "/api/config/check", {}), {"ok": True, "errors": []})
    rig.rewrite(TEXT.replace("server a @a@", "server a @a@ weight 7\n    server b @a@"))
    diff = rig.ask("POST", "/api/config/diff")
    assert not diff["same"]
    changed = [line for line in diff["diff"].split("\n") if line[:1] in ("+", "-")]
    eq(len(changed), 5, diff)
    assert changed[-1].lstrip("+").split()[:2] == ["server", "b"] and "hidden" not in diff["diff"]
    rig.rewrite(TEXT.replace("stats auth alice:hidden", "stats auth alice:hidden extra"))
    check = rig.ask("POST", "/api/config/check")
    eq(check["ok"], False)
    fault = check["errors"][0]
    eq((fault["severity"], fault["file"], rig.lines()[fault["line"] - 1].split()[-1]),
       ("error", rig.p.path, "extra"))
    assert "hidden" not in json.dumps(check), check
    eq(len(rig.ask("GET", "/api/state/be")["backend"]["servers"]), 1)


@test("a reload loads what is right, is remembered, and refuses what is wrong", only="sluice")
def _():
    rig = Rig()
    rig.rewrite(TEXT + "    server b @a@\n")
    done = rig.ask("POST", "/api/config/reload", {"note": "one more"})
    eq((done["from"], done["who"], done["note"], done["undoable"]),
       ("rest", "alice", "one more", False))
    eq([item["set"] for item in done["items"]], ["reload"])
    eq(len(rig.ask("GET", "/api/state/be")["backend"]["servers"]), 2)
    eq(rig.ask("POST", "/api/config/diff")["same"], True)
    rig.rewrite(TEXT + "    servr c @a@\n")
    refused = rig.ask("POST", "/api/config/reload", status=422)
    eq((refused["code"], refused["errors"][0]["line"]), ("bad-configuration", len(rig.lines()) - 1))
    eq(len(rig.ask("GET", "/api/state/be")["backend"]["servers"]), 2)
    os.unlink(rig.p.path)
    refused = rig.ask("POST", "/api/config/reload", status=422)
    assert rig.p.path in json.dumps(refused), refused
    eq(rig.ask("GET", "/api/changes")["changes"][0]["id"], done["id"])


@test("only who may change things sees the configuration, and bodies are what they should be",
      only="sluice")
def _():
    rig = Rig(TEXT.replace("stats admin if TRUE", "stats admin if { hdr(x-admin) yes }"))
    for method, path in (("GET", "/api/config"), ("POST", "/api/config/check"),
                         ("POST", "/api/config/diff"), ("POST", "/api/config/reload")):
        eq(rig.ask(method, path, status=403)["code"], "forbidden")
    eq(rig.ask("GET", "/api/session")["may"]["configure"], False)
    rig.ask("GET", "/api/config", **{"x-admin": "yes"})
    for body in ([], {"note": 1}, {"node": ""}):
        rig.ask("POST", "/api/config/reload", body, status=400, **{"x-admin": "yes"})
    rig.ask("POST", "/api/config/check", [], status=400, **{"x-admin": "yes"})


@test("listeners are told with their sections, limits and certificates", only="sluice")
def _():
    certificates = Certificates()
    pem = certificates.make("shop.example", "shop.example", "www.shop.example", days=20)
    rsa = certificates.make("old.example", days=1, rsa=True)
    rig = Rig(TEXT.replace("frontend web\n", "frontend web\n    bind 127.0.0.1:@tls@ ssl crt "
                           f"{pem} crt {rsa} alpn http/1.1\n"))
    told = rig.ask("GET", "/api/listeners")
    by_name = {(each["pxname"], each["name"]): each for each in told["listeners"]}
    plain, tls = by_name["web", "plain"], by_name["web", "1"]
    eq((plain["addr"], plain["ssl"], plain["slim"], plain["status"], plain["certificates"]),
       (f"127.0.0.1:{rig.p.web}", False, 30, "OPEN", []))
    eq(rig.lines()[plain["line"] - 1].split()[1], plain["addr"])
    eq((tls["ssl"], tls["alpn"], tls["certificates"]), (True, ["http/1.1"], [pem, rsa]))
    eq(by_name["admin", "1"]["key"], "l:admin/1")
    shop, old = told["certificates"]
    eq((shop["file"], shop["subject"], shop["issuer"], shop["algorithm"]),
       (pem, "CN=shop.example", "CN=Test CA", "ECDSA P-256"))
    eq(shop["names"], ["shop.example", "www.shop.example"])
    eq((shop["days_left"], shop["not_after"] - shop["not_before"]), (19, 20 * 86400))
    eq((old["algorithm"], old["days_left"]), ("RSA 2048", 0))
    client = Client(rig.p.web)
    eq(client.get("/").status, 200)
    eq([each["scur"] for each in rig.ask("GET", "/api/listeners")["listeners"]
        if each["name"] == "plain"], [1])


main()
