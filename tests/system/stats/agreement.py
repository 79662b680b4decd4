# labels: quick
"""CSV, typed, JSON, the page and Prometheus show the same numbers at a quiet moment."""
import csv
import io
import json
import os
import re
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from traffic_rig import COLUMNS, METRICS, MILLISECONDS, Page

TEXT = """global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
listen admin
    bind 127.0.0.1:@st@
    stats enable
    stats uri /
    stats show-legends
frontend fe
    bind 127.0.0.1:@fe@ name web maxconn 70
    option socket-stats
    http-request deny if { path /deny }
    use_backend none if { path /none }
    default_backend be
backend be
    option httpchk GET /check
    cookie SRV insert
    server a @a@ check inter 1h weight 5 maxconn 1000 maxqueue 9 cookie "c<a"
    server b @a@ backup
    server c @a@ disabled
backend none
    retries 1
    server gone 127.0.0.1:@gone@
"""
# These go on with time; two readings may be a second apart or, for rates, some.
MOVING = {"lastchg", "lastsess", "downtime"}

KINDS = {"0": "frontend", "1": "backend", "2": "server", "3": "listener"}


def rows_of(text):
    assert text.startswith("# pxname,"), text[:50]
    return {(row["pxname"], row["svname"]): row
            for row in csv.DictReader(io.StringIO(text.removeprefix("# ")))
            if row["pxname"] != "admin"}


def busy():
    """A proxy after traffic of many kinds, quiet by now, and its rows."""
    a = Origin(lambda conn, r: respond(404 if r.target == "/404" else 200, "x" * 1500)(conn, r))
    p = proxy(TEXT, a=a, gone=free_port())
    wait_for(lambda: rows_of(say(p, "show stat"))["be", "a"]["check_status"] == "L7OK", "the check")
    kept = Client(p.fe)
    for path in ("/", "/404", "/", "/deny"):
        kept.get(path)
    kept.close()
    response_of(p.fe, b"garbage\r\n\r\n")
    eq(get(p.fe, "/none").status, 503)
    return p, wait_for(lambda: quiet(p), "nothing to move any more")


def quiet(p):
    first, second = ({key: {field: value for field, value in row.items() if field not in MOVING}
                      for key, row in rows_of(say(p, "show stat")).items()} for _ in range(2))
    still = all(row["scur"] == "0" and row["rate"] in ("", "0") and row["req_rate"] in ("", "0") and
                row["conn_rate"] in ("", "0") for row in second.values())
    return rows_of(say(p, "show stat")) if still and first == second else None


def agree(field, one, other, where):
    """Two readings of a field; a moving one may have moved on."""
    if field in MOVING and one and other:
        assert abs(float(one) - float(other)) <= 5, f"{where} {field}: {one}, {other}"
    else:
        eq(one, other, f"{where} {field}")


@test("the page's CSV is the socket's", only="sluice")
def _():
    p, rows = busy()
    page = rows_of(get(p.st, "/;csv").body.decode())
    eq(list(page), list(rows))
    for key, row in rows.items():
        for field, value in row.items():
            if field:
                agree(field, page[key][field], value, key)
    assert rows["be", "a"]["hrsp_4xx"] == "1" and rows["fe", "FRONTEND"]["dreq"] == "1"


@test("typed and JSON have every field of the CSV that is not empty, and no other", only="sluice")
def _():
    p, rows = busy()
    by_number = {(row["iid"], row["sid"], row["type"]): key for key, row in rows.items()}
    header = [name for name in next(iter(rows.values())) if name]
    typed = {}
    for line in say(p, "show stat typed").splitlines():
        if not line:
            continue
        place, tags, kind, value = line.split(":", 3)
        letter, iid, sid, position, name, process = place.split(".")
        eq((header[int(position)], process, len(tags)), (name, "1", 3))
        key = by_number.get((iid, sid, str("FBSL".index(letter))))
        typed.setdefault(key, {})[name] = value
    listed = {}
    for row in json.loads(say(p, "show stat json")):
        for item in row:
            kind = ["Frontend", "Backend", "Server", "Listener"].index(item["objType"])
            key = by_number.get((str(item["proxyId"]), str(item["id"]), str(kind)))
            name = item["field"]["name"]
            eq(header[item["field"]["pos"]], name)
            listed.setdefault(key, {})[name] = str(item["value"]["value"])
    for form in (typed, listed):
        for key, row in rows.items():
            # A text may be empty there, and is shown all the same.
            eq({field for field, value in row.items() if field and value},
               {field for field, value in form[key].items() if value})
            for field, value in form[key].items():
                agree(field, value, row[field], key)


@test("the page's cells are the CSV's fields", only="sluice")
def _():
    p, rows = busy()
    page = Page(get(p.st, "/").body.decode()).rows
    for (proxy_name, name), row in rows.items():
        shown = page[proxy_name, name]
        cells = dict(zip(COLUMNS, shown[1:]))
        for field, cell in cells.items():
            wanted = row[field]
            if field == "lastsess":
                eq(cell == "?", wanted == "-1")
            elif field in ("qlimit", "rate_lim", "slim") and wanted in ("", "0"):
                assert cell in ("-", ""), (name, field, cell)
            else:
                eq(cell, wanted, f"{proxy_name}/{name} {field}")
        status = shown[1 + len(COLUMNS)]
        assert status.endswith(row["status"]), (status, row["status"])
        if row["type"] in "12":
            eq(shown[3 + len(COLUMNS)], f"{row['weight']}/{row['uweight']}")


@test("every metric is the CSV's field, in seconds where that has milliseconds", only="sluice")
def _():
    p, rows = busy()
    metrics = Metrics(get(p.st, "/metrics").body.decode())
    for (proxy_name, name), row in rows.items():
        kind = KINDS[row["type"]]
        labels = {"proxy": proxy_name}
        if kind in ("server", "listener"):
            labels[kind] = name
        for table, scale in ((METRICS, 1), (MILLISECONDS, 1000)):
            for field, suffix in table.items():
                metric = f"haproxy_{kind}_{suffix}"
                found = metrics.get(metric, **labels)
                if row[field] == "" or metric not in metrics.types:
                    assert found is None or found != found, (metric, labels, found)
                    continue
                wanted = int(row[field]) / scale
                agree(field, found, wanted, metric)
        for index in ("1xx", "2xx", "3xx", "4xx", "5xx", "other"):
            if row[f"hrsp_{index}"] != "":
                eq(metrics.get(f"haproxy_{kind}_http_responses_total", code=index, **labels),
                   int(row[f"hrsp_{index}"]), f"{labels} {index}")
        states = {dict(key)["state"] for key, value in metrics.all(f"haproxy_{kind}_status").items()
                  if value == 1 and labels.items() <= dict(key).items()}
        wanted = {"no check": "UP", "OPEN": "UP"}.get(row["status"], row["status"])
        eq(states, {row["status"] if kind == "listener" else wanted})
        if row["check_status"]:
            eq(metrics.get("haproxy_server_check_status", state=row["check_status"], **labels), 1)


@test("show info and the metrics of the process are one", only="sluice")
def _():
    p, _ = busy()
    text = dict(line.split(": ", 1) for line in say(p, "show info").splitlines() if ": " in line)
    listed = {item["field"]["name"]: item["value"]["value"] for item in
              json.loads(say(p, "show info json"))}
    typed = {}
    for line in say(p, "show info typed").splitlines():
        place, _, _, value = line.split(":", 3)
        typed[place.split(".")[1]] = value
    moving = {"Uptime", "Uptime_sec", "CurrConns", "CumConns", "CumReq", "Jobs"}
    for name in set(listed) - moving:
        eq((typed[name], text[name]), (str(listed[name]), str(listed[name])), name)
    metrics = Metrics(get(p.st, "/metrics").body.decode())
    for name, suffix in {"Nbthread": "nbthread", "Maxconn": "max_connections",
                         "Ulimit-n": "max_fds", "Listeners": "listeners",
                         "MaxConnRate": "max_connection_rate", "Stopping": "stopping",
                         "Start_time_sec": "start_time_seconds"}.items():
        eq(metrics.get(f"haproxy_process_{suffix}"), listed[name], name)
    assert abs(metrics.get("haproxy_process_connections_total") - int(listed["CumConns"])) <= 3
    assert re.fullmatch(r"\d+\.\d+\.\d+", listed["Version"])


if __name__ == "__main__":
    main()
