"""Receivers of access logs, and the fields of HAProxy's HTTP and TCP log lines."""
import os
import re
import socket
import threading

from . import runner


class _Receiver:
    """Collects datagrams; `lines` are what came, without the syslog header, and `causes` the lines
    that say why a message was refused, which are beside the formats."""

    def __init__(self, sock):
        self._sock = sock
        self.datagrams = []
        self.causes = []
        self._lock = threading.Condition()
        threading.Thread(target=self._collect, daemon=True).start()
        runner.cleanup(self.close)

    def _collect(self):
        while True:
            try:
                data = self._sock.recv(65536)
            except OSError:
                return
            if not data:
                return
            with self._lock:
                if re.search(rb"\]: bad (request from|response for) ", data):
                    self.causes.append(strip(data))
                else:
                    self.datagrams.append(data)
                self._lock.notify_all()

    @property
    def lines(self):
        return [strip(data) for data in self.datagrams]

    def wait(self, count=1, seconds=10):
        """Waits for so many lines; gives them."""
        with self._lock:
            assert self._lock.wait_for(lambda: len(self.datagrams) >= count, seconds), \
                f"{len(self.datagrams)} of {count} log lines came: {self.lines}"
        return self.lines

    def wait_cause(self, seconds=10):
        """Waits for a line that says why a message was refused; gives it."""
        with self._lock:
            assert self._lock.wait_for(lambda: self.causes, seconds), "no cause was logged"
        return self.causes[0]

    def match(self, pattern, seconds=10):
        """Waits for a line that matches; gives the match."""
        with self._lock:
            self._lock.wait_for(
                lambda: any(re.search(pattern, line) for line in self.lines), seconds)
            found = [m for m in (re.search(pattern, line) for line in self.lines) if m]
            assert found, f"no line matches {pattern!r}: {self.lines}"
        return found[0]

    def close(self):
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._sock.close()


class UdpLog(_Receiver):
    """log @log@ local0 with log=UdpLog()."""

    def __init__(self):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind(("127.0.0.1", 0))
        self.port = sock.getsockname()[1]
        super().__init__(sock)

    def __str__(self):
        return f"127.0.0.1:{self.port}"


class UnixLog(_Receiver):
    """A unix datagram socket at `path`, like /dev/log."""

    def __init__(self, path=None):
        self.path = path or os.path.join(runner.scratch(), "log")
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.bind(self.path)
        os.chmod(self.path, 0o666)
        super().__init__(sock)

    def __str__(self):
        return self.path


def strip(data):
    """The message of a syslog datagram: without <priority>, date, tag and pid."""
    text = data.decode("latin-1").rstrip("\n\0")
    return re.sub(r"^<\d+>(\w{3} [ \d]\d \d\d:\d\d:\d\d )?(\S+ )?[\w./-]+\[\d+\]: ", "", text)


class HttpLine:
    """option httplog, manual §8.2.3."""
    pattern = re.compile(
        r"(?P<client>\S+):(?P<client_port>\d+) \[(?P<date>[^]]+)\] (?P<frontend>\S+) "
        r"(?P<backend>[^/ ]+)/(?P<server>\S+) "
        r"(?P<tq>[-\d]+)/(?P<tw>[-\d]+)/(?P<tc>[-\d]+)/(?P<tr>[-\d]+)/(?P<tt>\+?[-\d]+) "
        r"(?P<status>[-\d]+) (?P<bytes>\+?\d+) (?P<req_cookie>\S+) (?P<res_cookie>\S+) "
        r"(?P<flags>\S{4}) (?P<actconn>\d+)/(?P<feconn>\d+)/(?P<beconn>\d+)/"
        r"(?P<srv_conn>\d+)/(?P<retries>\+?\d+) (?P<srv_queue>\d+)/(?P<be_queue>\d+) "
        r"(?P<captures>(?:\{[^}]*\} )*)\"(?P<request>.*)\"$")

    def __init__(self, line):
        match = self.pattern.match(line)
        assert match, f"no HTTP log line: {line!r}"
        self.line = line
        self.__dict__.update(match.groupdict())


class TcpLine:
    """option tcplog, manual §8.2.2."""
    pattern = re.compile(
        r"(?P<client>\S+):(?P<client_port>\d+) \[(?P<date>[^]]+)\] (?P<frontend>\S+) "
        r"(?P<backend>[^/ ]+)/(?P<server>\S+) (?P<tw>[-\d]+)/(?P<tc>[-\d]+)/(?P<tt>\+?[-\d]+) "
        r"(?P<bytes>\+?\d+) (?P<flags>\S{2}) (?P<actconn>\d+)/(?P<feconn>\d+)/"
        r"(?P<beconn>\d+)/(?P<srv_conn>\d+)/(?P<retries>\+?\d+) "
        r"(?P<srv_queue>\d+)/(?P<be_queue>\d+)$")

    def __init__(self, line):
        match = self.pattern.match(line)
        assert match, f"no TCP log line: {line!r}"
        self.line = line
        self.__dict__.update(match.groupdict())
