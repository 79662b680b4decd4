# labels: quick threaded
"""The order of who waits in a queue: http-request set-priority-class and set-priority-offset, the
same of tcp-request content, and the fetches prio_class and prio_offset (manual §4.2, §7.3.2)."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = f"global\n    {SOCKET}\n" + DEFAULTS + """
    timeout queue 60s
    timeout client 60s
    timeout server 60s
    log @log@ local0
    option httplog
frontend fe
    bind 127.0.0.1:@fe@
@rules@
    default_backend be
backend be
@back@
    server s @origin@ maxconn 1
"""
BY_CLASS = "http-request set-priority-class req.hdr(x-class)"
BY_OFFSET = "http-request set-priority-offset req.hdr(x-offset)"


def say_target(conn, request):
    respond(200, request.target)(conn, request)


def lines(text):
    return "\n".join("    " + line for line in text.splitlines())


class Line:
    """One request is served; those that join wait behind it."""

    def __init__(self, rules, back="", defaults=""):
        self.gate = Gate()
        self.log = UdpLog()
        self.origin = Origin(say_target, answers=[respond(200, "/first", before=self.gate)])
        text = TEXT.replace("    timeout queue", f"    {defaults}\n    timeout queue")
        self.p = proxy(text, rules=lines(rules), back=lines(back), origin=self.origin,
                       log=self.log)
        self.clients = {"/first": Client(self.p.fe, seconds=60).request(path="/first")}
        self.gate.wait_reached()

    def waiting(self):
        return sum(int(stat(self.p, "be", of)["qcur"]) for of in ("BACKEND", "s"))

    def join(self, path, **headers):
        before = self.waiting()
        fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
        client = Client(self.p.fe, seconds=60).request(path=path, headers=fields)
        self.clients[path] = client
        wait_for(lambda: self.waiting() == before + 1, f"{path} to queue", 20)

    def served(self):
        self.gate.open()
        for client in self.clients.values():
            client.response()
        return " ".join(request.target for request in self.origin.requests[1:])


def joined(rules, *who, back="", header="x_class", defaults=""):
    line = Line(rules, back, defaults)
    for path, value in who:
        line.join(path, **({header: value} if value is not None else {}))
    return line


@test("http-request set-priority-class: lower classes are served first, equal ones as they came")
def _():
    line = joined(BY_CLASS, ("/a", "5"), ("/b", "-3"), ("/c", None), ("/d", "5"), ("/e", "-3"))
    eq(line.served(), "/b /e /c /a /d")


@test("http-request set-priority-offset moves a request by milliseconds within its class")
def _():
    line = joined(BY_OFFSET, ("/a", "400000"), ("/b", None), ("/c", "-400000"), ("/d", "200000"),
                  header="x_offset")
    eq(line.served(), "/c /b /d /a")


@test("the class counts before the offset")
def _():
    line = Line(BY_CLASS + "\n" + BY_OFFSET)
    line.join("/a", x_class="1", x_offset="-500000")
    line.join("/b", x_class="0", x_offset="500000")
    line.join("/c", x_class="1", x_offset="-520000")
    eq(line.served(), "/b /c /a")


@test("classes beyond 2047 count as 2047, offsets beyond 524287 as that")
def _():
    line = joined(BY_CLASS, ("/a", "2047"), ("/b", "99999"), ("/c", "-99999"), ("/d", "-2047"))
    eq(line.served(), "/c /d /a /b")
    p = proxy(TEXT, rules=lines(
        BY_CLASS + "\n" + BY_OFFSET + "\nhttp-request return status 200 content-type text/plain "
        "lf-string %[prio_class]/%[prio_offset]"), back="", origin=Origin(), log=UdpLog())
    for number, wanted in (("5", b"5/5"), ("-7", b"-7/-7"), ("99999", b"2047/99999"),
                           ("-99999999", b"-2047/-524287"), ("600000", b"2047/524287"),
                           ("no", b"0/0")):
        eq(get(p.fe, headers=[("X-Class", number), ("X-Offset", number)]).body, wanted, number)
    eq(get(p.fe).body, b"0/0")


@test("tcp-request content set-priority-class and set-priority-offset do the same")
def _():
    delay = "tcp-request inspect-delay 5s\n"
    eq(joined(delay + "tcp-request content set-priority-class req.hdr(x-class)",
              ("/a", "5"), ("/b", "-3"), ("/c", None)).served(), "/b /c /a")
    eq(joined(delay + "tcp-request content set-priority-offset req.hdr(x-class)",
              ("/a", "500000"), ("/b", "-300000"), ("/c", None)).served(), "/b /c /a")


@test("in a backend the rules count as well, and the last one wins")
def _():
    eq(joined(BY_CLASS, ("/a", "5"), ("/b", "-3"), ("/c", None),
              back="http-request set-priority-class int(9) if { path /b }").served(), "/c /a /b")


@test("who is bound to the server and who waits for any are served in one order")
def _():
    line = Line(BY_CLASS, "cookie S insert\ndefault-server cookie one")
    line.join("/a", x_class="3")
    line.join("/b", x_class="2", cookie="S=one")
    line.join("/c", x_class="1")
    line.join("/d", x_class="0", cookie="S=one")
    eq(line.served(), "/d /c /b /a")


@test("%sq and %bq say how many were served since a request came, and itself")
def _():
    line = joined(BY_CLASS, ("/a", "5"), ("/b", "-3"), ("/c", "0"))
    eq(line.served(), "/b /c /a")
    found = {}
    for text in line.log.wait(4):
        entry = HttpLine(text)
        found[entry.request.split()[1]] = (entry.srv_queue, entry.be_queue)
    eq(found, {"/first": ("0", "0"), "/a": ("0", "3"), "/b": ("0", "1"), "/c": ("0", "2")})


@test("a client that leaves the queue takes its place with it, whatever its class")
def _():
    line = joined(BY_CLASS,
                  ("/a", "5"), ("/b", "-3"), ("/c", "0"), defaults="option abortonclose")
    line.clients.pop("/b").close()
    wait_for(lambda: line.waiting() == 2, "it to leave", 20)
    eq(line.served(), "/c /a")


@test("each request of a connection has a priority of its own")
def _():
    p = proxy(TEXT, rules=lines(
        BY_CLASS.replace("req.hdr(x-class)", "int(7) if { path /seven }") +
        "\nhttp-request return status 200 content-type text/plain lf-string %[prio_class]"),
        back="", origin=Origin(), log=UdpLog())
    client = Client(p.fe)
    eq([client.get(path).body for path in ("/seven", "/", "/seven")], [b"7", b"0", b"7"])


@test("what gives no number is refused", only="sluice")
def _():
    done = run_config(TEXT.replace("@rules@", "    http-request set-priority-class bool(true),foo")
                      .replace("@back@", "").replace("@log@", "127.0.0.1:1")
                      .replace("@fe@", "8000").replace("@origin@", "127.0.0.1:2"), "-c")
    eq(done.code, 1)
    assert "foo" in done.err, done.err


if __name__ == "__main__":
    main()
