# labels: quick
"""-c, exit codes and messages: every error with file, line, column, a caret and a cure."""
import os
import re
import socket
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

GOOD = DEFAULTS + """
frontend fe
    bind 127.0.0.1:1
    default_backend be
backend be
    server s 127.0.0.1:2
"""


def fails(text, *wanted, suffix="cfg"):
    """-c exits 1 and says each of `wanted` (regular expressions); gives what it said."""
    done = run_config(text, "-c", suffix=suffix)
    said = done.out + done.err
    eq(done.code, 1, said)
    if not is_oracle():
        for pattern in wanted:
            assert re.search(pattern, said), f"{pattern!r} is not in:\n{said}"
    return said


@test("-c says that a file is valid and exits 0")
def _():
    done = run_config(GOOD, "-c")
    eq(done.code, 0, done)
    assert "Configuration file is valid" in done.out + done.err


@test("an unknown keyword: place, caret and the nearest known one")
def _():
    said = fails(GOOD.replace("default_backend", "default_backnd"),
                 r"proxy\.cfg:10:5\b", r"default_backnd", r"\^", r"default_backend")
    assert "10" in said


@test("every error of a file is printed, not only the first")
def _():
    fails(GOOD.replace("default_backend be", "nonsense one").replace("server s", "nonsense two"),
          r":10:5", r":12:5")


@test("an INI file's errors name its lines")
def _():
    if is_oracle():
        return
    fails("[frontend fe]\nbind = 127.0.0.1:1\nnonsense = 1\n", r"proxy\.ini:3\b", suffix="ini")


@test("wrong values are errors: time, port, weight, mode, balance, address")
def _():
    for old, new in (("timeout client 10s", "timeout client 10x"),
                     ("timeout client 10s", "timeout client"),
                     ("127.0.0.1:1", "127.0.0.1:99999"), ("127.0.0.1:1", "127.0.0.1:port"),
                     ("127.0.0.1:2", "127.0.0.1:2 weight 257"),
                     ("127.0.0.1:2", "127.0.0.1:2 wieght 1"),
                     ("mode http", "mode gopher"), ("server s", "balance sometimes\n    server s"),
                     ("127.0.0.1:2", "no.such.name.invalid:2"),
                     ("default_backend be", "default_backend nobody"),
                     ("default_backend be", "use_backend be if nowhere"),
                     ("default_backend be", "use_backend be if { nofetch }"),
                     ("default_backend be", "http-request frobnicate"),
                     ("127.0.0.1:1", "127.0.0.1:1 ssl crt /does/not/exist.pem")):
        said = fails(GOOD.replace(old, new))
        assert said.strip(), new


@test("a missing file, an unreadable one, no file at all")
def _():
    done = run_config(None, "-c", "-f", "/does/not/exist.cfg")
    eq(done.code, 1)
    assert "/does/not/exist.cfg" in done.out + done.err


@test("two sections of one name, and two servers of one name, are reported")
def _():
    fails(GOOD.replace("server s 127.0.0.1:2", "server s 127.0.0.1:2\n    server s 127.0.0.1:3"))


@test("keywords that HAProxy removed say what to write today")
def _():
    for keyword, cure in (("clitimeout 5000", "timeout client"),
                          ("srvtimeout 5000", "timeout server"),
                          ("contimeout 5000", "timeout connect"),
                          ("reqirep ^A B", "http-request"), ("block if TRUE", "http-request deny"),
                          ("option forceclose", "option httpclose")):
        if is_oracle() and keyword.startswith("option"):
            continue
        fails(GOOD.replace("default_backend be", keyword + "\n    default_backend be"),
              re.escape(cure))


@test("the last line is read without its line feed")
def _():
    done = run_config(GOOD.rstrip("\n"), "-c")
    if is_oracle():
        return
    eq(done.code, 0, done)


@test("CRLF line ends, tabs, comments, quotes, escapes and environment variables")
def _():
    text = GOOD.replace("    ", "\t").replace("127.0.0.1:2", "\"127.0.0.1:${PORT}\" # why")
    eq(run_config(text, "-c", environment={"PORT": "1234"}).code, 0)


@test("binary rubbish and an empty file do not crash")
def _():
    for data in (bytes(range(256)) * 20, b"\0" * 100, b"frontend\n", b"[\n", b"\"" * 3001,
                 b"frontend x\n bind " + b"a" * 100000 + b"\n"):
        for suffix in ("cfg", "ini"):
            if suffix == "ini" and is_oracle():
                continue
            done = run_config(data, "-c", suffix=suffix)
            eq(done.code, 1, data[:40])


@test("a port in use is said, by name, and the exit code is 1")
def _():
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        done = run_config(GOOD.replace("127.0.0.1:1\n", f"127.0.0.1:{port}\n"), "-db")
        eq(done.code, 1, done)
        assert str(port) in done.err + done.out, done


@test("a configuration without a listener exits with 2")
def _():
    done = run_config(DEFAULTS + "backend be\n    server s 127.0.0.1:2\n", "-db")
    eq(done.code, 1 if is_oracle() and done.code == 1 else 2, done)


@test("-v and -vv name the version and exit 0")
def _():
    for flag in ("-v", "-vv"):
        done = run_config(None, flag)
        eq(done.code, 0)
        assert re.search(r"\d+\.\d+", done.out), done


@test("-q is quiet, -f takes directories and several files")
def _():
    directory = scratch()
    first, second = GOOD.split("backend be\n", 1)[0], None
    first = GOOD[:GOOD.index("backend be\n    server")]
    second = GOOD[GOOD.index("backend be\n    server"):]
    for name, text in (("1.cfg", first), ("2.cfg", second)):
        with open(os.path.join(directory, name), "w", encoding="ascii") as f:
            f.write(text)
    eq(run_config(None, "-c", "-f", directory).code, 0)
    eq(run_config(None, "-c", "-f", os.path.join(directory, "1.cfg"), "-f",
                  os.path.join(directory, "2.cfg")).code, 0)
    done = run_config(GOOD, "-c", "-q")
    eq((done.code, done.out), (0, ""))


REFUSED = [
    ("frontend", "option accept-invalid-http-request", "leave the line out"),
    ("backend", "option accept-invalid-http-response", "leave the line out"),
    ("frontend", "stats show-modules", "leave the line out"),
    ("frontend", "bind 127.0.0.1:2 ssl crt x force-sslv3", "RFC 7568"),
    ("frontend", "bind 127.0.0.1:2 ssl crt x ssl-max-ver SSLv3", "RFC 7568"),
    ("backend", "server t 127.0.0.1:1 ssl force-sslv3", "RFC 7568"),
    ("frontend", "http-request deny deny_status 418", "418"),
]


@test("what is not done is refused by name, with what to do instead", only="sluice")
def _():
    for section, line, hint in REFUSED:
        lines = {"frontend": "", "backend": "", section: line}
        outcome = run_config(DEFAULTS + f"""
frontend fe
    bind 127.0.0.1:1
    {lines["frontend"]}
    default_backend be
backend be
    {lines["backend"]}
    server s 127.0.0.1:1
""", "-c")
        eq(outcome.code, 1, line)
        assert hint in outcome.err and line.split()[-1] in outcome.err, outcome


@test("a guid is given once: of a proxy, a server, a socket, whose numbers are counted",
      only="sluice")
def _():
    text = DEFAULTS + """
frontend fe
    guid @one@
    bind 127.0.0.1:8000,127.0.0.1:8001 guid-prefix @two@
    default_backend be
backend be
    server s 127.0.0.1:1 guid @three@
"""

    def code(one, two, three):
        filled = text.replace("@one@", one).replace("@two@", two).replace("@three@", three)
        return run_config(filled, "-c")
    eq(code("a", "b", "c").code, 0)
    for names in (("a", "b", "a"), ("b-1", "b", "c"), ("a", "b", "b-0")):
        done = code(*names)
        eq(done.code, 1, names)
        assert "given twice" in done.err, done.err


if __name__ == "__main__":
    main()
