# labels: quick
"""The arithmetic of bench/compare: ratios round by round, what is void, bounds, paces, charts."""
import re
import sys
import xml.dom.minidom

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
import bench
from harness import *

bounds, chart, pace = (bench.module(name) for name in ("bounds", "chart", "pace"))
measure, programs, report = (bench.module(name) for name in ("measure", "programs", "report"))
scenarios, tables, verdicts = (bench.module(name) for name in ("scenarios", "tables", "verdicts"))
proxies, rounds, variants = (bench.module(name) for name in ("proxies", "rounds", "variants"))
reloads = bench.module("reloads")


def sample(total=10.0, idle=0.3, rate=50_000.0, **more):
    return {"total_us": total, "user_us": total / 4, "system_us": total * 3 / 4, "errors": 0,
            "requests": 100_000, "seconds": 2.0, "requests_per_s": rate, "bytes_per_s": 1e6,
            "p50_ms": 0.5, "p99_ms": 1.0, "p999_ms": 2.0, "rss_kib": 9000, "load_idle": idle,
            **more}


def row(**totals):
    """{proxy name: three samples} of one scenario."""
    return {name: [sample(total) for _ in range(3)] for name, total in totals.items()}


def verdict_of(results, scenario, peer, figure="total_us"):
    found = verdicts.peer_bounds(results, verdicts.voids(results))
    return [b["verdict"] for b in found
            if (b["scenario"], b["peer"], b["figure"]) == (scenario, peer, figure)]


def by_key(key):
    return next(s for s in scenarios.ALL if s.key == key)


@test("a ratio is taken round by round, and its median, least and most are given")
def _():
    mine = [sample(10), sample(40), sample(9)]   # the second round was slow for both
    theirs = [sample(20), sample(80), sample(10)]
    eq(verdicts.ratio(mine, theirs, "total_us"), {"median": 0.5, "min": 0.5, "max": 0.9})


@test("a ratio to a figure of 0 is none")
def _():
    eq(verdicts.ratio([sample(10)], [sample(0)], "total_us"), None)
    eq(verdicts.ratio([sample(10), sample(6)], [sample(0), sample(12)], "total_us")["median"], 0.5)


@test("a bound is met at its limit and missed above it")
def _():
    eq(verdict_of({"keepalive-100b": row(sluice=8.2, haproxy=10.0)}, "keepalive-100b", "haproxy"),
       ["met"])
    eq(verdict_of({"keepalive-100b": row(sluice=8.3, haproxy=10.0)}, "keepalive-100b", "haproxy"),
       ["missed"])


@test("a load without idle time voids the row's bounds that its proxy has a part in")
def _():
    results = {"keepalive-10k": row(sluice=8.0, floor=8.0, haproxy=10.0, nginx=10.0)}
    results["keepalive-10k"]["nginx"] = [sample(10, idle=0.0)] * 3
    eq(verdict_of(results, "keepalive-10k", "nginx"), ["void"])
    eq(verdict_of(results, "keepalive-10k", "haproxy"), ["met"])
    results["keepalive-10k"]["sluice"] = [sample(8, idle=0.0)] * 3
    eq(verdict_of(results, "keepalive-10k", "haproxy"), ["void"])


@test("one round without idle time voids nothing: the median counts")
def _():
    results = {"keepalive-10k": row(sluice=8.0, haproxy=10.0)}
    results["keepalive-10k"]["haproxy"][1] = sample(10, idle=0.0)
    eq(verdicts.voids(results), {})


@test("a floor above 0.85 of haproxy voids the whole keep-alive row, and no other")
def _():
    results = {"keepalive-100b": row(sluice=8.0, floor=8.6, haproxy=10.0, nginx=10.0),
               "tls-100b": row(sluice=8.0, floor=8.6, haproxy=10.0)}
    eq(list(verdicts.voids(results)), ["keepalive-100b"])
    eq(verdict_of(results, "keepalive-100b", "nginx"), ["void"])
    eq(verdict_of(results, "tls-100b", "haproxy"), ["met"])
    results["keepalive-100b"]["floor"] = [sample(8.5)] * 3
    eq(verdicts.voids(results), {})


@test("failed requests and a rate that was not kept void a row")
def _():
    results = {"upload-1m": {"sluice": [sample(8, errors=101)], "haproxy": [sample(10, kept=0.9)],
                             "nginx": [sample(10, kept=0.98, errors=1)]}}
    found = verdicts.voids(results)["upload-1m"]
    eq(sorted(found), ["haproxy", "sluice"])
    assert "requests failed" in found["sluice"] and "rate" in found["haproxy"], found


@test("the bounds of a run: across scenarios, the better peer, and a figure as it is")
def _():
    results = {"threads-1": row(sluice=10.0), "threads-2": row(sluice=11.0),
               "servers-1": row(sluice=10.0), "servers-200": row(sluice=10.6),
               "idle-10000": {"sluice": [{"bytes_each": 690.0, "errors": 0}]},
               "keepalive-100b": {"sluice": [sample(p99_ms=1.2)], "haproxy": [sample(p99_ms=2.0)],
                                  "nginx": [sample(p99_ms=1.0)]}}
    found = {b["title"]: (round(b["value"], 3), b["verdict"])
             for b in verdicts.run_bounds(results, {})}
    eq(sorted(found.values()), [(1.06, "missed"), (1.1, "met"), (1.2, "missed"), (690.0, "met")])


@test("a bound across scenarios is void with either of them")
def _():
    results = {"threads-1": row(sluice=10.0), "threads-2": row(sluice=11.0)}
    results["threads-1"]["sluice"] = [sample(10, idle=0.0)] * 3
    eq([b["verdict"] for b in verdicts.run_bounds(results, verdicts.voids(results))], ["void"])


@test("what a run did not visit has no verdict")
def _():
    eq(verdicts.peer_bounds({"keepalive-100b": row(sluice=8.0)}, {}), [])
    eq(verdicts.run_bounds({"threads-2": row(sluice=8.0), "keepalive-100b": row(sluice=8.0)}, {}),
       [])


@test("of a reload counts what a request waited longer than without one, at the worse worker")
def _():
    found = [[[10.0, 1.0], [10.4, 7.0], [12.0, 2.0], [14.0, 3.0]],
             [[9.995, 8.0], [11.0, 30.0], [12.2, 1.0], [14.1, 9.0]]]
    busy = [reloads.Span(10.0, 10.5, 4.0, 3.0, 0.5), reloads.Span(14.0, 14.5, 6.0, 2.0, 0.75)]
    quiet = [reloads.Span(12.0, 12.5, 1.0, 1.0, 0.25), reloads.Span(13.0, 13.5, 0.0, 4.0, 0.25)]
    eq([span.longest_ms(found) for span in (*busy, *quiet)], [8.0, 9.0, 2.0, 0.0])
    eq(reloads.figures(found, quiet, busy),
       {"stall_ms": 7.5, "longest_ms": 8.5, "worst_ms": 9.0, "core_ms": 5.0, "turn_ms": 2.5,
        "turn_cpu_ms": 0.625, "worst_turn_cpu_ms": 0.75, "quiet_longest_ms": 1.0,
        "quiet_worst_ms": 2.0, "quiet_core_ms": 0.5, "quiet_turn_ms": 2.5,
        "quiet_turn_cpu_ms": 0.25, "quiet_worst_turn_cpu_ms": 0.25})
    eq(reloads.figures(found, busy, quiet)["stall_ms"], 0.0)


@test("every bound is about a scenario, and a quick run visits what it compares")
def _():
    quick = {s.key: s.quick for s in scenarios.QUICK}
    for bound in bounds.BOUNDS:
        assert bound.peer in quick[bound.scenario], bound
        assert bound.peer in by_key(bound.scenario).peers, bound
    # Reloads have three scenarios, of which a quick run has one.
    whole_only = {"reload-threads-2", "reload-checked"}
    assert whole_only.isdisjoint(quick) and "reload-10000" in quick
    for bound in bounds.RUN_BOUNDS:
        if bound.scenario in whole_only:
            assert by_key(bound.scenario).kind == "reload", bound
            continue
        assert bound.scenario in quick, bound
        assert getattr(bound, "against", bound.scenario) in quick, bound
        assert set(getattr(bound, "peers", ())) <= set(quick[bound.scenario]), bound
    eq(len({s.key for s in scenarios.ALL}), len(scenarios.ALL), "scenarios of different names")


@test("a row goes as fast as it can while the load has idle time under every proxy")
def _():
    wanted = [by_key("keepalive-100b")]
    trials = {"keepalive-100b": {"sluice": sample(idle=0.2), "floor": sample(idle=0.06)}}
    eq(pace.rates(wanted, trials), {"keepalive-100b": 0})
    trials["keepalive-100b"]["floor"] = sample(idle=0.01, rate=90_000.0)
    trials["keepalive-100b"]["haproxy"] = sample(idle=0.2, rate=40_000.0)
    eq(pace.rates(wanted, trials), {"keepalive-100b": 30_000.0})


@test("of two trials the quicker counts, so that one bad moment sets no pace")
def _():
    slow, good = sample(idle=0.0, rate=40.0), sample(idle=0.2, rate=50_000.0)
    for one, other in ((slow, good), (good, slow)):
        eq(pace.better(one, other), good)
    eq((pace.better(None, good), pace.better(slow, None)), (good, slow))


@test("scenarios of a group have one rate, that of the slowest among them")
def _():
    wanted = [by_key("threads-1"), by_key("threads-2")]
    trials = {"threads-1": {"sluice": sample(rate=50_000.0)},
              "threads-2": {"sluice": sample(rate=30_000.0)}}
    eq(pace.rates(wanted, trials), {"threads-1": 18_000.0, "threads-2": 18_000.0})


@test("only response times are asked for evenly; other rates come in bursts")
def _():
    words = [scenario.key for scenario in scenarios.ALL
             if pace.named(scenario, 100) == scenarios.SPREAD]
    eq(words, ["response-time"])
    eq(pace.named(by_key("response-time"), 0), scenarios.CLOSED)


@test("a large body counts by its bytes, a small one by its answer")
def _():
    load = {"requests": 10, "bytes": 12 * (1 << 20), "sent_bytes": 500}
    eq(measure.requests_of(by_key("keepalive-1m"), load), 12.0)
    eq(measure.requests_of(by_key("keepalive-100b"), load), 10)
    eq(measure.requests_of(by_key("upload-1m"), {**load, "sent_bytes": 24 * (1 << 20)}), 24.0)


@test("a rate is kept when no more than the last round of connections is on its way")
def _():
    slow = by_key("keepalive-1m")
    eq(measure.kept(slow, 136, 2.0, 100), 1.0)
    eq(measure.kept(slow, 116, 2.0, 100), 0.9)


@test("each proxy is the first of a round in turn")
def _():
    eq([rounds.rotated(["a", "b", "c"], turn)[0] for turn in range(4)], ["a", "b", "c", "a"])


def plan_of(key, *names):
    return [(by_key(key), [proxies.Proxy(name, f"{name} 1.0", None) for name in names])]


def document():
    results = {"keepalive-100b": row(sluice=9.0, haproxy=10.0)}
    return report.document(results, {"keepalive-100b": 1000.0},
                           plan_of("keepalive-100b", "sluice", "haproxy"),
                           {"rounds": 3, "seconds": 2, "quick": True, "notes": ["a note"]})


@test("table and summary say the ratio, the bound, what is missed and by how much")
def _():
    text = tables.text(document())
    line = next(one for one in text.splitlines() if " haproxy " in one)
    eq(line.split()[-6:], ["0.90", "0.90", "0.90", "≤", "0.82", "missed"])
    assert "keep-alive, 100 B (bursts, 1000/s)" in text, text
    assert "missed: keepalive-100b against haproxy: 0.9, bound 0.82: 10% over it" in text, text
    assert "a note" in text, text


@test("the README's part is replaced between its marks, and only there")
def _():
    path = bench.Path(scratch()) / "README.md"
    path.write_text("before\n<!-- compare: begin -->\nold\n<!-- compare: end -->\nafter\n")
    report.write_readme(document(), path)
    text = path.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text, text
    assert re.search(r"^\| keep-alive, 100 B \(bursts, 1000/s\) \| sluice \|", text, re.M), text


@test("a chart is well-formed and has a bar per proxy")
def _():
    picture = chart.of_scenario(document()["scenarios"][0], "µs < & >")
    tags = xml.dom.minidom.parseString(picture).getElementsByTagName("text")
    labels = [tag.firstChild.data for tag in tags]
    assert "sluice" in labels and "haproxy" in labels, labels
    assert any("sluice ÷ it 0.90" in label for label in labels), labels


@test("a line that names a server stands once for each, and comments are left out")
def _():
    template = "# ${BENCH_SERVER}\nserver s${BENCH_NUMBER} ${BENCH_SERVER}\nx ${BENCH_A}\n"
    text = programs.fill(template, {"BENCH_SERVERS": ["a:1", "b:2"], "BENCH_A": 7})
    eq(text, "server s1 a:1\nserver s2 b:2\nx 7\n")


@test("both families' files are filled in whole, in every scenario")
def _():
    for scenario in scenarios.ALL:
        place = proxies.Place(1, 2, ("127.0.1.1:3", "127.0.1.2:3"), bench.Path("/none"), "")
        for family in ("haproxy", "nginx"):
            text = programs.fill(programs.template(scenario.variant.file_of(family)),
                                 variants.values(scenario.variant, place))
            assert "${" not in text, (scenario.key, family)


main()
