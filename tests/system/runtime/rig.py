"""Two proxies on one configuration, Sluice and haproxy, and what both answer to the same bytes."""
import re
import socket

from harness import *

CONFIG = """
global
    stats socket @dir@/admin.sock mode 600 level admin
    stats socket @dir@/operator.sock mode 600 level operator
    stats socket @dir@/user.sock mode 600 level user
    nbthread 2
""" + DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
frontend other
    bind 127.0.0.1:@other@
    mode tcp
    default_backend tcpbe
backend be
    server a @a@ weight 10
    server b @b@ weight 10 check inter 10s
backend tcpbe
    mode tcp
    server t @t@
backend fixed
    balance static-rr
    server a @a@
backend bound
    use-server a if { path /a }
    server a @a@
    server c @a@ track be/b
"""


def talk(path, data, half=False, seconds=20):
    """Sends the bytes on a connection of its own and gives all that comes until it is closed."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(seconds)
        s.connect(path)
        s.sendall(data if isinstance(data, bytes) else data.encode())
        if half:
            s.shutdown(socket.SHUT_WR)
        answer = b""
        while True:
            try:
                piece = s.recv(65536)
            except ConnectionResetError:
                return answer.decode("latin-1")
            if not piece:
                return answer.decode("latin-1")
            answer += piece


def command(p, line, level="admin"):
    """One line; the answer as it comes, empty lines included."""
    return talk(f"{p.directory}/{level}.sock", line + "\n")


def pair(text=CONFIG, **origins):
    """Sluice and haproxy on the same text; the same origins behind both."""
    origins = origins or {"a": Origin(name="a"), "b": Origin(name="b"), "t": Origin()}
    return Sluice(text, **origins), HAProxy(text, **origins)


def same(ours, theirs, lines, level="admin", but=lambda text: text):
    """Both answer each of the lines alike, byte for byte, but for what `but` takes out."""
    for line in lines:
        got = but(command(ours, line, level))
        wanted = but(command(theirs, line, level))
        eq(got, wanted, f"the answer to {line!r}")


def first_line(text):
    return re.sub(r"\n.*", "", text, flags=re.S)
