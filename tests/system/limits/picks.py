# labels: quick threaded
"""Round-robin over four threads: any n·W consecutive picks hold each server n·weight times."""
import sys
import threading

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = "global\n    nbthread 4\n" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    balance roundrobin
"""


def start(weights):
    origins = {name: Origin(name=name) for name in weights}
    lines = [f"    server {name} @{name}@ weight {weight}" for name, weight in weights.items()]
    return proxy(TEXT + "\n".join(lines) + "\n", **origins), origins


def windows(picks, weights):
    """Every window of n·W picks, wherever it begins."""
    whole = sum(weights.values())
    for n in range(1, len(picks) // whole + 1):
        for at in range(len(picks) - n * whole + 1):
            part = picks[at:at + n * whole]
            for name, weight in weights.items():
                eq(part.count(name), n * weight, f"{name} of the {n * whole} picks from {at}")


def register():
    for weights in ({"a": 1, "b": 1, "c": 1}, {"a": 3, "b": 2, "c": 1}, {"a": 5, "b": 1, "c": 1},
                    {"a": 7, "b": 4}):
        name = ", ".join(str(weight) for weight in weights.values())

        def one_by_one(weights=weights):
            p, _ = start(weights)
            # A connection each, so that the kernel spreads them over the threads.
            windows("".join(get(p.fe).body.decode() for _ in range(6 * sum(weights.values()))),
                    weights)
        # haproxy keeps an order of its own in each thread group's tree; here it is one schedule.
        test(f"weights {name}, one after the other", only="sluice")(one_by_one)

        def at_once(weights=weights):
            p, origins = start(weights)
            each = 5 * sum(weights.values())
            wrong = []

            def ask():
                client = Client(p.fe, seconds=60)
                wrong.extend(a.status for a in (client.get() for _ in range(each))
                             if a.status != 200)
            threads = [threading.Thread(target=ask, daemon=True) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(80)
            eq(wrong, [])
            eq({n: len(o.requests) for n, o in origins.items()},
               {n: 40 * weight for n, weight in weights.items()})
        test(f"weights {name}, from eight clients at once", only="sluice")(at_once)


register()

if __name__ == "__main__":
    main()
