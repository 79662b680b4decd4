"""The same traffic through Sluice and through haproxy, what each field of the statistics is then
expected to be, and where the page and the metrics have it."""
import csv
import io
from html.parser import HTMLParser

from harness import *

TEXT = """global
    stats socket @dir@/admin.sock mode 600 level admin
    maxconn 500
    nbthread 1
""" + DEFAULTS.replace("mode http", "mode http\n    option abortonclose") + """
frontend fe
    bind 127.0.0.1:@fe@ name web
    bind 127.0.0.1:@guarded@ name guarded
    id 7
    maxconn 50
    rate-limit sessions 1000
    option socket-stats
    tcp-request connection reject if { dst_port @guarded@ } { src 127.0.0.2 }
    tcp-request session reject if { dst_port @guarded@ } { src 127.0.0.3 }
    http-request deny if { path /deny }
    http-request redirect location / if { path /away }
    use_backend refusing if { path /refused }
    use_backend dead if { path /dead }
    use_backend narrow if { path /narrow }
    default_backend be
backend be
    option httpchk GET /check
    retries 0
    http-request deny if { path /no }
    cookie SRV insert
    http-response deny if { status 299 }
    server a @a@ check inter 1h cookie ca weight 5 maxconn 100 maxqueue 9 id 33
    server spare 127.0.0.1:1 backup disabled weight 3
backend refusing
    retries 2
    option redispatch
    balance roundrobin
    server gone 127.0.0.1:@gone@ weight 256
    server there @a@ weight 1
backend dead
    server x 127.0.0.1:1 disabled
backend narrow
    timeout queue 9s
    server one @slow@ maxconn 1
listen watch
    bind 127.0.0.1:@watch@
    http-request use-service prometheus-exporter if { path /metrics }
    stats enable
    stats uri /
listen relay
    mode tcp
    bind 127.0.0.1:@relay@
    server t @a@ track be/a
"""

# By field: what provokes it in traffic(), and the relation of Sluice's value to haproxy's:
# "same"; "least": at least it, as requests may overlap; "number": both are numbers, of time or of
# load; "size": both count bytes, haproxy those of its own form of a message; "own": said beside it.
AUDIT = {
    "pxname": ("every section", "same"), "svname": ("every server and bind line", "same"),
    "qcur": ("none waits at the end", "same"), "qmax": ("/narrow, twice at once", "same"),
    "scur": ("none is left at the end", "same"), "smax": ("/narrow, twice at once", "least"),
    "slim": ("maxconn 50, maxconn 100, fullconn", "same"), "stot": ("every request", "same"),
    "bin": ("every request", "size"), "bout": ("every response", "size"),
    "dreq": ("/deny, and /no of the backend", "same"), "dresp": ("/299", "same"),
    "ereq": ("garbage", "same"),
    "econ": ("/refused", "same"), "eresp": ("/broken", "same"), "wretr": ("/refused", "same"),
    "wredis": ("/refused", "same"), "status": ("servers up, unchecked, in MAINT", "same"),
    "weight": ("weight 5 and 3", "same"), "act": ("an active server", "same"),
    "bck": ("a backup", "same"), "chkfail": ("a check that passes", "same"),
    "chkdown": ("a check that passes", "same"), "lastchg": ("the start", "number"),
    "downtime": ("the start", "number"), "qlimit": ("maxqueue 9", "same"),
    "pid": ("the process", "same"), "iid": ("id 7, and by order", "same"),
    "sid": ("id 33, and by order", "same"), "throttle": ("no slowstart", "same"),
    "lbtot": ("every request that was balanced", "same"), "tracked": ("track be/a", "same"),
    "type": ("every row", "same"), "rate": ("recent requests", "number"),
    "rate_lim": ("rate-limit sessions", "same"), "rate_max": ("requests", "number"),
    "check_status": ("a's check", "same"), "check_code": ("a's check", "same"),
    "check_duration": ("a's check", "number"), "hrsp_1xx": ("/103", "same"),
    "hrsp_2xx": ("/", "same"), "hrsp_3xx": ("/away", "same"), "hrsp_4xx": ("/404, /deny", "same"),
    "hrsp_5xx": ("/dead", "same"), "hrsp_other": ("/600", "same"),
    "hanafail": ("no observe", "same"),
    "req_rate": ("recent requests", "number"), "req_rate_max": ("requests", "number"),
    "req_tot": ("every request", "same"), "cli_abrt": ("/never, whose client leaves", "same"),
    "srv_abrt": ("/cut", "same"), "comp_in": ("nothing is compressed", "same"),
    "comp_out": ("nothing is compressed", "same"), "comp_byp": ("nothing is compressed", "same"),
    "comp_rsp": ("nothing is compressed", "same"), "lastsess": ("the last request", "number"),
    "last_chk": ("a's check", "same"), "last_agt": ("no agent", "same"),
    "qtime": ("/narrow", "number"), "ctime": ("requests", "number"),
    "rtime": ("requests", "number"), "ttime": ("requests", "number"),
    "agent_status": ("no agent", "same"), "agent_code": ("no agent", "same"),
    "agent_duration": ("no agent", "same"), "check_desc": ("a's check", "same"),
    "agent_desc": ("no agent", "same"), "check_rise": ("a's check", "same"),
    "check_fall": ("a's check", "same"), "check_health": ("a's check", "same"),
    "agent_rise": ("no agent", "same"), "agent_fall": ("no agent", "same"),
    "agent_health": ("no agent", "same"), "addr": ("every server", "place"),
    "cookie": ("cookie SRV, ca", "same"), "mode": ("mode tcp and http", "same"),
    "algo": ("balance", "same"), "conn_rate": ("recent connections", "number"),
    "conn_rate_max": ("connections", "number"), "conn_tot": ("connections", "same"),
    "intercepted": ("/away", "same"), "dcon": ("127.0.0.2", "same"),
    "dses": ("127.0.0.3", "same"), "wrew": ("no rewrite that fails", "same"),
    "connect": ("requests", "same"), "reuse": ("a second request on one connection", "same"),
    "cache_lookups": ("no cache", "same"), "cache_hits": ("no cache", "same"),
    "srv_icur": ("idle connections", "number"), "src_ilim": ("no pool-max-conn", "same"),
    "qtime_max": ("/narrow", "number"), "ctime_max": ("requests", "number"),
    "rtime_max": ("requests", "number"), "ttime_max": ("requests", "number"),
    "eint": ("no error of its own", "same"), "idle_conn_cur": ("idle connections", "number"),
    "safe_conn_cur": ("idle connections", "number"), "used_conn_cur": ("none at the end", "same"),
    "need_conn_est": ("haproxy's estimate; Sluice makes none", "own"),
    "uweight": ("weight 5 and 3", "same"),
    "agg_server_check_status": ("a metric by state", "own"),
    "agg_server_status": ("a metric by state", "own"),
    "agg_check_status": ("a metric by state", "own"),
}


def answers(gate, never):
    """What the servers do, by path; two of them wait for their gates."""
    def cut(conn, _):
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        conn.close()

    def broken(conn, _):
        conn.send(b"nothing like HTTP\r\n\r\n")
        conn.close()
    table = {"/404": respond(404, "x"), "/299": respond(299, "x"), "/600": respond(600, "x"),
             "/cut": cut, "/broken": broken, "/103": informational(103),
             "/narrow": respond(200, "x", before=gate),
             "/never": respond(200, "x", before=never)}
    return lambda conn, r: table.get(r.target, respond(200, "ok"))(conn, r)


def rows(p):
    text = say(p, "show stat")
    return {(row["pxname"], row["svname"]): row
            for row in csv.DictReader(io.StringIO(text.removeprefix("# ")))}


def traffic(p, gate, never):
    """The same requests, one after the other, and two at once where a queue is wanted."""
    wait_for(lambda: rows(p)["be", "a"]["check_status"] == "L7OK", "a's check to pass")
    kept = Client(p.fe)
    for path in ("/", "/404", "/103", "/"):
        kept.get(path)
    kept.close()
    for path in ("/deny", "/no", "/away", "/299", "/600", "/refused", "/refused", "/dead",
                 "/broken"):
        get(p.fe, path)
    get(p.fe, "/", method="POST", body="x" * 1000)
    Client(p.fe).request("GET", "/cut").rest()
    gives_up = Client(p.fe).request("GET", "/never")
    never.wait_reached()
    gives_up.close()
    wait_for(lambda: rows(p)["be", "a"]["scur"] == "0", "the client's leaving")
    never.open()
    response_of(p.fe, b"garbage\r\n\r\n")
    for source in ("127.0.0.2", "127.0.0.3"):
        try:
            Client(p.guarded, source=source).send(b"x").rest()
        except OSError:
            pass
    first = Client(p.fe).request("GET", "/narrow")
    gate.wait_reached()
    second = Client(p.fe).request("GET", "/narrow")
    wait_for(lambda: rows(p)["narrow", "one"]["qcur"] == "1"
             or rows(p)["narrow", "BACKEND"]["qcur"] == "1", "the second to wait")
    gate.open()
    first.response(), second.response()
    first.close(), second.close()
    get(p.relay)
    wait_for(lambda: all(row["scur"] == "0" for row in rows(p).values()), "all to be gone")


def run(kind):
    """A program after the traffic."""
    gate, never = Gate(), Gate()
    gone = free_port()
    p = kind(TEXT, a=Origin(answers(gate, never)), slow=Origin(answers(gate, never)), gone=gone)
    traffic(p, gate, never)
    return p


def is_number(text):
    return text.lstrip("-").isdigit()


def judge(relation, ours, theirs):
    """Whether Sluice's value stands in the relation to haproxy's."""
    if relation == "same":
        return ours == theirs
    if relation == "size":
        return ours == theirs or (is_number(ours) and is_number(theirs) and
                                  abs(int(ours) - int(theirs)) <= 0.5 * max(int(theirs), 1) + 200)
    if relation == "least":  # who has just been answered may not have gone when the next comes
        return int(ours) >= int(theirs) > 0 or int(ours) == int(theirs)
    if relation == "place":
        return (":" in ours) == (":" in theirs)
    if relation == "number":
        return is_number(ours) == is_number(theirs)
    return relation == "own"


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


class Page(HTMLParser):
    """The cells of every row that has a name, without their tips: by proxy and name."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.cell, self.hidden, self.row = {}, None, None, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if self.hidden:
            return
        if tag == "tr":
            self.row, self.name = [], None
        elif tag in ("td", "th"):
            self.cell, self.width = "", int(attrs.get("colspan", 1))
        elif "tips" in attrs.get("class", ""):
            self.hidden = tag
        elif tag == "a" and "/" in (attrs.get("id") or attrs.get("name") or ""):
            proxy_name, name = (attrs.get("id") or attrs["name"]).split("/", 1)
            self.name = (proxy_name, {"Frontend": "FRONTEND", "Backend": "BACKEND"}.get(
                name, name.removeprefix("+")))

    def handle_endtag(self, tag):
        if self.hidden:
            self.hidden = None if tag == self.hidden else self.hidden
        elif tag in ("td", "th") and self.cell is not None:
            self.row += [self.cell.replace("\u2009", "").strip()] + [""] * (self.width - 1)
            self.cell = None
        elif tag == "tr" and self.name:
            self.rows[self.name] = self.row

    def handle_data(self, data):
        if self.cell is not None and not self.hidden:
            self.cell += data
