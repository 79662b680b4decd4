# labels: quick
"""A reload after rights were given up: user, group and chroot (manual §3.1)."""
import os
import socket
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """
global
    chroot @dir@/jail
    user nobody
    group nogroup
    nbthread @threads@
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    @rules@
    default_backend be
@more@
backend be
    server a @a@
"""


def low_port():
    """One that needs rights, and is free."""
    for port in range(1023, 600, -1):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no low port is free")


def start(text=TEXT, **more):
    directory = scratch()
    os.chmod(directory, 0o755)
    values = {"threads": 2, "rules": "", "more": "", "a": Origin(name="a")} | more

    class Jailed(Sluice):
        def _start(self, command, environment):
            os.mkdir(self.directory + "/jail")
            super()._start(command, environment)
    return Jailed(text, **values), values


def reload(p, values, done=True, **changes):
    p.rewrite(TEXT, **(values | changes))
    answer = say(p, "reload")
    assert answer.startswith(f"Success={int(done)}\n"), answer
    return answer


def uids(p):
    """Of the process, and of its children."""
    def uid(pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            return int(next(line for line in f if line.startswith("Uid:")).split()[1])
    with open(f"/proc/{p.pid}/task/{p.pid}/children", encoding="ascii") as f:
        children = [int(pid) for pid in f.read().split()]
    return uid(p.pid), [uid(pid) for pid in children]


root = "sluice" if os.geteuid() == 0 else "nobody: only root can give up rights"


@test("a reload opens a port below 1024, and reads a key that is root's alone", only=root)
def _():
    p, values = start()
    eq(uids(p)[0] != 0, True)
    eq(uids(p)[1], [0])
    certificates = Certificates()
    pem = certificates.make("site", "one.test")
    os.chmod(certificates.directory, 0o700)
    os.chmod(pem, 0o600)
    port = low_port()
    reload(p, values, more=f"frontend low\n    bind 127.0.0.1:{port} ssl crt {pem}\n"
                           "    default_backend be\n")
    client = TlsClient(port, name="one.test", ca=certificates.ca)
    eq(client.get().body, b"a")
    eq(get(p.fe).body, b"a")
    os.chmod(certificates.directory, 0o755)


PACKAGED = "/etc/haproxy/haproxy.cfg"
have_packaged = root if os.path.exists(PACKAGED) else "haproxy's package is not installed"


@test("the configuration that Debian's package of haproxy ships, and a frontend: a reload opens a "
      "port below 1024, with TLS, by a key that is root's alone", only=have_packaged)
def _():
    with open(PACKAGED, encoding="utf-8") as f:
        packaged = f.read().replace("/run/haproxy/admin.sock", "@dir@/admin.sock") \
                           .replace("chroot /var/lib/haproxy", "chroot @dir@/jail")
    assert "user haproxy" in packaged and "@dir@/jail" in packaged, packaged
    front = "\nfrontend fe\n    bind 127.0.0.1:@fe@\n    default_backend be\n" \
            "backend be\n    server a @a@\n"
    p, values = start(text=packaged + front)
    eq(get(p.fe).body, b"a")
    certificates = Certificates()
    pem = certificates.make("site", "one.test")
    os.chmod(certificates.directory, 0o700)
    os.chmod(pem, 0o600)
    port = low_port()
    low = f"frontend low\n    bind 127.0.0.1:{port} ssl crt {pem}\n    default_backend be\n"
    p.rewrite(packaged + front + low, **values)
    answer = say(p, "reload")
    assert answer.startswith("Success=1\n"), answer
    assert uids(p)[0] != 0, "the process kept the rights of root"
    eq(TlsClient(port, name="one.test", ca=certificates.ca).get().body, b"a")
    eq(get(p.fe).body, b"a")
    os.chmod(certificates.directory, 0o755)


@test("more workers get descriptors of their own on a port below 1024", only=root)
def _():
    port = low_port()
    low = f"frontend low\n    bind 127.0.0.1:{port}\n    default_backend be\n"
    p, values = start(threads=1, more=low)
    reload(p, values, threads=4)

    def sockets():
        with open("/proc/net/tcp", encoding="ascii") as f:
            return sum(f":{port:04X} " in line.split()[1] + " " and line.split()[3] == "0A"
                       for line in list(f)[1:])
    eq(sockets(), 4)
    eq([get(port).body for _ in range(8)], [b"a"] * 8)


@test("pattern files and new runtime sockets outside the chroot are opened", only=root)
def _():
    p, values = start()
    path = scratch() + "/names"
    with open(path, "w", encoding="ascii") as f:
        f.write("/blocked\n")
    os.chmod(path, 0o600)
    reload(p, values, rules=f"http-request deny if {{ path -f {path} }}")
    eq((get(p.fe, "/blocked").status, get(p.fe, "/").status), (403, 200))
    with open(path, "a", encoding="ascii") as f:
        f.write("/more\n")
    eq(get(p.fe, "/more").status, 200)
    say(p, "reload")
    eq(get(p.fe, "/more").status, 403)


@test("state-dir is made for the user that the process becomes, and is written under the chroot",
      only=root)
def _():
    text = TEXT.replace("global\n", "global\n    state-dir @dir@/kept\n")
    p, values = start(text=text)
    say(p, "set server be/a weight 7")

    def kept():
        return [name for name in os.listdir(p.directory + "/kept") if name.endswith(".state")]
    wait_for(kept, "the state to be written")
    owner = os.stat(f"{p.directory}/kept/{kept()[0]}").st_uid
    assert owner == os.stat(p.directory + "/kept").st_uid != 0, owner
    p.stop()
    super(type(p), p)._start([*p.command(), "-f", p.path, "-db"], None)
    p.wait_ready()
    eq(stat(p, "be", "a")["uweight"], "7")
    done = os.stat(p.directory + "/kept").st_mode & 0o777
    eq(done, 0o750)


@test("a folder that the user may not write to: none is kept by default, and one that is named is "
      "refused", only=root)
def _():
    directory = scratch()       # root's alone
    p, _ = start()
    wait_for(lambda: "not kept across a restart" in p.err(), "the notice")
    done = run_config(f"global\n    user nobody\n    state-dir {directory}\n" + DEFAULTS +
                      f"frontend f\n    bind 127.0.0.1:{free_port()}\n    monitor-uri /\n", "-db")
    eq(done.code, 1)
    assert "cannot be written to" in done.err, done.err


@test("a configuration with an error opens nothing, and the next one is taken", only=root)
def _():
    p, values = start()
    port = low_port()
    low = f"frontend low\n    bind 127.0.0.1:{port}\n    default_backend be\n"
    answer = reload(p, values, done=False, more=low + "    no-such-word\n")
    assert "no-such-word" in answer, answer
    assert port not in listening()
    answer = reload(p, values, done=False, rules="http-request deny if { path -f /no/such/file }")
    assert "/no/such/file" in answer, answer
    reload(p, values, more=low)
    eq(get(port).body, b"a")


@test("the privileged half ends with the process, also when that is killed", only=root)
def _():
    for number in (15, 9):
        p, _ = start()
        with open(f"/proc/{p.pid}/task/{p.pid}/children", encoding="ascii") as f:
            helper = int(f.read().split()[0])
        p._judged = number == 9
        p.send(number)
        p.wait_exit()
        wait_for(lambda: not os.path.exists(f"/proc/{helper}") or zombie(helper),
                 "the privileged half to end")


def zombie(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


if __name__ == "__main__":
    main()
