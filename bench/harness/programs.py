"""Programs that a run needs, and child processes that always end."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
BUILD = ROOT / "build" / "release"

# name on the command line, what it is, how to get it
BUILT = {
    "sluice": BUILD / "src" / "sluice",
    "floor": BUILD / "bench" / "bench_floor",
    "origin": BUILD / "bench" / "bench_origin",
    "load": BUILD / "bench" / "bench_load",
}
BUILD_COMMAND = ("cmake --preset release && cmake --build build/release "
                 "--target sluice bench_floor bench_origin bench_load")


def locate(name, named=None):
    """Path of a program: the named one, else in PATH and the sbin folders; None if missing."""
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    return shutil.which(named or name, path=path)


def missing(named):
    """One line per thing that a run needs and that is not here. `named` maps a program to the
    path given for it."""
    lines = []
    for name in ("haproxy", "nginx", "taskset"):
        if locate(name, named.get(name)) is None:
            package = "util-linux" if name == "taskset" else name
            lines.append(f"{named.get(name) or name}: not found (Debian's package {package})")
    for name, path in BUILT.items():
        if not path.exists():
            lines.append(f"{path.relative_to(ROOT)}: not built ({BUILD_COMMAND})")
    if len(os.sched_getaffinity(0)) < 2:
        lines.append("two CPU cores: one for the proxy, one for the load")
    return lines


def version(command):
    """The first line with a digit that a program says about its version."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        if re.search(r"\d+\.\d+", line):
            return line.strip()
    return "unknown"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, seconds=10.0):
    """Returns once 127.0.0.1:port accepts; raises when the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[3]} ended with {process.returncode} at its start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port} after {seconds:.0f} s")


def expand(file, values):
    """A configuration file's text with ${BENCH_…} replaced, as HAProxy's language itself would."""
    return re.sub(r"\$\{(BENCH_\w+)\}", lambda m: str(values[m.group(1)]),
                  (BENCH / "conf" / file).read_text())


class Child:
    """A process of its own group on one core; leaving the `with` block ends it."""

    def __init__(self, core, command, log, env=None):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *map(str, command)], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, start_new_session=True,
            env={**os.environ, **(env or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sign)
            except ProcessLookupError:
                break
            try:
                self.process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                pass
        self.log.close()
