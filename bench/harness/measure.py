"""One measurement: bench_load on one core, the proxy's CPU time from /proc on the other."""

import json
import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from . import programs

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
    p999_ms: float
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
    """User and system microseconds that a process, its threads and descendants have used: the sum
    by the scheduler's nanoseconds, how it splits by the ticks of utime and stime."""
    user = system = exact = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        user += int(fields[11])
        system += int(fields[12])
        for task in Path(f"/proc/{member}/task").glob("*/schedstat"):
            exact += int(task.read_text().split()[0])
    return user * TICK_US, system * TICK_US, exact / 1000


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


def run_load(core, scenario, port, seconds):
    """bench_load's report of so many seconds."""
    command = ["taskset", "-c", str(core), programs.BUILT["load"], "--port", port,
               "--path", scenario.path, "--connections", scenario.connections,
               "--seconds", seconds, *scenario.load]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, timeout=seconds + 30)
    if done.returncode != 0:
        raise RuntimeError(f"bench_load: {done.stderr}")
    return json.loads(done.stdout)


def measure(load_core, scenario, port, pid, seconds):
    """The load for `seconds` on a proxy that runs and is warm."""
    idle_before, all_before = core_times(load_core)
    user_before, system_before, total_before = cpu_us(pid)
    load = run_load(load_core, scenario, port, seconds)
    user_after, system_after, total_after = cpu_us(pid)
    idle_after, all_after = core_times(load_core)
    requests = load["requests"]
    if requests == 0:
        raise RuntimeError(f"no request of {scenario.key} was answered")
    total = (total_after - total_before) / requests
    user, system = user_after - user_before, system_after - system_before
    share = user / max(1, user + system)
    return Sample(requests=requests, errors=load["errors"] + load["bad_statuses"],
                  seconds=load["seconds"], user_us=total * share, system_us=total * (1 - share),
                  total_us=total, requests_per_s=requests / load["seconds"],
                  bytes_per_s=load["bytes"] / load["seconds"], p50_ms=load["p50_ms"],
                  p99_ms=load["p99_ms"], p999_ms=load["p999_ms"], rss_kib=rss_kib(pid),
                  load_idle=(idle_after - idle_before) / max(1, all_after - all_before))
