"""How fast each scenario is asked. As fast as it goes saturates the proxy and is what its peers
quote; but where that fills the load's core under any of them, what is measured is the load. Then
all proxies of the row get the same number of requests per second, a share of what the slowest
answers, in bursts: all connections ask at once and then wait. Inside a burst a proxy has as much at
hand as when it is saturated; requests that come one by one would each pay for a sleep and a wake-up
of the kernel, which hides what the proxies themselves cost."""

from . import scenarios

IDLE_WANTED = 0.05  # of the load's core, under every proxy, for a row to go as fast as it can


def better(one, other):
    """Of two trials the quicker: what disturbs a moment of the machine makes it slower."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda sample: sample["requests_per_s"])


def rates(wanted, trials):
    """{scenario key: requests per second, 0 for as fast as it goes}. `trials` is
    {scenario key: {proxy name: sample}} of visits without a rate, the better of each."""
    groups = {}
    for scenario in wanted:
        if scenario.key in trials:
            groups.setdefault(scenario.rate_group, []).append(scenario)
    found = {scenario.key: 0 for scenario in wanted}
    for members in groups.values():
        samples = [sample for s in members for sample in trials[s.key].values()]
        full = any(sample["load_idle"] < IDLE_WANTED for sample in samples)
        if full or any(s.pace != scenarios.CLOSED for s in members):
            slowest = min(sample["requests_per_s"] for sample in samples)
            found.update({s.key: slowest * s.share for s in members})
    return found


def named(scenario, rate):
    """How it was asked."""
    if rate == 0:
        return scenarios.CLOSED
    return scenarios.SPREAD if scenario.pace == scenarios.SPREAD else scenarios.BURSTS
