"""From samples to ratios, a table, JSON and the README's part."""

import json
import os
import platform
import re
import statistics
import subprocess
import time
from pathlib import Path

from . import programs

IDLE_NEEDED = 0.01   # of the load's core: less, and the load was what limited
FLOOR_LIMIT = 0.85   # floor ÷ haproxy: above it, the machine hides what is measured
FLOOR_SCENARIO = "keepalive-100b"
MARK = "<!-- quick: {} -->"


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def commit():
    done = subprocess.run(["git", "-C", str(programs.ROOT), "describe", "--always", "--dirty"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def machine():
    return {"cpu": cpu_model(), "cores": os.cpu_count(), "kernel": platform.release(),
            "load_average": round(os.getloadavg()[0], 1), "commit": commit(),
            "date": time.strftime("%Y-%m-%d")}


def spread(values):
    return {"median": round(statistics.median(values), 3), "min": round(min(values), 3),
            "max": round(max(values), 3)}


def ratios(of, to):
    """Round by round, so that what slowed both cancels out."""
    return spread([a.total_us / b.total_us for a, b in zip(of, to)])


def voids(results):
    """Why the run proves nothing; empty when it does."""
    reasons = []
    for key, by_proxy in results.items():
        full = [name for name, samples in by_proxy.items()
                if statistics.median(sample.load_idle for sample in samples) < IDLE_NEEDED]
        if full:
            reasons.append(f"{key}: the load's core had no idle time under {', '.join(full)}; "
                           "what is compared with them proves nothing")
    if FLOOR_SCENARIO in results and {"floor", "haproxy"} <= results[FLOOR_SCENARIO].keys():
        by_proxy = results[FLOOR_SCENARIO]
        share = ratios(by_proxy["floor"], by_proxy["haproxy"])["median"]
        if share > FLOOR_LIMIT:
            reasons.append(f"{FLOOR_SCENARIO}: the floor came out at {share:.2f} of haproxy "
                           f"(needed: {FLOOR_LIMIT})")
    return reasons


def document(results, proxies, scenarios, rounds, seconds):
    """Everything that a run found, as plain data."""
    rows = []
    for scenario in scenarios:
        by_proxy = results[scenario.key]
        mine = by_proxy["sluice"]
        entry = {"key": scenario.key, "title": scenario.title, "proxies": {}, "ratios": {}}
        for name, samples in by_proxy.items():
            entry["proxies"][name] = {
                "user_us": spread([s.user_us for s in samples]),
                "system_us": spread([s.system_us for s in samples]),
                "total_us": spread([s.total_us for s in samples]),
                "requests_per_s": spread([s.requests_per_s for s in samples]),
                "p99_ms": spread([s.p99_ms for s in samples]),
                "errors": sum(s.errors for s in samples),
                "samples": [s.as_dict() for s in samples]}
            if name != "sluice":
                entry["ratios"][name] = ratios(mine, samples)
        rows.append(entry)
    return {"machine": machine(), "versions": {p.name: p.version for p in proxies},
            "rounds": rounds, "seconds": seconds, "void": voids(results), "scenarios": rows}


def cells(doc):
    yield ["scenario", "proxy", "user µs", "system µs", "total µs", "requests/s", "p99 ms",
           "sluice ÷ it", "min", "max"]
    for entry in doc["scenarios"]:
        for name, got in entry["proxies"].items():
            ratio = entry["ratios"].get(name)
            yield [entry["title"] if name == "sluice" else "", name,
                   f"{got['user_us']['median']:.2f}", f"{got['system_us']['median']:.2f}",
                   f"{got['total_us']['median']:.2f}", f"{got['requests_per_s']['median']:.0f}",
                   f"{got['p99_ms']['median']:.2f}",
                   *(f"{ratio[k]:.2f}" if ratio else "" for k in ("median", "min", "max"))]


def notes(doc):
    lines = [f"void: {reason}" for reason in doc["void"]]
    for entry in doc["scenarios"]:
        lines += [f"{entry['key']}: {name} failed {got['errors']} requests"
                  for name, got in entry["proxies"].items() if got["errors"]]
    return lines


def table(doc):
    """For the terminal."""
    rows = list(cells(doc))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        lines.append("  ".join(cell.ljust(width) if i < 2 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))).rstrip())
    return "\n".join(lines + notes(doc))


def markdown(doc):
    """For the README."""
    rows = list(cells(doc))
    lines = ["| " + " | ".join(rows[0]) + " |",
             "| --- | --- |" + " ---: |" * (len(rows[0]) - 2)]
    lines += ["| " + " | ".join(row) + " |" for row in rows[1:]]
    where = doc["machine"]
    versions = "; ".join(f"{name}: {text}" for name, text in doc["versions"].items())
    lines += ["", f"Machine: {where['cpu']}, {where['cores']} cores, Linux {where['kernel']}, "
              f"load average {where['load_average']} at the end. {where['date']}, "
              f"commit {where['commit']}, {doc['rounds']} rounds of {doc['seconds']} s.",
              "", f"Versions: {versions}."]
    for line in notes(doc):
        lines += ["", f"**{line}**"]
    return "\n".join(lines)


def write_json(doc, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(doc, indent=1, ensure_ascii=False) + "\n")


def write_readme(doc, path):
    """Replaces what stands between the README's two marks."""
    begin, end = MARK.format("begin"), MARK.format("end")
    text = path.read_text()
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise RuntimeError(f"{path} has no {begin} … {end}")
    path.write_text(pattern.sub(lambda _: f"{begin}\n{markdown(doc)}\n{end}", text))
