# labels: quick
"""conf/kubernetes-dns.cfg at work: a cluster's name server of the test's, pods that come and go."""
import sys

ROOT = __file__.rsplit("/tests/", 1)[0]
sys.path.insert(0, ROOT + "/tests/support")
from harness import *

DOMAIN = "shop.svc.test"
USERS = f"_http._tcp.users.{DOMAIN}"


class Cluster:
    """Three addresses that say their name, on one port; the file with its variables set."""

    def __init__(self):
        self.dns = Dns()
        port = free_port()
        self.pods = [Origin(host=f"127.0.0.{i}", port=port, answer=respond(body=f"pod{i}".encode()))
                     for i in (1, 2, 3)]
        self.port = port
        with open(f"{ROOT}/conf/kubernetes-dns.cfg", encoding="utf-8") as f:
            text = f.read()
        # Beside it only the socket, and a pace for tests in place of the cluster's.
        text = text.replace("global\n", f"global\n    {SOCKET}\n", 1)
        text = text.replace("timeout resolve 5s", "timeout resolve 200ms")
        text = text.replace("hold nx 30s", "hold nx 1s").replace("inter 2s", "inter 200ms")
        self.fe = free_port()
        self.p = proxy(text, ready=False, environment={
            "SLUICE_DNS": str(self.dns), "SLUICE_DOMAIN": DOMAIN, "SLUICE_PORT": str(port),
            "SLUICE_BIND": f"127.0.0.1:{self.fe}"})
        wait_for(lambda: self.fe in listening(), "the proxy to listen", 20)

    def bodies(self, path, count=12):
        return {get(self.fe, path).body.decode() for _ in range(count)}

    def serve(self, path, *pods, seconds=30):
        """Waits until exactly these pods answer there."""
        wait_for(lambda: self.bodies(path) == set(pods), f"{path} to be {pods}", seconds)


@test("a headless Service's pods take requests as DNS names them, and no request fails")
def _():
    cluster = Cluster()
    name = f"shop.{DOMAIN}"
    eq(get(cluster.fe, "/").status, 503)
    cluster.dns.a(name, "127.0.0.1", ttl=1)
    wait_for(lambda: get(cluster.fe, "/").status == 200, "the first pod", 30)
    cluster.dns.a(name, "127.0.0.1", "127.0.0.2", ttl=1)
    wait_for(lambda: "pod2" in {get(cluster.fe, "/").body.decode() for _ in range(6)},
             "the second pod", 30)
    statuses = []
    cluster.dns.a(name, "127.0.0.2", "127.0.0.3", ttl=1)

    def moved():
        answers = [get(cluster.fe, "/") for _ in range(6)]
        statuses.extend(answer.status for answer in answers)
        return {answer.body for answer in answers} == {b"pod2", b"pod3"}
    wait_for(moved, "the pods to change", 30)
    eq(set(statuses), {200})


@test("a named port's records say where the pods are")
def _():
    cluster = Cluster()
    cluster.dns.srv(USERS, (10, cluster.port, f"a.users.{DOMAIN}"),
                    (10, cluster.port, f"b.users.{DOMAIN}"))
    cluster.dns.a(f"a.users.{DOMAIN}", "127.0.0.1")
    cluster.dns.a(f"b.users.{DOMAIN}", "127.0.0.3")
    cluster.serve("/api/users/", "pod1", "pod3")
    cluster.dns.drop(USERS)
    wait_for(lambda: get(cluster.fe, "/api/users/").status == 503, "the Service to be gone", 30)


@test("an ordinary Service is one server, and silence of DNS takes nothing away")
def _():
    cluster = Cluster()
    cluster.dns.a(f"legacy.{DOMAIN}", "127.0.0.2")
    cluster.serve("/legacy/", "pod2")
    cluster.dns.silent = True
    asked = len(cluster.dns.asked(f"legacy.{DOMAIN}"))
    cluster.dns.wait_asked(asked + 2, f"legacy.{DOMAIN}")
    eq(cluster.bodies("/legacy/"), {"pod2"})


@test("the file is valid as it is written, with its defaults")
def _():
    with open(f"{ROOT}/conf/kubernetes-dns.cfg", encoding="utf-8") as f:
        eq(run_config(f.read(), "-c").code, 0)


if __name__ == "__main__":
    main()
