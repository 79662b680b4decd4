"""What a run found, as plain data, as JSON, as charts, and as the README's part."""

import json
import os
import platform
import re
import subprocess
import time
from pathlib import Path

from . import chart, pace, programs, tables, verdicts

MARK = "<!-- compare: {} -->"
NO_FIGURES = ("errors", "requests", "seconds")  # of a sample: kept, but no medians of them


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def commit():
    try:
        done = subprocess.run(["git", "-C", str(programs.ROOT), "describe", "--always", "--dirty"],
                              capture_output=True, text=True, check=False)
    except FileNotFoundError:   # no git here
        return "unknown"
    return done.stdout.strip() or "unknown"


def machine():
    return {"cpu": cpu_model(), "cores": os.cpu_count(), "kernel": platform.release(),
            "load_average": round(os.getloadavg()[0], 1), "commit": commit(),
            "date": time.strftime("%Y-%m-%d")}


def rounded(value):
    """Five significant digits are more than a measurement has."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else value


def entry_of(scenario, by_proxy, rate):
    entry = {"key": scenario.key, "title": scenario.title, "kind": scenario.kind,
             "figure": scenario.figure, "rate": rate, "pace": pace.named(scenario, rate),
             "proxies": {}, "ratios": {}}
    for name, samples in by_proxy.items():
        figures = {figure: verdicts.spread([s[figure] for s in samples])
                   for figure in samples[0] if figure not in NO_FIGURES}
        entry["proxies"][name] = {**figures, "errors": sum(s["errors"] for s in samples),
                                  "samples": samples}
        if name != "sluice":
            found = verdicts.ratio(by_proxy["sluice"], samples, scenario.figure)
            if found:
                entry["ratios"][name] = found
    return entry


def document(results, rates, plan, settings):
    """Everything that a run found. `settings` has rounds, seconds, trials, whether it was quick,
    and notes."""
    void = verdicts.voids(results)
    versions = {p.name: p.version for _, proxies in plan for p in proxies}
    return rounded({
        "machine": machine(), "versions": versions, **settings, "void": void,
        "scenarios": [entry_of(s, results[s.key], rates[s.key]) for s, _ in plan],
        "bounds": verdicts.peer_bounds(results, void),
        "run_bounds": verdicts.run_bounds(results, void)})


def write_json(doc, path):
    """A line per sample, so that two runs compare well."""
    text = json.dumps(doc, indent=1, ensure_ascii=False)
    flat = re.sub(r"\{[^{}\[\]]*\}", lambda m: re.sub(r"\s*\n\s*", " ", m.group(0)), text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(flat + "\n")


def write_charts(doc, folder):
    """KEY.svg for every scenario of the run."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in doc["scenarios"]:
        unit = tables.UNITS[entry["figure"]]
        (folder / f"{entry['key']}.svg").write_text(chart.of_scenario(entry, unit))


def write_readme(doc, path):
    """Replaces what stands between the README's two marks."""
    begin, end = MARK.format("begin"), MARK.format("end")
    text = path.read_text()
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise RuntimeError(f"{path} has no {begin} … {end}")
    path.write_text(pattern.sub(lambda _: f"{begin}\n{tables.markdown(doc)}\n{end}", text))
