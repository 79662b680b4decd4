"""A proxy that is started again on the same files, and what it keeps in its state-dir."""
import glob
import hashlib
import json
import os
import signal

from harness import *
from harness.process import _alarm

TEXT = """
global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
listen ui
    bind 127.0.0.1:@ui@
    stats enable
    stats uri /
    stats admin if TRUE
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server a @a@ weight 10
    server b @b@
    server c @c@
"""


def start(text=TEXT, environment=None, **more):
    values = {name: Origin(name=name) for name in "abc"} | more
    p = Sluice(text, environment=environment, **values)
    p.values = values
    return p


def again(p, number=signal.SIGTERM, text=None, environment=None, ready=True):
    """Ends it by that signal, and starts it on the same file, or on another text in its place."""
    if p.alive():
        p.send(number)
    p.wait_exit()
    assert not _alarm.search(p.err()), p.err()
    if text is not None:
        p.rewrite(text, **p.values)
    p._start([*p.command(), "-f", p.path, "-db"], environment)
    if ready:
        p.wait_ready()
    return p


class beside:
    """Another process on the same file and folder."""

    def __init__(self, p, port):
        import subprocess
        self.directory, self.ui, self._err = p.directory, port, p.directory + "/err2"
        with open(self._err, "wb") as err:
            self.child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *p.command(), "-f", p.path, "-db"],
                cwd=p.directory, stderr=err, stdout=subprocess.DEVNULL,
                env={**os.environ, "STATE_DIRECTORY": p.directory})
        cleanup(self.end)
        wait_for(lambda: port in listening(), "the other process", 20)

    def end(self):
        self.child.terminate()
        self.child.wait(30)

    def err(self):
        with open(self._err, encoding="latin-1") as f:
            return f.read()


def post(p, path, body, **fields):
    return Client(p.ui, seconds=30).request(
        "POST", path, body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers={"content-type": "application/json", **fields}).response()


def act(p, *actions, **more):
    body = {"actions": [dict(zip(("target", "set", "value"), one)) for one in actions], **more}
    answer = post(p, "/api/changes", body)
    eq(answer.status, 200, answer.body)
    return json.loads(answer.body)


def form(p, text):
    Client(p.ui).request("POST", "/", body=text.encode(), headers={
        "content-type": "application/x-www-form-urlencoded"}).response()


def changes(p, query=""):
    return json.loads(Client(p.ui).get("/api/changes?limit=500" + query).body)["changes"]


def chain(p):
    return json.loads(Client(p.ui).get("/api/changes?limit=1").body)["chain"]


def states(p):
    """{server: (what the status column says, weight)}"""
    servers = json.loads(Client(p.ui).get("/api/state/be").body)["backend"]["servers"]
    return {s["svname"]: ("UP" if s["status"] == "no check" else s["status"], str(s["uweight"]))
            for s in servers}


def said(p, words):
    """On standard error; it may listen before it has said all."""
    wait_for(lambda: words in p.err(), f"it to say {words!r}")


def path_of(p, suffix):
    found = [path for path in glob.glob(f"{p.directory}/*{suffix}")
             if not path.endswith(".new")]
    return found[0] if found else None


def read(p, suffix):
    with open(path_of(p, suffix), encoding="utf-8") as f:
        return f.read()


def write(p, suffix, text):
    path = path_of(p, suffix) or path_of(p, ".lock")[:-len(".lock")] + suffix
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def document(p):
    path = path_of(p, ".state")
    if path is None:
        return {"overrides": [], "set_aside": []}
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def audit(p):
    """The changes of the audit file, whose chain is verified by the way."""
    prev, out = None, []
    for line in read(p, ".audit").splitlines():
        entry = json.loads(line)
        sealed = line.rsplit(',"hash":', 1)[0]
        eq(entry["hash"], hashlib.sha256(sealed.encode()).hexdigest())
        assert prev is None or entry["prev"] == prev, line
        prev = entry["hash"]
        if entry["kind"] == "change":
            out.append(entry)
    return out
