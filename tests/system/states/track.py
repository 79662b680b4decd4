# labels: quick
"""track (manual §5.2): a server that follows the states of another one."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = """
global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
    log @log@ local0
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
frontend checked
    bind 127.0.0.1:@ch@
    use_backend other if { path /chained }
    default_backend root
backend root
    option httpchk
    default-server inter 100ms rise 1 fall 1
    server a @a@ check
backend be
    server t @t@ track root/a
backend other
    server c @t@ track be/t
"""


def start(text=TEXT, **more):
    more.setdefault("log", UdpLog())
    more.setdefault("a", Origin(name="a"))
    p = proxy(text, t=Origin(name="t"), **more)
    wait_for(lambda: stat(p, "root", "a")["check_status"] == "L7OK", "the first check")
    return p


def status(p, name="be", server="t"):
    return stat(p, name, server)["status"]


def state(p, name="be", server="t"):
    """(operational, administrative) as `show servers state` numbers them."""
    head, *lines = say(p, "show servers state").splitlines()[1:]
    columns = head.removeprefix("# ").split()
    for line in lines:
        row = dict(zip(columns, line.split()))
        if (row["be_name"], row["srv_name"]) == (name, server):
            return row["srv_op_state"], row["srv_admin_state"]
    raise AssertionError(f"no {name}/{server}")


@test("a server that tracks another one goes down and comes back with it, through a chain")
def _():
    healthy = [200]
    p = start(a=Origin(lambda conn, r: respond(healthy[0])(conn, r)))
    eq((status(p), stat(p, "be", "t")["tracked"], stat(p, "other", "c")["tracked"]),
       ("UP", "root/a", "be/t"))
    healthy[0] = 503
    wait_for(lambda: status(p) == status(p, "other", "c") == "DOWN", "DOWN")
    eq((get(p.fe).status, get(p.ch, "/chained").status), (503, 503))
    healthy[0] = 200
    wait_for(lambda: status(p) == status(p, "other", "c") == "UP", "UP")
    eq((get(p.fe).body, get(p.ch, "/chained").body), (b"t", b"t"))


@test("MAINT and DRAIN of the tracked server are those of the trackers, beside their own")
def _():
    p = start()
    say(p, "set server root/a state maint")
    eq((status(p), status(p, "other", "c")), ("MAINT (via root/a)", "MAINT (via be/t)"))
    eq((state(p, "root", "a"), state(p), state(p, "other", "c")),
       (("0", "1"), ("0", "2"), ("0", "2")))
    eq(get(p.fe).status, 503)
    say(p, "set server be/t state maint")
    eq(state(p), ("0", "3"))
    say(p, "set server root/a state ready")
    eq((status(p), state(p), status(p, "other", "c")),
       ("MAINT", ("0", "1"), "MAINT (via be/t)"))
    say(p, "set server be/t state ready")
    wait_for(lambda: status(p) == status(p, "other", "c") == "UP", "UP")
    say(p, "set server root/a state drain")
    eq((status(p), state(p)), ("DRAIN", ("2", "16")))
    say(p, "set server be/t state drain")
    eq(state(p), ("2", "24"))
    say(p, "set server root/a state ready")
    eq((status(p), state(p)), ("DRAIN", ("2", "8")))
    say(p, "set server be/t state ready")
    eq((status(p), get(p.fe).body), ("UP", b"t"))


@test("a tracker's own MAINT and weight are its own")
def _():
    p = start()
    say(p, "set server be/t state maint")
    eq((status(p), status(p, "root", "a")), ("MAINT", "UP"))
    say(p, "set server be/t state ready")
    say(p, "set server be/t weight 0%")
    eq((get(p.fe).status, get(p.ch).status), (503, 200))


@test("the health of a tracker is not set, that of the tracked server is its own too")
def _():
    p = start(TEXT.replace("inter 100ms", "inter 60s"))
    eq(say(p, "set server be/t health down"), "cannot change health on a tracking server.")
    say(p, "set server root/a health down")
    eq((status(p), state(p)), ("DOWN", ("0", "0")))
    say(p, "set server root/a health stopping")
    eq((status(p), state(p)), ("NOLB", ("3", "0")))
    say(p, "set server root/a health up")
    eq((status(p), state(p)), ("UP", ("2", "0")))


@test("the log says via whom")
def _():
    log = UdpLog()
    p = start(TEXT.replace("inter 100ms", "inter 60s"), log=log)
    say(p, "set server root/a health down")
    log.match(r"^Server be/t is DOWN via root/a\. 0 active and 0 backup servers left\.")
    log.match(r"^Server other/c is DOWN via be/t\.")
    say(p, "set server root/a health up")
    log.match(r"^Server be/t is UP via root/a\. 1 active and 0 backup servers online\.")
    say(p, "set server root/a state maint")
    log.match(r"^Server be/t is going DOWN for maintenance via root/a\. 0 active")
    say(p, "set server be/t state maint")
    say(p, "set server be/t state ready")
    log.match(r"^Server be/t is leaving forced maintenance but remains in maintenance via root/a\.")
    say(p, "set server root/a state ready")
    log.match(r"^Server be/t is UP/READY \(leaving maintenance\)\.")
    say(p, "set server root/a state drain")
    log.match(r"^Server be/t enters drain state via root/a\. 0 active")


@test("a tracker of a server that is disabled starts in MAINT")
def _():
    p = proxy(TEXT.replace("server a @a@ check", "server a @a@ check disabled"), log=UdpLog(),
              a=Origin(), t=Origin())
    eq((status(p), state(p)), ("MAINT (via root/a)", ("0", "2")))


@test("track may come from default-server and name a server of its own backend")
def _():
    text = TEXT.replace("    server a @a@ check\n",
                        "    server a @a@ check\n    default-server track a\n"
                        "    server b @t@\n    server d @t@\n")
    p = start(text)
    eq((stat(p, "root", "b")["tracked"], stat(p, "root", "d")["tracked"]), ("root/a", "root/a"))
    say(p, "set server root/a state maint")
    eq((status(p, "root", "b"), get(p.ch).status), ("MAINT (via root/a)", 503))


@test("tracking in a circle, nobody, or an unchecked server is an error")
def _():
    base = DEFAULTS + """
frontend fe
    bind 127.0.0.1:1
    default_backend be
backend be
    server a 127.0.0.1:1 check
    server u 127.0.0.1:1
    server t 127.0.0.1:1 WORDS
    server v 127.0.0.1:1 MORE
backend other
    http-check disable-on-404
    option httpchk
    server o 127.0.0.1:1 check
"""
    for words, more in (("track nobody", ""), ("track nowhere/a", ""), ("track u", ""),
                        ("track t", ""), ("track v", "track t"), ("track", ""),
                        ("track other/o", ""), ("check track a", "")):
        found = run_config(base.replace("WORDS", words).replace("MORE", more), "-c")
        assert found.code == 1, (words, more, found)
    found = run_config(base.replace("WORDS", "track be/v").replace("MORE", "track a"), "-c")
    eq(found.code, 0, found)


if __name__ == "__main__":
    main()
