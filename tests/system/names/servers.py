# labels: quick
"""Servers that are followed by their names (manual §5.3): answers that move, fail and come back."""
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness import dns
from rig import ONE, Names, stream_of

RARELY = "timeout resolve 1h\n    hold valid 1h"


@test("a server without an address is in maintenance by resolution until its name has one")
def _():
    rig = Names()
    eq(rig.address(), None)
    eq(get(rig.p.fe).status, 503)
    eq(stat(rig.p, "be", "s1")["status"], "MAINT (resolution)")
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    eq(rig.body(), b"A")
    rig.log.match(r"^be/s1 changed its IP from \(none\) to 127\.0\.0\.1 by dns/n1\.$")
    rig.log.match(r"^Server be/s1 administratively READY thanks to valid DNS answer\.$")
    rig.log.match(r"^Server be/s1 \('app\.local'\) is UP/READY \(resolves again\)\.$")
    eq(stat(rig.p, "be", "s1")["status"], "no check")


@test("requests follow the answer as it moves, and none fails")
def _():
    rig = Names()
    rig.dns.a("app.local", "127.0.0.1", ttl=1)
    rig.becomes("127.0.0.1")
    bodies, end = stream_of(rig)
    for address, body in (("127.0.0.2", b"B"), ("127.0.0.1", b"A"), ("127.0.0.2", b"B")):
        rig.dns.a("app.local", address, ttl=1)
        rig.becomes(address)
        seen = len(bodies)
        wait_for(lambda: len(bodies) > seen + 5, "requests to flow")
        eq(set(bodies[seen + 2:seen + 5]), {body})
    end()
    rig.log.match(r"^be/s1 changed its IP from 127\.0\.0\.2 to 127\.0\.0\.1 by dns/n1\.$")


@test("the TTL says when a name is asked for again, where timeout resolve is longer",
      differs="haproxy asks every timeout resolve")
def _():
    names = Dns()
    names.a("app.local", "127.0.0.1", ttl=2)
    rig = Names(section=RARELY, dns=names)
    rig.becomes("127.0.0.1")
    names.a("app.local", "127.0.0.2", ttl=2)
    began = time.monotonic()
    rig.becomes("127.0.0.2")
    took = time.monotonic() - began
    assert took < 2 + 1 + 5, f"followed after {took:.1f} s"    # TTL + 1 s, and a slow machine
    asked = len(rig.dns.asked("app.local"))
    holds(lambda: len(rig.dns.asked("app.local")) <= asked + 1, 1.0, "one question for each TTL")


@test("an idle connection to the old address is not used again",
      differs="haproxy goes on using it for the same client")
def _():
    rig = Names()
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    client = Client(rig.p.fe)
    eq(client.get().body, b"A")
    rig.dns.a("app.local", "127.0.0.2")
    rig.becomes("127.0.0.2")
    eq(client.get().body, b"B")


@test("checks go to the address that the name has")
def _():
    rig = Names(ONE + " check inter 100ms")
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    wait_for(lambda: stat(rig.p, "be", "s1")["status"] == "UP", "the check to pass")
    rig.dns.a("app.local", "127.0.0.2")
    rig.becomes("127.0.0.2")
    rig.a.stop()
    wait_for(lambda: stat(rig.p, "be", "s1")["status"] == "UP", "the check to pass")
    rig.b.stop()
    wait_for(lambda: stat(rig.p, "be", "s1")["status"] == "DOWN", "the check to fail")


def fails(reason, misbehave, section=""):
    """With a hold time of nothing the server goes; with a long one it stays, and requests flow."""
    rig = Names(section=section)
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    misbehave(rig.dns)
    rig.becomes(None)
    rig.log.match(rf"^Server be/s1 is going DOWN for maintenance \({reason}\)\. 0 active and 0 "
                  r"backup servers left\. 0 sessions active, 0 requeued, 0 remaining in queue\.$")
    rig.log.match(r"^backend be has no server available!$")
    eq(get(rig.p.fe).status, 503)
    rig.dns.silent, rig.dns.code = False, None
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    eq(rig.body(), b"A")


def held(hold, misbehave, counter, section=""):
    rig = Names(section=f"hold {hold} 1h\n    {section}")
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    bodies, end = stream_of(rig)
    misbehave(rig.dns)
    rig.counted(counter, rig.counts()[counter] + 3)
    seen = len(bodies)
    wait_for(lambda: len(bodies) > seen + 3, "requests to flow")
    eq(rig.address(), "127.0.0.1")
    end()


def silence(server):
    server.silent = True


def code(number):
    def misbehave(server):
        server.code = number
    return misbehave


def vanish(server):
    server.drop("app.local")


@test("NXDOMAIN takes the server out when hold nx has passed")
def _():
    fails("DNS NX status", vanish)


@test("NXDOMAIN within hold nx changes nothing")
def _():
    held("nx", vanish, "nx")


@test("REFUSED takes the server out when hold refused has passed")
def _():
    fails("DNS refused status", code(dns.REFUSED))


@test("REFUSED within hold refused changes nothing")
def _():
    held("refused", code(dns.REFUSED), "refused")


@test("another failure takes the server out when hold other has passed")
def _():
    fails("unspecified DNS error", code(dns.SERVFAIL))


@test("another failure within hold other changes nothing")
def _():
    held("other", code(dns.SERVFAIL), "other")


@test("silence takes the server out when hold timeout has passed")
def _():
    fails("DNS timeout status", silence, "timeout retry 100ms")


@test("silence within hold timeout changes nothing")
def _():
    held("timeout", silence, "sent" if is_oracle() else "timeout", "timeout retry 100ms")


@test("the first valid answer of several name servers wins")
def _():
    other = Dns()
    rig = Names(section=f"nameserver n2 {other}\n    hold nx 1h")
    other.a("app.local", "127.0.0.2")
    rig.dns.silent = True
    rig.becomes("127.0.0.2")
    rig.log.match(r"changed its IP from \(none\) to 127\.0\.0\.2 by dns/n2\.$")
    eq(rig.body(), b"B")
    eq(rig.counts("n1")["valid"], 0)
    assert rig.counts("n2")["update"] == 1


@test("resolve-prefer says which family is asked for first, and the other one serves too")
def _():
    rig = Names("server s1 app.local:@port@ resolvers dns init-addr none")
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    rig.dns.aaaa("app.local", "::1")
    rig.becomes("::1")
    rig = Names(ONE, dns=rig.dns)
    rig.becomes("127.0.0.1")
    rig.dns.drop("app.local")
    rig.dns.aaaa("app.local", "::1")
    rig.becomes("::1")


@test("resolve-net prefers addresses of a network")
def _():
    rig = Names(ONE + " resolve-net 10.0.0.0/8,127.0.0.2/32")
    rig.dns.a("app.local", "127.0.0.1", "127.0.0.2", "127.0.0.3")
    rig.becomes("127.0.0.2")
    rig.dns.a("app.local", "127.0.0.1", "127.0.0.3")
    wait_for(lambda: rig.address() in ("127.0.0.1", "127.0.0.3"), "another address")


@test("a server keeps its address while the answer has it, in whatever order")
def _():
    rig = Names()
    rig.dns.a("app.local", "127.0.0.2", "127.0.0.1")
    wait_for(rig.address, "an address")
    before = rig.address()
    rig.dns.a("app.local", "127.0.0.1", "127.0.0.2", "127.0.0.3")
    rig.counted("valid", rig.counts()["valid"] + 3)
    eq(rig.address(), before)


@test("hold obsolete keeps an address that answers do not have any more")
def _():
    rig = Names(section="hold obsolete 1h")
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    rig.dns.a("app.local", "127.0.0.2")
    rig.counted("valid", rig.counts()["valid"] + 3)
    eq(rig.address(), "127.0.0.1")


@test("init-addr none,libc and an address: what a server starts with")
def _():
    rig = Names("server s1 app.local:@port@ resolvers dns resolve-prefer ipv4 "
                "init-addr libc,127.0.0.2", section="hold nx 1h")
    eq(rig.address(), "127.0.0.2")
    eq(rig.body(), b"B")
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    rig = Names("server s1 localhost:@port@ resolvers dns init-addr libc resolve-prefer ipv4",
                section="hold nx 1h")
    assert rig.address() in ("127.0.0.1", "::1")


@test("a name that has no address at start is an error, but for init-addr none")
def _():
    text = DEFAULTS + f"listen be\n    bind 127.0.0.1:{free_port()}\n    server s1 app.invalid:80 "
    done = run_config(text + "\n", "-c")
    eq(done.code, 1)
    assert "could not resolve address 'app.invalid'" in done.err, done.err
    eq(run_config(text + "init-addr last,libc,none\n", "-c").code, 0)


@test("a check that can't connect has the name asked for at once",
      differs="haproxy waits for its timeout resolve where that is longer")
def _():
    dead, names = Blackhole(), Dns()
    names.a("app.local", "127.0.0.1", ttl=3600)
    rig = Names("server s1 app.local:@dead@ resolvers dns resolve-prefer ipv4 init-addr none "
                "check inter 300ms", dns=names, dead=dead.port, section=RARELY)
    rig.becomes("127.0.0.1")
    names.wait_asked(3)


if __name__ == "__main__":
    main()
