# labels: quick
"""What is set at run time outlives the process (`state-dir`), unless the configuration says
something else since."""
import glob
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from kept_rig import *

OFF = "not kept across a restart"


def kept(p):
    """{server and kind: value} of the records in force, from the socket."""
    lines = say(p, "show overrides").split("# set aside")[0].splitlines()[1:]
    return {tuple(line.split()[:2]): line.split()[2] for line in lines}


def aside(p):
    lines = say(p, "show overrides").split("# set aside")[1].splitlines()[1:]
    return [line for line in lines if not line.startswith("#")]


@test("states and weights set by the socket, the form and the API are there after a restart",
      only="sluice")
def _():
    p = start()
    say(p, "set server be/a weight 3")
    form(p, "s=b&b=be&action=maint")
    act(p, ("s:be/c", "state", "drain"), note="Kernel update")
    eq(states(p), {"a": ("UP", "3"), "b": ("MAINT", "1"), "c": ("DRAIN", "1")})
    again(p)
    eq(states(p), {"a": ("UP", "3"), "b": ("MAINT", "1"), "c": ("DRAIN", "1")})
    eq(kept(p), {("be/a", "weight"): "3", ("be/b", "state"): "maint", ("be/c", "state"): "drain"})
    assert "Kernel update" in say(p, "show overrides"), say(p, "show overrides")
    eq({get(p.fe).body for _ in range(4)}, {b"a"})


@test("kill -9 loses nothing that the API has acknowledged", only="sluice")
def _():
    p = start()
    for weight in range(20, 25):
        act(p, ("s:be/a", "weight", weight), ("s:be/b", "state", "drain"))
        again(p, signal.SIGKILL)
        eq((states(p)["a"], states(p)["b"]), (("UP", str(weight)), ("DRAIN", "1")))


@test("what the socket and the form have set is on disk soon after, without being asked for",
      only="sluice")
def _():
    p = start()
    say(p, "set server be/a weight 7")
    form(p, "s=b&b=be&action=drain")
    wait_for(lambda: len(document(p)["overrides"]) == 2, "both to be written")
    again(p, signal.SIGKILL)
    eq((states(p)["a"], states(p)["b"]), (("UP", "7"), ("DRAIN", "1")))


@test("a file edited since wins: what it sets aside is said in the log and on the socket",
      only="sluice")
def _():
    p = start()
    act(p, ("s:be/a", "weight", 3), ("s:be/b", "state", "maint"), ("s:be/c", "weight", 8))
    edited = TEXT.replace("server a @a@ weight 10", "server a @a@ weight 20") \
                 .replace("server c @c@", "")
    again(p, text=edited)
    eq(states(p), {"a": ("UP", "20"), "b": ("MAINT", "1")})
    eq(kept(p), {("be/b", "state"): "maint"})
    for words in ("weight 3 of be/a: the configuration says weight 20 now, and said 10",
                  "weight 8 of be/c: the configuration has no such server"):
        said(p, words)
    eq(sorted(line.split()[0] for line in aside(p)), ["be/a", "be/c"])
    items = {i["target"]: (i["old"], i["new"]) for i in changes(p)[0]["items"]}
    eq(items, {"s:be/a": ("3", "20"), "s:be/c": ("8", "")})
    eq(changes(p)[0]["from"], "reload")
    again(p, text=TEXT)     # what was set aside does not come back
    eq((states(p)["a"], states(p)["c"]), (("UP", "10"), ("UP", "1")))


@test("an edit that a reload brings is followed at the next start too", only="sluice")
def _():
    p = start()
    act(p, ("s:be/a", "weight", 3), ("s:be/b", "state", "drain"))
    p.rewrite(TEXT.replace("weight 10", "weight 20"), **p.values)
    assert say(p, "reload").startswith("Success=1")
    eq(states(p)["a"], ("UP", "20"))
    last = changes(p)[0]
    eq([(i["set"], i["old"], i["new"]) for i in last["items"]],
       [("weight", "3", "20"), ("reload", "", "2")])
    again(p)
    eq((states(p)["a"], states(p)["b"]), (("UP", "20"), ("DRAIN", "1")))


@test("'disabled' that was written since wins over READY, and one that went away over DRAIN",
      only="sluice")
def _():
    p = start(TEXT.replace("server c @c@", "server c @c@ disabled"))
    act(p, ("s:be/b", "state", "drain"), ("s:be/c", "state", "ready"))
    again(p, signal.SIGKILL)
    eq((states(p)["b"], states(p)["c"]), (("DRAIN", "1"), ("UP", "1")))
    again(p, text=TEXT.replace("server b @b@", "server b @b@ disabled"))
    eq((states(p)["b"], states(p)["c"]), (("MAINT", "1"), ("UP", "1")))
    eq(kept(p), {})


@test("what the configuration says anyway is no record", only="sluice")
def _():
    p = start()
    act(p, ("s:be/a", "weight", 3), ("s:be/b", "state", "maint"))
    act(p, ("s:be/a", "weight", 10), ("s:be/b", "state", "ready"))
    eq(document(p)["overrides"], [])


@test("the file of server-state-file is applied first, then what was kept", only="sluice")
def _():
    text = TEXT.replace("    stats socket", "    server-state-file @dir@/saved\n    stats socket") \
               .replace("\nbackend be", "\nbackend be\n    load-server-state-from-file global")
    p = start(text)
    say(p, "set server be/a weight 5")
    say(p, "set server be/b state maint")
    with open(p.directory + "/saved", "w", encoding="ascii") as f:
        f.write(say(p, "show servers state") + "\n")
    act(p, ("s:be/a", "weight", 6), ("s:be/b", "state", "ready"), ("s:be/c", "state", "drain"))
    act(p, ("s:be/c", "state", "ready"))
    again(p)
    eq(states(p), {"a": ("UP", "6"), "b": ("MAINT", "1"), "c": ("UP", "1")})


@test("state-dir names the folder, and makes it", only="sluice")
def _():
    p = start(TEXT.replace("global", "global\n    state-dir @dir@/kept"))
    act(p, ("s:be/a", "weight", 3))
    assert glob.glob(p.directory + "/kept/*.state") and not glob.glob(p.directory + "/*.state")
    again(p, signal.SIGKILL)
    eq(states(p)["a"], ("UP", "3"))


@test("state-dir none keeps nothing, and says nothing", only="sluice")
def _():
    p = start(TEXT.replace("global", "global\n    state-dir none"))
    act(p, ("s:be/a", "weight", 3))
    eq(glob.glob(p.directory + "/*.state") + glob.glob(p.directory + "/*.audit"), [])
    assert OFF not in p.err(), p.err()
    again(p)
    eq(states(p)["a"], ("UP", "10"))


def may_mount():
    """Whether a test may have a /var/lib of its own."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], check=False,
                                                stderr=subprocess.DEVNULL).returncode == 0


@test("without state-dir and STATE_DIRECTORY it is /var/lib/sluice, if that is there to be written",
      only="sluice" if may_mount() else "nobody: only root can have a /var/lib of its own")
def _():
    p = start()
    p.stop()
    elsewhere = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                 'mount -t tmpfs none /var/lib && $1 && shift && exec "$@"', "sh"]
    for prepare, is_kept in (("mkdir -m 750 /var/lib/sluice", True), ("true", False)):
        p._start([*elsewhere, prepare, *p.command(), "-f", p.path, "-db"], {"STATE_DIRECTORY": ""})
        p.wait_ready()
        act(p, ("s:be/a", "weight", 3))
        root = f"/proc/{p.pid}/root/var/lib/sluice/*.state"
        eq((len(glob.glob(root)), OFF in p.err()), (int(is_kept), not is_kept))
        p.stop()


@test("without a folder that can be used there is a notice; one that is named must be usable",
      only="sluice")
def _():
    p = start(environment={"STATE_DIRECTORY": "/nonexistent"})
    assert OFF in p.err(), p.err()
    act(p, ("s:be/a", "weight", 3))
    eq(kept(p), {("be/a", "weight"): "3"})
    done = run_config("global\n    state-dir /nonexistent/x\n" + DEFAULTS +
                      f"frontend f\n    bind 127.0.0.1:{free_port()}\n    monitor-uri /\n", "-db")
    eq(done.code, 1)
    assert "state-dir: /nonexistent/x" in done.err, done.err


@test("a state file that does not parse, or is of a later version, is set aside and not lost",
      only="sluice")
def _():
    p = start()
    act(p, ("s:be/a", "weight", 3))
    good = read(p, ".state")
    for bad in (good[:-20], "", "{}", good.replace('"version":1', '"version":2'),
                good.replace('"set":"weight"', '"set":"colour"'), "\0" * 100,
                good.replace('"at":', '"at":"x","x":')):
        write(p, ".state", bad)
        again(p, signal.SIGKILL)
        said(p, "is not used")
        eq(states(p)["a"], ("UP", "10"))
        found = [path for path in glob.glob(p.directory + "/*.state.damaged-*")]
        contents = [open(path, encoding="utf-8").read() for path in found]
        assert bad in contents, contents


@test("values that no directive could have are set aside", only="sluice")
def _():
    p = start()
    act(p, ("s:be/a", "weight", 3), ("s:be/b", "state", "drain"))
    write(p, ".state", read(p, ".state").replace('"value":"3"', '"value":"257"')
          .replace('"value":"drain"', '"value":"asleep"'))
    again(p, signal.SIGKILL)
    eq((states(p)["a"], states(p)["b"]), (("UP", "10"), ("UP", "1")))
    eq(len(aside(p)), 2)


@test("fields of a later version are kept", only="sluice")
def _():
    p = start()
    act(p, ("s:be/a", "weight", 3))
    write(p, ".state", read(p, ".state").replace('"version":1', '"version":1,"shelf":[1]')
          .replace('"set":"weight"', '"set":"weight","ticket":{"id":7}'))
    again(p, signal.SIGKILL)
    act(p, ("s:be/b", "state", "drain"))
    now = document(p)
    eq((now["shelf"], now["overrides"][0]["ticket"]), ([1], {"id": 7}))


@test("a second process on the same file keeps its states when the first has ended",
      only="sluice")
def _():
    p = start()
    act(p, ("s:be/a", "weight", 3))
    other = {name: free_port() for name in ("fe", "ui")}
    text = p.text
    for name, port in other.items():
        text = text.replace(f"127.0.0.1:{getattr(p, name)}", f"127.0.0.1:{port}")
    with open(p.path, "w", encoding="latin-1") as f:
        f.write(text.replace("admin.sock", "second.sock"))
    q = beside(p, other["ui"])
    eq(states(q)["a"], ("UP", "3"))
    act(q, ("s:be/b", "state", "drain"))    # answered: there is nothing to wait for
    said(q, "another process keeps its states")
    eq(len(document(p)["overrides"]), 1)
    p.stop()
    wait_for(lambda: len(document(p)["overrides"]) == 2, "the second one to write")
    act(q, ("s:be/a", "weight", 4))
    ids = [entry["id"] for entry in audit(q)]
    eq((len(set(ids)), sorted(ids)), (len(ids), ids))


@test("an agent's words are its own: they are not kept", only="sluice")
def _():
    def speak(conn):
        conn.sock.sendall(b"25% drain\n")
        conn.fin()
        conn.wait_peer_end()
    agent = Origin(script=speak)
    p = start(TEXT.replace("server a @a@ weight 10",
                           "server a @a@ weight 20 agent-check agent-addr 127.0.0.1 agent-port "
                           f"{agent.port} agent-inter 100ms"))
    wait_for(lambda: states(p)["a"] == ("DRAIN (agent)", "5"), "the agent")
    eq(kept(p), {})


if __name__ == "__main__":
    main()
