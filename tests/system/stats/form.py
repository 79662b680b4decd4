# labels: quick
"""Every action of the page's form, by all its names, and what the page's address may ask for
(management §9.1, manual §4.2 stats admin, stats scope, stats refresh)."""
import csv
import io
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = DEFAULTS + """
listen admin
    bind 127.0.0.1:@st@
    stats enable
    stats uri /
    stats refresh 7s
    stats admin if TRUE
frontend fe
    bind 127.0.0.1:@fe@
    default_backend shop
backend shop
    option httpchk GET /check
    server checked @a@ check inter 1h
    server plain @a@
    server follower @a@ track shop/checked
backend other
    server gone 127.0.0.1:1 disabled
"""


def start(a=None):
    p = proxy(TEXT, a=a or Origin(name="a"))
    wait_for(lambda: rows(p)["shop", "checked"]["check_status"] == "L7OK", "the check to pass")
    return p


def rows(p, options=""):
    text = get(p.st, "/;csv" + options).body.decode()
    return {(row["pxname"], row["svname"]): row
            for row in csv.DictReader(io.StringIO(text.removeprefix("# ")))}


def act(p, action, *servers):
    body = "".join(f"s={server}&" for server in servers) + f"action={action}&b=shop"
    answer = get(p.st, "/", [("Content-Type", "application/x-www-form-urlencoded")], "POST", body)
    eq(answer.status, 303)
    return answer.get("location").partition("st=")[2]


def becomes(p, server, status):
    """A server that comes back from maintenance is a failure short of DOWN: "UP 1/3"."""
    wait_for(lambda: rows(p)["shop", server]["status"].startswith(status),
             f"{server} to be {status}, not {rows(p)['shop', server]['status']}")


@test("ready, drain and maint set the state of each server that was chosen")
def _():
    p = start()
    for action, statuses in (("drain", ("DRAIN", "DRAIN")), ("maint", ("MAINT", "MAINT")),
                             ("ready", ("UP", "no check"))):
        eq(act(p, action, "checked", "plain"), "DONE")
        becomes(p, "checked", statuses[0])
        becomes(p, "plain", statuses[1])


@test("the names of old: disable and enable, stop and start")
def _():
    p = start()
    for action, status in (("disable", "MAINT"), ("enable", "no check"), ("stop", "DRAIN"),
                           ("start", "no check")):
        eq(act(p, action, "plain"), "DONE")
        becomes(p, "plain", status)


@test("hrunn, hnolb and hdown force the health that checks have found")
def _():
    p = start()
    for action, status in (("hdown", "DOWN"), ("hrunn", "UP"), ("hnolb", "NOLB"), ("hrunn", "UP")):
        eq(act(p, action, "checked"), "DONE")
        becomes(p, "checked", status)
    # Also where nothing is checked, and nothing will bring it back but this.
    for action, status in (("hdown", "DOWN"), ("hnolb", "NOLB"), ("hrunn", "no check")):
        eq(act(p, action, "plain"), "DONE")
        becomes(p, "plain", status)
    eq(act(p, "hdown", "nobody", "checked"), "PART")
    # One that follows another has no health of its own.
    assert act(p, "hdown", "follower") in ("ERRP", "NONE")


@test("dhlth stops the checks and ehlth starts them again")
def _():
    p = start()
    eq(act(p, "dhlth", "checked"), "DONE")
    becomes(p, "checked", "no check")
    eq(act(p, "ehlth", "checked"), "DONE")
    becomes(p, "checked", "UP")


@test("shutdown ends the sessions of a server, and no others")
def _():
    gate = Gate()
    slow = respond(200, "late", before=gate)
    a = Origin(lambda conn, r: (slow if r.target == "/slow" else respond(200, "a"))(conn, r))
    p = start(a)
    act(p, "maint", "checked")
    client = Client(p.fe).request("GET", "/slow")
    gate.wait_reached()
    eq(act(p, "shutdown", "checked"), "DONE")
    eq(rows(p)["shop", "plain"]["scur"], "1")
    eq(act(p, "shutdown", "plain"), "DONE")
    wait_for(lambda: rows(p)["shop", "plain"]["scur"] == "0", "the session to be gone")
    client.close()


@test("an unknown action or server does nothing, and says so")
def _():
    p = start()
    before = [row["status"] for row in rows(p).values()]
    eq((act(p, "nonsense", "plain"), act(p, "maint", "nobody"), act(p, "maint")),
       ("ERRP", "ERRP", "NONE"))
    eq([row["status"] for row in rows(p).values()], before)


@test("up hides servers that are down or in maintenance, no-maint the latter, scope other proxies")
def _():
    p = start()
    act(p, "hdown", "checked")
    becomes(p, "checked", "DOWN")

    def servers(options):
        return [name for (_, name), row in rows(p, options).items() if row["type"] == "2"]
    eq(servers(""), ["checked", "plain", "follower", "gone"])
    eq(servers(";up"), ["plain"])
    eq(servers(";no-maint"), ["checked", "plain", "follower"])
    eq({name for name, _ in rows(p, ";scope=sho")}, {"shop"})
    page = get(p.st, "/?scope=sho").body
    assert b"checked" in page and b"gone" not in page


@test("stats refresh is sent, unless norefresh is asked for")
def _():
    p = start()
    eq(get(p.st, "/").get("refresh"), "7")
    eq(get(p.st, "/;norefresh").get("refresh"), None)


if __name__ == "__main__":
    main()
