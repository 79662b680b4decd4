# labels: quick
"""What is shipped for logs: the rsyslog snippet meets what is logged, logrotate rolls the file."""
import os
import re
import shutil
import subprocess
import sys

ROOT = __file__.rsplit("/tests/", 1)[0]
sys.path.insert(0, ROOT + "/tests/support")
from harness import *


def shipped(name):
    with open(f"{ROOT}/conf/{name}", encoding="ascii") as f:
        return f.read()


def packaged(p):
    """The packaged configuration with its port, its socket and its log moved to the test."""
    text = shipped("sluice.cfg")
    for there, here in (("127.0.0.1:8001", "127.0.0.1:@fe@"), ("/run/sluice/", "@dir@/"),
                        ("/dev/log", p)):
        assert there in text, there
        text = text.replace(there, here)
    return text


@test("the packaged configuration runs, and has its page, metrics, health and socket",
      only="sluice")
def _():
    log = UnixLog()
    p = proxy(packaged(log.path))
    eq(get(p.fe, "/").status, 200)
    assert b"haproxy_process_" in get(p.fe, "/metrics").body
    eq((get(p.fe, "/healthz").status, get(p.fe, "/readyz").status), (200, 200))
    assert "Name: HAProxy" in say(p, "show info")
    assert b"Set state to" not in get(p.fe, "/").body, "nobody may change states there"


@test("its lines have the program's name that the rsyslog snippet takes", only="sluice")
def _():
    log = UnixLog()
    p = proxy(packaged(log.path))
    get(p.fe, "/")
    log.match("GET / ")
    name = re.search(r':programname, isequal, "(\w+)"', shipped("rsyslog.conf")).group(1)
    assert f" {name}[{p.pid}]: ".encode() in log.datagrams[-1], log.datagrams
    file = re.search(r"^ +(/var/log/\S+)$", shipped("rsyslog.conf"), re.M).group(1)
    assert shipped("logrotate").split("\n\n")[0].find(f"\n{file} {{") > 0, "another file is rolled"


@test("logrotate rolls the file, keeps what was written, and forgets the oldest", only="sluice")
def _():
    if not shutil.which("logrotate"):
        print("logrotate is not installed")
        return
    directory = scratch()
    os.chmod(directory, 0o755)
    log = f"{directory}/sluice.log"
    text = shipped("logrotate").replace("/var/log/sluice.log", log)
    keeps = int(re.search(r"^ +rotate (\d+)$", text, re.M).group(1))
    path = f"{directory}/rules"
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    os.chmod(path, 0o644)

    def roll():
        done = subprocess.run(["logrotate", "-f", "-s", f"{directory}/state", path],
                              capture_output=True, text=True, timeout=60, check=False)
        eq((done.returncode, done.stderr), (0, ""))
    roll()  # no file yet, and that is fine
    for number in range(keeps + 3):
        with open(log, "w", encoding="ascii") as f:
            f.write(f"line {number}\n")
        roll()
    rolled = sorted(os.listdir(directory))
    eq(len([name for name in rolled if name.startswith("sluice.log.")]), keeps, rolled)
    with open(f"{log}.1", encoding="ascii") as f:  # the last one is compressed a day later
        eq(f.read(), f"line {keeps + 2}\n")
    assert os.path.exists(f"{log}.2.gz"), rolled


if __name__ == "__main__":
    main()
