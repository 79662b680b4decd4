"""Each line of bench/conf/proxy.cfg has its effect, so that what is measured is a proxy that does
what the file says."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from effects import *
from harness import *
from rig import *

ROWS = [
    Row("nbthread ${BENCH_THREADS}", threads),
    Row("maxconn ${BENCH_MAXCONN}", fourth_waits, Variant(maxconn=3)),
    Row("${BENCH_LOG_TARGET}", logged, Variant(log=True)),
    Row("${BENCH_SOCKET}", runtime_socket, Variant(socket=True)),
    Row("mode http", refuses_garbage),
    Row("option forwardfor", at_origin("X-Forwarded-For", "127.0.0.1")),
    Row("option redispatch", both_answered, origins=one_is_dead),
    Row("option http-keep-alive", second_request, contrary="option httpclose"),
    Row("option splice-request", body_up_by_pipe, ONE, large_up, alone=is_oracle()),
    Row("option splice-response", body_down_by_pipe, ONE, large_down, alone=is_oracle()),
    Row("http-reuse always", other_clients_connection, ONE, one_origin),
    Row("retries 3", both_answered, origins=one_is_dead, contrary="retries 0"),
    timeout("connect", "5s", "100ms", status_within(503, Rig.client),
            lambda: [Blackhole(), Blackhole()]),
    timeout("client", "30s", "300ms", unread_body_given_up, large_down, variant=ONE),
    timeout("server", "30s", "300ms", status_within(504, Rig.client), silent_but_for_checks),
    timeout("http-request", "10s", "300ms", status_within(408, half_a_head)),
    timeout("http-keep-alive", "30s", "300ms", closed_by(idle)),
    timeout("queue", "30s", "300ms", status_within(503, second_in_queue), busy_first,
            variant=ONE, also=(("maxconn 1000", "maxconn 1"),)),
    timeout("check", "2s", "300ms", check_given_up, silent_origin, variant=ONE,
            also=(("inter 2s", "inter 60s"),)),
    Row("${BENCH_LOG_FORMAT}", logged_as_http, Variant(log=True), contrary="log global"),
    Row("${BENCH_LOG_FORMAT}", logged, Variant(log=True)),
    Row('bind "127.0.0.1:${BENCH_PORT}" ${BENCH_BIND_TLS}', listens, alone=False),
    Row('bind "127.0.0.1:${BENCH_PORT}" ${BENCH_BIND_TLS}', speaks_tls, Variant(tls=True),
        contrary='bind "127.0.0.1:${BENCH_PORT}"'),
    Row("${BENCH_RULES}", rule_applies, Variant(servers=1, rules=50), one_origin),
    Row("http-request set-header X-Forwarded-Port %[dst_port]",
        at_origin("X-Forwarded-Port", lambda rig: str(rig.proxy.fe))),
    Row("http-request set-header X-Forwarded-Proto ${BENCH_SCHEME}",
        at_origin("X-Forwarded-Proto", "http")),
    Row("http-response set-header X-Frame-Options SAMEORIGIN", frame_options),
    Row("default_backend origins", listens),
    Row("balance ${BENCH_BALANCE}", in_turn, origins=busy_first, contrary="balance leastconn"),
    Row("option httpchk GET /0", checked, ONE, one_origin),
    Row(SERVER, listens),
    Row(SERVER, checked, ONE, one_origin, contrary=SERVER.replace(" check inter 2s", "")),
    Row(SERVER, checked_again, ONE, one_origin, contrary=SERVER.replace("2s", "60s")),
    Row(SERVER, second_held_back, ONE, busy_first, short=((SERVER, SERVER[:-3]),),
        contrary=SERVER.replace(" maxconn 1000", "")),
    Row("${BENCH_CHECKED}", other_backend_checked, Variant(servers=1, checked=2)),
    Row('bind "127.0.0.1:${BENCH_STATS_PORT}"', stats_page, alone=False),
    Row("stats enable", stats_page),
]


register_rows(ROWS)


@test("every line of proxy.cfg is held to an effect")
def _():
    every_line("proxy.cfg", ROWS,
               {"global", "defaults", "frontend traffic", "backend origins", "listen stats"})


main()
