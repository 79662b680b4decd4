# labels: quick
"""Latencies in the control API: of each second, for frontends, backends and servers."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
import contract

TEXT = DEFAULTS + """
listen admin
    bind 127.0.0.1:@st@
    stats enable
    stats uri /stats
frontend web
    bind 127.0.0.1:@fe@
    use_backend none if { path /none }
    default_backend be
backend be
    balance roundrobin
    server quick @quick@
    server idle @idle@ disabled
backend none
    server x 127.0.0.1:1 disabled
"""
KEYS = ("f:web", "b:be", "b:none", "s:be/quick", "s:be/idle")


def columns(p, figure):
    """By key, the figure's values of all seconds."""
    path = "/api/series?" + "&".join(f"key={key}" for key in KEYS)
    answer = get(p.st, path)
    found = contract.check("GET", path.split("?")[0], answer)["series"]
    return {key: found[key][figure] for key in KEYS}


def timed(p, figure="p99"):
    """Keys that have such a value in some second."""
    return {key: [v for v in values if v is not None]
            for key, values in columns(p, figure).items() if any(v is not None for v in values)}


@test("a second in which a request ended has p50, p95 and p99; others have none", only="sluice")
def _():
    p = proxy(TEXT, quick=Origin(name="quick"), idle=Origin())
    assert not timed(p).keys() & {"b:be", "s:be/quick"}
    for _ in range(5):
        get(p.fe)
    wait_for(lambda: timed(p).keys() >= {"f:web", "b:be", "s:be/quick"}, "latencies")
    eq(timed(p).keys(), {"f:web", "b:be", "s:be/quick"})
    for figure in ("p50", "p95", "p99"):
        for values in timed(p, figure).values():
            assert all(0 <= v < 30_000 for v in values), values
    for key, p50 in columns(p, "p50").items():
        for low, middle, high in zip(p50, columns(p, "p95")[key], columns(p, "p99")[key]):
            assert low is None or low <= middle <= high, (key, low, middle, high)
    # Nothing more ends: the last second's are none again.
    wait_for(lambda: columns(p, "p99")["b:be"][-1] is None, "a second without a request")
    state = contract.check("GET", "/api/state", get(p.st, "/api/state"))
    eq([b["p99"] for b in state["backends"]], [None, None])


@test("a slow request shows where it was slow", only="sluice")
def _():
    gate = Gate()
    p = proxy(TEXT, quick=Origin(respond(200, "late", before=gate)), idle=Origin())
    client = Client(p.fe).request()
    gate.wait_reached()
    seconds = len(columns(p, "p99")["b:be"])
    wait_for(lambda: len(columns(p, "p99")["b:be"]) > seconds + 2, "two seconds")
    eq(timed(p).keys() & {"b:be", "s:be/quick"}, set())
    gate.open()
    client.response()
    wait_for(lambda: timed(p).keys() >= {"b:be", "s:be/quick"}, "its latency")
    for figure in ("p50", "p99"):
        for key in ("b:be", "s:be/quick"):
            value = max(timed(p, figure)[key])
            assert 1_000 < value < 60_000, (figure, key, value)


@test("what reached no server is a latency of its backend alone", only="sluice")
def _():
    p = proxy(TEXT, quick=Origin(), idle=Origin())
    eq(get(p.fe, "/none").status, 503)
    wait_for(lambda: "b:none" in timed(p), "the 503's latency")
    eq(timed(p).keys() & {"b:be", "s:be/quick"}, set())


if __name__ == "__main__":
    main()
