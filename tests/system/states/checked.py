"""What the tests of health checks share: one backend with one server, and its row of the CSV."""
import csv
import io

from harness import *

CONFIG = DEFAULTS + """
    timeout check 5s
frontend fe
    bind 127.0.0.1:@fe@
    stats enable
    stats uri /stats
    default_backend be
backend be
    @check@
    default-server inter 100ms rise 1 fall 1
    @default@
    server a @a@ @server@
"""


def start(check="", server="check", a=None, default="", **more):
    return proxy(CONFIG, check=check, server=server, a=a or Origin(), default=default, **more)


def row(p, name="a"):
    text = get(p.fe, "/stats;csv").body.decode()[2:]
    return next(r for r in csv.DictReader(io.StringIO(text))
                if (r["pxname"], r["svname"]) == ("be", name))


def becomes(p, seconds=10, **wanted):
    """Waits for these columns of the server."""
    last = {}

    def there():
        last.update(row(p))
        last["check_status"] = last["check_status"].removeprefix("* ")     # one runs
        return all(last[key].startswith(value) for key, value in wanted.items())
    try:
        wait_for(there, f"{wanted}", seconds)
    except AssertionError:
        raise AssertionError(f"{wanted}, not { {key: last.get(key) for key in wanted} }") from None


def talk(*parts, then=None):
    """A server that sends bytes (b"…") and waits for bytes (a number of them, or what they end in,
    in a tuple); records what came."""
    def script(conn):
        conn.heard = b""
        for part in parts:
            if isinstance(part, bytes):
                conn.sock.sendall(part)
                continue
            want = part[0]
            before = len(conn.heard)
            while not (len(conn.heard) - before >= want if isinstance(want, int)
                       else conn.heard.endswith(want)):
                got = conn.sock.recv(4096)
                if not got:
                    return
                conn.heard += got
        if then != "close":
            conn.wait_peer_end()
    return Origin(script=script)
