# labels: quick threaded
"""What a reload changes, and what it leaves alone (management manual §4: reloading)."""
import signal
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

GLOBAL = f"""
global
    nbthread 2
    {SOCKET}
"""
FRONT = GLOBAL + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
"""
ONE = FRONT + """
backend be
    server a @a@
"""
TWO = ONE + "    server b @b@\n"


def info(p):
    return dict(line.split(": ", 1) for line in say(p, "show info").splitlines() if ": " in line)


def reload(p, done=True):
    """By the runtime socket; gives what was said."""
    answer = say(p, "reload")
    assert answer.startswith(f"Success={int(done)}\n--\n"), answer
    return answer


def settled(p):
    """Waits until nothing holds an older configuration."""
    wait_for(lambda: info(p)["Generations"] == "1", "older configurations to end")


def picks(p, count):
    return "".join(get(p.fe).body.decode() for _ in range(count))


@test("a server that is added gets requests, one that is taken away gets none", only="sluice")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    p = proxy(ONE, a=a)
    eq(picks(p, 2), "aa")
    reload(p.rewrite(TWO, a=a, b=b))
    eq(sorted(picks(p, 4)), list("aabb"))
    reload(p.rewrite(FRONT + "backend be\n    server b @b@\n", b=b))
    eq(picks(p, 2), "bb")
    settled(p)


@test("SIGUSR2 and SIGHUP reload", only="sluice")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    p = proxy(ONE, a=a)
    for number, (text, name) in enumerate([(TWO.replace("server a", "#"), "b"), (ONE, "a")]):
        p.rewrite(text, a=a, b=b)
        p.send((signal.SIGUSR2, signal.SIGHUP)[number])
        wait_for(lambda: info(p)["Reloads"] == str(number + 1), "the reload")
        eq(get(p.fe).body.decode(), name)


@test("a request that was begun ends under the configuration it began with", only="sluice")
def _():
    gate = Gate()
    a, b = Origin(respond(200, "old", before=gate), name="a"), Origin(name="b")
    p = proxy(ONE, a=a)
    client = Client(p.fe).request()
    gate.wait_reached()
    reload(p.rewrite(FRONT + "    http-response set-header X-New 1\n"
                     "backend be\n    server b @b@\n", b=b))
    eq(info(p)["Generations"], "2")
    answer = get(p.fe)
    eq((answer.body, answer.get("x-new")), (b"b", "1"))
    gate.open()
    answer = client.response()
    eq((answer.body, answer.get("x-new")), (b"old", None))
    answer = client.get()
    eq((answer.body, answer.get("x-new")), (b"b", "1"))
    settled(p)


@test("an idle client moves to the new configuration by itself", only="sluice")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    p = proxy(ONE, a=a)
    clients = [Client(p.fe) for _ in range(20)]
    eq([c.get().body for c in clients], [b"a"] * 20)
    reload(p.rewrite(FRONT + "backend be\n    server b @b@\n", b=b))
    settled(p)
    eq([c.get().body for c in clients], [b"b"] * 20)


@test("an idle client of a frontend that is taken away is closed, one of another is not",
      only="sluice")
def _():
    more = ONE + "frontend more\n    bind 127.0.0.1:@more@\n    default_backend be\n"
    a = Origin(name="a")
    p = proxy(more, a=a)
    kept, gone = Client(p.fe), Client(p.more)
    kept.get(), gone.get()
    reload(p.rewrite(ONE, a=a))
    eq(gone.ends(), "fin")
    eq(kept.get().body, b"a")
    wait_for(lambda: p.more not in listening(), "the port to be closed")
    settled(p)


@test("a request on a frontend that is taken away is answered, with Connection: close",
      only="sluice")
def _():
    gate = Gate()
    more = ONE + "frontend more\n    bind 127.0.0.1:@more@\n    default_backend be\n"
    a = Origin(respond(200, "a", before=gate))
    p = proxy(more, a=a)
    client = Client(p.more).request()
    gate.wait_reached()
    reload(p.rewrite(ONE, a=a))
    gate.open()
    answer = client.response()
    eq((answer.body, answer.get("connection")), (b"a", "close"))
    eq(client.ends(), "fin")
    settled(p)


@test("a frontend with a new port is served, its old port is closed", only="sluice")
def _():
    a = Origin(name="a")
    p = proxy(ONE, a=a)
    old = p.fe
    reload(p.rewrite(ONE.replace("@fe@", "@other@"), a=a))
    eq(get(p.other).body, b"a")
    wait_for(lambda: old not in listening(), "the old port to be closed")


@test("who had connected to a port that is taken away is still served", only="sluice")
def _():
    text = ONE.replace("default_backend be", "default_backend be\n    maxconn 1")
    text += "frontend more\n    bind 127.0.0.1:@more@\n    default_backend be\n    maxconn 1\n"
    gate = Gate()
    a = Origin(name="a", answers=[respond(200, "a", before=gate)])
    p = proxy(text, a=a)
    first = Client(p.more).request(headers=[("Connection", "close")])
    gate.wait_reached()
    waiting = [Client(p.more).request(headers=[("Connection", "close")]) for _ in range(4)]
    reload(p.rewrite(ONE, a=a))
    gate.open()
    eq(first.response().body, b"a")
    eq([client.response().body for client in waiting], [b"a"] * 4)
    wait_for(lambda: p.more not in listening(), "the port to be closed")


@test("a bad file changes nothing and says why: answer, log, show info", only="sluice")
def _():
    a = Origin(name="a")
    with_log = ONE.replace("nbthread 2", "nbthread 2\n    log @log@ local0")
    log = UdpLog()
    p = proxy(with_log, a=a, log=log)
    p.rewrite(with_log.replace("server a", "server a") + "    no-such-word 1\n", a=a, log=log)
    answer = reload(p, done=False)
    assert "no-such-word" in answer, answer
    assert "no-such-word" in p.err(), p.err()
    said = info(p)
    eq((said["Reloads"], said["ReloadsFailed"], said["LastReload_ok"]), ("0", "1", "0"))
    assert "no-such-word" in said["LastReload_error"], said
    log.match("not reloaded")
    eq(get(p.fe).body, b"a")
    reload(p.rewrite(with_log, a=a, log=log))
    said = info(p)
    eq((said["Reloads"], said["LastReload_ok"], "LastReload_error" in said), ("1", "1", False))


@test("a port that is taken changes nothing", only="sluice")
def _():
    a = Origin(name="a")
    p = proxy(ONE, a=a)
    p.rewrite(ONE + f"frontend more\n    bind 127.0.0.1:{a.port}\n    default_backend be\n", a=a)
    answer = reload(p, done=False)
    assert "another process listens there" in answer, answer
    eq((get(p.fe).body, info(p)["Generations"]), (b"a", "1"))


@test("only an admin may reload", only="sluice")
def _():
    p = proxy(ONE.replace("level admin", "level operator"), a=Origin())
    assert "Success" not in say(p, "reload")
    eq(info(p)["Reloads"], "0")


@test("states and weights that were set at run time hold while the file says what it said",
      only="sluice")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    p = proxy(TWO, a=a, b=b)
    say(p, "set server be/a state drain")
    say(p, "set server be/b weight 7")
    reload(p)
    eq((stat(p, "be", "a")["status"], stat(p, "be", "b")["uweight"]), ("DRAIN", "7"))
    reload(p.rewrite(TWO.replace("server b @b@", "server b @b@ weight 3"), a=a, b=b))
    eq((stat(p, "be", "a")["status"], stat(p, "be", "b")["uweight"]), ("DRAIN", "3"))


@test("counters and the turn of round-robin go on", only="sluice")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    p = proxy(TWO, a=a, b=b)
    first = picks(p, 3)
    reload(p)
    eq(first + picks(p, 3), "ababab" if first[0] == "a" else "bababa")
    eq((stat(p, "fe", "FRONTEND")["req_tot"], stat(p, "be")["stot"]), ("6", "6"))


@test("idle connections to servers are kept, unless the address changes", only="sluice")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    p = proxy(ONE.replace("nbthread 2", "nbthread 1") + "    http-reuse always\n", a=a)
    get(p.fe)
    reload(p)
    get(p.fe)
    eq(len(a.connections), 1)
    p.rewrite(ONE.replace("nbthread 2", "nbthread 1") + "    http-reuse always\n", a=b)
    reload(p)
    eq(get(p.fe).body, b"b")


@test("idle connections to a server that is taken away are closed", only="sluice")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    p = proxy(ONE, a=a)
    get(p.fe)
    conn = a.wait_connections(1)[0]
    reload(p.rewrite(FRONT + "backend be\n    server b @b@\n", b=b))
    conn.wait_ended()
    settled(p)


@test("a server that is DOWN by its checks stays DOWN, one that is UP stays UP", only="sluice")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    text = FRONT + "backend be\n    server a @a@ check inter 200ms fall 1 rise 1\n" \
                   "    server b @b@ check inter 200ms fall 1 rise 1\n"
    p = proxy(text, a=a, b=b)
    b.stop()
    wait_for(lambda: stat(p, "be", "b")["status"] == "DOWN", "b to be down")
    reload(p.rewrite(text.replace("200ms", "1h"), a=a, b=b))
    eq((stat(p, "be", "a")["status"], stat(p, "be", "b")["status"]), ("UP", "DOWN"))
    eq(stat(p, "be", "b")["chkdown"], "1")
    b.start()
    reload(p.rewrite(text, a=a, b=b))
    wait_for(lambda: stat(p, "be", "b")["status"] == "UP", "b to be up")


@test("a cookie leads to the same server after a reload", only="sluice")
def _():
    a, b = Origin(name="a"), Origin(name="b")
    text = FRONT + "backend be\n    cookie S insert\n    server a @a@ cookie one\n" \
                   "    server b @b@ cookie two\n"
    p = proxy(text, a=a, b=b)
    reload(p.rewrite(text.replace("server a", "server a2"), a=a, b=b))
    for _ in range(3):
        eq(get(p.fe, headers=[("Cookie", "S=two")]).body, b"b")
        eq(get(p.fe, headers=[("Cookie", "S=one")]).body, b"a")


@test("who waits in a queue is served by the configuration it waits under", only="sluice")
def _():
    gate = Gate()
    a, b = Origin(respond(200, "a", before=gate)), Origin(name="b")
    text = ONE.replace("@a@", "@a@ maxconn 1")
    p = proxy(text, a=a)
    clients = [Client(p.fe).request() for _ in range(4)]
    gate.wait_reached()
    wait_for(lambda: stat(p, "be")["qcur"] == "3", "three to wait")
    reload(p.rewrite(FRONT + "backend be\n    server b @b@\n", b=b))
    eq(get(p.fe).body, b"b")
    gate.open()
    eq([client.response().body for client in clients], [b"a"] * 4)
    settled(p)


@test("hard-stop-after cuts what still holds an older configuration", only="sluice")
def _():
    text = ONE.replace("nbthread 2", "nbthread 2\n    hard-stop-after 1s")
    a = Origin(upgrade_echo())
    p = proxy(text, a=a)
    client = Client(p.fe).request(headers=WEBSOCKET)
    eq(client.response().status, 101)
    reload(p)
    client.send(b"x")
    eq(client.exactly(1), b"x")
    client.ends()
    settled(p)


@test("nbthread grows and shrinks", only="sluice")
def _():
    a = Origin(name="a")
    p = proxy(ONE, a=a)
    for threads in (4, 1, 3):
        clients = [Client(p.fe) for _ in range(12)]
        eq([client.get().body for client in clients], [b"a"] * 12)
        reload(p.rewrite(ONE.replace("nbthread 2", f"nbthread {threads}"), a=a))
        eq(info(p)["Nbthread"], str(threads))
        eq(picks(p, 20), "a" * 20)
        eq([client.get().body for client in clients], [b"a"] * 12)
        for client in clients:
            client.close()
        wait_for(lambda: info(p)["WorkersRunning"] == str(threads), "threads to end")
    eq(stat(p, "fe", "FRONTEND")["req_tot"], str(3 * (12 + 20 + 12)))
    settled(p)


@test("what a running process cannot change is said", only="sluice")
def _():
    p = proxy(ONE, a=Origin())
    p.rewrite(ONE.replace("nbthread 2", "nbthread 2\n    tune.bufsize 32768"), a="127.0.0.1:1")
    answer = reload(p)
    assert "'tune.bufsize' changed: that takes effect at the next start" in answer, answer


@test("runtime sockets come and go, and levels change", only="sluice")
def _():
    a = Origin(name="a")
    p = proxy(ONE, a=a)
    more = ONE.replace("level admin", "level admin\n    stats socket @dir@/two.sock level user")
    reload(p.rewrite(more, a=a))
    from harness.runtime import ask
    eq(ask(f"{p.directory}/two.sock", "show cli level"), "user")
    reload(p.rewrite(more.replace("level user", "level operator"), a=a))
    eq(ask(f"{p.directory}/two.sock", "show cli level"), "operator")
    reload(p.rewrite(ONE, a=a))
    try:
        ask(f"{p.directory}/two.sock", "show cli level")
        raise AssertionError("the socket is still there")
    except OSError:
        pass


@test("a certificate that was renewed is read again", only="sluice")
def _():
    import os
    certificates = Certificates()
    pem = certificates.make("site", "one.test")
    text = ONE.replace("@fe@", "@fe@ ssl crt " + pem)
    a = Origin(name="a")
    p = proxy(text, a=a)
    kept = TlsClient(p.fe, name="one.test")
    eq(kept.get().body, b"a")
    os.rename(certificates.make("fresh", "two.test"), pem)
    reload(p)
    client = TlsClient(p.fe, name="two.test", ca=certificates.ca)
    eq(client.get().body, b"a")
    eq(kept.get().body, b"a")
    settled(p)


@test("logs go where the new file says, under its log-send-hostname", only="sluice")
def _():
    one, two = UdpLog(), UdpLog()
    text = ONE.replace("nbthread 2", "nbthread 2\n    log @log@ local0\n    log-send-hostname h1")
    text = text.replace("bind", "log global\n    option httplog\n    bind")
    a = Origin(name="a")
    p = proxy(text, a=a, log=one)
    get(p.fe)
    wait_for(lambda: any(b" h1 " in data for data in one.datagrams), "a line of h1")
    reload(p.rewrite(text.replace("h1", "h2"), a=a, log=two))
    get(p.fe)
    wait_for(lambda: any(b" h2 " in data for data in two.datagrams), "a line of h2")


@test("the service manager is told: ready, reloading, why not, stopping", only="sluice")
def _():
    import os
    import socket
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        path = scratch() + "/notify"
        manager.bind(path)
        manager.settimeout(20)
        a = Origin()
        p = proxy(ONE, a=a, environment={"NOTIFY_SOCKET": path})

        def told():
            return dict(line.split("=", 1) for line in manager.recv(4096).decode().splitlines())
        eq(told()["READY"], "1")
        reload(p)
        said = told()
        assert said["RELOADING"] == "1" and int(said["MONOTONIC_USEC"]) > 0, said
        eq(told()["READY"], "1")
        reload(p.rewrite(ONE + "    no-such-word\n", a=a), done=False)
        eq(told()["RELOADING"], "1")
        said = told()
        assert said["READY"] == "1" and "no-such-word" in said["STATUS"], said
        client = Client(p.fe)
        client.get()
        p.send(signal.SIGUSR1)
        eq(told()["STOPPING"], "1")
        p.wait_exit()
        os.unlink(path)


if __name__ == "__main__":
    main()
