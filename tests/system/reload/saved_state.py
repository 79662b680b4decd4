# labels: quick
"""States of servers at a start, from files as `show servers state` writes them (manual §3.1:
server-state-file; §4.2: load-server-state-from-file)."""
import os
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """
global
    server-state-base @files@
    server-state-file states
    """ + SOCKET + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    load-server-state-from-file global
    server a @a@ weight 10
    server b @b@ check inter 1h
    server c localhost:@port@ init-addr last,libc
"""
HEAD = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight " \
       "srv_iweight srv_time_since_last_change srv_check_status srv_check_result " \
       "srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id " \
       "srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr " \
       "srv_agent_port\n"


class Files:
    """A directory of state files."""

    def __init__(self):
        self.path = scratch()
        os.chmod(self.path, 0o755)

    def __str__(self):
        return self.path

    def write(self, name, *lines, head=HEAD):
        with open(f"{self.path}/{name}", "w", encoding="ascii") as f:
            f.write(head + "".join(line + "\n" for line in lines))
        return self


def saved(server, backend="be", address="127.0.0.1", op=2, admin=0, weight=1, initial=1,
          age=100, check="6 3 4 6", fqdn="-", port=9001):
    number = "abc".index(server[0]) + 1
    return f"3 {backend} {number} {server} {address} {op} {admin} {weight} {initial} {age} " \
           f"{check} 0 0 0 {fqdn} {port} - 0 0 - - 0"


def start(files, text=TEXT, **more):
    values = {"a": Origin(name="a"), "b": Origin(name="b"), "port": Origin(name="c").port}
    return proxy(text, files=files, **(values | more))


def state(p, server, backend="be"):
    """Its columns by name."""
    text = say(p, "show servers state").splitlines()
    names = text[1].split()[1:]
    for line in text[2:]:
        row = dict(zip(names, line.split()))
        if (row.get("be_name"), row.get("srv_name")) == (backend, server):
            return row
    raise AssertionError(text)


@test("weight, DRAIN, MAINT and the time of the last change are restored")
def _():
    files = Files().write("states", saved("a", weight=3, initial=10, age=1000),
                          saved("b", admin=8), saved("c", admin=1, fqdn="localhost"))
    p = start(files)
    eq((state(p, "a")["srv_uweight"], state(p, "a")["srv_iweight"]), ("3", "10"))
    assert 1000 <= int(state(p, "a")["srv_time_since_last_change"]) < 1100, state(p, "a")
    eq([stat(p, "be", s)["status"].split()[0] for s in "abc"], ["no", "DRAIN", "MAINT"])


@test("a weight of another initial weight is set aside: the file was edited since")
def _():
    p = start(Files().write("states", saved("a", weight=3, initial=11)))
    eq(state(p, "a")["srv_uweight"], "10")


@test("a server that its checks had found DOWN is DOWN until they say otherwise")
def _():
    b = Origin(name="b")
    p = start(Files().write("states", saved("b", op=0, check="8 2 0 6", port=b.port)), b=b)
    said = state(p, "b")
    if said["srv_check_status"] == "8":     # the first check has not come yet
        eq((said["srv_op_state"], said["srv_check_result"]), ("0", "2"))
    wait_for(lambda: state(p, "b")["srv_check_status"] == "6", "the first check")


@test("stale state on a cold start: a server without checks is not left DOWN for ever",
      only="sluice")
def _():
    p = start(Files().write("states", saved("a", op=0, weight=10, initial=10)))
    eq(state(p, "a")["srv_op_state"], "2")


@test("a port changed in the file is not ignored because of the state file", only="sluice")
def _():
    a = Origin(name="a")
    p = start(Files().write("states", saved("a", address="127.0.0.9", port=9)), a=a)
    eq((state(p, "a")["srv_addr"], state(p, "a")["srv_port"]), ("127.0.0.1", str(a.port)))
    eq(get(p.fe).status, 200)


@test("init-addr last takes the saved address of the same name")
def _():
    p = start(Files().write("states", saved("c", address="127.0.0.8", fqdn="localhost")))
    eq(state(p, "c")["srv_addr"], "127.0.0.8")


@test("init-addr last does not take the address of another name", only="sluice")
def _():
    p = start(Files().write("states", saved("c", address="127.0.0.8", fqdn="other.test")))
    assert state(p, "c")["srv_addr"] in ("127.0.0.1", "::1"), state(p, "c")


@test("MAINT by a 'disabled' that is not written any more is set aside")
def _():
    p = start(Files().write("states", saved("a", admin=5, weight=4, initial=10)))
    eq((state(p, "a")["srv_admin_state"], state(p, "a")["srv_uweight"]), ("0", "4"))


@test("load-server-state-from-file local reads the backend's own file, under its own name or not")
def _():
    text = TEXT.replace("load-server-state-from-file global",
                        "load-server-state-from-file local\n    @name@")
    files = Files().write("states", saved("a", admin=8)) \
                   .write("be", saved("a", weight=5, initial=10), saved("a", backend="x")) \
                   .write("mine", saved("a", weight=6, initial=10))
    for name, weight in (("", "5"), ("server-state-file-name use-backend-name", "5"),
                         ("server-state-file-name mine", "6"),
                         (f"server-state-file-name {files}/mine", "6")):
        p = start(files, text, name=name)
        eq((state(p, "a")["srv_uweight"], state(p, "a")["srv_admin_state"]), (weight, "0"))


@test("load-server-state-from-file none, or no line, restores nothing; defaults may say it")
def _():
    files = Files().write("states", saved("a", weight=3, initial=10))
    line = "load-server-state-from-file global"
    for text, weight in ((TEXT.replace(line, "load-server-state-from-file none"), "10"),
                         (TEXT.replace(line, ""), "10"),
                         (TEXT.replace(line, "").replace("mode http", "mode http\n    " + line),
                          "3")):
        eq(state(start(files, text), "a")["srv_uweight"], weight)


@test("what `show servers state` writes is read back")
def _():
    files = Files()
    values = {"a": Origin(name="a"), "b": Origin(name="b"), "port": Origin(name="c").port}
    p = proxy(TEXT, files=files.write("states"), **values)
    say(p, "set server be/a weight 7")
    say(p, "set server be/b state drain")
    text = say(p, "show servers state") + "\n"
    p.stop()
    p = proxy(TEXT, files=files.write("states", head=text), **values)
    eq(state(p, "a")["srv_uweight"], "7")
    eq(stat(p, "be", "b")["status"].split()[0], "DRAIN")


@test("a state file that is missing, empty or corrupt is said, and nothing of it is used")
def _():
    good = saved("a", weight=3, initial=10)
    for files in (Files(), Files().write("states", head=""), Files().write("states", head="2\n"),
                  Files().write("states", good, "junk"),):
        p = start(files)
        eq(state(p, "a")["srv_uweight"], "10")
        assert "state" in p.err(), p.err()
        p.stop()


@test("numbers that are none are set aside with their line's server")
def _():
    p = start(Files().write("states", saved("a", weight="x", initial=10)))
    eq(state(p, "a")["srv_uweight"], "10")


@test("a reload keeps what is set at run time, whatever the state file says", only="sluice")
def _():
    files = Files().write("states", saved("a", weight=3, initial=10))
    p = start(files)
    say(p, "set server be/a weight 8")
    assert say(p, "reload").startswith("Success=1")
    eq(state(p, "a")["srv_uweight"], "8")


if __name__ == "__main__":
    main()
