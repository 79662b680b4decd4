# labels: quick
"""A change that reverts unless it is confirmed, and processes that end meanwhile."""
import json
import re
import signal
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/system/reload")
from harness import *
from kept_rig import *

HELD = {"a": ("UP", "3"), "b": ("DRAIN", "1"), "c": ("UP", "1")}
BACK = {"a": ("UP", "10"), "b": ("UP", "1"), "c": ("UP", "1")}


def ask(p):
    return act(p, ("s:be/a", "weight", 3), ("s:be/b", "state", "drain"), ("f:fe", "maxconn", 9),
               expires=5, note="try")


def expires(p, seconds):
    """The time is over so many seconds from now."""
    at = int((time.time() + seconds) * 1e6)
    write(p, ".state", re.sub(r'"expires":\d+', f'"expires":{at}', read(p, ".state")))


def pending(p):
    return [c["id"] for c in json.loads(Client(p.ui).get("/api/state").body)["pending"]]


@test("it waits for its confirmation across a restart", only="sluice")
def _():
    p = start()
    done = ask(p)
    again(p, signal.SIGKILL)
    eq((states(p), pending(p)), (HELD, [done["id"]]))
    entry = changes(p)[0]
    eq((entry["expires_at"], entry["note"]), (done["expires_at"], "try"))
    eq(post(p, f"/api/changes/{done['id']}/confirm", {}).status, 200)
    again(p, signal.SIGKILL)
    eq((states(p), pending(p)), (HELD, []))
    eq([r.get("expires") for r in document(p)["overrides"]], [None, None])


@test("what was not confirmed until a process starts again is set back before it serves",
      only="sluice")
def _():
    p = start()
    done = ask(p)
    p.send(signal.SIGKILL)
    p.wait_exit()
    expires(p, -10)
    again(p)
    eq((states(p), pending(p)), (BACK, []))
    last = changes(p)[0]
    eq((last["undo_of"], last["note"], last["from"]),
       (done["id"], "not confirmed in time", "internal"))
    wait_for(lambda: document(p)["overrides"] == [], "the file")
    again(p)
    eq((states(p), len(changes(p))), (BACK, 2))


@test("it reverts after a restart with nobody there and no page to ask", only="sluice")
def _():
    p = start()
    ask(p)
    p.send(signal.SIGKILL)
    p.wait_exit()
    expires(p, 4)
    again(p, text=TEXT[:TEXT.index("listen ui")] + TEXT[TEXT.index("frontend fe"):], ready=False)
    wait_for(lambda: p.fe in listening(), "it to listen")
    eq(stat(p, "be", "a")["uweight"], "3")
    wait_for(lambda: (stat(p, "be", "a")["uweight"], stat(p, "be", "b")["status"]) ==
             ("10", "no check"), "the change to be set back", 30)


@test("it reverts though the log is lost", only="sluice")
def _():
    p = start()
    ask(p)
    p.send(signal.SIGKILL)
    p.wait_exit()
    write(p, ".audit", "")
    again(p)
    eq((states(p), len(pending(p))), (HELD, 1))
    p.send(signal.SIGKILL)
    p.wait_exit()
    expires(p, -1)
    again(p)
    eq(states(p), BACK)


@test("what the file took over meanwhile does not revert", only="sluice")
def _():
    p = start()
    ask(p)
    p.send(signal.SIGKILL)
    p.wait_exit()
    expires(p, -10)
    again(p, text=TEXT.replace("weight 10", "weight 20"))
    eq(states(p), {**BACK, "a": ("UP", "20")})


@test("of a change whose server is gone the rest reverts", only="sluice")
def _():
    p = start()
    ask(p)
    p.rewrite(TEXT.replace("server a @a@ weight 10", ""), **p.values)
    assert say(p, "reload").startswith("Success=1")
    p.send(signal.SIGKILL)
    p.wait_exit()
    expires(p, -10)
    again(p)
    eq(states(p), {name: BACK[name] for name in "bc"})


if __name__ == "__main__":
    main()
