# labels: quick
"""The runtime socket on names (management.txt 9.3): show resolvers, set server addr and fqdn; and
every directive of a resolvers section."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness import dns
from rig import ONE, TEXT, Names

COUNTERS = ["sent", "snd_error", "valid", "update", "cname", "cname_error", "any_err", "nx",
            "timeout", "refused", "other", "invalid", "too_big", "truncated", "outdated"]


@test("show resolvers has every section, its name servers and their counters, in their layout")
def _():
    rig = Names(section="nameserver n2 127.0.0.1:9\nresolvers other\n    nameserver x 127.0.0.1:9")
    text = say(rig.p, "show resolvers other")
    wanted = "".join(f"  {name + ':':<13}0\n" for name in COUNTERS)
    eq(text + "\n", f"Resolvers section other\n nameserver x:\n{wanted}")
    lines = say(rig.p, "show resolvers").splitlines()
    named = [line for line in lines if not line.startswith("  ")]
    eq(named[:5], ["Resolvers section dns", " nameserver n1:", " nameserver n2:",
                   "Resolvers section other", " nameserver x:"])
    eq(say(rig.p, "show resolvers nobody"), "Can't find that resolvers section")


@test("each kind of answer has its counter")
def _():
    rig = Names(section="hold nx 1h\n    hold refused 1h\n    hold other 1h\n    hold timeout 1h\n"
                        "    timeout retry 100ms")
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    eq(rig.counts()["update"], 1)
    rig.counted("valid", 2)
    rig.dns.a("app.local")
    rig.counted("any_err")
    rig.dns.drop("app.local")
    rig.counted("nx")
    for code, counter in ((dns.REFUSED, "refused"), (dns.SERVFAIL, "other"),
                          (dns.FORMERR, "other")):
        before = rig.counts()[counter]
        rig.dns.code = code
        rig.counted(counter, before + 1)
    counts = rig.counts()
    assert counts["sent"] >= sum(counts[name] for name in COUNTERS[2:3] + COUNTERS[6:11])
    eq((counts["invalid"], counts["snd_error"], counts["outdated"]), (0, 0, 0))


@test("an answer that comes after another name server's is outdated")
def _():
    gate, quick, slow = Gate(), Dns(), Dns()
    quick.a("app.local", "127.0.0.1")
    slow.a("app.local", "127.0.0.2")

    def late(_, answer):
        gate()
        return [answer]
    slow.mangle = late
    rig = Names(section=f"nameserver n2 {slow}\n    timeout retry 30s", dns=quick)
    rig.becomes("127.0.0.1")
    gate.open()
    wait_for(lambda: rig.counts("n2")["outdated"] >= 1, "an outdated answer")
    eq(rig.address(), "127.0.0.1")


@test("set server addr moves a server at once, and says so as haproxy does")
def _():
    rig = Names("server s1 127.0.0.1:@port@")
    eq(rig.body(), b"A")
    eq(say(rig.p, "set server be/s1 addr 127.0.0.2"),
       "IP changed from '127.0.0.1' to '127.0.0.2' by 'stats socket command'")
    eq(rig.body(), b"B")
    eq(rig.address(), "127.0.0.2")
    port = rig.a.port
    for words, answer in (
            ("127.0.0.2", "no need to change the addr by 'stats socket command'"),
            ("", "set server <b>/<s> addr requires an address and optionally a port."),
            ("bad!", "Invalid addr 'bad!' by 'stats socket command'"),
            ("127.0.0.2 port", "no need to change the addr, problem converting port '' to an int "
                               "by 'stats socket command'"),
            ("127.0.0.1 port 77", "IP changed from '127.0.0.2' to '127.0.0.1', port changed from "
                                  f"'{port}' to '77' by 'stats socket command'"),
            (f"127.0.0.1 port {port}", "no need to change the addr, port changed from '77' to "
                                       f"'{port}' by 'stats socket command'")):
        eq(say(rig.p, f"set server be/s1 addr {words}"), answer)
    eq(rig.body(), b"A")


@test("an address that an operator set holds until answers lack the one before it")
def _():
    rig = Names()
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    say(rig.p, "set server be/s1 addr 127.0.0.2")
    rig.counted("valid", rig.counts()["valid"] + 3)
    eq((rig.address(), rig.body()), ("127.0.0.2", b"B"))
    rig.dns.a("app.local", "127.0.0.3")
    rig.becomes("127.0.0.3")


@test("set server fqdn has a server follow another name")
def _():
    rig = Names(f"{ONE}\n    server lit 127.0.0.1:80", section="hold nx 1h")
    rig.dns.a("app.local", "127.0.0.1")
    rig.dns.a("other.local", "127.0.0.2")
    rig.becomes("127.0.0.1")
    eq(say(rig.p, "set server be/s1 fqdn other.local"),
       "be/s1 changed its FQDN from app.local to other.local by 'stats socket command'")
    rig.becomes("127.0.0.2")
    eq(rig.state()["srv_fqdn"], "other.local")
    eq(say(rig.p, "set server be/s1 fqdn"), "set server <b>/<s> fqdn requires a FQDN.")
    eq(say(rig.p, "set server be/lit fqdn other.local"),
       "set server <b>/<s> fqdn failed because no resolution is configured.")


@test("maintenance by an operator and by resolution are kept apart")
def _():
    rig = Names()
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    say(rig.p, "set server be/s1 state maint")
    eq(rig.state()["srv_admin_state"], "1")
    rig.dns.drop("app.local")
    wait_for(lambda: rig.state()["srv_admin_state"] == "33", "both")
    say(rig.p, "set server be/s1 state ready")
    eq((rig.state()["srv_admin_state"], rig.state()["srv_op_state"]), ("32", "0"))
    rig.log.match(r"^Server be/s1 is leaving forced maintenance but remains in maintenance\.$")
    eq(get(rig.p.fe).status, 503)
    say(rig.p, "set server be/s1 state drain")
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    eq(rig.state()["srv_admin_state"], "8")
    say(rig.p, "set server be/s1 state ready")
    eq(rig.body(), b"A")


@test("hold valid is the longest that an answer is not asked for again",
      differs="hold valid is for do-resolve only there")
def _():
    names = Dns()
    names.a("app.local", "127.0.0.1", ttl=3600)
    Names(section="timeout resolve 1h\n    hold valid 300ms", dns=names).becomes("127.0.0.1")
    names.wait_asked(6)
    rig = Names(section="timeout resolve 1h\n    hold valid 1h", dns=names)
    rig.becomes("127.0.0.1")
    eq(rig.counts()["sent"], 1)


@test("timeout resolve is the pause between two resolutions")
def _():
    names = Dns()
    names.a("app.local", "127.0.0.1", ttl=3600)
    rig = Names(section="timeout resolve 1h\n    hold valid 1h", dns=names)
    rig.becomes("127.0.0.1")
    holds(lambda: len(names.asked()) == 1, 2.5, "no further question")
    Names(section="timeout resolve 300ms", dns=names).becomes("127.0.0.1")
    names.wait_asked(4)


@test("timeout retry is how long an answer is waited for")
def _():
    names = Dns()
    names.silent = True
    Names(section="timeout retry 1h", dns=names)
    names.wait_asked(1)
    holds(lambda: len(names.asked()) == 1, 2.5, "no further question")


@test("resolve_retries is how often a name is asked for")
def _():
    names = Dns()
    names.silent = True
    rig = Names(section="timeout resolve 1h\n    timeout retry 100ms\n    resolve_retries 5",
                dns=names)
    names.wait_asked(5)
    holds(lambda: len(names.asked()) == 5, 0.5, "five questions")
    eq(rig.address(), None)


@test("accepted_payload_size is announced")
def _():
    for section, wanted in (("", 512), ("accepted_payload_size 1400", 1400)):
        rig = Names(section=section)
        rig.dns.wait_asked(1)
        eq(rig.dns.asked()[0].payload, wanted)


@test("a name server at tcp@ is asked over TCP alone", differs="haproxy opens several connections")
def _():
    names = Dns()
    names.a("app.local", "127.0.0.1")
    rig = Names(text=TEXT.replace("nameserver n1 @dns@", "nameserver n1 tcp@@dns@"), dns=names)
    rig.becomes("127.0.0.1")
    eq({query.transport for query in names.asked()}, {"tcp"})


@test("parse-resolv-conf adds the system's name servers")
def _():
    with open("/etc/resolv.conf", encoding="latin-1") as f:
        wanted = [line.split()[1] for line in f if line.startswith("nameserver ")]
    rig = Names("server s1 127.0.0.1:80", section="parse-resolv-conf")
    lines = say(rig.p, "show resolvers dns").splitlines()
    eq([line for line in lines if line.startswith(" nameserver")],
       [f" nameserver {name}:" for name in ["n1", *wanted]])


@test("the section default is the system's name servers, unless it is written")
def _():
    rig = Names("server s1 127.0.0.1:80")
    assert "Resolvers section default" in say(rig.p, "show resolvers")
    rig = Names("server s1 127.0.0.1:80", section="resolvers default\n    nameserver x 127.0.0.1:9")
    eq([line for line in say(rig.p, "show resolvers default").splitlines() if "nameserver" in line],
       [" nameserver x:"])


@test("resolvers sections and servers that say what can't be are errors with their place")
def _():
    text = (DEFAULTS + f"listen l\n    bind 127.0.0.1:{free_port()}\n    server s1 %s\n"
            "resolvers r\n    nameserver n1 127.0.0.1:53\n    %s\n")
    fine, name = "127.0.0.1:80", "app.invalid:80 init-addr none"
    for server, line in ((name + " resolvers nope", ""), ("_http._tcp.app.invalid", ""),
                         (name + " resolve-prefer ipv5", ""),
                         (name + " resolve-net 10.0.0.0/40", ""),
                         (name + " resolve-opts frob", ""),
                         (fine + "\n    server-template s 0 app.invalid:80", ""),
                         (fine + "\n    server-template s 3-1 app.invalid:80", ""),
                         (fine, "nameserver n1 127.0.0.1:54"), (fine, "nameserver n2 127.0.0.1"),
                         (fine, "nameserver n2 /tmp/socket"), (fine, "hold nix 1s"),
                         (fine, "hold nx"), (fine, "timeout frob 1s"), (fine, "frob"),
                         (fine, "resolvers r")):
        done = run_config(text % (server, line), "-c")
        assert done.code != 0, (server, line)
        if not is_oracle():
            assert "proxy.cfg:" in done.err, done.err
    eq(run_config(text % (fine, "hold obsolete 1s"), "-c").code, 0)


@test("a resolvers section may be written as INI, and convert writes it", only="sluice")
def _():
    text = (DEFAULTS + "resolvers r\n    nameserver n1 127.0.0.1:53\n    hold nx 5s\n"
            "    timeout retry 2s\n    parse-resolv-conf\n"
            f"listen l\n    bind 127.0.0.1:{free_port()}\n    server a x.invalid:80 resolvers r "
            "init-addr none\n")
    path = scratch() + "/names.cfg"
    with open(path, "w", encoding="latin-1") as f:
        f.write(text)
    ini = run_config(None, "convert", path).out
    for line in ("[resolvers r]", "nameserver = n1 127.0.0.1:53", "hold = nx 5s",
                 "timeout retry = 2s"):
        assert line in ini, ini
    eq(run_config(ini, "-c", suffix="ini").code, 0)


if __name__ == "__main__":
    main()
