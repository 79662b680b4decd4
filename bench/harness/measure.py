"""What is read from /proc and from bench_load; all CPU times in microseconds."""

import json
import os
import subprocess
from pathlib import Path

from . import pace, programs, scenarios

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


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
    """User and system microseconds that a process, its threads and descendants have used, and
    their sum: the sum by the scheduler's nanoseconds, how it splits by the ticks of utime and
    stime."""
    user = system = exact = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        user += int(fields[11])
        system += int(fields[12])
        for task in Path(f"/proc/{member}/task").glob("*/schedstat"):
            exact += int(task.read_text().split()[0])
    return user * TICK_US, system * TICK_US, exact / 1000


def rss_kib(pid):
    """Resident memory."""
    page_kib = os.sysconf("SC_PAGE_SIZE") // 1024
    return sum(int(Path(f"/proc/{member}/statm").read_text().split()[1]) * page_kib
               for member in family(pid))


def pss_kib(pid):
    """Memory with what is shared counted in shares."""
    total = 0
    for member in family(pid):
        for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def core_times(core):
    """Idle and all ticks of a core so far."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            ticks = [int(word) for word in line.split()[1:9]]
            return ticks[3] + ticks[4], sum(ticks)
    raise RuntimeError(f"/proc/stat has no core {core}")


def load_command(core, scenario, port, *more):
    command = ["taskset", "-c", core, programs.BUILT["load"], "--port", port, "--path",
               scenario.path, "--connections", scenario.connections, *scenario.load, *more]
    return [str(word) for word in command]


def run_load(core, scenario, port, seconds, rate=0):
    """bench_load's report of so many seconds; a rate of 0: as fast as it goes."""
    words = ["--seconds", seconds]
    if rate:
        words += ["--rate", round(rate, 3)]
        words += ["--burst"] if pace.named(scenario, rate) == scenarios.BURSTS else []
    command = load_command(core, scenario, port, *words)
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=seconds + 30)
    if done.returncode != 0:
        raise RuntimeError(f"bench_load: {done.stderr}")
    return json.loads(done.stdout)


def requests_of(scenario, load):
    """How many requests a load's CPU time is shared among. With large bodies, what was on its way
    at the end counts by its bytes."""
    if scenario.payload == 0:
        return load["requests"]
    return max(load["bytes"], load["sent_bytes"]) / scenario.payload


def kept(scenario, requests, seconds, rate):
    """The share of a rate's requests that was done; the last burst may not be over yet."""
    return min(1.0, (requests + scenario.connections) / (rate * seconds))


def measure(load_core, scenario, port, pid, seconds, rate=0):
    """The load for `seconds` on a proxy that runs and is warm: one sample."""
    idle_before, all_before = core_times(load_core)
    user_before, system_before, total_before = cpu_us(pid)
    load = run_load(load_core, scenario, port, seconds, rate)
    user_after, system_after, total_after = cpu_us(pid)
    idle_after, all_after = core_times(load_core)
    failed = load["errors"] + load["bad_statuses"]
    requests = requests_of(scenario, load)
    if requests == 0 or (failed > 0 and failed >= load["requests"]):
        raise RuntimeError(f"no request of {scenario.key} was answered well ({failed} failed)")
    total = (total_after - total_before) / requests
    user, system = user_after - user_before, system_after - system_before
    share = user / max(1, user + system)
    sample = {
        "requests": load["requests"], "errors": failed, "seconds": load["seconds"],
        "user_us": total * share, "system_us": total * (1 - share), "total_us": total,
        "requests_per_s": requests / load["seconds"],
        "bytes_per_s": (load["bytes"] + load["sent_bytes"]) / load["seconds"],
        "p50_ms": load["p50_ms"], "p99_ms": load["p99_ms"], "p999_ms": load["p999_ms"],
        "rss_kib": rss_kib(pid),
        "load_idle": (idle_after - idle_before) / max(1, all_after - all_before)}
    if rate:
        sample["kept"] = kept(scenario, requests, load["seconds"], rate)
    return sample
