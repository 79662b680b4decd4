"""A raw socket client: sends exactly these bytes, reads responses with their framing."""
import socket

from . import runner, wire


class Response:
    def __init__(self, head, body, interim):
        self.head = head
        self.version, status, *rest = head.start_line.split(" ", 2)
        self.status = int(status)
        self.reason = rest[0] if rest else ""
        self.body = body.data
        self.framing = body.framing
        self.trailers = body.trailers
        self.raw_body = body.raw
        self.interim = interim      # the 1xx heads that came before

    def get(self, name, default=None):
        return self.head.get(name, default)

    def all(self, name):
        return self.head.all(name)

    def has(self, name):
        return self.head.has(name)

    def __repr__(self):
        return f"<{self.head.start_line!r} {self.head.fields} {self.framing} {self.body[:80]!r}>"


class Client:
    """One connection. `where` is a port, a proxy's bind name is resolved by the caller."""

    def __init__(self, port, host="127.0.0.1", seconds=10.0, source=None, connect=True):
        self.sock = None
        if isinstance(port, str):                       # a unix socket's path
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(seconds)
            self.sock.connect(port)
        elif connect:
            self.sock = socket.create_connection(
                (host, port), timeout=seconds, source_address=(source, 0) if source else None)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = wire.Reader(self.sock)
        runner.cleanup(self.close)

    @property
    def local_port(self):
        return self.sock.getsockname()[1]

    def send(self, *pieces):
        """Sends pieces in order; a number between them is a pause in seconds."""
        for piece in pieces:
            if isinstance(piece, (int, float)):
                import time
                time.sleep(piece)
                continue
            self.sock.sendall(piece if isinstance(piece, bytes) else piece.encode("latin-1"))
        return self

    def try_send(self, data):
        """Sends, and says whether the peer still took it."""
        try:
            self.sock.sendall(data)
            return True
        except (ConnectionResetError, BrokenPipeError):
            return False

    def request(self, method="GET", path="/", headers=(), body=None, host="test"):
        """Sends a request with Host and, for a body, Content-Length."""
        return self.send(request(method, path, headers, body, host))

    def response(self, method="GET"):
        """The next final response; what 1xx came before it is in `.interim`."""
        interim = []
        while True:
            head = self.reader.head()
            status = int(head.start_line.split(" ")[1])
            if 100 <= status < 200 and status != 101:
                interim.append(head)
                continue
            framing, length = wire.response_framing(head, method)
            return Response(head, self.reader.body(framing, length), interim)

    def get(self, path="/", headers=(), **more):
        return self.request("GET", path, headers, **more).response()

    def head(self):
        """Only the next head, 1xx ones too."""
        return self.reader.head()

    def exactly(self, count):
        return self.reader.exactly(count)

    def rest(self):
        """Everything until the proxy closes; gives (bytes, "fin" or "reset")."""
        return self.reader.to_close()

    def ends(self):
        """Asserts that nothing more comes; gives "fin" or "reset"."""
        data, how = self.rest()
        assert not data, f"unexpected bytes {data[:300]!r}"
        return how

    def quiet(self, seconds=0.15):
        """Asserts that the connection stays open and silent for so long."""
        before = self.sock.gettimeout()
        self.sock.settimeout(seconds)
        try:
            data = self.reader.buffer or self.sock.recv(65536)
        except socket.timeout:
            return self
        except ConnectionResetError:
            data = "a reset"
        finally:
            self.sock.settimeout(before)
        raise AssertionError(f"the connection was not quiet: {data or 'closed'!r}")

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)
        return self

    def reset(self):
        wire.abort(self.sock)

    def close(self):
        if self.sock is not None:
            self.sock.close()


def request(method="GET", path="/", headers=(), body=None, host="test"):
    """The bytes of an HTTP/1.1 request; headers are (name, value) pairs or a dict."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    lines = [f"{method} {path} HTTP/1.1"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in pairs]
    if body is not None:
        body = body if isinstance(body, bytes) else body.encode("latin-1")
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")


def get(port, path="/", headers=(), method="GET", body=None, host="test", to="127.0.0.1"):
    """One request on a connection of its own."""
    client = Client(port, to)
    client.request(method, path, headers, body, host)
    answer = client.response(method)
    client.close()
    return answer


def response_of(port, data, method="GET", to="127.0.0.1"):
    """Sends raw bytes on a connection of its own; gives the response, or None where the proxy
    closed without one."""
    client = Client(port, to)
    client.try_send(data if isinstance(data, bytes) else data.encode("latin-1"))
    try:
        return client.response(method)
    except wire.Closed as end:
        if end.seen:
            raise
        return None
    finally:
        client.close()


# The fields of a WebSocket handshake (RFC 6455 §1.3).
WEBSOCKET = (("Connection", "Upgrade"), ("Upgrade", "websocket"),
             ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="))
