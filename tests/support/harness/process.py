"""Starts a proxy on a configuration text, waits until it listens, stops it, judges its end.

`@name@` in the text becomes the keyword argument of that name (an Origin gives host:port), or
else a free port, which the object then has as an attribute: bind 127.0.0.1:@fe@ is proxy.fe."""
import json
import os
import re
import signal
import subprocess

from . import ports, runner

DEFAULTS = """
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
"""

_alarm = re.compile(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:|"
                    r"Assertion .* failed|terminate called")


def without(text):
    """Leaves out of a configuration what SLUICE_WITHOUT (a regular expression) matches: a test
    of a directive must fail without it (support/taken_out.py). SLUICE_RECORD names a file that
    collects the texts."""
    record = os.environ.get("SLUICE_RECORD")
    if record:
        with open(record, "a", encoding="utf-8") as f:
            f.write(json.dumps({"test": runner.current(), "text": text}) + "\n")
    pattern = os.environ.get("SLUICE_WITHOUT")
    if not pattern:
        return text
    import taken_out
    return taken_out.removed(pattern, text)


def is_oracle():
    """True where this run proves the test against haproxy."""
    return os.environ.get("SLUICE_ORACLE") == "1"


def binary():
    path = os.environ.get("SLUICE_BINARY")
    if path is None:
        here = os.path.dirname(os.path.abspath(__file__))
        path = os.path.join(here, "../../../build/debug/src/sluice")
    assert os.access(path, os.X_OK), f"no program at {path}; set SLUICE_BINARY"
    return path


def is_sanitized():
    """True where the program runs with a sanitizer, which needs memory of its own."""
    if is_oracle():
        return False
    linked = subprocess.run(["ldd", binary()], capture_output=True, text=True, check=True).stdout
    return re.search(r"lib[at]san", linked) is not None


class Proxy:
    """A running proxy. Ports by attribute; `out()` and `err()` are what it said so far."""
    program = ""
    # A program may end by the signal that stopped it, as haproxy does; a crash is none of these.
    stop_codes = (0, -signal.SIGTERM, 128 + signal.SIGTERM, -signal.SIGINT, 128 + signal.SIGINT)

    def __init__(self, text, args=("-db",), ready=True, suffix="cfg", environment=None, **values):
        self._ports = {}
        self._bound = set()
        self.directory = runner.scratch()
        os.chmod(self.directory, 0o755)
        self.text = without(self._fill(text, values))
        self.path = os.path.join(self.directory, f"proxy.{suffix}")
        with open(self.path, "w", encoding="latin-1") as f:
            f.write(self.text)
        self._out = os.path.join(self.directory, "out")
        self._err = os.path.join(self.directory, "err")
        self._judged = False
        self._start([*self.command(), "-f", self.path, *args], environment)
        runner.cleanup(self.finish)
        runner.on_failure(self.describe)
        if ready:
            self.wait_ready()

    def rewrite(self, text, **values):
        """Another configuration in the file's place; names keep the ports that they have."""
        self.text = without(self._fill(text, values))
        with open(self.path + ".new", "w", encoding="latin-1") as f:
            f.write(self.text)
        os.rename(self.path + ".new", self.path)
        return self

    def command(self):
        return [self.program]

    def _fill(self, text, values):
        def value(match):
            name = match.group(1)
            if name == "dir":
                return self.directory
            if name in values:
                return str(values[name])
            if name not in self._ports:
                self._ports[name] = ports.free_port()
            return str(self._ports[name])
        for line in text.splitlines():
            if re.match(r"\s*(bind|stats\s+bind)\b", line):
                self._bound.update(n for n in re.findall(r"@(\w+)@", line)
                                   if n not in values and n != "dir")
        return re.sub(r"@(\w+)@", value, text)

    def __getattr__(self, name):
        found = self.__dict__.get("_ports", {})
        if name in found:
            return found[name]
        raise AttributeError(name)

    def _start(self, command, environment):
        environment = {"STATE_DIRECTORY": self.directory, **(environment or {})}
        # LeakSanitizer reads /proc, which a chroot without it does not have.
        if re.search(r"^\s*chroot\b", self.text, re.M):
            environment["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        # setpriv: the proxy dies with this process, even when that is killed.
        with open(self._out, "wb") as out, open(self._err, "wb") as err:
            self.child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *command], cwd=self.directory,
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env={**os.environ, **environment})
        self.pid = self.child.pid

    def wait_ready(self, seconds=20):
        """Waits until every bound port is listened on; looks, and does not connect."""
        wanted = {self._ports[name] for name in self._bound}

        def up():
            if self.child.poll() is not None:
                self._judged = True
                raise AssertionError(f"{self.program} exited with {self.child.returncode} at "
                                     f"start:\n{self.err()}")
            return wanted <= ports.listening()
        runner.wait_for(up, f"{self.program} to listen", seconds)

    def out(self):
        return self._read(self._out)

    def err(self):
        return self._read(self._err)

    @staticmethod
    def _read(path):
        try:
            with open(path, encoding="latin-1") as f:
                return f.read()
        except OSError:
            return ""

    def send(self, number):
        self.child.send_signal(number)
        return self

    def wait_exit(self, seconds=20):
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.program} did not end within {seconds:g} s") from None

    def alive(self):
        return self.child.poll() is None

    def stop(self, number=signal.SIGTERM, seconds=20):
        """Stops it; gives the exit code."""
        if self.alive():
            self.send(number)
        return self.wait_exit(seconds)

    def finish(self):
        """Stops it if it runs, and fails on a sanitizer's report or an odd exit code."""
        if self._judged:
            return
        self._judged = True
        died = self.child.poll()
        try:
            code = self.stop()
        finally:
            if self.alive():
                self.child.kill()
                self.child.wait()
        self.judge(died, code)

    def judge(self, died, code):
        alarm = _alarm.search(self.err())
        assert not alarm, f"{self.program} reported:\n{self.err()[-6000:]}"
        assert died is None or died in self.stop_codes, f"{self.program} died with {died}"
        assert code in self.stop_codes, f"{self.program} ended with {code}"

    def describe(self):
        return (f"--- {self.program}, configuration:\n{self.text}\n"
                f"--- stdout:\n{self.out()[-3000:]}\n--- stderr:\n{self.err()[-6000:]}")

    def memory_kb(self):
        """Memory of its own, in KiB; a proportional size would move as other processes end."""
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as f:
            return int(re.search(r"^Anonymous:\s+(\d+)", f.read(), re.M).group(1))


class Sluice(Proxy):
    program = "sluice"

    def command(self):
        return [binary()]


class HAProxy(Proxy):
    program = "haproxy"

    def command(self):
        return ["/usr/sbin/haproxy"]


def proxy(text, **more):
    """The proxy under test: sluice, or haproxy under SLUICE_ORACLE=1."""
    return (HAProxy if is_oracle() else Sluice)(text, **more)


class Outcome:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"<exit {self.code}, out {self.out!r}, err {self.err!r}>"


def run_config(text, *args, suffix="cfg", seconds=20, stdin="", environment=None):
    """Runs the program on a configuration text until it exits (-c, a bad file); `text` None
    leaves -f out. Gives its Outcome."""
    command = ["/usr/sbin/haproxy"] if is_oracle() else [binary()]
    directory = runner.scratch()
    if isinstance(text, str):
        text = without(text)
    if text is not None:
        path = os.path.join(directory, f"proxy.{suffix}")
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode("latin-1"))
        command += ["-f", path]
    done = subprocess.run([*command, *args], capture_output=True, text=True, timeout=seconds,
                          input=stdin, errors="replace", cwd=directory, check=False,
                          env={**os.environ, "STATE_DIRECTORY": directory, **(environment or {})})
    assert not _alarm.search(done.stderr), done.stderr
    return Outcome(done.returncode, done.stdout, done.stderr)
