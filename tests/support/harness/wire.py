"""Reads HTTP/1 from a socket and keeps the very bytes. Strict where a test must not be fooled."""
import socket

_limit = 64 << 20


class Closed(Exception):
    """The peer closed or reset before the message was whole; `how` is "fin" or "reset"."""

    def __init__(self, how, seen):
        super().__init__(f"peer closed ({how}) after {seen[-200:]!r}")
        self.how = how
        self.seen = seen


class Head:
    """A start line and its fields, in order, with the bytes they came in."""

    def __init__(self, data):
        self.raw = data
        lines = data[:-4].split(b"\r\n") if data.endswith(b"\r\n\r\n") else data.split(b"\r\n")
        self.start_line = lines[0].decode("latin-1")
        self.fields = []
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            self.fields.append((name.decode("latin-1"), value.strip(b" \t").decode("latin-1")))

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def has(self, name):
        return bool(self.all(name))


class Body:
    def __init__(self, data=b"", framing="none", raw=b"", trailers=(), extensions=()):
        self.data = data
        self.framing = framing
        self.raw = raw
        self.trailers = list(trailers)
        self.extensions = list(extensions)


class Reader:
    """Buffers what a socket gives. Every read has the socket's timeout."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.seen = b""

    def fill(self):
        """One recv into the buffer; raises Closed at the end."""
        try:
            data = self.sock.recv(65536)
        except socket.timeout:
            raise AssertionError(f"nothing came in time after {self.seen[-300:]!r}") from None
        except (ConnectionResetError, BrokenPipeError):
            raise Closed("reset", self.seen) from None
        if not data:
            raise Closed("fin", self.seen)
        self.buffer += data
        self.seen = (self.seen + data)[-65536:]
        return data

    def take(self, count):
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def until(self, mark):
        at = self.buffer.find(mark)
        while at < 0:
            assert len(self.buffer) < _limit, "a line without end"
            start = max(0, len(self.buffer) - len(mark))
            self.fill()
            at = self.buffer.find(mark, start)
        return self.take(at + len(mark))

    def exactly(self, count):
        parts = [self.take(count)]
        left = count - len(parts[0])
        while left:
            self.fill()
            parts.append(self.take(left))
            left -= len(parts[-1])
        return b"".join(parts)

    def to_close(self):
        """Everything until the peer's FIN; gives (bytes, "fin" or "reset")."""
        parts = [self.take(len(self.buffer))]
        while True:
            try:
                self.fill()
            except Closed as end:
                return b"".join(parts), end.how
            parts.append(self.take(len(self.buffer)))

    def head(self):
        return Head(self.until(b"\r\n\r\n"))

    def body(self, framing, length=0):
        if framing == "length":
            data = self.exactly(length)
            return Body(data, "length", data)
        if framing == "chunked":
            return self._chunks()
        if framing == "close":
            data, how = self.to_close()
            if how == "reset":
                raise Closed("reset", data)
            return Body(data, "close", data)
        return Body()

    def _chunks(self):
        raw, data, extensions = [], [], []
        while True:
            line = self.until(b"\r\n")
            raw.append(line)
            size, _, extension = line[:-2].partition(b";")
            if extension:
                extensions.append(extension)
            length = int(size.strip(), 16)
            if length == 0:
                break
            piece = self.exactly(length)
            end = self.exactly(2)
            assert end == b"\r\n", f"chunk data ends in {end!r}"
            raw += [piece, end]
            data.append(piece)
        trailers = []
        while True:
            line = self.until(b"\r\n")
            raw.append(line)
            if line == b"\r\n":
                break
            name, _, value = line[:-2].partition(b":")
            trailers.append((name.decode("latin-1").lower(), value.strip().decode("latin-1")))
        return Body(b"".join(data), "chunked", b"".join(raw), trailers, extensions)


def request_framing(head):
    """(framing, length) of a request head; asserts that it is unambiguous."""
    coding, lengths = head.all("transfer-encoding"), head.all("content-length")
    assert not (coding and lengths), f"ambiguous request {head.raw!r}"
    if coding:
        assert [c.lower() for c in coding] == ["chunked"], f"odd coding in {head.raw!r}"
        return "chunked", 0
    if lengths:
        assert len(lengths) == 1 and lengths[0].isdigit(), f"odd length in {head.raw!r}"
        return "length", int(lengths[0])
    return "none", 0


def response_framing(head, method):
    """(framing, length) of a response to `method`; asserts that it is unambiguous."""
    status = int(head.start_line.split(" ")[1])
    if method == "HEAD" or status in (204, 304) or 100 <= status < 200:
        return "none", 0
    if method == "CONNECT" and 200 <= status < 300:
        return "none", 0
    coding, lengths = head.all("transfer-encoding"), head.all("content-length")
    assert not (coding and lengths), f"ambiguous response {head.raw!r}"
    if coding:
        return ("chunked" if coding[-1].lower() == "chunked" else "close"), 0
    if lengths:
        assert len(lengths) == 1 and lengths[0].isdigit(), f"odd length in {head.raw!r}"
        return "length", int(lengths[0])
    return "close", 0


def abort(sock):
    """Closes with a RST."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    except OSError:
        pass
    sock.close()
