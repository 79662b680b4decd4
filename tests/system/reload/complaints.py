# labels: quick
"""What users of haproxy have complained of about states that outlive a process, by the numbers of
its issues."""
import signal
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from kept_rig import *

WITH_FILE = TEXT.replace("global\n", "global\n    server-state-file @dir@/saved\n") \
                .replace("\nbackend be", "\nbackend be\n    load-server-state-from-file global")


def save(p):
    """What scripts do before they restart haproxy."""
    with open(p.directory + "/saved", "w", encoding="ascii") as f:
        f.write(say(p, "show servers state") + "\n")


def origins(p, count=8):
    return {get(p.fe).body.decode() for _ in range(count)}


def moved(text, other):
    """Server a is on another port now."""
    return text.replace("server a @a@", f"server a 127.0.0.1:{other.port}")


@test("haproxy issue 1412: a port that was changed in the file is not ignored at the next start",
      only="sluice")
def _():
    for text in (TEXT, WITH_FILE):
        p = start(text)
        act(p, ("s:be/a", "weight", 3), ("s:be/b", "state", "maint"), ("s:be/c", "state", "maint"))
        save(p)
        other = Origin(name="other")
        again(p, text=moved(text, other))
        eq(origins(p), {"other"})
        eq((states(p)["a"], states(p)["b"]), (("UP", "3"), ("MAINT", "1")))


@test("haproxy issue 2103: a port that was changed in the file is not ignored by a reload",
      only="sluice")
def _():
    p = start(WITH_FILE)
    act(p, ("s:be/b", "state", "maint"), ("s:be/c", "state", "maint"))
    save(p)
    other = Origin(name="other")
    p.rewrite(moved(WITH_FILE, other), **p.values)
    assert say(p, "reload").startswith("Success=1")
    eq(origins(p), {"other"})


@test("haproxy issue 76: a state that is stale at a cold start keeps no server away",
      only="sluice")
def _():
    checked = WITH_FILE.replace("server b @b@", "server b @b@ check inter 100ms fall 1 rise 1")
    p = start(checked)
    p.values["b"].stop()
    wait_for(lambda: states(p)["b"][0] == "DOWN", "b to be down")
    say(p, "set server be/c health down")
    wait_for(lambda: states(p)["c"][0].startswith("DOWN"), "c to be down")
    act(p, ("s:be/a", "state", "drain"))
    save(p)
    p.stop()
    p.values["b"].start()
    again(p)
    wait_for(lambda: states(p)["b"][0] == "UP", "b to be up")
    eq((states(p)["a"][0], states(p)["c"][0]), ("DRAIN", "UP"))
    eq(origins(p), {"b", "c"})


@test("haproxy issue 2506: of a server that was edited what it says now counts, of all others "
      "what was set", only="sluice")
def _():
    for text in (TEXT, WITH_FILE):
        for by_reload in (True, False):
            first = []

            def hear(conn, first=first):
                first.append(conn.sock.recv(1))
                conn.fin()
            p = start(text, b=Origin(script=hear))
            act(p, ("s:be/a", "weight", 3), ("s:be/b", "weight", 4), ("s:be/c", "state", "drain"))
            save(p)
            edited = text.replace("weight 10", "weight 20").replace("server b @b@",
                                                                    "server b @b@ ssl verify none")
            if by_reload:
                p.rewrite(edited, **p.values)
                assert say(p, "reload").startswith("Success=1")
            else:
                again(p, text=edited)
            eq(states(p), {"a": ("UP", "20"), "b": ("UP", "4"), "c": ("DRAIN", "1")})
            wait_for(lambda: get(p.fe) and first, "b to be asked")
            eq(first[0], b"\x16", "the first byte, of a TLS handshake")


@test("haproxy issue 199: states are kept without a script, a directive or a save before the end",
      only="sluice")
def _():
    p = start()
    act(p, ("s:be/a", "state", "maint"), ("s:be/b", "weight", 7))
    again(p, signal.SIGKILL)
    eq((states(p)["a"], states(p)["b"]), (("MAINT", "10"), ("UP", "7")))


if __name__ == "__main__":
    main()
