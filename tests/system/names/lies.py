# labels: quick
"""Answers that lie: they change nothing, are counted, and no request fails because of them."""
import struct
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness import dns
from rig import Names, stream_of

HOLD = "hold other 1h\n    hold timeout 1h\n    timeout retry 100ms"


def survives(mangle, counter, section=HOLD):
    """The server stays where it is, requests flow, `counter` goes up; then truth is taken again."""
    rig = Names(section=section)
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    bodies, end = stream_of(rig)
    before = rig.counts()[counter]
    rig.dns.a("app.local", "127.0.0.2")
    rig.dns.mangle = mangle
    # What was asked before is answered by then.
    asked = len(rig.dns.asked())
    rig.dns.wait_asked(asked + 2)
    address = rig.address()
    rig.counted(counter, before + 3)
    eq(rig.address(), address)
    seen = len(bodies)
    wait_for(lambda: len(bodies) > seen + 3, "requests to flow")
    end()
    rig.dns.mangle = None
    rig.becomes("127.0.0.2")
    return rig


def with_records(count, make=lambda i: socket_address(i), kind=dns.A):
    def mangle(query, _):
        records = b"".join(dns.record(query.name, kind, 1, make(i)) for i in range(count))
        return [struct.pack("!HHHHHH", query.id, 0x8580, 1, count, 0, 0) + query.question + records]
    return mangle


def socket_address(i):
    return bytes([127, 1, i // 250, i % 250 + 1])


@test("an answer with a wrong id is no answer", differs="haproxy does not count it")
def _():
    survives(lambda query, answer: [bytes([answer[0] ^ 1]) + answer[1:]], "invalid")


@test("an answer to another question is no answer")
def _():
    def mangle(query, answer):
        return [answer.replace(b"\3app\5local", b"\3bad\5local")]
    survives(mangle, "invalid")


@test("names compressed in a circle make an answer invalid")
def _():
    def mangle(query, answer):
        at = 12 + len(query.question)
        loop = struct.pack("!H", 0xC000 | at)
        return [struct.pack("!HHHHHH", query.id, 0x8580, 1, 1, 0, 0) + query.question + loop
                + struct.pack("!HHIH", 1, 1, 1, 4) + b"\x7f\0\0\2"]
    survives(mangle, "invalid")


@test("500 records are too many: the answer is invalid",
      differs="haproxy takes as many as its payload size holds")
def _():
    survives(with_records(500), "invalid", HOLD + "\n    accepted_payload_size 65535")


@test("records that are cut off make an answer invalid")
def _():
    survives(lambda query, answer: [answer[:-2]], "invalid")


@test("rubbish is no answer")
def _():
    survives(lambda query, answer: [b"", b"\xff", answer[:2] + b"\xff" * 40, b"\0" * 500],
             "invalid")


@test("a truncated answer is asked for over TCP", differs="haproxy takes it for a failure")
def _():
    rig = Names()
    rig.dns.udp_limit = 40
    rig.dns.a("app.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    assert rig.counts()["truncated"] >= 1
    assert [q for q in rig.dns.queries if q.transport == "tcp"]


@test("an answer over the accepted payload size is counted and not taken over UDP")
def _():
    def mangle(query, answer):
        return [answer + b"\0" * 700] if query.transport == "udp" else []
    survives(mangle, "too_big")


@test("an answer over TCP that never ends is given up", only="sluice")
def _():
    def mangle(query, answer):
        if query.transport == "udp":
            return [answer[:2] + bytes([answer[2] | 2]) + answer[3:]]
        return [b"\0" * 60000] * 50
    rig = survives(mangle, "truncated")
    assert rig.p.memory_kb() < 200_000


@test("a flood of datagrams that answer nothing leaves requests their time", only="sluice")
def _():
    survives(lambda query, answer: [b"\0" * 100] * 2000, "invalid")


@test("a TTL of zero does not make it ask without pause", only="sluice")
def _():
    names = Dns()
    names.a("app.local", "127.0.0.1", ttl=0)
    rig = Names(section="timeout resolve 1h\n    hold valid 1h", dns=names)
    rig.becomes("127.0.0.1")
    asked = len(rig.dns.asked("app.local"))
    rig.dns.wait_asked(asked + 2)
    holds(lambda: len(rig.dns.asked("app.local")) <= asked + 6, 1.5, "about a question a second")


@test("aliases in a circle, or that lead nowhere, are counted apart")
def _():
    def circle(query, _):
        records = dns.record("app.local", dns.CNAME, 1, dns.encode("x.local")) + dns.record(
            "x.local", dns.CNAME, 1, dns.encode("app.local"))
        return [struct.pack("!HHHHHH", query.id, 0x8580, 1, 2, 0, 0) + query.question + records]
    survives(circle, "cname_error")


@test("a chain of aliases is followed")
def _():
    rig = Names()
    rig.dns.cname("app.local", "x.local")
    rig.dns.cname("x.local", "y.local")
    rig.dns.a("y.local", "127.0.0.1")
    rig.becomes("127.0.0.1")
    assert is_oracle() or rig.counts()["cname"] >= 1        # haproxy counts only what went wrong


if __name__ == "__main__":
    main()
