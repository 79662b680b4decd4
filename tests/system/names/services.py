# labels: quick
"""server-template with names and SRV records (manual §4.2, §5.3): it grows and shrinks."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from rig import Names, stream_of

OPTIONS = "resolvers dns resolve-prefer ipv4 init-addr none"
PODS = f"server-template s 3 app.local:@port@ {OPTIONS}"
SERVICE = f"server-template s 3 _http._tcp.app.local {OPTIONS}"
LABEL = "_http._tcp.app.local"


@test("server-template makes servers of a number or a range, each with its options")
def _():
    rig = Names("server-template web 3 app.local:8001 weight 7 init-addr none\n"
                "    server-template db 5-6 127.0.0.1:8002")
    rows = say(rig.p, "show servers state be").splitlines()[2:]
    eq([row.split(" ")[3] for row in rows], ["web1", "web2", "web3", "db5", "db6"])
    eq([row.split(" ")[18] for row in rows], ["8001"] * 3 + ["8002"] * 2)
    eq(rig.state("web2")["srv_iweight"], "7")


@test("servers of one name get an address each, and those left over are in maintenance")
def _():
    rig = Names(PODS)
    rig.dns.a("app.local", "127.0.0.1", "127.0.0.2")
    rig.all_become(["127.0.0.1", "127.0.0.2", None])
    eq({rig.body() for _ in range(6)}, {b"A", b"B"})


@test("a template grows and shrinks with the answer, and no request fails")
def _():
    rig = Names(PODS)
    rig.dns.a("app.local", "127.0.0.1")
    rig.all_become(["127.0.0.1", None, None])
    bodies, end = stream_of(rig)
    rig.dns.a("app.local", "127.0.0.1", "127.0.0.2")
    rig.all_become(["127.0.0.1", "127.0.0.2", None])
    wait_for(lambda: b"B" in bodies, "the second server to be used")
    rig.dns.a("app.local", "127.0.0.2")
    rig.all_become(["127.0.0.2", None, None])
    rig.log.match(r"^Server be/s\d is going DOWN for maintenance \(No IP for server ?\)\. 1 active "
                  r"and 0 backup servers left\.")
    seen = len(bodies)
    wait_for(lambda: len(bodies) > seen + 4, "requests to flow")
    eq(set(bodies[seen + 2:seen + 4]), {b"B"})
    end()


@test("allow-dup-ip gives one address to all, prevent-dup-ip takes it back")
def _():
    rig = Names(PODS + " resolve-opts allow-dup-ip")
    rig.dns.a("app.local", "127.0.0.1")
    rig.all_become(["127.0.0.1"] * 3)
    rig = Names(PODS + " resolve-opts allow-dup-ip,prevent-dup-ip", dns=rig.dns)
    rig.all_become(["127.0.0.1", None, None])


@test("records of a service give their servers port and weight")
def _():
    rig = Names(SERVICE)
    rig.dns.srv(LABEL, (1, rig.a.port, "a.local"), (1000, rig.b.port, "b.local"))
    rig.dns.a("a.local", "127.0.0.1")
    rig.dns.a("b.local", "127.0.0.2")
    rig.all_become(["127.0.0.1", "127.0.0.2", None])
    by_address = {rig.state(name)["srv_addr"]: rig.state(name) for name in ("s1", "s2")}
    for address, weight, target in (("127.0.0.1", "1", "a.local"), ("127.0.0.2", "4", "b.local")):
        fields = by_address[address]
        eq((fields["srv_uweight"], fields["srv_port"], fields["srv_fqdn"], fields["srvrecord"]),
           (weight, str(rig.a.port), target, LABEL))
    bodies = [rig.body() for _ in range(10)]
    eq(bodies.count(b"B"), 8)


@test("a service's weights follow its records")
def _():
    rig = Names(SERVICE)
    rig.dns.a("a.local", "127.0.0.1")
    for written, weight in ((1, "1"), (257, "2"), (0, "0"), (256, "1"), (65535, "256")):
        rig.dns.srv(LABEL, (written, rig.a.port, "a.local"))
        wait_for(lambda: weight in (rig.state("s1")["srv_uweight"], rig.state("s2")["srv_uweight"],
                                    rig.state("s3")["srv_uweight"]), f"weight {weight}")


@test("ignore-weight leaves the weight as it is")
def _():
    rig = Names(SERVICE + " weight 9 resolve-opts ignore-weight")
    rig.dns.srv(LABEL, (1000, rig.a.port, "a.local"), extra={"a.local": "127.0.0.1"})
    rig.all_become(["127.0.0.1", None, None])
    eq(rig.state("s1")["srv_uweight"], "9")


@test("addresses that come along with a service's records are used")
def _():
    rig = Names(SERVICE)
    rig.dns.srv(LABEL, (1, rig.a.port, "a.local"), extra={"a.local": "127.0.0.1"})
    rig.all_become(["127.0.0.1", None, None])
    eq(rig.dns.asked("a.local"), [])
    eq(rig.body(), b"A")


@test("a record that goes takes its server out, another one takes its place, no request fails")
def _():
    rig = Names(SERVICE)
    rig.dns.srv(LABEL, (1, rig.a.port, "a.local"), (1, rig.b.port, "b.local"),
                extra={"a.local": "127.0.0.1", "b.local": "127.0.0.2"})
    rig.all_become(["127.0.0.1", "127.0.0.2", None])
    bodies, end = stream_of(rig)
    wait_for(lambda: len(bodies) > 5, "requests to flow")
    rig.dns.srv(LABEL, (1, rig.b.port, "b.local"), extra={"b.local": "127.0.0.2"})
    rig.all_become(["127.0.0.2", None, None])
    rig.log.match(r"^Server be/s\d is going DOWN for maintenance \(entry removed from SRV record\)")
    rig.dns.srv(LABEL, (1, rig.b.port, "b.local"), (1, rig.a.port, "a.local"),
                extra={"a.local": "127.0.0.1", "b.local": "127.0.0.2"})
    rig.all_become(["127.0.0.1", "127.0.0.2", None])
    end()


@test("a service that does not exist any more takes all its servers out")
def _():
    rig = Names(SERVICE)
    rig.dns.srv(LABEL, (1, rig.a.port, "a.local"), extra={"a.local": "127.0.0.1"})
    rig.all_become(["127.0.0.1", None, None])
    rig.dns.drop(LABEL)
    rig.all_become([None, None, None])
    eq(get(rig.p.fe).status, 503)
    rig.dns.srv(LABEL, (1, rig.b.port, "b.local"), extra={"b.local": "127.0.0.2"})
    rig.all_become(["127.0.0.2", None, None])
    eq(rig.body(), b"B")


@test("more records than servers are not an error")
def _():
    rig = Names(SERVICE)
    rig.dns.srv(LABEL, *[(1, 8000 + i, f"p{i}.local") for i in range(5)],
                extra={f"p{i}.local": f"127.0.0.{i + 10}" for i in range(5)})
    wait_for(lambda: None not in rig.addresses(), "every server to have a record")
    eq(len(set(rig.addresses())), 3)


if __name__ == "__main__":
    main()
