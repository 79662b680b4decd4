"""A proxy before one origin, with its log, for the tables of faults."""
from harness import *

TEXT = """
global
    log @log@ local0
defaults
    mode http
    log global
    option httplog
    timeout connect 200ms
    timeout client 5s
    timeout server 5s
    timeout queue 5s
    timeout http-request 5s
    retries 0
    @more@
frontend fe
    bind 127.0.0.1:@fe@
    @rules@
    default_backend be
backend be
    server s @origin@ @server@
"""

QUICK_SERVER = "timeout server 150ms"
QUICK_CLIENT = "timeout client 150ms"
HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
POST = "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n"


class Fault:
    """A proxy before one origin, with its log."""

    def __init__(self, origin, more="", rules="", server=""):
        self.log = UdpLog()
        self.proxy = proxy(TEXT, origin=origin, more=more, rules=rules, server=server,
                           log=self.log)
        self.origin = origin

    def client(self):
        return Client(self.proxy.fe)

    def says(self, flags, status, count=1):
        """The newest log line has these flags and this status."""
        lines = [line for line in self.log.wait(count) if "fe" in line]
        found = HttpLine(lines[-1])
        eq((found.flags, found.status), (flags, str(status)), found.line)
        return found


def answered(client, status):
    eq(client.response().status, status)
