"""Programs that a run needs, and child processes that always end."""

import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
BUILD = Path(os.environ.get("SLUICE_BUILD", ROOT / "build" / "release"))

# name on the command line, what it is, how to get it
BUILT = {
    "sluice": BUILD / "src" / "sluice",
    "floor": BUILD / "bench" / "bench_floor",
    "origin": BUILD / "bench" / "bench_origin",
    "load": BUILD / "bench" / "bench_load",
    "log sink": BUILD / "bench" / "bench_log_sink",
    "turn meter": BUILD / "bench" / "libbench_turn_meter.so",
}
BUILD_COMMAND = ("cmake --preset release && cmake --build build/release "
                 "--target sluice bench_floor bench_origin bench_load bench_log_sink "
                 "bench_turn_meter")
PACKAGES = {"taskset": "util-linux"}  # where a program's package has another name


def locate(name, named=None):
    """Path of a program: the named one, else in PATH and the sbin folders; None if missing."""
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    return shutil.which(named or name, path=path)


def missing(named, wanted=("haproxy", "nginx", "taskset")):
    """One line per thing that a run needs and that is not here. `named` maps a program to the
    path given for it, `wanted` are the programs that somebody else makes."""
    lines = []
    for name in wanted:
        if locate(name, named.get(name)) is None:
            package = PACKAGES.get(name, name)
            lines.append(f"{named.get(name) or name}: not found (Debian's package {package})")
    for path in BUILT.values():
        if not path.exists():
            lines.append(f"{path}: not built ({BUILD_COMMAND})")
    if len(os.sched_getaffinity(0)) < 2:
        lines.append("two CPU cores: one for the proxy, one for the load")
    return lines


def stream_module(nginx):
    """The directive that gives nginx its TCP mode: empty where that is built in, None where there
    is none."""
    done = subprocess.run([nginx, "-V"], capture_output=True, text=True, check=False)
    options = (done.stdout + done.stderr).split()
    if "--with-stream" in options:
        return ""
    for option in options:
        if option.startswith("--modules-path="):
            module = Path(option.partition("=")[2]) / "ngx_stream_module.so"
            if module.exists():
                return f"load_module {module};"
    return None


def raise_descriptors(wanted=65_536):
    """Allows this process and its children as many descriptors as it may, at most so many; gives
    how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in ((wanted, max(wanted, hard)), (min(wanted, hard), hard)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, most)
            return most[0]
        except (ValueError, OSError):  # only root may raise the hard limit
            continue
    return soft


def version(command):
    """The first line with a digit that a program says about its version."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        if re.search(r"\d+\.\d+", line):
            return line.strip()
    return "unknown"


def free_port():
    """Below the ports of outgoing connections: one of those would keep it after it was closed."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10_000, max(lowest, 20_000))
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
                return port
            except OSError:
                continue


def wait_for_port(port, process, seconds=10.0, host="127.0.0.1"):
    """Returns once host:port accepts; raises when the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[3]} ended with {process.returncode} at its start")
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port} after {seconds:.0f} s")


def address(place):
    """ADDRESS:PORT of an origin that is given so, or as a port of 127.0.0.1."""
    return place if isinstance(place, str) else f"127.0.0.1:{place}"


def fill(template, values):
    """A configuration with ${BENCH_…} replaced, as HAProxy's language itself would; a line that
    names a server stands once for each. Comments are left out."""
    lines = []
    for line in template.splitlines():
        if line.startswith("#"):
            continue
        if "${BENCH_SERVER}" in line:
            first = values.get("BENCH_FIRST", 1)
            lines += [line.replace("${BENCH_SERVER}", server).replace("${BENCH_NUMBER}", str(i))
                      for i, server in enumerate(values["BENCH_SERVERS"], first)]
        else:
            lines.append(line)
    return re.sub(r"\$\{(BENCH_\w+)\}", lambda m: str(values[m.group(1)]), "\n".join(lines) + "\n")


def template(file):
    """The text of a file in bench/conf."""
    return (BENCH / "conf" / file).read_text()


def make_certificate(path):
    """A self-signed ECDSA P-256 certificate and its key, in one file."""
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", path, "-out", f"{path}.crt", "-subj", "/CN=bench", "-days", "2"],
        capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl made no certificate: {done.stderr}")
    path.write_text(Path(f"{path}.crt").read_text() + path.read_text())
    path.chmod(0o644)  # nginx's worker gives up root


class Child:
    """A process of its own group on one core, or on several as taskset writes them; leaving the
    `with` block ends it."""

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
