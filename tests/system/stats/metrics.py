# labels: quick
"""Prometheus: HAProxy's names, types and labels, and Sluice's own (docs/metrics.md)."""
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness import wire

TEXT = """global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    http-request use-service prometheus-exporter if { path /metrics }
    http-request deny if { path /deny }
    option socket-stats
    use_backend none if { path /none }
    default_backend be
backend be
    option httpchk GET /check
    server a @a@ check inter 1s
    server b @b@ disabled
backend none
    server x 127.0.0.1:1 disabled
"""
LISTENER = """
listen admin
    bind 127.0.0.1:@st@
    stats enable
    stats uri /
    stats auth joe:secret
"""
JOE = [("Authorization", "Basic am9lOnNlY3JldA==")]
# What HAProxy exports of things that Sluice has not.
WITHOUT = {"haproxy_sticktable_size", "haproxy_sticktable_used", "haproxy_sticktable_local_updates"}


def start(text=TEXT, kind=proxy, **more):
    return kind(text, **{"a": Origin(name="a"), "b": Origin(name="b"), **more})


def checked(p):
    """Waits for the first result of a's check."""
    wait_for(lambda: scrape(p).get("haproxy_server_check_status", proxy="be", server="a",
                                   state="L7OK") == 1, "a's check to pass")


def scrape(p, query="", port=None):
    answer = get(port or p.fe, "/metrics" + query)
    eq((answer.status, answer.get("content-type")), (200, "text/plain; version=0.0.4"))
    return Metrics(answer.body.decode())


@test("every family that haproxy's exporter has is there, with its type and its labels",
      only="sluice")
def _():
    theirs, ours = start(kind=HAProxy), start(kind=Sluice)
    for p in (theirs, ours):
        checked(p)
        get(p.fe)
    wanted, found = scrape(theirs).shapes(), scrape(ours).shapes()
    for name, (kind, labels) in wanted.items():
        assert name in found, f"{name} is missing"
        eq(found[name], (kind, labels), name)


@test("every name of haproxy 2.6 and 3.5 is there where its thing is", only="sluice")
def _():
    text = TEXT + """
resolvers dns
    nameserver n 127.0.0.1:@dns@
"""
    agent = "check inter 1s slowstart 1s agent-check agent-port @agent@ agent-inter 1s"
    p = start(text.replace("check inter 1s", agent), agent=Origin().port)
    checked(p)
    wait_for(lambda: scrape(p).all("haproxy_server_agent_duration_seconds"), "the agent's answer")
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "metric_names.txt"),
              encoding="ascii") as f:
        names = set(f.read().split())
    found = set(scrape(p).types)
    # Without an agent's code there is none; Sluice's agent has no such number.
    eq(names - found - WITHOUT, {"haproxy_server_agent_code"})


@test("the exporter answers where a rule says so, and only there")
def _():
    p = start(TEXT.replace("{ path /metrics }", "{ path /metrics } { hdr(x-scrape) yes }"))
    eq(get(p.fe, "/metrics").body, b"a")
    eq(get(p.fe, "/metrics", [("X-Scrape", "yes")]).get("content-type"),
       "text/plain; version=0.0.4")


@test("on a stats listener /metrics asks for the login, health paths do not", only="sluice")
def _():
    p = start(TEXT + LISTENER)
    eq([get(p.st, path).status for path in ("/metrics", "/healthz", "/readyz", "/")],
       [401, 200, 200, 401])
    eq(get(p.st, "/metrics", JOE).status, 200)
    p.send(signal.SIGUSR1)


@test("scope chooses, an empty one drops those before, an unknown one is 400")
def _():
    p = start()

    def scopes(query):
        return {name.split("_")[1] for name in scrape(p, query).types
                if name.startswith("haproxy_")} - {"resolver"}
    eq(scopes(""), {"process", "frontend", "listener", "backend", "server"})
    eq(scopes("?scope=server"), {"server"})
    eq(scopes("?scope=global&scope=frontend"), {"process", "frontend"})
    eq(scopes("?scope=server&scope=&scope=backend"), {"backend"})
    eq(get(p.fe, "/metrics?scope=nonsense").status, 400)


@test("no-maint leaves out servers in maintenance")
def _():
    p = start()

    def servers(query):
        return {dict(labels)["server"] for labels in scrape(p, query).all("haproxy_server_status")}
    eq(servers(""), {"a", "b", "x"})
    eq(servers("?no-maint"), {"a"})


@test("metrics chooses and leaves out by name, desc-labels adds descriptions, others are 405",
      only="sluice")
def _():
    p = start(TEXT.replace("frontend fe", "frontend fe\n    description all of it"))
    eq(set(scrape(p, "?metrics=haproxy_server_status,haproxy_process_jobs").types),
       {"haproxy_server_status", "haproxy_process_jobs"})
    assert "haproxy_server_status" not in scrape(p, "?metrics=-haproxy_server_status").types
    eq(scrape(p, "?desc-labels").get("haproxy_frontend_sessions_total", proxy="fe",
                                     desc="all of it") is not None, True)
    eq(get(p.fe, "/metrics", method="DELETE").status, 405)
    answer = get(p.fe, "/metrics", method="HEAD")
    eq((answer.status, answer.body), (200, b""))


@test("drains are chosen by metrics, scope and no-maint as any other", only="sluice")
def _():
    p = start()
    held, safe = "sluice_server_drain_held", "sluice_server_safe_to_stop"
    say(p, "set server be/a state drain")
    wait_for(lambda: scrape(p).get(safe, proxy="be", server="a") == 1, "the drain")

    def drains(query):
        return {name for name in scrape(p, query).types if name in (held, safe)}
    eq(drains(""), {held, safe})
    eq(set(scrape(p, f"?metrics={held}").types), {held})
    eq(set(scrape(p, f"?metrics={safe}").types), {safe})
    eq(drains(f"?metrics=-{safe}"), {held})
    eq(drains(f"?metrics=-{held}"), {safe})
    eq(drains("?scope=backend"), set())
    eq({dict(labels)["server"] for labels in scrape(p).all(safe)}, {"a", "b", "x"})
    eq({dict(labels)["server"] for labels in scrape(p, "?no-maint").all(safe)}, {"a"})


def timed(p, server, backend="be"):
    """Buckets, sum and count of a histogram by server; None without."""
    metrics = scrape(p)
    name = "sluice_request_duration_seconds"
    count = metrics.get(name + "_count", proxy=backend, server=server)
    if count is None:
        return None
    buckets = {dict(labels)["le"]: value for labels, value in metrics.all(name + "_bucket").items()
               if dict(labels)["proxy"] == backend and dict(labels)["server"] == server}
    values = list(buckets.values())
    eq(values, sorted(values))
    eq(buckets["+Inf"], count)
    return buckets, metrics.get(name + "_sum", proxy=backend, server=server), count


@test("a page of any length goes in chunks of 64 KiB, to a client that reads slowly too",
      only="sluice")
def _():
    names = [f"s{i}" for i in range(400)]
    servers = "".join(f"    server {name} 127.0.0.1:1\n" for name in names)
    p = start(TEXT + "backend many\n" + servers)
    for at in range(0, len(names), 50):  # what drains comes at the end of the page, in pieces too
        say(p, ";".join(f"set server many/{name} state drain" for name in names[at:at + 50]))
    safe = "sluice_server_safe_to_stop"
    wait_for(lambda: scrape(p).get(safe, proxy="many", server=names[-1]) == 1, "the last drain")
    client = Client(p.fe, connect=False)
    client.sock = socket.socket()
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # the proxy is held up
    client.sock.connect(("127.0.0.1", p.fe))
    client.reader = wire.Reader(client.sock)
    answer = client.get("/metrics")
    eq((answer.status, answer.framing), (200, "chunked"))
    chunks, at = [], 0
    while at < len(answer.raw_body):
        end = answer.raw_body.index(b"\r\n", at)
        chunks.append(int(answer.raw_body[at:end], 16))
        at = end + 2 + chunks[-1] + 2
    assert chunks[-1] == 0 and len(chunks) > 20, chunks
    assert max(chunks) < 65_536 + 4_096, chunks
    # The last piece of what is sampled and that of what drains are what was left.
    eq(len([size for size in chunks if size < 65_536]), 3, chunks)
    metrics = Metrics(answer.body.decode())
    for name in names:
        eq(metrics.get("haproxy_server_status", proxy="many", server=name, state="DRAIN"), 1)
        eq(metrics.get(safe, proxy="many", server=name), 1)


@test("durations are counted by the server that was asked, a slow one where it belongs",
      only="sluice")
def _():
    gate = Gate()
    slow = respond(200, "late", before=gate)
    a = Origin(lambda conn, r: (slow if r.target == "/slow" else respond(200, "a"))(conn, r))
    p = start(a=a)
    eq(timed(p, "a"), None)
    for _ in range(9):
        get(p.fe)
    buckets, total, count = wait_for(lambda: timed(p, "a"), "a histogram")
    client = Client(p.fe).request(path="/slow")
    gate.wait_reached()
    begun = scrape(p).get("haproxy_process_uptime_seconds")
    wait_for(lambda: scrape(p).get("haproxy_process_uptime_seconds") > begun + 1, "a second")
    gate.open()
    client.response()
    later, total, count = wait_for(lambda: timed(p, "a")[2] == 10 and timed(p, "a"), "the tenth")
    assert later["1"] <= 9 and later["60"] == 10 and 1 < total < 60, (later, total)
    eq(timed(p, "b"), None)


@test("what reached no server is counted apart, and a frontend counts all", only="sluice")
def _():
    p = start()
    eq((get(p.fe).status, get(p.fe, "/none").status, get(p.fe, "/deny").status), (200, 503, 403))
    wait_for(lambda: timed(p, "<NOSRV>", "none"), "the 503 to be timed")
    eq((timed(p, "<NOSRV>", "none")[2], timed(p, "a")[2]), (1, 1))
    frontend = scrape(p).get("sluice_frontend_request_duration_seconds_count", proxy="fe")
    # Those three, and scrapes that were answered before.
    assert frontend >= 4, frontend


@test("a tunnel is timed until it is open", only="sluice")
def _():
    p = start(TEXT.replace("check inter 1s", ""), a=Origin(upgrade_echo()))
    asked = time.monotonic()
    client = Client(p.fe).request(headers=WEBSOCKET)
    eq(client.head().start_line.split()[1], "101")
    opened = time.monotonic() - asked
    begun = scrape(p).get("haproxy_process_uptime_seconds")
    wait_for(lambda: scrape(p).get("haproxy_process_uptime_seconds") > begun + 2, "two seconds")
    client.close()
    _, total, count = wait_for(lambda: timed(p, "a"), "the tunnel to end")
    eq(count, 1)
    assert total <= opened, (total, opened)


@test("clear counters all clears durations too", only="sluice")
def _():
    p = start()
    get(p.fe)
    wait_for(lambda: timed(p, "a"), "a histogram")
    say(p, "clear counters all")
    eq(timed(p, "a"), None)
    get(p.fe)
    eq(wait_for(lambda: timed(p, "a"), "a histogram")[2], 1)


@test("process_* tells of memory, time and descriptors", only="sluice")
def _():
    p = start()
    metrics = scrape(p)
    eq(metrics.types["process_cpu_seconds_total"], "counter")
    for name in ("process_resident_memory_bytes", "process_virtual_memory_bytes",
                 "process_cpu_seconds_total", "process_max_fds", "process_open_fds"):
        assert metrics.get(name) > 0, name
    assert abs(metrics.get("process_start_time_seconds") - os.stat(p.path).st_mtime) < 60
    before = metrics.get("process_open_fds")
    clients = [Client(p.fe) for _ in range(20)]
    wait_for(lambda: scrape(p).get("process_open_fds") >= before + 20, "20 more descriptors")
    for client in clients:
        client.close()


@test("a reload's result and time are metrics, and none before the first", only="sluice")
def _():
    p = start()
    name = "sluice_last_reload_success"
    eq((scrape(p).get(name), scrape(p).get("sluice_reloads_total")), (None, 0))
    say(p, "reload")
    wait_for(lambda: scrape(p).get(name) == 1, "the reload")
    assert scrape(p).get("sluice_last_reload_timestamp_seconds") >= os.stat(p.path).st_mtime - 1
    p.rewrite("nonsense\n")
    say(p, "reload")
    eq((scrape(p).get(name), scrape(p).get("sluice_reloads_failed_total")), (0, 1))
    assert scrape(p).all("sluice_build_info")


@test("promtool finds nothing but HAProxy's own names", only="sluice")
def _():
    p = start()
    get(p.fe)
    wait_for(lambda: timed(p, "a"), "a histogram")
    page = get(p.fe, "/metrics").body
    found = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True,
                           timeout=60, check=False)
    lines = (found.stdout + found.stderr).decode().splitlines()
    assert [line for line in lines if not line.startswith("haproxy_")] == [], lines


@test("a real Prometheus scrapes it", only="sluice")
def _():
    p = start()
    get(p.fe)
    folder, port = scratch(), free_port()
    with open(f"{folder}/prometheus.yml", "w", encoding="ascii") as f:
        f.write(f"""
scrape_configs:
  - job_name: sluice
    scrape_interval: 1s
    static_configs: [{{targets: ['127.0.0.1:{p.fe}']}}]
""")
    child = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "--", "prometheus",
         f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cleanup(lambda: (child.kill(), child.wait()))
    query = "/api/v1/query?query=sluice_request_duration_seconds_count"

    def scraped():
        try:
            return b'"server":"a"' in get(port, query).body
        except OSError:
            return False
    wait_for(scraped, "Prometheus to have scraped", seconds=60)
    assert b'"value":[' in get(port, "/api/v1/query?query=up==1").body


if __name__ == "__main__":
    main()
