"""curl, openssl and wrk as peers; libraries of tests/support that a program is started with."""
import os
import re
import socket
import subprocess


def curl(*args, seconds=20, stdin=None):
    """Runs curl -sS; gives its CompletedProcess with text output."""
    return subprocess.run(["curl", "-sS", "--max-time", str(seconds), *args], input=stdin,
                          capture_output=True, text=True, timeout=seconds + 5, check=False)


def openssl(*args, stdin="", seconds=20):
    return subprocess.run(["openssl", *args], input=stdin, capture_output=True, text=True,
                          timeout=seconds, check=False, errors="replace")


def preloaded(name, **more):
    """The environment in which a program has tests/support/NAME.c in it."""
    from . import runner
    path = f"{runner.scratch()}/{name}.so"
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"../{name}.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-w", "-o", path, source, "-ldl", "-pthread"],
                   check=True)
    options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return {"LD_PRELOAD": path, "ASAN_OPTIONS": options, **more}


class Heap:
    """Of a program that starts with `environment`: how many bytes of its heap are in use
    (support/heap_bytes.c)."""

    def __init__(self):
        from . import runner
        self.path = f"{runner.scratch()}/heap"
        self.environment = preloaded("heap_bytes", HEAP_SOCKET=self.path)

    def in_use(self):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(30)
            peer.connect(self.path)
            return int(peer.recv(32))


class Load:
    def __init__(self, text):
        self.text = text
        self.requests = int(re.search(r"(\d+) requests in", text).group(1))
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        self.bad = int(bad.group(1)) if bad else 0
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)",
                           text)
        self.socket_errors = sum(int(n) for n in errors.groups()) if errors else 0


class wrk:
    """Runs wrk in the background: `load = wrk(url).wait()` or, meanwhile, other things."""

    def __init__(self, url, connections=16, seconds=2, threads=1, headers=()):
        from . import runner
        extra = [word for h in headers for word in ("-H", h)]
        self._child = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "wrk", "-t", str(threads), "-c",
             str(connections), "-d", str(seconds), *extra, url],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        runner.cleanup(self._kill)

    def _kill(self):
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        self._child.stdout.close()

    def wait(self, seconds=60):
        text, _ = self._child.communicate(timeout=seconds)
        return Load(text)
