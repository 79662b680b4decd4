"""Each line of bench/conf/tcp.cfg has its effect."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from effects import *
from harness import *
from rig import *

TWO, LONE = Variant(tcp=True), Variant(tcp=True, servers=1)
ROWS = [
    Row("nbthread ${BENCH_THREADS}", threads, TWO),
    Row("maxconn ${BENCH_MAXCONN}", fourth_waits, Variant(tcp=True, maxconn=3)),
    Row("mode tcp", passes_garbage, TWO, contrary="mode http"),
    Row("option redispatch", both_answered, TWO, one_is_dead),
    # In TCP mode haproxy splices both ways with either of the two.
    Row("option splice-request", body_up_by_pipe, LONE, large_up, alone=False),
    Row("option splice-response", body_down_by_pipe, LONE, large_down, alone=False),
    Row("retries 3", both_answered, TWO, one_is_dead, contrary="retries 0"),
    timeout("connect", "5s", "100ms", closed_by(Rig.client), lambda: [Blackhole(), Blackhole()],
            variant=TWO),
    timeout("client", "30s", "300ms", unread_body_given_up, large_down, variant=LONE),
    timeout("server", "30s", "300ms", closed_by(Rig.client), silent_but_for_checks, variant=TWO),
    timeout("queue", "30s", "300ms", closed_by(second_in_queue), busy_first, variant=LONE,
            also=(("maxconn 1000", "maxconn 1"),)),
    timeout("check", "2s", "300ms", check_given_up, silent_origin, variant=LONE,
            also=(("inter 2s", "inter 60s"),)),
    Row('bind "127.0.0.1:${BENCH_PORT}"', listens, TWO, alone=False),
    Row("default_backend origins", listens, TWO),
    Row("balance ${BENCH_BALANCE}", in_turn, TWO, busy_first, contrary="balance leastconn"),
    Row("option httpchk GET /0", checked, LONE, one_origin),
    Row(SERVER, listens, TWO),
    Row(SERVER, second_held_back, LONE, busy_first, short=((SERVER, SERVER[:-3]),),
        contrary=SERVER.replace(" maxconn 1000", "")),
    Row("mode http", stats_page, TWO),
    Row('bind "127.0.0.1:${BENCH_STATS_PORT}"', stats_page, TWO, alone=False),
    Row("stats enable", stats_page, TWO),
]

register_rows(ROWS)


@test("every line of tcp.cfg is held to an effect")
def _():
    every_line("tcp.cfg", ROWS,
               {"global", "defaults", "frontend traffic", "backend origins", "listen stats"})


main()
