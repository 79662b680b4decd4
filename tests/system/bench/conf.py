"""Each line of bench/conf/proxy.cfg has its effect, so that what is measured is a proxy that does
what the file says. An effect is looked for twice: with the line it is there, without it (or with
its contrary, where it says what is the default anyhow) it is not."""
import os
import socket
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
import bench
from harness import *
from harness.wire import Closed

programs, variants = bench.module("programs"), bench.module("variants")
Place = bench.module("proxies").Place
Variant, PLAIN = variants.Variant, variants.PLAIN

FILE = "proxy.cfg"
SERVER = "server s${BENCH_NUMBER} ${BENCH_SERVER} check inter 2s maxconn 1000"
PATIENCE = 20.0  # an effect that has to be there shows by then
NONE = 4.0       # one that must not be there has not shown by then
QUIET = 2.5      # what is held back has not come by then
LARGE = 64 << 20


class Rig:
    """A proxy with the bench's configuration, changed by (old, new) pairs of lines."""

    def __init__(self, row, changes):
        self.origins = row.origins()
        self.place = Place("@fe@", "@stats@", tuple(str(o) for o in self.origins),
                           Path(scratch()))
        text = programs.template(FILE)
        for old, new in changes:
            assert old in text, f"{FILE} has no {old!r}"
            text = text.replace(old, new)
        if row.variant.log:
            self.log = UnixLog(str(self.place.log_socket))
        if row.variant.tls:
            programs.make_certificate(self.place.certificate)
        self.proxy = proxy(programs.fill(text, variants.values(row.variant, self.place)))

    def client(self, path="/"):
        return Client(self.proxy.fe, seconds=20).request("GET", path)

    def asked(self, number=0):
        """What came to an origin, without the checks."""
        return [r for r in self.origins[number].requests if r.target != "/0"]

    def checks(self, number=0):
        return [r for r in self.origins[number].requests if r.target == "/0"]


class Waiting:
    """How long an effect is waited for."""
    seconds = PATIENCE


def happens(predicate):
    try:
        wait_for(predicate, seconds=Waiting.seconds)
    except AssertionError:
        return False
    return True


def answer(client, seconds=None):
    """The status that comes by then, or None."""
    client.sock.settimeout(seconds or Waiting.seconds)
    try:
        return client.response().status
    except (OSError, AssertionError, Closed):
        return None


def two():
    return [Origin(name="one"), Origin(name="two")]


def one_is_dead():
    return [Origin(), f"127.0.0.1:{free_port()}"]


def busy_first():
    """The first request of each, checks apart, waits for ever; the later ones are answered."""
    return [Origin(held()) for _ in range(2)]


def held():
    gate, waits = Gate(), []

    def answer_one(conn, request):
        if request.target != "/0" and not waits:
            waits.append(request)
            gate()
        respond(200, "x")(conn, request)
    return answer_one


def silent_but_for_checks():
    def answer_one(conn, request):
        (respond(200) if request.target == "/0" else silent)(conn, request)
    return [Origin(answer_one), Origin(answer_one)]


def threads(rig):
    """A second proxy with four threads more has four tasks more."""
    def tasks(process):
        return len(os.listdir(f"/proc/{process.pid}/task"))
    more = Rig(Row("", None, Variant(threads=5)), rig.changes)
    return happens(lambda: tasks(more.proxy) - tasks(rig.proxy) == 4)


def fourth_waits(rig):
    clients = [rig.client() for _ in range(3)]
    eq([answer(c) for c in clients], [200] * 3)
    fourth = Client(rig.proxy.fe)
    fourth.request()
    if answer(fourth, QUIET) is not None:
        return False
    clients[0].close()
    return answer(fourth) == 200


def logged(rig):
    eq(answer(rig.client("/logged")), 200)
    return happens(lambda: any("/logged" in line for line in rig.log.lines))


def logged_as_http(rig):
    eq(answer(rig.client("/logged")), 200)
    lines = rig.log.wait(1)
    return any(HttpLine.pattern.match(line) for line in lines)


def refuses_garbage(rig):
    client = Client(rig.proxy.fe)
    client.send("no request at all\r\n\r\n")
    return answer(client) == 400


def at_origin(name, value):
    def check(rig):
        answer(rig.client("/seen"))
        seen = [r for number in (0, 1) for r in rig.asked(number)]
        return bool(seen) and seen[0].get(name) == (value(rig) if callable(value) else value)
    check.__name__ = "at_origin"
    return check


def both_answered(rig):
    return [answer(c, PATIENCE) for c in (rig.client(), rig.client())] == [200, 200]


def second_request(rig):
    client = rig.client()
    eq(answer(client), 200)
    return client.try_send(request("GET", "/again")) and answer(client) == 200


def pipes(process):
    count = 0
    for entry in os.listdir(f"/proc/{process.pid}/fd"):
        try:
            count += os.readlink(f"/proc/{process.pid}/fd/{entry}").startswith("pipe:")
        except OSError:
            continue
    return count


def body_down_by_pipe(rig):
    before = pipes(rig.proxy)
    client = rig.client("/large")
    client.head()
    return happens(lambda: pipes(rig.proxy) > before)


def body_up_by_pipe(rig):
    before = pipes(rig.proxy)
    client = Client(rig.proxy.fe)
    client.send(f"POST /large HTTP/1.1\r\nHost: t\r\nContent-Length: {LARGE}\r\n\r\n")
    client.sock.setblocking(False)

    def push():
        try:
            client.sock.send(b"x" * 65536)
        except BlockingIOError:
            pass
        return pipes(rig.proxy) > before
    return happens(push)


def large_down():
    return [Origin(respond(200, b"x" * LARGE))]


def large_up():
    return [Origin(held(), read_body=False)]


def other_clients_connection(rig):
    """The first request of a new client goes over the connection of another one."""
    def again():
        numbers = len(rig.asked())
        clients = [Client(rig.proxy.fe) for _ in range(2)]
        for client in clients:
            eq(client.get().status, 200)
        return len({r.conn_id for r in rig.asked()[numbers:]}) == 1
    return happens(again)


def one_origin():
    return [Origin()]


def status_within(status, what):
    def check(rig):
        return answer(what(rig)) == status
    check.__name__ = f"{what.__name__}_{status}"
    return check


def unread_body_given_up(rig):
    rig.client("/large")
    return happens(lambda: rig.asked() and rig.asked()[0].conn.ended is not None)


def half_a_head(rig):
    return Client(rig.proxy.fe).send("GET / HTTP/1.1\r\nHo")


def idle_closed(rig):
    client = rig.client()
    eq(answer(client), 200)
    client.sock.settimeout(Waiting.seconds)
    try:
        return client.sock.recv(1) == b""
    except socket.timeout:
        return False


def second_in_queue(rig):
    rig.client("/first")
    rig.origins[0].wait(lambda _: rig.asked(), "the first request")
    return rig.client("/second")


def check_given_up(rig):
    rig.origins[0].wait_connections(1)
    return happens(lambda: rig.origins[0].connections[0].ended is not None)


def silent_origin():
    return [Origin(silent)]


def listens(rig):
    return answer(rig.client()) == 200


def in_turn(rig):
    """The server that holds a request gets every second one all the same."""
    rig.client("/held")
    wait_for(lambda: any(rig.asked(n) for n in (0, 1)), "the held request")
    busy = 0 if rig.asked(0) else 1
    rig.origins[1 - busy].answer = respond(200, "x")
    for _ in range(4):
        eq(answer(rig.client("/other")), 200)
    return len(rig.asked(busy)) == 3


def frame_options(rig):
    return get(rig.proxy.fe).get("X-Frame-Options") == "SAMEORIGIN"


def checked(rig):
    return happens(lambda: rig.checks(0))


def checked_again(rig):
    return happens(lambda: len(rig.checks(0)) >= 2)


def second_held_back(rig):
    second = second_in_queue(rig)
    return answer(second, QUIET) is None


def other_backend_checked(rig):
    """The second origin is no server of the traffic's backend."""
    return happens(lambda: rig.checks(1))


def rule_applies(rig):
    eq(answer(rig.client("/plain")), 200)
    eq([name for name, _ in rig.asked()[0].head.fields if name.lower().startswith("x-rule")], [])
    eq(answer(rig.client("/section-0/page")), 200)
    return rig.asked()[-1].get("X-Rule-0") == "yes"


def speaks_tls(rig):
    context = ssl._create_unverified_context()
    try:
        with socket.create_connection(("127.0.0.1", rig.proxy.fe), timeout=10) as plain:
            with context.wrap_socket(plain) as spoken:
                return spoken.version() == "TLSv1.3" and \
                    spoken.cipher()[0] == "TLS_AES_128_GCM_SHA256"
    except (ssl.SSLError, OSError):
        return False


def stats_page(rig):
    page = get(rig.proxy.stats, "/haproxy?stats")
    return page.status == 200 and b"origins" in page.body


@dataclass(frozen=True)
class Row:
    line: str                 # as the file has it
    check: object             # Rig -> whether the effect is there
    variant: Variant = PLAIN
    origins: object = two
    short: tuple = ()         # (old, new): for effects that would take long
    contrary: str = ""        # in place of the line
    alone: bool = True        # the effect is the line's alone: it goes with it


def timeout(name, value, short, check, origins=two, **more):
    line = f"timeout {name} {value}"
    return Row(line, check, origins=origins, short=((line, f"timeout {name} {short}"),
                                                    *more.pop("also", ())), **more)


ONE = Variant(servers=1)
ROWS = [
    Row("nbthread ${BENCH_THREADS}", threads),
    Row("maxconn ${BENCH_MAXCONN}", fourth_waits, Variant(maxconn=3)),
    Row("${BENCH_LOG_TARGET}", logged, Variant(log=True)),
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
    timeout("http-keep-alive", "30s", "300ms", idle_closed),
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


def rig_of(row, changes):
    rig = Rig(row, changes)
    rig.changes = changes
    return rig


def holds_and_goes(row):
    Waiting.seconds = PATIENCE
    assert row.check(rig_of(row, row.short)), f"{row.line!r} has not its effect"
    if row.alone:
        line = dict(row.short).get(row.line, row.line)
        without = (*row.short, (line + "\n", row.contrary + "\n"))
        Waiting.seconds = NONE
        assert not row.check(rig_of(row, without)), f"the effect is there without {row.line!r}"


def register_rows():
    for row in ROWS:
        what = row.check.__name__.replace("_", " ")
        sentence = f"a line of the bench's configuration has its effect: {row.line}: {what}"
        test(sentence)(lambda row=row: holds_and_goes(row))


register_rows()


@test("every line of the bench's configuration is held to an effect")
def _():
    lines = {line.strip() for line in programs.template(FILE).splitlines()
             if line.strip() and not line.startswith("#")}
    sections = {"global", "defaults", "frontend traffic", "backend origins", "listen stats"}
    eq(sorted(lines - sections), sorted({row.line for row in ROWS}))


main()
