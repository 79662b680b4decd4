# labels: quick
"""The same with a name server that is not ours: Debian's unbound, on a loopback port."""
import os
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness import dns
from rig import Names, stream_of

CONFIG = """
server:
    directory: "{directory}"
    username: ""
    chroot: ""
    pidfile: ""
    do-daemonize: no
    use-syslog: no
    logfile: "{directory}/log"
    interface: 127.0.0.1
    port: {port}
    do-ip6: no
    do-not-query-localhost: no
    module-config: "iterator"
    local-zone: "test." static
{data}
remote-control:
    control-enable: no
"""


class Unbound:
    """Answers from the data that it was last given."""

    def __init__(self, *data):
        self.directory = scratch()
        self.port = free_port()
        self.write(data)
        with open(f"{self.directory}/err", "wb") as err:
            self.child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", "/usr/sbin/unbound", "-d", "-c",
                 f"{self.directory}/unbound.conf"], stdin=subprocess.DEVNULL, stdout=err,
                stderr=err)
        cleanup(self.stop)
        wait_for(self.answers, "unbound to answer", 30)

    def __str__(self):
        return f"127.0.0.1:{self.port}"

    def write(self, data):
        lines = "".join(f'    local-data: "{line}"\n' for line in data)
        with open(f"{self.directory}/unbound.conf", "w", encoding="ascii") as f:
            f.write(CONFIG.format(directory=self.directory, port=self.port, data=lines))

    def answers(self):
        assert self.child.poll() is None, "unbound ended"
        question = struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + dns.encode("test") + b"\0\2\0\1"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.connect(("127.0.0.1", self.port))
            try:
                s.send(question)
                return s.recv(512)
            except OSError:
                return None

    def say(self, *data):
        """Other data from now on."""
        self.write(data)
        self.child.send_signal(signal.SIGHUP)

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            self.child.wait(20)


@test("a server follows what unbound answers, over its reloads and its end, and no request fails")
def _():
    names = Unbound("app.test. 1 IN A 127.0.0.1")
    rig = Names("server s1 app.test:@port@ resolvers dns resolve-prefer ipv4 init-addr none",
                section="hold timeout 1h\n    hold other 1h\n    hold refused 1h\n"
                        "    timeout retry 300ms", dns=names)
    rig.becomes("127.0.0.1")
    bodies, end = stream_of(rig)
    names.say("app.test. 1 IN A 127.0.0.2")
    rig.becomes("127.0.0.2")
    seen = len(bodies)
    wait_for(lambda: b"B" in bodies[seen:], "requests to go there")
    os.kill(names.child.pid, signal.SIGSTOP)
    sent = rig.counts()["sent"]
    rig.counted("sent", sent + 4)
    eq(rig.address(), "127.0.0.2")
    os.kill(names.child.pid, signal.SIGCONT)
    names.say("app.test. 1 IN A 127.0.0.1")
    rig.becomes("127.0.0.1")
    end()
    names.say()
    rig.becomes(None)
    rig.log.match(r"going DOWN for maintenance \(DNS NX status\)")


@test("records of a service come from unbound too")
def _():
    names = Unbound("a.test. 1 IN A 127.0.0.1", "b.test. 1 IN A 127.0.0.2")
    rig = Names("server-template s 3 _http._tcp.app.test resolvers dns resolve-prefer ipv4 "
                "init-addr none", dns=names)
    names.say("a.test. 1 IN A 127.0.0.1", "b.test. 1 IN A 127.0.0.2",
              f"_http._tcp.app.test. 1 IN SRV 0 10 {rig.a.port} a.test.",
              f"_http._tcp.app.test. 1 IN SRV 0 700 {rig.b.port} b.test.")
    rig.all_become(["127.0.0.1", "127.0.0.2", None])
    eq({rig.body() for _ in range(8)}, {b"A", b"B"})
    names.say("b.test. 1 IN A 127.0.0.2", f"_http._tcp.app.test. 1 IN SRV 0 9 {rig.b.port} b.test.")
    rig.all_become(["127.0.0.2", None, None])


@test("a large answer of unbound's comes over TCP", differs="haproxy takes it for a failure")
def _():
    names = Unbound(*[f"app.test. 1 IN A 127.0.1.{i}" for i in range(1, 101)])
    rig = Names("server s1 app.test:@port@ resolvers dns resolve-prefer ipv4 init-addr none",
                dns=names)
    wait_for(rig.address, "an address", 20)
    assert rig.counts()["truncated"] >= 1
    assert rig.address().startswith("127.0.1.")


if __name__ == "__main__":
    main()
