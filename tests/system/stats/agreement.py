# labels: quick
"""CSV, typed, JSON, the page and Prometheus show the same numbers at a quiet moment."""
import csv
import io
import json
import re
import sys
from html.parser import HTMLParser

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

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

# The page's columns of numbers, by their fields.
COLUMNS = ["qcur", "qmax", "qlimit", "rate", "rate_max", "rate_lim", "scur", "smax", "slim", "stot",
           "lbtot", "lastsess", "bin", "bout", "dreq", "dresp", "ereq", "econ", "eresp", "wretr",
           "wredis"]

# Prometheus' suffix for each field that is one number; seconds where the field has milliseconds.
METRICS = {
    "qcur": "current_queue", "qmax": "max_queue",
    "scur": "current_sessions", "smax": "max_sessions",
    "slim": "limit_sessions", "stot": "sessions_total", "bin": "bytes_in_total",
    "bout": "bytes_out_total", "dreq": "requests_denied_total", "dresp": "responses_denied_total",
    "ereq": "request_errors_total", "econ": "connection_errors_total",
    "eresp": "response_errors_total", "wretr": "retry_warnings_total",
    "wredis": "redispatch_warnings_total", "weight": "weight", "chkfail": "check_failures_total",
    "chkdown": "check_up_down_total", "lastchg": "check_last_change_seconds",
    "downtime": "downtime_seconds_total", "qlimit": "queue_limit", "throttle": "current_throttle",
    "lbtot": "loadbalanced_total", "rate_lim": "limit_session_rate", "rate_max": "max_session_rate",
    "check_code": "check_code", "req_rate_max": "http_requests_rate_max",
    "req_tot": "http_requests_total", "cli_abrt": "client_aborts_total",
    "srv_abrt": "server_aborts_total", "comp_in": "http_comp_bytes_in_total",
    "comp_out": "http_comp_bytes_out_total", "comp_byp": "http_comp_bytes_bypassed_total",
    "comp_rsp": "http_comp_responses_total", "lastsess": "last_session_seconds",
    "conn_rate_max": "connections_rate_max", "conn_tot": "connections_total",
    "intercepted": "intercepted_requests_total", "dcon": "denied_connections_total",
    "dses": "denied_sessions_total", "wrew": "failed_header_rewriting_total",
    "connect": "connection_attempts_total", "reuse": "connection_reuses_total",
    "cache_lookups": "http_cache_lookups_total", "cache_hits": "http_cache_hits_total",
    "srv_icur": "idle_connections_current", "src_ilim": "idle_connections_limit",
    "eint": "internal_errors_total", "idle_conn_cur": "unsafe_idle_connections_current",
    "safe_conn_cur": "safe_idle_connections_current", "used_conn_cur": "used_connections_current",
    "need_conn_est": "need_connections_current", "uweight": "uweight",
    "cache_hint_hits": "http_cache_hint_hits_total",
}
MILLISECONDS = {
    "check_duration": "check_duration_seconds", "qtime": "queue_time_average_seconds",
    "ctime": "connect_time_average_seconds", "rtime": "response_time_average_seconds",
    "ttime": "total_time_average_seconds", "qtime_max": "max_queue_time_seconds",
    "ctime_max": "max_connect_time_seconds", "rtime_max": "max_response_time_seconds",
    "ttime_max": "max_total_time_seconds",
}
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
    first, second = (rows_of(say(p, "show stat")) for _ in range(2))
    still = all(row["scur"] == "0" and row["rate"] in ("", "0") and row["req_rate"] in ("", "0") and
                row["conn_rate"] in ("", "0") for row in second.values())
    return second if still and first == second else None


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


class Page(HTMLParser):
    """The cells of every row that has a name: by proxy and name, its texts without tips."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.cell, self.hidden = {}, None, 0
        self.row = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "tr":
            self.row, self.name = [], None
        elif tag in ("td", "th"):
            self.cell = ""
        elif tag == "span" and "tips" in attrs.get("class", ""):
            self.hidden += 1
        elif tag == "a" and attrs.get("class") == "lfsb" and "id" in attrs:
            self.name = tuple(attrs["id"].split("/", 1))

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.cell is not None:
            self.row.append(self.cell.replace("\u2009", ""))
            self.cell = None
        elif tag == "span" and self.hidden:
            self.hidden -= 1
        elif tag == "tr" and self.name:
            self.rows[self.name] = self.row

    def handle_data(self, data):
        if self.cell is not None and not self.hidden:
            self.cell += data


@test("the page's cells are the CSV's fields", only="sluice")
def _():
    p, rows = busy()
    page = Page(get(p.st, "/").body.decode()).rows
    for (proxy_name, name), row in rows.items():
        shown = page[proxy_name, {"FRONTEND": "Frontend", "BACKEND": "Backend"}.get(name, name)]
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
