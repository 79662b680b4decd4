# labels: quick
"""sluice_changes_total and sluice_password_checks_total: each source of changes counts what is
applied and what is refused, by the words of the audit log, and each password what came of it."""
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.metrics import Metrics

# "elgato"
HASH = "$5$rounds=1000$saltsalt$J10GIogn.cWPzHdo5KC/wFeje1rU3MUYtZUMLGlWM69"
TEXT = """global
    stats socket @dir@/admin.sock mode 600 level admin
userlist people
    user olga password @hash@
""" + DEFAULTS + """
listen admin
    bind 127.0.0.1:@fe@
    stats enable
    stats uri /classic
    stats admin if TRUE
frontend web
    bind 127.0.0.1:@web@
    http-request auth unless { http_auth(people) }
    http-request return status 200
backend be
    server a 127.0.0.1:9 weight 10 @more@
"""
SOURCES = ["page", "form", "socket", "rest", "agent", "reload", "names", "internal"]
WEIGHT = {"actions": [{"target": "s:be/a", "set": "weight", "value": 5}]}


def start(more="", text=TEXT):
    return proxy(text, hash=HASH, more=more)


def scrape(p, query=""):
    return Metrics(get(p.fe, "/metrics" + query).body.decode())


def counts(p):
    """What is not zero."""
    rows = scrape(p).all("sluice_changes_total").items()
    return {(dict(labels)["from"], dict(labels)["result"]): int(value) for labels, value in rows
            if value}


def post(p, path, body, kind="application/json", **fields):
    headers = [("content-type", kind)]
    headers += [(name.replace("_", "-"), value) for name, value in fields.items()]
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(p.fe, seconds=30)
    return client.request("POST", path, headers, body, host=f"127.0.0.1:{p.fe}").response("POST")


def change(p, body=None, **fields):
    return post(p, "/api/changes", body or WEIGHT, **fields)


@test("each source and result is there from the start, at zero", only="sluice")
def _():
    p = start()
    rows = {(dict(labels)["from"], dict(labels)["result"]): value
            for labels, value in scrape(p).all("sluice_changes_total").items()}
    eq(rows, {(source, result): 0 for source in SOURCES for result in ("applied", "refused")})
    eq(scrape(p).types["sluice_changes_total"], "counter")


@test("programs and pages are told apart, and each refusal counts", only="sluice")
def _():
    p = start()
    eq(change(p).status, 200)
    eq(change(p, sec_fetch_site="same-origin").status, 200)
    eq(counts(p), {("rest", "applied"): 1, ("page", "applied"): 1})
    bad = {"actions": [{"target": "s:be/none", "set": "weight", "value": 5}]}
    for body, status in ((bad, 404), (b"{", 400), ({"actions": []}, 400)):
        eq(change(p, body).status, status)
    eq(post(p, "/api/changes/99/undo", {}).status, 404)
    eq(change(p, origin="http://evil.example").status, 403)
    eq(counts(p)["rest", "refused"], 4)
    eq(counts(p)["page", "refused"], 1)
    eq(post(p, "/api/changes/1/undo", {"force": True}).status, 200)
    eq(post(p, "/api/preview", {"actions": []}).status, 400)    # changes nothing in any case
    eq(counts(p), {("rest", "applied"): 2, ("rest", "refused"): 4,
                   ("page", "applied"): 1, ("page", "refused"): 1})


@test("an answer that is given again to its key is no other change", only="sluice")
def _():
    p = start()
    for _ in range(3):
        eq(change(p, idempotency_key="one").status, 200)
    eq(counts(p), {("rest", "applied"): 1})


@test("who has no right to it is refused, and who may not come is none", only="sluice")
def _():
    p = start(text=TEXT.replace("    stats admin if TRUE\n", "    stats auth a:b\n"))
    basic = "Basic " + base64.b64encode(b"a:b").decode()
    eq(change(p).status, 401)
    eq(change(p, authorization=basic).status, 403)
    eq(post(p, "/api/config/reload", {}, authorization=basic).status, 403)
    answer = get(p.fe, "/metrics", [("authorization", basic)])
    eq(Metrics(answer.body.decode()).get("sluice_changes_total", **{"from": "rest"},
                                         result="refused"), 2)


@test("commands of the runtime socket count, but for those that only look", only="sluice")
def _():
    p = start()
    for command in ("set weight be/a 3", "disable server be/a", "clear counters"):
        eq(say(p, command), "", command)
    for command in ("set weight be/a x", "set weight be/none 3", "disable frontend none",
                    "add server be/b", "del server be/none", "set maxconn global x"):
        assert say(p, command), command
    for command in ("show stat", "get weight be/none", "set timeout cli x", "help", "no such",
                    "show servers state none"):
        assert say(p, command) is not None
    assert "registered" in say(p, "add server be/b 127.0.0.1:9")
    assert say(p, "add server be/c 127.0.0.1:9 no-such-word")
    eq(counts(p), {("socket", "applied"): 4, ("socket", "refused"): 7})
    low = start(text=TEXT.replace("level admin", "level operator"))
    assert "Permission denied" in say(low, "set weight be/a 3")
    eq(counts(low), {("socket", "refused"): 1})


@test("the classic page's form counts by server", only="sluice")
def _():
    p = start()

    def form(text, **fields):
        answer = post(p, "/classic", text, "application/x-www-form-urlencoded", **fields)
        return answer.get("location").split("st=")[1]
    eq(form(b"s=a&action=maint&b=be"), "DONE")
    eq(form(b"s=a&s=none&action=ready&b=be"), "PART")
    eq(form(b"s=none&action=ready&b=be"), "ERRP")
    eq(form(b"s=a&action=maint&b=be", origin="http://evil.example"), "DENY")
    eq(counts(p), {("form", "applied"): 2, ("form", "refused"): 3})


@test("reloads count where they were asked for", only="sluice")
def _():
    p = start()
    eq(say(p, "reload").split("\n")[0], "Success=1")
    p.send(signal.SIGUSR2)
    wait_for(lambda: counts(p) == {("reload", "applied"): 2}, "the reload", 20)
    eq(post(p, "/api/config/reload", {}).status, 200)
    p.rewrite(TEXT.replace("backend be", "backnd be"), hash=HASH, more="")
    eq(say(p, "reload").split("\n")[0], "Success=0")
    eq(post(p, "/api/config/reload", {}).status, 422)
    eq(counts(p), {("reload", "applied"): 2, ("reload", "refused"): 1,
                   ("rest", "applied"): 1, ("rest", "refused"): 1})
    eq(scrape(p).get("sluice_reloads_failed_total"), 1)


class Agent:
    """Says its word to whoever connects."""

    def __init__(self, word):
        self.word = word
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            with conn:
                conn.sendall(self.word.encode() + b"\n")


@test("what an agent says counts when it is news", only="sluice")
def _():
    agent = Agent("50%")
    p = start(more=f"agent-check agent-port {agent.port} agent-inter 100ms")
    wait_for(lambda: counts(p) == {("agent", "applied"): 1}, "the agent's word", 30)
    agent.word = "drain"
    wait_for(lambda: counts(p) == {("agent", "applied"): 2}, "another word", 30)


@test("a change that nobody confirmed is set back by the process itself", only="sluice")
def _():
    p = start()
    done = change(p, {**WEIGHT, "expires": 1})
    eq(done.status, 200)
    eq(post(p, f"/api/changes/{json.loads(done.body)['id']}/confirm", {}).status, 200)
    eq(counts(p), {("rest", "applied"): 1})


@test("passwords are right, wrong, or known from a moment ago", only="sluice")
def _():
    p = start()

    def login(password):
        basic = base64.b64encode(f"olga:{password}".encode()).decode()
        return get(p.web, "/", [("authorization", "Basic " + basic)]).status

    def checks():
        return {dict(labels)["result"]: int(value) for labels, value in
                scrape(p).all("sluice_password_checks_total").items()}
    eq(checks(), {"right": 0, "wrong": 0, "remembered": 0, "refused": 0})
    eq([login(word) for word in ("elgato", "elgato", "guess", "guess")], [200, 200, 401, 401])
    eq(checks(), {"right": 1, "wrong": 2, "remembered": 1, "refused": 0})
    eq(scrape(p).get("sluice_password_checks_waiting"), 0)


@test("scope and metrics choose them as any other", only="sluice")
def _():
    p = start()
    names = {"sluice_changes_total", "sluice_password_checks_total",
             "sluice_password_checks_waiting"}
    eq(names & set(scrape(p).types), names)
    eq(names & set(scrape(p, "?scope=frontend").types), set())
    eq(names & set(scrape(p, "?scope=global").types), names)
    eq(set(scrape(p, "?metrics=sluice_changes_total").types), {"sluice_changes_total"})
    left = names & set(scrape(p, "?metrics=-sluice_changes_total").types)
    eq(left, names - {"sluice_changes_total"})


@test("promtool finds nothing to say about them", only="sluice")
def _():
    promtool = shutil.which("promtool")
    if promtool is None:
        return
    p = start()
    page = "\n".join(line for line in get(p.fe, "/metrics").body.decode().split("\n")
                     if "sluice_changes" in line or "sluice_password" in line) + "\n"
    done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True,
                          text=True, timeout=60, check=False, env=dict(os.environ))
    eq((done.returncode, done.stderr), (0, ""), page)


if __name__ == "__main__":
    main()
