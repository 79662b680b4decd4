"""One measurement: load from wrk on one core, the proxy's CPU time from /proc on the other."""

import os
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


@dataclass
class Sample:
    """What one proxy did in one scenario of one round."""
    requests: int
    errors: int
    seconds: float
    user_us: float        # per request
    system_us: float      # per request
    total_us: float       # per request
    requests_per_s: float
    bytes_per_s: float
    p50_ms: float
    p99_ms: float
    rss_kib: int
    load_idle: float      # share of the load's core that was idle

    def as_dict(self):
        return {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}


def family(pid):
    """The process and all its descendants."""
    found, todo = [], [pid]
    while todo:
        pid = todo.pop()
        found.append(pid)
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            todo.extend(int(word) for word in children.read_text().split())
    return found


def cpu_us(pid):
    """User and system microseconds that a process, its threads and descendants have used."""
    user = system = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        user += int(fields[11])
        system += int(fields[12])
    return user * TICK_US, system * TICK_US


def rss_kib(pid):
    page_kib = os.sysconf("SC_PAGE_SIZE") // 1024
    return sum(int(Path(f"/proc/{member}/statm").read_text().split()[1]) * page_kib
               for member in family(pid))


def core_times(core):
    """Idle and all ticks of a core so far."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            ticks = [int(word) for word in line.split()[1:9]]
            return ticks[3] + ticks[4], sum(ticks)
    raise RuntimeError(f"/proc/stat has no core {core}")


_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0,
          "B": 1.0, "KB": 1024.0, "MB": 1024.0 ** 2, "GB": 1024.0 ** 3}


def _value(text):
    number, unit = re.fullmatch(r"([\d.]+)([A-Za-z]*)", text).groups()
    return float(number) * _UNITS.get(unit, 1.0)


def parse_wrk(text):
    """(requests, errors, seconds, bytes/s, p50 ms, p99 ms) of wrk's report."""
    total = re.search(r"(\d+) requests in ([\d.]+\w+),", text)
    if total is None:
        raise RuntimeError("wrk reported nothing:\n" + text)
    errors = sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors += int(bad.group(1)) if bad else 0
    rate = re.search(r"Transfer/sec:\s+(\S+)", text)
    centiles = dict(re.findall(r"(\d+)%\s+(\S+)", text))
    return (int(total.group(1)), errors, _value(total.group(2)) / 1000.0, _value(rate.group(1)),
            _value(centiles.get("50", "0")), _value(centiles.get("99", "0")))


def run_wrk(wrk, core, scenario, port, seconds):
    command = ["taskset", "-c", str(core), wrk, "--latency", "-t1", f"-c{scenario.connections}",
               f"-d{seconds}s"]
    for header in scenario.headers:
        command += ["-H", header]
    command.append(f"http://127.0.0.1:{port}{scenario.path}")
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=seconds + 30)
    return parse_wrk(done.stdout)


def measure(wrk, load_core, scenario, port, pid, seconds):
    """The load for `seconds` on a proxy that runs and is warm."""
    idle_before, all_before = core_times(load_core)
    user_before, system_before = cpu_us(pid)
    requests, errors, lasted, rate, p50, p99 = run_wrk(wrk, load_core, scenario, port, seconds)
    user_after, system_after = cpu_us(pid)
    idle_after, all_after = core_times(load_core)
    if requests == 0:
        raise RuntimeError(f"no request of {scenario.key} was answered")
    user = (user_after - user_before) / requests
    system = (system_after - system_before) / requests
    return Sample(requests=requests, errors=errors, seconds=lasted, user_us=user, system_us=system,
                  total_us=user + system, requests_per_s=requests / lasted, bytes_per_s=rate,
                  p50_ms=p50, p99_ms=p99, rss_kib=rss_kib(pid),
                  load_idle=(idle_after - idle_before) / max(1, all_after - all_before))
