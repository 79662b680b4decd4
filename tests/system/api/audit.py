# labels: quick
"""The audit file: every change by every way, chained, found again after a restart."""
import glob
import json
import os
import signal
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/system/reload")
from harness import *
from kept_rig import *
import contract


def every_way(p):
    say(p, "set server be/a weight 4")
    form(p, "s=b&b=be&action=maint")
    act(p, ("s:be/c", "state", "drain"), ("f:fe", "maxconn", 50), note="Kernel")
    host = f"127.0.0.1:{p.ui}"
    Client(p.ui).request("POST", "/api/changes", host=host, headers={
        "origin": f"http://{host}", "sec-fetch-site": "same-origin",
        "content-type": "application/json"}, body=json.dumps({"actions": [
            {"target": "s:be/a", "set": "weight", "value": 5}]}).encode()).response()
    assert say(p, "reload").startswith("Success=1")


@test("a change by the socket, the form, the API, the page and a reload is one entry each",
      only="sluice")
def _():
    p = start()
    every_way(p)
    wait_for(lambda: len(audit(p)) == 5, "the file")
    eq([(e["from"], [(i["target"], i["set"], i["old"], i["new"]) for i in e["items"]])
        for e in audit(p)],
       [("socket", [("s:be/a", "weight", "10", "4")]),
        ("form", [("s:be/b", "state", "ready", "maint")]),
        ("rest", [("s:be/c", "state", "ready", "drain"), ("f:fe", "maxconn", "0", "50")]),
        ("page", [("s:be/a", "weight", "4", "5")]),
        ("reload", [("*", "reload", "", "2")])])
    eq((audit(p)[2]["note"], audit(p)[2]["source"], audit(p)[4]["who"]),
       ("Kernel", "127.0.0.1", "socket"))


@test("the log is there after a restart: ids go on, entries can be filtered and say their command",
      only="sluice")
def _():
    p = start()
    every_way(p)
    before = changes(p)
    again(p, signal.SIGKILL if len(audit(p)) == 5 else signal.SIGTERM)
    answer = contract.check("GET", "/api/changes", Client(p.ui).get("/api/changes"))
    for entry in before:     # limits and frontends are as configured again: no undo
        entry["undoable"] = entry["undoable"] and all(i["target"][0] == "s" for i in entry["items"])
    after = answer["changes"]
    eq([{**e, "undoable": None} for e in after], [{**e, "undoable": None} for e in before])
    eq([e["undoable"] for e in after], [False, True, True, True, True])
    assert all(e["hash"] for e in after)
    eq(answer["chain"], {"file": path_of(p, ".audit"), "intact": True, "broken_at": None})
    eq(act(p, ("s:be/a", "weight", 6))["id"], 6)
    eq([e["id"] for e in changes(p, "&from=form")], [2])
    eq([e["id"] for e in changes(p, "&who=socket")], [5, 1])
    eq([e["id"] for e in changes(p, "&target=s:be/a&set=weight")], [6, 4, 1])
    at = [e["at"] for e in changes(p) if e["id"] == 4][0]
    eq([e["id"] for e in changes(p, f"&since={at}")], [6, 5, 4])
    eq([e["commands"] for e in changes(p) if e["id"] in (1, 5)],
       [["reload"], ["set server be/a weight 4"]])


@test("a change of the process before can be undone, unless something was changed since",
      only="sluice")
def _():
    p = start()
    first = act(p, ("s:be/a", "weight", 3))
    second = act(p, ("s:be/b", "state", "drain"))
    act(p, ("s:be/a", "weight", 4))
    again(p)
    eq(post(p, f"/api/changes/{second['id']}/undo", {}).status, 200)
    eq(post(p, f"/api/changes/{first['id']}/undo", {}).status, 409)
    eq((states(p)["a"], states(p)["b"]), (("UP", "4"), ("UP", "1")))
    again(p)
    eq([e["undone_by"] for e in changes(p)], [None, None, 4, None])


@test("a line that was changed breaks the chain there: the file is set aside, the log says where",
      only="sluice")
def _():
    for damage in ("changed", "taken away", "put in", "not JSON"):
        p = start()
        for weight in range(5):
            act(p, ("s:be/a", "weight", weight))
        p.stop()
        lines = read(p, ".audit").splitlines(True)
        if damage == "changed":     # change 3: the first line is the file's own
            lines[3] = lines[3].replace('"new":"2"', '"new":"9"')
        elif damage == "taken away":
            del lines[3]
        elif damage == "put in":
            lines.insert(3, lines[2])
        else:
            lines[3] = "\0" * 40 + "\n"
        bad = "".join(lines)
        write(p, ".audit", bad)
        again(p)
        said(p, "breaks at line 4, change 3")
        aside = glob.glob(p.directory + "/*.audit.damaged-*")
        eq([open(path, encoding="utf-8").read() for path in aside], [bad])
        eq((chain(p)["intact"], chain(p)["broken_at"]), (False, 3), damage)
        eq([e["id"] for e in changes(p)], [2, 1])
        assert act(p, ("s:be/a", "weight", 7))["id"] > 5
        audit(p)
        again(p)        # the warning stays
        eq((chain(p)["intact"], chain(p)["broken_at"]), (False, 3), damage)
        eq(len(changes(p)), 3)
        p.stop()


@test("half a line at the end is a write that was cut off: the chain goes on before it",
      only="sluice")
def _():
    p = start()
    act(p, ("s:be/a", "weight", 3))
    act(p, ("s:be/a", "weight", 4))
    p.stop()
    text = read(p, ".audit")
    write(p, ".audit", text[:-30])
    again(p)
    said(p, "half a line")
    eq(chain(p)["intact"], True)
    eq(act(p, ("s:be/a", "weight", 5))["id"], 2)
    eq([e["id"] for e in audit(p)], [1, 2])


@test("a file of a later version is set aside whole", only="sluice")
def _():
    p = start()
    act(p, ("s:be/a", "weight", 3))
    p.stop()
    import hashlib
    lines = read(p, ".audit").splitlines()
    sealed = lines[0].rsplit(',"hash":', 1)[0].replace('"version":1', '"version":2')
    lines[0] = f'{sealed},"hash":"{hashlib.sha256(sealed.encode()).hexdigest()}"}}'
    write(p, ".audit", "\n".join(lines) + "\n")
    again(p)
    said(p, "breaks at line 1")
    eq((states(p)["a"], changes(p)), (("UP", "3"), []))


@test("a folder that takes no more is said, and tried again; the change itself is in force",
      only="sluice")
def _():
    p = start()
    act(p, ("s:be/a", "weight", 3))
    path = path_of(p, ".state")
    os.unlink(path)
    os.mkdir(path)      # no file can be renamed over a folder
    os.mkdir(path + "/x")
    act(p, ("s:be/a", "weight", 4))
    said(p, "states are not kept")
    assert "not written" in say(p, "show overrides")
    os.rmdir(path + "/x")
    os.rmdir(path)
    wait_for(lambda: "kept again" in p.err(), "another try")
    again(p, signal.SIGKILL)
    eq(states(p)["a"], ("UP", "4"))


if __name__ == "__main__":
    main()
