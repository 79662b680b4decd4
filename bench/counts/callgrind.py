"""A proxy under callgrind, and what its files say."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import lockstep, profile

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("SLUICE_BUILD", ROOT / "build" / "release"))
SLUICE = BUILD / "src" / "sluice"
MARK = BUILD / "bench" / "libbench_callgrind_mark.so"
WARM, REQUESTS = 300, 500
CONFIGURATION = Path(__file__).resolve().parent / "proxy.cfg"


class Proxy:
    """Sluice under callgrind with an origin and a log's receiver; ends with the `with` block."""

    def __init__(self, folder, binary=SLUICE):
        self.folder = Path(folder)
        self.origin = lockstep.Origin()
        self.log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.log.bind(str(self.folder / "log"))
        self.ports = {name: lockstep.free_port() for name in ("plain", "logged", "ruled")}
        self.parts = 0
        environment = {**os.environ, "COUNT_ORIGIN": str(self.origin.port),
                       "COUNT_LOG": str(self.folder / "log")}
        environment |= {f"COUNT_{name.upper()}": str(port) for name, port in self.ports.items()}
        self.said = open(self.folder / "said", "wb")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--",
             "valgrind", "--tool=callgrind", "--collect-systime=usec",
             f"--callgrind-out-file={self.folder}/parts",
             binary, "-db", "-f", CONFIGURATION],
            env={**environment, "LD_PRELOAD": str(MARK)},
            stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said)
        self.sleeper = lockstep.Sleeper(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.said.close()
        self.origin.close()
        self.log.close()

    def start(self):
        """Returns when it listens and its server is known to be up."""
        connection, _ = self.origin.next_request()  # the check
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        self.sleeper.wait()

    def end_part(self):
        """Ends callgrind's part; gives the file that holds it."""
        self.sleeper.wait()
        os.kill(self.process.pid, signal.SIGURG)
        self.parts += 1
        path = self.folder / f"parts.{self.parts}"
        deadline = time.monotonic() + lockstep.SECONDS
        while not (path.exists() and "totals:" in path.read_text(errors="replace")[-200:]):
            if time.monotonic() > deadline:
                raise lockstep.Stuck("callgrind wrote no part")
            time.sleep(0.01)
        self.sleeper.wait()
        return path


def drive(proxy, scenario, requests):
    """So many requests, one after the other."""
    request, response = scenario.request(), scenario.response()
    client = None
    for _ in range(requests):
        if client is None:
            client = lockstep.connect(proxy.ports[scenario.frontend])
        client.sendall(request)
        server, _ = proxy.origin.next_request()
        proxy.sleeper.wait()
        server.sendall(response)
        answer = lockstep.read_message(client)
        if not answer.startswith(b"HTTP/1.1 200 ") or not answer.endswith(b"y" * scenario.answer):
            raise lockstep.Stuck(f"answered {answer[:300]!r}")
        if scenario.frontend == "logged":
            proxy.log.recv(65536)
        proxy.sleeper.wait()
        if scenario.close:
            client.close()
            client = None
            proxy.sleeper.wait()
    if client is not None:
        client.close()
        proxy.sleeper.wait()


def missing(binary):
    """One line per thing that a count needs and that is not here."""
    lines = []
    if shutil.which("valgrind") is None:
        lines.append("valgrind: not found (Debian's package valgrind)")
    for path in (binary, MARK):
        if not path.exists():
            lines.append(f"{path}: not built (scripts/build release sluice bench_callgrind_mark)")
    return lines


def count(scenario, binary=SLUICE, keep=None):
    """The profile.Part of REQUESTS on a warm proxy; `keep` is where callgrind's file goes."""
    with tempfile.TemporaryDirectory(prefix="counts-") as folder:
        with Proxy(folder, binary) as proxy:
            try:
                proxy.start()
                drive(proxy, scenario, WARM)
                proxy.end_part()
                drive(proxy, scenario, REQUESTS)
                path = proxy.end_part()
            except (lockstep.Stuck, OSError) as error:
                said = (proxy.folder / "said").read_text(errors="replace")
                raise RuntimeError(f"{scenario.key}: {error}\n{said[-2000:]}") from error
        if keep is not None:
            shutil.copyfile(path, keep)
        return profile.read(path)
