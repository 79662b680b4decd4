# labels: quick
"""option socket-stats: each bind line has a row of its own (manual §4.2)."""
import csv
import io
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = DEFAULTS + """
frontend fe
    bind 127.0.0.1:@first@
    bind 127.0.0.1:@second@ name second maxconn 7
    bind 127.0.0.1:@ninth@ id 9
    bind 127.0.0.1:@fourth@
    maxconn 50
    http-request deny if { path /deny }
    tcp-request content reject if { path /content }
    tcp-request connection reject if { dst_port @fourth@ }
    option socket-stats
    default_backend be
backend be
    server s @origin@
frontend seen
    bind 127.0.0.1:@seen@
    stats enable
    stats uri /
"""
ZERO = {"scur": "0", "smax": "1", "slim": "0", "stot": "1", "dreq": "0", "ereq": "0", "dcon": "0",
        "dses": "0", "status": "OPEN", "type": "3", "mode": "http"}


def rows(p):
    text = get(p.seen, "/;csv").body.decode().removeprefix("# ")
    return {row["svname"]: row for row in csv.DictReader(io.StringIO(text))
            if row["pxname"] == "fe"}


def shows(p, name, **wanted):
    """The row comes to have these values; those not named are as in ZERO."""
    wanted = {**ZERO, **wanted}
    wait_for(lambda: {key: rows(p)[name][key] for key in wanted} == wanted,
             f"{name} to show {wanted}, not {rows(p)[name]}")


@test("each bind line counts its own connections, bytes and refusals")
def _():
    p = proxy(TEXT, origin=Origin())
    for path in ("/", "/deny", "/content"):
        client = Client(p.second).request("GET", path)
        client.rest() if path == "/content" else client.response()
        client.close()
    response_of(p.first, b"garbage\r\n\r\n")
    kept = Client(p.ninth)
    eq(kept.get().status, 200)
    try:
        Client(p.fourth).rest()
    except ConnectionResetError:
        pass
    eq(list(rows(p)), ["FRONTEND", "sock-1", "second", "sock-9", "sock-4"])
    shows(p, "sock-1", ereq="1", sid="1")
    shows(p, "second", sid="2", slim="7", stot="3", dreq="2", smax=rows(p)["second"]["smax"])
    shows(p, "sock-9", sid="9", scur="1")
    shows(p, "sock-4", sid="4", dcon="1")
    total = rows(p)
    listeners = [row for name, row in total.items() if name != "FRONTEND"]
    for column in ("bin", "bout"):
        values = [int(row[column]) for row in listeners]
        eq(sum(values), int(total["FRONTEND"][column]))
        assert values[1] > values[2] > 0, values


@test("without the option bind lines have no rows")
def _():
    p = proxy(TEXT.replace("option socket-stats", "no option socket-stats"), origin=Origin())
    eq(list(rows(p)), ["FRONTEND"])


@test("clear counters clears their rows as well")
def _():
    p = proxy("""global
    stats socket @dir@/admin level admin
    log-tag x
""" + TEXT, origin=Origin())
    get(p.first)
    shows(p, "sock-1")
    Client(p.directory + "/admin").send("clear counters all\n").rest()
    shows(p, "sock-1", stot="0", smax="0")


if __name__ == "__main__":
    main()
