"""A scriptable origin server: records the very bytes it received, answers as it is told.

An answer is a callable (conn, request); `respond(…)`, `chunked(…)`, `silent()` and so on make
them. One thread accepts, one serves each connection. Gates stop an answer half-way until the
test opens them."""
import base64
import hashlib
import socket
import threading

from . import runner, wire


class Gate:
    """Holds an answer back until open(); `reached` is set when somebody waits at it."""

    def __init__(self):
        self._open = threading.Event()
        self.reached = threading.Event()
        runner.cleanup(self.open)

    def open(self):
        self._open.set()

    def __call__(self):
        self.reached.set()
        self._open.wait(30)

    def wait_reached(self, seconds=10):
        assert self.reached.wait(seconds), "nobody came to the gate"


class Request:
    def __init__(self, conn, head):
        self.conn = conn
        self.conn_id = conn.id
        self.head = head
        parts = head.start_line.split(" ")
        self.method, self.target, self.version = (parts + ["", ""])[:3]
        self.body = b""
        self.framing = "none"
        self.trailers = []
        self.extensions = []
        self.raw = head.raw         # head and, once it is read, body as it came
        self.whole = False          # the body came to its end

    def get(self, name, default=None):
        return self.head.get(name, default)

    def all(self, name):
        return self.head.all(name)

    def has(self, name):
        return self.head.has(name)


class Connection:
    """The server's end of one connection."""

    def __init__(self, origin, sock, number):
        self.origin = origin
        self.sock = sock
        self.id = number
        try:
            self.peer = sock.getpeername()
        except OSError:             # it is gone already
            self.peer = None
        self.reader = wire.Reader(sock)
        self.busy = False           # a request waits for its first byte of answer
        self.ended = None           # "fin", "reset" once the peer ended it, "us" if we did
        self._ended = threading.Event()

    def send(self, data):
        self.origin.leave(self)     # before the proxy can know, so that `most` never counts twice
        self.sock.sendall(data)

    def read_body(self, request):
        framing, length = wire.request_framing(request.head)
        request.framing = framing
        body = self.reader.body(framing, length)
        request.body, request.trailers = body.data, body.trailers
        request.extensions = body.extensions
        request.raw = request.head.raw + body.raw
        request.whole = True

    def fin(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        self.finish("us")
        wire.abort(self.sock)

    def close(self):
        self.finish("us")
        self.sock.close()

    def finish(self, how):
        if self.ended is None:
            self.ended = how
        self._ended.set()

    def wait_peer_end(self):
        """Reads and drops until the peer ends; notes how."""
        try:
            _, how = self.reader.to_close()
        except (AssertionError, OSError):
            how = "us"
        self.finish(how)
        return how

    def wait_ended(self, seconds=10):
        assert self._ended.wait(seconds), f"connection {self.id} did not end"
        return self.ended


class Origin:
    """Listens at once. `answer` serves every request; `answers` are used up one by one first.
    `name` is what the default answer says in body and X-Origin. `script(conn)` takes over
    whole connections. `read_body=False` leaves the body to the answer."""

    def __init__(self, answer=None, name="origin", answers=(), script=None, read_body=True,
                 host="127.0.0.1", port=0, tls=None):
        self.name = name
        self.host = host
        self.answer = answer or respond(200, name, [("X-Origin", name)])
        self._answers = list(answers)
        self.script = script
        self.read_body = read_body
        self.tls = tls
        self.requests = []
        self.connections = []
        self.errors = []
        self.now = 0                # requests that came and got no first byte of answer yet
        self.most = 0               # the highest value of `now`
        self._lock = threading.Condition()
        self._stopped = False
        self._listen(port)
        runner.cleanup(self.stop)

    def _listen(self, port):
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((self.host, port))
        self._socket.listen(256)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._socket,), daemon=True).start()

    def __str__(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                conn = Connection(self, sock, len(self.connections))
                self.connections.append(conn)
                self._lock.notify_all()
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn):
        try:
            conn.sock.settimeout(60)
            conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is not None:
                conn.sock = self.tls.wrap_socket(conn.sock, server_side=True)
                conn.reader = wire.Reader(conn.sock)
            if self.script is not None:
                self.script(conn)
                return
            while conn.ended is None:
                self._one(conn)
        except wire.Closed as end:
            conn.finish(end.how)
        except OSError as error:
            conn.finish("reset" if isinstance(error, (ConnectionError, BrokenPipeError)) else "us")
        except AssertionError as error:
            self.errors.append(f"{self.name}: {error}")
        finally:
            conn.finish("us")
            conn.sock.close()

    def _one(self, conn):
        request = Request(conn, conn.reader.head())
        with self._lock:
            answer = self._answers.pop(0) if self._answers else self.answer
            self.requests.append(request)
            conn.busy = True
            self.now += 1
            self.most = max(self.most, self.now)
            self._lock.notify_all()
        try:
            if self.read_body:
                conn.read_body(request)
                with self._lock:
                    self._lock.notify_all()
            answer(conn, request)
        finally:
            self.leave(conn)

    def leave(self, conn):
        with self._lock:
            if conn.busy:
                conn.busy = False
                self.now -= 1
                self._lock.notify_all()

    def then(self, *answers):
        """Answers to use up before the usual one."""
        with self._lock:
            self._answers += answers
        return self

    def wait(self, predicate, what, seconds=10):
        with self._lock:
            assert self._lock.wait_for(lambda: predicate(self), seconds), \
                f"{self.name} waited in vain for {what}; {len(self.requests)} requests, " \
                f"{len(self.connections)} connections"
        return self

    def wait_requests(self, count, seconds=10):
        """Waits until so many heads came; gives the list."""
        self.wait(lambda o: len(o.requests) >= count, f"{count} requests", seconds)
        return self.requests

    def wait_whole(self, count, seconds=10):
        """Waits until so many requests came with their bodies."""
        self.wait(lambda o: sum(r.whole for r in o.requests) >= count,
                  f"{count} whole requests", seconds)
        return self.requests

    def wait_connections(self, count, seconds=10):
        self.wait(lambda o: len(o.connections) >= count, f"{count} connections", seconds)
        return self.connections

    def last(self):
        """The newest request; asserts that none was malformed."""
        assert not self.errors, self.errors
        return self.requests[-1]

    def stop(self):
        """Stops listening and resets what is open: a server that was killed."""
        if self._stopped:
            return
        self._stopped = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
        for conn in list(self.connections):
            if conn.ended is None:
                conn.finish("us")
                try:
                    conn.sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def start(self):
        """Listens again on the same port, after stop()."""
        self._stopped = False
        self._listen(self.port)


class Blackhole:
    """Listens and never accepts, with a full backlog: a connection there is never established."""

    def __init__(self):
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(0)
        self.port = self._socket.getsockname()[1]
        self._fill = []
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._fill.append(filler)
        runner.cleanup(self.stop)

    def __str__(self):
        return f"127.0.0.1:{self.port}"

    def stop(self):
        for sock in self._fill + [self._socket]:
            sock.close()


def _bytes(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


def _head(status, fields, version="1.1", reason="Reason"):
    lines = [f"HTTP/{version} {status} {reason}"] + [f"{n}: {v}" for n, v in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def respond(status=200, body="", headers=(), version="1.1", close=False, before=None,
            halfway=None):
    """A response with Content-Length. `before` and `halfway` are gates: before the head, and
    after half of the body."""
    body = _bytes(body)

    def answer(conn, request):
        if before is not None:
            before()
        fields = list(headers)
        if status not in (204, 304) and status >= 200:
            fields.append(("Content-Length", len(body)))
        if close:
            fields.append(("Connection", "close"))
        head = _head(status, fields, version)
        sent = body if request.method != "HEAD" else b""
        if halfway is None:
            conn.send(head + sent)
        else:
            conn.send(head + sent[:len(body) // 2])
            halfway()
            conn.send(sent[len(body) // 2:])
        if close:
            conn.fin()
            conn.wait_peer_end()
    return answer


def echo(conn, request):
    """Sends the request's body back."""
    respond(200, request.body)(conn, request)


def chunked(pieces, headers=(), trailers=(), between=None, extension=""):
    """A chunked response; `between` is a gate after the first chunk."""
    def answer(conn, _):
        conn.send(_head(200, list(headers) + [("Transfer-Encoding", "chunked")]))
        for number, piece in enumerate(pieces):
            data = _bytes(piece)
            conn.send(b"%x%s\r\n%s\r\n" % (len(data), extension.encode(), data))
            if number == 0 and between is not None:
                between()
        lines = "".join(f"{n}: {v}\r\n" for n, v in trailers)
        conn.send(b"0\r\n" + lines.encode("latin-1") + b"\r\n")
    return answer


def close_delimited(body, headers=(), version="1.1"):
    """A response that ends with the connection."""
    def answer(conn, _):
        conn.send(_head(200, headers, version) + _bytes(body))
        conn.fin()
        conn.wait_peer_end()
    return answer


def raw(data, then=None):
    """Exactly these bytes. `then`: None goes on, "fin", "reset", "silent", or a callable(conn)."""
    def answer(conn, _):
        conn.send(_bytes(data))
        if then == "fin":
            conn.fin()
            conn.wait_peer_end()
        elif then == "reset":
            # The proxy must have the bytes before the reset can destroy them.
            runner.wait_for(lambda: _unacknowledged(conn.sock) == 0, "the bytes to arrive")
            conn.reset()
        elif then == "silent":
            conn.wait_peer_end()
        elif then is not None:
            then(conn)
    return answer


def _unacknowledged(sock):
    import fcntl
    import struct
    sent = fcntl.ioctl(sock.fileno(), 0x5411, struct.pack("i", 0))     # SIOCOUTQ
    return struct.unpack("i", sent)[0]


def reset(conn, _):
    """Resets instead of answering."""
    conn.reset()


def reset_unread(conn):
    """A script: resets as soon as the connection is accepted."""
    conn.reset()


def silent(conn, _):
    """Never answers; waits for the proxy to give up."""
    conn.wait_peer_end()


def informational(status=103, headers=(), then=None):
    """A 1xx, then the answer."""
    def answer(conn, request):
        conn.send(_head(status, headers))
        (then or respond(200, "after"))(conn, request)
    return answer


def early(status=413, body="too much", close=True):
    """Answers before the body is read; needs read_body=False. Reads the rest when not closing."""
    def answer(conn, request):
        fields = [("Content-Length", len(body))] + ([("Connection", "close")] if close else [])
        conn.send(_head(status, fields) + _bytes(body))
        if close:
            conn.fin()
            conn.wait_peer_end()
        else:
            conn.read_body(request)
    return answer


def upgrade_echo(protocol="websocket", greeting=b""):
    """101, then echoes bytes until the peer closes."""
    def answer(conn, request):
        fields = [("Connection", "Upgrade"), ("Upgrade", protocol)]
        key = request.get("sec-websocket-key")
        if key:     # RFC 6455 §4.2.2
            digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            fields.append(("Sec-WebSocket-Accept", base64.b64encode(digest).decode()))
        conn.send(_head(101, fields) + greeting)
        _echo_bytes(conn)
    return answer


def tunnel_echo(conn, _):
    """The 200 of CONNECT, then echoes bytes until the peer closes."""
    conn.send(_head(200, []))
    _echo_bytes(conn)


def _echo_bytes(conn):
    reader = conn.reader
    while True:
        if not reader.buffer:
            reader.fill()
        conn.send(reader.take(len(reader.buffer)))
