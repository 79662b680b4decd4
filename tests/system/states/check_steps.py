# labels: quick
"""http-check and tcp-check as sequences of steps (manual §4.2): what is sent on which connection,
what is expected, and how the result reads in the CSV."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from checked import *
from harness import *


def http(*lines, **more):
    return start("option httpchk\n    " + "\n    ".join("http-check " + line for line in lines),
                 **more)


def tcp(*lines, **more):
    return start("option tcp-check\n    " + "\n    ".join("tcp-check " + line for line in lines),
                 **more)


def good(p, status="L7OK", code="200", **more):
    becomes(p, status="NOLB" if status == "L7OKC" else "UP", check_status=status, check_code=code,
            **more)


def bad(p, status, code="", **more):
    becomes(p, status="DOWN", check_status=status, check_code=code, **more)


@test("http-check connect: two requests, on two connections to two ports")
def _():
    one, two = Origin(), Origin(respond(204))
    p = http("connect", "send uri /one", "expect status 200",
             f"connect port {two.port} linger comment other", "send meth GET uri /two",
             "expect status 204", a=one)
    good(p, code="204")
    eq((one.wait_requests(1)[0].target, two.wait_requests(1)[0].target), ("/one", "/two"))
    two.answer = respond(500)
    bad(p, "L7STS", "500")


@test("connect takes an address, and a port from an expression")
def _():
    other = Origin(host="127.0.0.3")
    good(http(f"connect addr 127.0.0.3:{other.port}", "send uri /x", a="127.0.0.1:1"))
    good(http(f"set-var(check.port) int({other.port})",
              "connect addr 127.0.0.3 port var(check.port)", "send uri /x", a="127.0.0.1:1"))


@test("connect default speaks TLS where the server's checks do, without it a connection is clear")
def _():
    certificates = Certificates()
    origin = Origin(tls=certificates.server_context(certificates.make("a")))
    good(http("connect default", "send uri /", a=origin, server="check check-ssl verify none"))
    good(http("connect", "send uri /", a=Origin(), server="check check-ssl verify none"))


@test("connect linger ends by FIN, without it by a reset")
def _():
    for word, how in ((" linger", "fin"), ("", "reset")):
        for kind in (tcp, http):
            origin = talk(b"HTTP/1.1 200 OK\r\n\r\nhello")
            kind("connect" + word, "send " + ("x" if kind is tcp else "uri /"),
                 "expect string hello", a=origin)
            wait_for(lambda: origin.connections, "no check came")
            eq(origin.connections[0].wait_ended(), how)


@test("http-check send: uri-lf, body-lf and headers are log formats")
def _():
    origin = Origin()
    http("set-var(check.name) str(al)", "set-var-fmt(check.both) \"%[var(check.name)]so\"",
         "send meth POST uri-lf \"/%[var(check.name)]\" ver HTTP/1.1 hdr Host h "
         "hdr X-Name \"%[srv_name]-%[be_name]\" body-lf \"%[var(check.both)]\" comment c", a=origin)
    asked = origin.wait_whole(1)[0]
    eq((asked.head.start_line, asked.get("x-name"), asked.body),
       ("POST /al HTTP/1.1", "a-be", b"also"))


@test("unset-var takes a variable away, sess. holds through a check")
def _():
    origin = Origin()
    http("set-var(sess.a) str(1)", "set-var(check.b) str(2)", "unset-var(check.b)",
         "send uri-lf \"/%[var(sess.a)]%[var(check.b)]x\"", a=origin)
    eq(origin.wait_requests(1)[0].target, "/1x")


@test("http-check expect hdr and fhdr look at fields")
def _():
    origin = Origin(respond(200, "x", [("X-List", "one, two"), ("X-State", "Good")]))
    for line in ("hdr name x-state", "hdr name x-state value Good", "hdr name x-list value two",
                 "fhdr name x-list value \"one, two\"", "! fhdr name x-list value two",
                 "hdr name -m beg x-st value -m sub oo", "hdr name -m end -state value -m reg ^G",
                 "!hdr name x-none", "hdr name -m reg ^x-l value -m end wo",
                 "hdr name-lf x-%[str(state)] value-lf %[str(Good)]"):
        good(http("expect " + line, a=origin))
    bad(http("expect hdr name x-state value good", a=origin), "L7STS", "200")
    bad(http("expect fhdr name x-list value two", a=origin), "L7STS", "200")


@test("http-check expect: several on one answer, and the text of each failure")
def _():
    origin = Origin(respond(200, "hello world"))
    good(http("expect status 200-299", "expect string hello", "expect rstring wor.d$",
              "expect string-lf %[str(world)]", a=origin))
    bad(http("expect status 200", "expect string bye", a=origin), "L7RSP",
        last_chk="HTTP content check did not match")
    bad(http("expect string-lf %[str(bye)]", a=origin), "L7RSP")
    bad(http("comment said", "expect string bye", a=origin), "L7RSP",
        last_chk="HTTP content check did not match comment: said")
    bad(http("expect ! string hello", a=origin), "L7RSP",
        last_chk="HTTP check matched unwanted content")
    bad(http("expect string x comment words", a=Origin(respond(204))), "L7RSP",
        last_chk="HTTP content check could not find a response body comment: words")


@test("expect ok-status, error-status, on-success, on-error and status-code make the report")
def _():
    origin = Origin(respond(200, "x", [("X-Code", "77"), ("X-Why", "tired")]))
    good(http("expect status 200 ok-status L7OKC on-success \"all %[res.hdr(x-why)]\" "
              "status-code res.hdr(x-code)", a=origin), "L7OKC", "77", last_chk="all tired")
    bad(http("expect status 201 error-status L7STS on-error \"so %[res.hdr(x-why)]\" "
             "status-code res.hdr(x-code)", a=origin), "L7STS", "77", last_chk="so tired")
    bad(http("expect status 201 error-status L7RSP", a=origin), "L7RSP")


@test("expect tout-status is what silence is called")
def _():
    quiet = Origin(silent)
    bad(http("expect status 200 tout-status L6TOUT", a=quiet, server="check inter 500ms"), "L6TOUT")
    bad(tcp("connect", "expect string hi tout-status L4TOUT", a=talk(),
            server="check inter 500ms"), "L4TOUT", last_chk=" at step 2 of tcp-check "
                                                            "(expect string 'hi')")
    bad(tcp("connect", "expect rstring hi", a=talk(), server="check inter 500ms"), "L7TOUT",
        last_chk=" at step 2 of tcp-check (expect regex)")


@test("expect min-recv waits for so many bytes, then judges for good")
def _():
    def trickle(conn, _):
        conn.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello")
        conn.wait_peer_end()
    bad(http("expect min-recv 5 string bye", a=Origin(trickle)), "L7RSP",
        last_chk="HTTP content check did not match")
    server = talk(b"0123456789")
    bad(tcp("connect", "expect min-recv 3 string 9x", a=server), "L7RSP",
        last_chk="TCPCHK did not match content '9x' at step 2")


@test("http-check send-state tells the server how it stands")
def _():
    origin = Origin()
    http("send-state", a=origin, server="check rise 2 fall 3")
    asked = origin.wait_requests(2)
    state = asked[1].get("x-haproxy-server-state")
    head, _, rest = state.partition("; ")
    eq((head, rest.split("; ")[0], rest.split("; ")[2]), ("UP", "address=127.0.0.1", "name=be/a"))
    assert f"port={origin.port}; " in state and "weight=1/1; scur=0/" in state, state


@test("http-check disable-on-404 takes a server out softly, and only one that was up")
def _():
    origin = Origin()
    p = http("disable-on-404", a=origin)
    good(p)
    origin.answer = respond(404)
    becomes(p, status="NOLB", check_status="L7OKC", check_code="404")
    origin.answer = respond(500)
    bad(p, "L7STS", "500")
    origin.answer = respond(404)
    origin.wait_requests(len(origin.requests) + 2)
    bad(p, "L7STS", "404")
    origin.answer = respond(200)
    good(p)


@test("tcp-check: a talk of several steps, text and binary")
def _():
    server = talk(b"220 ready\r\n", (b"HELO x\r\n",), b"250 hi\r\n", (2,), b"\x00\xff\x10bye")
    p = tcp("connect", "expect string 220", "send \"HELO x\\r\\n\"", "expect rstring ^250",
            "send-binary 0aFF", "expect binary 00ff10", "expect rbinary 10627965$",
            "expect min-recv 1 ! binary 4141", a=server)
    good(p, code="0", last_chk="(tcp-check)")
    eq(server.connections[0].heard, b"HELO x\r\n\n\xff")


@test("tcp-check: log formats in what is sent and expected, and variables")
def _():
    server = talk((b"\x01\x02",), b"server a says 4142")
    p = tcp("set-var(check.x) str(hi)", "connect", "send-lf \"%[var(check.x)] \"",
            "send-binary-lf \"%[str(01)]02\"", "expect string-lf \"%[srv_name] says\"",
            "expect binary-lf \"%[str(3431)]\"", a=server)
    good(p, code="0")
    eq(server.connections[0].heard, b"hi \x01\x02")
    for pattern in ("string-lf %[str(no)]", "binary-lf %[str(6e6f)]", "rbinary ^6e6f"):
        bad(tcp("connect", "expect " + pattern, a=talk(b"yes", then="close")), "L7RSP")


@test("tcp-check: the report names the step, the pattern and the comment")
def _():
    def fails(lines, server, status="L7RSP", **columns):
        bad(tcp(*lines, a=server), status, **columns)
    fails(["connect", "comment greeting", "expect string 250"], talk(b"500 no\r\n", then="close"),
          last_chk="TCPCHK did not match content '250' at step 3 comment: greeting")
    fails(["connect", "expect ! rstring ^5"], talk(b"500 no\r\n"),
          last_chk="TCPCHK matched unwanted content (regex) at step 2")
    fails(["connect", "expect binary 00 comment b"], talk(b"5", then="close"),
          last_chk="TCPCHK did not match content (binary) at step 2 comment: b")
    fails(["connect", "expect string 250"], talk(then="close"),
          last_chk="TCPCHK got an empty response at step 2")
    bad(tcp("connect comment first", "send x", a="127.0.0.1:1"), "L4CON",
        last_chk="Connection refused at step 1 of tcp-check (connect) comment: 'first'")
    bad(tcp("connect port 1", "send x", a="127.0.0.1:2"), "L4CON",
        last_chk="Connection refused at step 1 of tcp-check (connect port 1)")
    bad(tcp("send x", a="127.0.0.1:1"), "L4CON",
        last_chk="Connection refused at initial connection step of tcp-check")


@test("tcp-check connect takes an address, a port and the server's TLS")
def _():
    def one(*lines, **more):
        good(tcp(*lines, "expect string hello", **more), code="0")
    other = talk(b"hello")
    one(f"connect addr 127.0.0.1 port {other.port}", a="127.0.0.3:1")
    one("set-var-fmt(check.p) %[str(1)]", f"set-var(check.port) int({other.port})",
        "unset-var(check.p)", "connect addr 127.0.0.1 port var(check.port)", a="127.0.0.3:1")
    certificates = Certificates()
    server = Origin(tls=certificates.server_context(certificates.make("a")),
                    script=lambda conn: (conn.sock.sendall(b"hello"), conn.wait_peer_end()))
    one("connect default", a=server, server="check check-ssl verify none")


@test("tcp-check: variables are set, composed and taken away")
def _():
    server = talk((b"end",))
    tcp("set-var(check.a) str(1)", "set-var-fmt(check.b) \"<%[var(check.a)]>\"",
        "set-var(check.c) str(3)", "unset-var(check.c)",
        "connect", "send-lf \"%[var(check.b)]%[var(check.c)]end\"", "expect string x", a=server)
    wait_for(lambda: server.connections and server.connections[0].heard.endswith(b"end"), "no talk")
    eq(server.connections[0].heard, b"<1>end")


@test("tcp-check expect: statuses, texts and a code of one's own")
def _():
    server = talk(b"250 fine")
    good(tcp("connect", "expect rstring ^2 ok-status L6OK on-success \"ok %[res.payload(4,4)]\"",
             a=server), "L6OK", "", last_chk="ok fine")
    good(tcp("connect", "expect rstring ^2 status-code res.payload(0,3)", a=server), code="250")
    bad(tcp("connect", "expect ! rstring ^2 error-status L7STS on-error \"no %[res.payload(4,4)]\" "
            "status-code res.payload(0,3)", a=server), "L7STS", "250", last_chk="no fine")


@test("tcp-check: what ends well without an expect")
def _():
    server = talk()
    good(tcp("connect", a=server), "L4OK", "", last_chk="(tcp-check)")
    good(tcp("connect", "send hello", a=server), "L7OK", "0", last_chk="(tcp-check)")


@test("an answer without end is judged when the buffer is full")
def _():
    def pour(conn):
        while True:
            conn.sock.sendall(b"x" * 65536)
    server = Origin(script=pour)
    bad(tcp("connect", "expect string y", a=server), "L7RSP")
    endless = Origin(lambda conn, r: (conn.sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n"), pour(conn)))
    bad(http("expect string y", a=endless), "L7RSP")


@test("steps of the defaults hold until a section writes its own")
def _():
    text = CONFIG.replace("    timeout check 5s", "    timeout check 5s\n    option httpchk\n"
                          "    http-check send uri /defaults\n    http-check expect status 404")
    origin = Origin(respond(404))
    becomes(proxy(text, check="", default="", server="check", a=origin), status="UP")
    eq(origin.requests[0].target, "/defaults")
    p = proxy(text, check="http-check send uri /own", default="", server="check",
              a=Origin(respond(404)))
    becomes(p, status="DOWN")


@test("steps that make no sense are refused")
def _():
    for lines in (["http-check send uri /a", "http-check send uri /b"],
                  ["http-check send uri /a", "http-check connect"],
                  ["http-check connect", "http-check expect status 200"],
                  ["http-check expect binary 00"],
                  ["http-check expect status 200 string x"], ["http-check expect comment x"],
                  ["http-check expect rstring ("],
                  ["http-check connect port 70000"], ["tcp-check expect status 200"],
                  ["tcp-check send-binary 0g"], ["tcp-check send x", "tcp-check connect"],
                  ["tcp-check expect string x ok-status L7RSP"], ["tcp-check frob"]):
        option = "option httpchk" if lines[0].startswith("http") else "option tcp-check"
        text = CONFIG.replace("@check@", "\n    ".join([option, *lines]))
        text = text.replace("@default@", "").replace("@server@", "check").replace("@fe@", "80")
        done = run_config(text.replace("@a@", "127.0.0.1:1"), "-c")
        assert done.code != 0, (lines, done)


if __name__ == "__main__":
    main()
