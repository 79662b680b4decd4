# labels: threaded
"""Programs that were written for haproxy, run unchanged: socat, hatop, check_haproxy,
check_haproxy_stats, prometheus-haproxy-exporter."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from harness.runtime import stat
from rig import command

PLUGINS = "/usr/lib/nagios/plugins"
TEXT = """
global
    stats socket @dir@/admin.sock mode 600 level admin
    nbthread 2
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server a @a@ weight 10
    server b @b@ weight 10
frontend seen
    bind 127.0.0.1:@seen@
    stats enable
    stats uri /haproxy
"""


def start():
    return proxy(TEXT, a=Origin(name="a"), b=Origin(name="b"))


@test("socat asks and changes, one line at a time or several on one")
def _():
    p = start()

    def socat(line):
        done = subprocess.run(["socat", "-t60", "stdio", f"unix:{p.directory}/admin.sock"],
                              input=line + "\n", capture_output=True, text=True, timeout=60,
                              check=True)
        return done.stdout
    assert "Name: HAProxy\n" in socat("show info;show stat")
    eq(socat("disable server be/a;get weight be/a"), "\n10 (initial 10)\n\n")
    eq(stat(p, "be", "a")["status"], "MAINT")


class Screen:
    """A program on a terminal of its own; gives what it wrote, without escape sequences."""

    def __init__(self, *arguments):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", LINES="40", COLUMNS="120", LC_ALL="C.UTF-8")
            os.execvp(arguments[0], arguments)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.text = ""
        cleanup(self.close)

    def read(self):
        while select.select([self.terminal], [], [], 0)[0]:
            try:
                data = os.read(self.terminal, 65536)
            except OSError:
                return self.text
            if not data:
                break
            self.text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]", " ",
                                data.decode("utf-8", "replace"))
        return self.text

    def shows(self, *wanted):
        wait_for(lambda: all(w in self.read() for w in wanted),
                 f"{wanted} on the screen", 60)

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def close(self):
        try:
            os.kill(self.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        os.close(self.terminal)
        try:
            os.waitpid(self.pid, 0)
        except ChildProcessError:
            pass


@test("hatop shows the servers, and its command line changes them")
def _():
    p = start()
    get(p.fe)
    screen = Screen("hatop", "-s", f"{p.directory}/admin.sock", "-i", "1")
    screen.shows("HATop", "FRONTEND", "BACKEND", str(p.pid))
    screen.type("\x1b5")
    screen.shows("interactive HAProxy shell")
    screen.type("disable server be/b\x1bOM")       # the key Enter of xterm's keypad
    wait_for(lambda: (screen.read(), stat(p, "be", "b")["status"])[1] == "MAINT",
             "be/b in maintenance", 60)


@test("check_haproxy_stats finds nothing wrong, and then a server that is down")
def _():
    p = start()

    def check():
        done = subprocess.run([f"{PLUGINS}/check_haproxy_stats", "-s",
                               f"{p.directory}/admin.sock"],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout
    code, said = check()
    eq(code, 0, said)
    command(p, "set server be/a health down")
    code, said = check()
    assert code != 0 and "be" in said and "DOWN" in said, (code, said)


@test("check_haproxy reads the page's CSV with a login, and finds a server that is down")
def _():
    text = TEXT.replace("weight 10", "weight 10 check inter 200ms rise 1000") \
               .replace("backend be\n", "backend be\n    timeout check 10s\n")
    text += "    stats auth joe:secret\n"
    p = proxy(text, a=Origin(name="a"), b=Origin(name="b"))
    wait_for(lambda: stat(p, "be", "a")["status"] == stat(p, "be", "b")["status"] == "UP",
             "the checks")

    def check(*login):
        done = subprocess.run([f"{PLUGINS}/check_haproxy", *login, "-u",
                               f"http://127.0.0.1:{p.seen}/haproxy;csv", "-w", "30", "-c", "60"],
                              capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "http_proxy": ""})
        return done.returncode, done.stdout
    code, said = check("-U", "joe", "-P", "secret")
    assert code == 0 and "be (Active: 2/2)" in said and "sess_be=0" in said, (code, said)
    code, said = check("-U", "joe", "-P", "wrong")
    assert code == 2 and "HTTP error: 401" in said, (code, said)
    command(p, "set server be/a health down")
    code, said = check("-U", "joe", "-P", "secret")
    assert code == 2 and "'a' is DOWN on 'be' proxy" in said, (code, said)


@test("prometheus-haproxy-exporter scrapes the socket and the page")
def _():
    p = start()
    get(p.fe)
    for uri in (f"unix:{p.directory}/admin.sock", f"http://127.0.0.1:{p.seen}/haproxy;csv"):
        port = free_port()
        exporter = subprocess.Popen(
            ["prometheus-haproxy-exporter", f"--haproxy.scrape-uri={uri}",
             f"--web.listen-address=127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cleanup(lambda child=exporter: (child.kill(), child.wait()))
        wait_for(lambda port=port: port in listening(), "the exporter to listen", 60)
        text = get(port, "/metrics").body.decode()
        for line in ("haproxy_up 1", 'haproxy_server_up{backend="be",server="a"} 1',
                     'haproxy_frontend_sessions_total{frontend="fe"} 1'):
            assert line in text, (uri, line, text[-3000:])


if __name__ == "__main__":
    main()
