"""The demo with its own light traffic: its page has figures from the first second on, and sides to
move between."""
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.process import binary


def demo(*more):
    """Starts it on free ports, and gives the port of its stats listener."""
    port, stats, services = free_ports(3)
    child = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", "--", binary(), "demo", "--port", str(port),
         "--stats-port", str(stats), "--services-port", str(services), *more],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": scratch()})

    def end():
        child.send_signal(signal.SIGTERM)
        child.wait(30)
    cleanup(end)
    wait_for(lambda: child.poll() is not None or stats in listening(), "the demo", 60)
    assert child.poll() is None, "the demo ended"
    return stats


def backend(stats, name="pages"):
    return json.loads(get(stats, "/api/state/" + name).body)["backend"]


def usable(stats):
    return all(server["status"].startswith("UP") for server in backend(stats)["servers"])


@test("the demo asks for its own pages, and names the sides that traffic moves between",
      only="sluice")
def _():
    stats = demo()
    wait_for(lambda: usable(stats) and backend(stats)["req_tot"] > 5, "requests", 60)
    eq(backend(stats)["sides"], {"legacy": ["monolith"], "new": ["frontend"]})


@test("its services listen before the proxy checks them: none is ever DOWN at the start",
      only="sluice")
def _():
    stats = demo()
    def servers():
        return [server for name in ("pages", "thoughts", "users")
                for server in backend(stats, name)["servers"]]
    wait_for(lambda: all(server["check"]["check_status"] == "L7OK" for server in servers()),
             "a check of each", 60)
    for server in servers():
        eq((server["chkfail"], server["chkdown"]), (0, 0), server["svname"])


@test("with --no-traffic only its checks ask", only="sluice")
def _():
    stats = demo("--no-traffic")
    wait_for(lambda: usable(stats), "the servers", 60)
    holds(lambda: backend(stats)["req_tot"] == 0, 1.5, "no request")


if __name__ == "__main__":
    main()
