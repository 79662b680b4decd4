# labels: quick
"""The dashboard and the alerts of docker/observe: every metric and label value that they name is
one that /metrics has, and the files say what Grafana, Prometheus and compose expect of them."""
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = __file__.rsplit("/tests/", 1)[0]
sys.path.insert(0, ROOT + "/tests/support")
from harness import *

OBSERVE = os.path.join(ROOT, "docker/observe")
NAME = re.compile(r"\b(?:haproxy|sluice)_[a-z0-9_]+")
TEXT = """
global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
    maxconn 50
listen admin
    bind 127.0.0.1:@fe@
    stats enable
frontend web
    bind 127.0.0.1:@web@
    default_backend be
backend be
    option httpchk
    default-server check inter 100ms rise 1 fall 1
    server up @up@
    server down @down@
"""


def read(name):
    with open(os.path.join(OBSERVE, name), encoding="utf-8") as file:
        return file.read()


def dashboard():
    return json.loads(read("grafana/dashboards/sluice.json"))


def expressions():
    """Every query of the dashboard and every condition of the alerts."""
    board = dashboard()
    found = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    found += [variable["query"] for variable in board["templating"]["list"]]
    text = re.sub(r"\n {10}(?=\S)", " ", read("alerts.yml"))  # a folded condition's later lines
    found += re.findall(r"^ +expr: (.*)$", text, re.M)
    return found


def scrape():
    """A proxy with some of everything: traffic, a server that is down, one that is taken out."""
    origin = Origin(name="up")
    p = proxy(TEXT, up=origin, down=f"127.0.0.1:{free_port()}")
    wait_for(lambda: stat(p, "be", "up")["check_status"] == "L7OK", "a check that passes", 30)
    wait_for(lambda: stat(p, "be", "down")["status"] == "DOWN", "a check that fails", 30)
    eq(get(p.web).status, 200)
    eq(say(p, "set server be/up state drain"), "")
    eq(say(p, "reload").split("\n")[0], "Success=1")
    wait_for(lambda: 'safe_to_stop{proxy="be",server="up"}' in
             get(p.fe, "/metrics").body.decode(), "the drain", 30)
    return get(p.fe, "/metrics").body.decode()


@test("every metric, and every value of a label, is one that is scraped", only="sluice")
def _():
    text = scrape()
    asked = expressions()
    assert len(asked) > 25, asked
    for expression in asked:
        for metric in NAME.findall(expression):
            assert re.search(rf"^{metric}[{{ ]", text, re.M), f"{metric}: {expression}"
        for metric, labels in re.findall(r"(\w+)\{([^}]*)\}", expression):
            for label, operator, value in re.findall(r'(\w+)(=~?)"([^"]*)"', labels):
                if metric == "up" or operator == "=~":
                    continue
                assert re.search(rf'^{metric}{{.*\b{label}="{re.escape(value)}"', text, re.M), \
                    f"{metric} has no {label}={value}"


@test("a name that is not scraped would be found", only="sluice")
def _():
    eq(NAME.findall('rate(haproxy_no_such_total{a="b"}[1m]) > sluice_x'),
       ["haproxy_no_such_total", "sluice_x"])
    assert not re.search(r"^haproxy_no_such_total[{ ]", scrape(), re.M)


@test("panels have numbers and places of their own, and know their data source", only="sluice")
def _():
    panels = dashboard()["panels"]
    eq(len({panel["id"] for panel in panels}), len(panels))
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24 and (x, y) not in taken, panel["title"]
                taken.add((x, y))
        eq({target["datasource"]["uid"] for target in panel["targets"]}, {"prometheus"})
    assert "uid: prometheus" in read("grafana/datasources/prometheus.yml")


@test("each alert has a condition, a time, a severity and a summary", only="sluice")
def _():
    alerts = read("alerts.yml").split("- alert: ")[1:]
    assert len(alerts) >= 8
    for alert in alerts:
        for word in ("expr:", "for:", "severity:", "summary:"):
            assert word in alert, alert
    promtool = shutil.which("promtool")
    if promtool:
        done = subprocess.run([promtool, "check", "rules", os.path.join(OBSERVE, "alerts.yml")],
                              capture_output=True, text=True, timeout=60, check=False)
        eq(done.returncode, 0, done.stdout + done.stderr)


@test("compose mounts files that are there", only="sluice")
def _():
    with open(os.path.join(ROOT, "docker/compose.yaml"), encoding="utf-8") as file:
        mounts = re.findall(r"^ +- (\./\S+?):/\S+:ro$", file.read(), re.M)
    assert len(mounts) == 4, mounts
    for mount in mounts:
        assert os.path.exists(os.path.join(ROOT, "docker", mount)), mount
    eq(re.findall(r'targets: \["(.*)"\]', read("prometheus.yml")), ["proxy:8001"])


main()
