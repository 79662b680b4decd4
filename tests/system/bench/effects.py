"""The effects of lines of the bench's configurations: each function looks for one, and says whether
it is there."""
import os
import socket
import ssl
from dataclasses import replace

from harness import *
from harness.runtime import ask
from rig import *

LARGE = 64 << 20


def threads(rig):
    """A second proxy with four threads more has four tasks more."""
    def tasks(process):
        return len(os.listdir(f"/proc/{process.pid}/task"))
    more = Rig(Row("", None, replace(rig.variant, threads=5)), rig.changes)
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


def passes_garbage(rig):
    return not refuses_garbage(rig)


def closed_by(what):
    """The proxy ends that client's connection, without an answer."""
    def check(rig):
        client = what(rig)
        client.sock.settimeout(Waiting.seconds)
        try:
            return client.sock.recv(1) == b""
        except socket.timeout:
            return False
        except ConnectionResetError:
            return True
    check.__name__ = f"{what.__name__}_closed"
    return check


def at_origin(name, value):
    def check(rig):
        answer(rig.client("/seen"))
        seen = [r for number in (0, 1) for r in rig.asked(number)]
        return bool(seen) and seen[0].get(name) == (value(rig) if callable(value) else value)
    check.__name__ = "at_origin"
    return check


def both_answered(rig):
    return [answer(c, PATIENCE) for c in (rig.client(), rig.client())] == [200, 200]


def runtime_socket(rig):
    """Of a level that may reload."""
    path = str(rig.place.runtime_socket)
    if not os.path.exists(path):
        return False
    return "Permission denied" not in ask(path, "set maxconn global 100")


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


def idle(rig):
    client = rig.client()
    eq(answer(client), 200)
    return client


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
        client = rig.client("/other")
        eq(answer(client), 200)
        client.close()
        if rig.variant.tcp:  # where a connection is what counts
            wait_for(lambda: all(r.conn.ended for number in (0, 1) for r in rig.asked(number)
                                 if r.target == "/other"), "the connection to end")
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
    page = response_of(rig.proxy.stats, request("GET", "/haproxy?stats"))
    return page is not None and page.status == 200 and b"origins" in page.body
