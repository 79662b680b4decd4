"""From samples to ratios, what is void, and which bounds are met. `results` is
{scenario key: {proxy name: [sample per round]}} everywhere."""

import statistics

from . import bounds


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def ratio(of, to, figure):
    """Round by round, so that what slowed both cancels out. None without a figure above 0."""
    values = [a[figure] / b[figure] for a, b in zip(of, to) if b[figure] > 0]
    return spread(values) if values else None


def medians(samples, figure):
    return statistics.median(sample[figure] for sample in samples)


def full_load(samples):
    """The load's core had no idle time: the load was the limit, or other programs disturbed it."""
    return "load_idle" in samples[0] and medians(samples, "load_idle") < bounds.IDLE_NEEDED


def failing(samples):
    """More requests failed than may."""
    asked = sum(sample.get("requests", 0) for sample in samples)
    return sum(sample["errors"] for sample in samples) > bounds.FAILED_ALLOWED * asked


def late(samples):
    """It did not keep up with the rate that all were given."""
    return "kept" in samples[0] and medians(samples, "kept") < bounds.KEPT_NEEDED


def void_proxies(by_proxy):
    """{proxy name: why nothing is proved about it in this scenario}"""
    found = {}
    for name, samples in by_proxy.items():
        reasons = [text for holds, text in (
            (full_load(samples), "the load's core had no idle time"),
            (failing(samples), "requests failed"),
            (late(samples), "it did not keep up with the rate")) if holds]
        if reasons:
            found[name] = " and ".join(reasons)
    return found


def floor_share(by_proxy):
    """floor ÷ haproxy; None where they were not both there."""
    if not {"floor", "haproxy"} <= by_proxy.keys():
        return None
    found = ratio(by_proxy["floor"], by_proxy["haproxy"], "total_us")
    return found["median"] if found else None


def voids(results):
    """{scenario key: {proxy name, or "" for the whole scenario: why it is void}}"""
    found = {}
    for key, by_proxy in results.items():
        reasons = void_proxies(by_proxy)
        share = floor_share(by_proxy) if key in bounds.FLOOR_SCENARIOS else None
        if share is not None and share > bounds.FLOOR_LIMIT:
            reasons[""] = (f"the floor came out at {share:.2f} of haproxy "
                           f"(needed: {bounds.FLOOR_LIMIT})")
        if reasons:
            found[key] = reasons
    return found


def void_between(void, *pairs):
    """Why a comparison of these (scenario, proxy) proves nothing; None when it does."""
    for key, name in pairs:
        reasons = void.get(key, {})
        for which in ("", name):
            if which in reasons:
                return f"{key}{': ' + which if which else ''}: {reasons[which]}"
    return None


def judged(title, limit, value, void, **more):
    verdict = "void" if void else "met" if value <= limit else "missed"
    return {"title": title, "limit": limit, "value": value, "verdict": verdict, "void": void,
            **more}


def peer_bounds(results, void):
    """Verdicts of bounds.BOUNDS, as far as the run has what they compare."""
    found = []
    for bound in bounds.BOUNDS:
        by_proxy = results.get(bound.scenario, {})
        if not {"sluice", bound.peer} <= by_proxy.keys():
            continue
        value = ratio(by_proxy["sluice"], by_proxy[bound.peer], bound.figure)
        if value is None:
            continue
        why = void_between(void, (bound.scenario, "sluice"), (bound.scenario, bound.peer))
        found.append(judged(f"{bound.scenario} against {bound.peer}", bound.limit,
                            value["median"], why, scenario=bound.scenario, peer=bound.peer,
                            figure=bound.figure))
    return found


def run_bound(bound, results, void):
    """(value, why it is void); None where the run has not what it compares."""
    mine = results.get(bound.scenario, {}).get("sluice")
    if not mine:
        return None
    here = (bound.scenario, "sluice")
    if isinstance(bound, bounds.Most):
        return medians(mine, bound.figure), void_between(void, here)
    if isinstance(bound, bounds.Across):
        other = results.get(bound.against, {}).get("sluice")
        value = ratio(mine, other, bound.figure) if other else None
        pairs = (here, (bound.against, "sluice"))
    else:
        peers = [name for name in bound.peers if name in results[bound.scenario]]
        ratios = [ratio(mine, results[bound.scenario][name], bound.figure) for name in peers]
        value = max((r for r in ratios if r), key=lambda r: r["median"], default=None)
        pairs = (here, *((bound.scenario, name) for name in peers))
    return (value["median"], void_between(void, *pairs)) if value else None


def run_bounds(results, void):
    """Verdicts of bounds.RUN_BOUNDS."""
    found = []
    for bound in bounds.RUN_BOUNDS:
        got = run_bound(bound, results, void)
        if got:
            found.append(judged(bound.title, bound.limit, *got, scenario=bound.scenario))
    return found
