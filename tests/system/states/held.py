"""Requests that servers hold until they are let go, sent to both programs alike: where each of them
is, at a server or in a queue, must be where the model of the queues has it."""
import socket
import threading

from harness import wire


class Holding:
    """What one server has and has not answered."""

    def __init__(self):
        self._lock = threading.Lock()
        self._held = {}                     # (who, request): its connection

    def take(self, data, sock):
        """Keeps the connection if that is such a request, whole."""
        if not data.startswith(b"GET /held/"):
            return False
        _, _, who, request = data.split(b" ", 2)[1].decode().split("/")
        with self._lock:
            self._held[who, int(request)] = sock
        return True

    def requests(self, who):
        with self._lock:
            return sorted(request for whose, request in self._held if whose == who)

    def let_go(self, who, request, name):
        with self._lock:
            sock = self._held.pop((who, request))
        sock.setblocking(True)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n"
                     + name.encode())
        sock.close()

    def close(self):
        with self._lock:
            for sock in self._held.values():
                sock.close()
            self._held.clear()


class HeldRequests:
    """All that were sent, with the connections that they were sent on."""

    def __init__(self, programs, holding, line):
        self.programs, self.holding, self.line = programs, holding, line
        self.clients = {}                   # (who, request): its connection
        self.results = {}                   # what came on it
        self.last = 0

    def send(self, cookie):
        self.last += 1
        for program in self.programs:
            client = socket.create_connection(("127.0.0.1", program.proxy.hold), timeout=20)
            self.clients[program.who, self.last] = client
            fields = f"Cookie: S={cookie}\r\n" if cookie else ""
            client.sendall(f"GET /held/{program.who}/{self.last} HTTP/1.1\r\nHost: test\r\n{fields}"
                           "Connection: close\r\n\r\n".encode())
        self.line.arrive(self.last, cookie)

    def let_go(self, server, request):
        for program in self.programs:
            self.holding[server.name].let_go(program.who, request, server.name)
        self.line.release(server, request)

    def read(self):
        """Takes the answers that have come."""
        for key, client in list(self.clients.items()):
            client.settimeout(0)
            try:
                client.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                continue
            client.settimeout(20)
            answer, how = wire.Reader(client).to_close()
            head, _, body = answer.partition(b"\r\n\r\n")
            status = head.split(b" ", 2)[1] if how == "fin" else how
            self.results[key] = body.decode() if status == b"200" else int(status)
            client.close()
            del self.clients[key]

    def problem(self, stats):
        """What is not where the model has it, in words; `stats` are the rows of both programs."""
        self.read()
        for program, rows in zip(self.programs, stats):
            for server in self.line.servers:
                found = self.holding[server.name].requests(program.who)
                wanted = sorted(self.line.running[server.name])
                if found != wanted:
                    return f"{program.who}: {server.name} serves {found}, in the model {wanted}"
                queued = rows["held", server.name]["qcur"]
                if queued != str(len(self.line.bound[server.name])):
                    return f"{program.who}: {queued} wait for {server.name}, " \
                           f"in the model {self.line.bound[server.name]}"
            queued = rows["held", "BACKEND"]["qcur"]
            if queued != str(len(self.line.any)):
                return f"{program.who}: {queued} wait for any server, in the model {self.line.any}"
            found = {request: result for (who, request), result in self.results.items()
                     if who == program.who}
            if found != self.line.answers:
                return f"{program.who} answered {found}, in the model {self.line.answers}"
        return None

    def close(self):
        for client in self.clients.values():
            client.close()
        for holding in self.holding.values():
            holding.close()
