"""One visit of a proxy in a scenario: starts it, does what the scenario's kind asks, gives one
sample, a dictionary of figures. Whatever happens, what was started has ended then."""

import json
import os
import signal
import socket
import statistics
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace

from . import measure, programs, reloads, turns
from .proxies import Place

FEW_IDLE, MANY_IDLE = 500, 10_000
DESCRIPTORS = MANY_IDLE + 500
SETTLE_SECONDS = 1.0  # for the memory and timers of a burst that is over
READY_SECONDS = 60.0
RELOADS = 5            # of a visit
SPAN_SECONDS = 1.5     # with a reload, and as long without one


@dataclass(frozen=True)
class Stage:
    """Where the visits of a run take place."""
    place: Place
    proxy_core: int
    load_core: int
    second_core: int  # for a second thread: the load's own where there are only two

    def cores_of(self, scenario):
        """What taskset is told for the proxy."""
        if scenario.two_cores:
            return f"{self.proxy_core},{self.second_core}"
        return str(self.proxy_core)


@contextmanager
def running(stage, proxy, scenario, to_wait=True, env=None):
    """The proxy, listening; an error of it or of the load is told with what it said."""
    log = stage.place.temp / f"{proxy.name}.log"
    log.write_bytes(b"")
    command = proxy.command(stage.place, scenario.variant)
    with programs.Child(stage.cores_of(scenario), command, log, env) as child:
        try:
            if to_wait:
                programs.wait_for_port(stage.place.port, child.process)
            yield child.process
        except (RuntimeError, OSError) as error:
            child.log.flush()
            said = log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{scenario.key}: {proxy.name}: {error}\n{said}") from error


@contextmanager
def log_sink(stage, scenario):
    """Where the proxy's log goes, where it has one; afterwards `found["lines"]` says what came."""
    found = {}
    if not scenario.variant.log:
        yield found
        return
    path = stage.place.log_socket
    command = ["taskset", "-c", str(stage.load_core), programs.BUILT["log sink"], path]
    path.unlink(missing_ok=True)
    sink = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        deadline = time.monotonic() + 10
        while not path.exists():
            if sink.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("bench_log_sink does not listen")
            time.sleep(0.01)
        yield found
    finally:
        sink.send_signal(signal.SIGTERM)
        try:
            said, _ = sink.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            sink.kill()
            said, _ = sink.communicate()
    found.update(json.loads(said))


def load(stage, proxy, scenario, warm, seconds, rate):
    """Requests for so many seconds, after some that are not counted."""
    with log_sink(stage, scenario) as logged:
        with running(stage, proxy, scenario) as process:
            idle = idle_share(process.pid, scenario.idle_seconds)
            port = stage.place.port
            before = measure.run_load(stage.load_core, scenario, port, warm, rate)
            sample = measure.measure(stage.load_core, scenario, port, process.pid, seconds, rate)
    if scenario.idle_seconds:
        sample["idle_share"] = idle
    if scenario.variant.log:
        sample["logged"] = logged["lines"] / (before["requests"] + sample["requests"])
    return sample


def idle_share(pid, seconds):
    """Of one core, without any request."""
    if seconds == 0:
        return 0.0
    time.sleep(SETTLE_SECONDS)
    before, begun = measure.cpu_us(pid)[2], time.monotonic()
    time.sleep(seconds)
    return (measure.cpu_us(pid)[2] - before) / 1e6 / (time.monotonic() - begun)


class IdleLoad:
    """bench_load that holds connections."""

    def __init__(self, stage, scenario):
        self.process = subprocess.Popen(
            measure.load_command(stage.load_core, scenario, stage.place.port, "--idle"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True)

    def hold(self, count):
        """Opens connections until there are so many, each with one answered request."""
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        told = json.loads(line) if line else {"open": 0, "errors": 1, "lost": 0}
        if told["open"] != count or told["errors"] or told["lost"]:
            raise RuntimeError(f"{count} idle connections were asked for, {told} is what came; "
                               f"descriptors: {os.sysconf('SC_OPEN_MAX')}")

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def idle(stage, proxy, scenario, _warm, seconds, _rate):
    """Memory of each idle connection, and the CPU time of all of them."""
    with running(stage, proxy, scenario) as process:
        held = IdleLoad(stage, scenario)
        try:
            held.hold(FEW_IDLE)
            time.sleep(SETTLE_SECONDS)
            few = measure.pss_kib(process.pid)
            held.hold(MANY_IDLE)
            share = idle_share(process.pid, seconds)
            many = measure.pss_kib(process.pid)
            held.hold(MANY_IDLE)  # none was lost meanwhile
        finally:
            held.end()
        return {"bytes_each": (many - few) * 1024 / (MANY_IDLE - FEW_IDLE), "idle_share": share,
                "pss_kib": many, "rss_kib": measure.rss_kib(process.pid), "errors": 0}


def answers(port):
    """Whether one request is answered by 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=READY_SECONDS) as peer:
            peer.sendall(b"GET /100 HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            return peer.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def start(stage, proxy, scenario, _warm, _seconds, _rate):
    """From exec to the first answer."""
    begun = time.monotonic()
    with running(stage, proxy, scenario, to_wait=False) as process:
        while not answers(stage.place.port):
            if process.poll() is not None:
                raise RuntimeError(f"it ended with {process.returncode}")
            if time.monotonic() - begun > READY_SECONDS:
                raise RuntimeError(f"no answer after {READY_SECONDS:.0f} s")
            time.sleep(0.002)
        ready = time.monotonic() - begun
        return {"ready_ms": ready * 1000, "cpu_ms": measure.cpu_us(process.pid)[2] / 1000,
                "pss_kib": measure.pss_kib(process.pid), "rss_kib": measure.rss_kib(process.pid),
                "errors": 0}


def reload(stage, proxy, scenario, _warm, _seconds, _rate):
    """From the order to the last worker's word. Each reload takes a tenth of the servers away and
    brings as many others; before it connections to all were used."""
    variant, place = scenario.variant, stage.place
    quiet, busy, took, spent = [], [], [], []
    meter = turns.Meter(place.temp / "turns")
    with running(stage, proxy, scenario, env=meter.env) as process:
        pid = process.pid
        if not answers(place.port):
            raise RuntimeError("no answer")
        pingers = reloads.Pingers(stage.load_core, place.port, pid)
        try:
            for number in range(1, RELOADS + 1):
                first = 1 + number * max(1, variant.servers // 10)
                place.write(variant.file_of("haproxy"), replace(variant, first=first))
                measure.run_load(stage.load_core, scenario, place.port, SETTLE_SECONDS)
                time.sleep(SETTLE_SECONDS)
                quiet.append(reloads.spanned(pid, meter, SPAN_SECONDS)[0])
                before = measure.cpu_us(pid)[2]
                span, ms = reloads.spanned(pid, meter, SPAN_SECONDS, lambda: reloaded(place))
                spent.append((measure.cpu_us(pid)[2] - before) / 1000)
                busy.append(span)
                took.append(ms)
        finally:
            found = pingers.end()
            meter.close()
        return {"reload_ms": statistics.median(took), **reloads.figures(found, quiet, busy),
                "cpu_ms": statistics.median(spent), "pss_kib": measure.pss_kib(pid),
                "rss_kib": measure.rss_kib(pid), "errors": 0}


def reloaded(place):
    """Milliseconds that it took."""
    begun = time.monotonic()
    answer = reloads.told_by(place.runtime_socket, "reload")
    if not answer.startswith("Success=1"):
        raise RuntimeError(f"the reload failed: {answer}")
    return (time.monotonic() - begun) * 1000


KINDS = {"load": load, "idle": idle, "start": start, "reload": reload}


def visit(stage, proxy, scenario, warm, seconds, rate=0):
    return KINDS[scenario.kind](stage, proxy, scenario, warm, seconds, rate)
