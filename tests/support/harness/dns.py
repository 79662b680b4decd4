"""A scripted name server: real packets over UDP and TCP on one loopback port.

`dns.a("name", "127.0.0.1", ttl=1)` and its kin say what it answers from then on; `dns.silent`,
`dns.code` and `dns.mangle` make it misbehave. It records what it was asked."""
import socket
import struct
import threading

from . import ports, runner

A, CNAME, AAAA, SRV = 1, 5, 28, 33
NXDOMAIN, REFUSED, SERVFAIL, FORMERR = 3, 5, 2, 1


def encode(name):
    """A name in labels, uncompressed."""
    out = b""
    for label in name.rstrip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode("latin-1")
    return out + b"\0"


def record(name, kind, ttl, data):
    return encode(name) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


class Query:
    def __init__(self, message, transport):
        self.message, self.transport = message, transport
        self.id, _, _ = struct.unpack("!HHH", message[:6])
        labels, at = [], 12
        while message[at]:
            labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
            at += message[at] + 1
        self.name = ".".join(labels).lower()
        self.type, = struct.unpack("!H", message[at + 1:at + 3])
        self.question = message[12:at + 5]
        self.payload = 512          # what EDNS announces
        if len(message) >= at + 5 + 11 and message[at + 5] == 0:
            self.payload, = struct.unpack("!H", message[at + 8:at + 10])


class Dns:
    """Answers from its tables: {(name, type): [(ttl, data)]}. A name without any record does not
    exist; one without such a record has none."""

    def __init__(self, host="127.0.0.1"):
        self.host = host
        self.queries = []
        self.silent = False         # swallows what it is asked
        self.code = None            # answers everything by this code
        self.mangle = None          # (query, answer, transport) -> the packets that are sent
        self.udp_limit = 65535      # longer answers over UDP are cut, with TC set
        self._records, self._extra = {}, {}
        self._lock = threading.Lock()
        for _ in range(100):
            self.port = ports.free_port()
            self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                self._udp.bind((host, self.port))
                self._tcp.bind((host, self.port))
                break
            except OSError:
                self._udp.close()
                self._tcp.close()
        self._tcp.listen(64)
        for work in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=work, daemon=True).start()
        runner.cleanup(self.close)

    def __str__(self):
        return f"{self.host}:{self.port}"

    def close(self):
        for sock in (self._udp, self._tcp):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    # what it answers

    def put(self, name, kind, ttl, *data):
        with self._lock:
            self._records[name.lower(), kind] = [(ttl, each) for each in data]

    def a(self, name, *addresses, ttl=1):
        self.put(name, A, ttl, *[socket.inet_aton(each) for each in addresses])

    def aaaa(self, name, *addresses, ttl=1):
        self.put(name, AAAA, ttl, *[socket.inet_pton(socket.AF_INET6, each) for each in addresses])

    def cname(self, name, target, ttl=1):
        self.put(name, CNAME, ttl, encode(target))

    def srv(self, name, *records, ttl=1, extra=None):
        """Each record (weight, port, target); `extra` {target: address} comes along."""
        self.put(name, SRV, ttl, *[struct.pack("!HHH", 0, weight, port) + encode(target)
                                   for weight, port, target in records])
        with self._lock:
            self._extra[name.lower()] = [record(target, A, ttl, socket.inet_aton(address))
                                         for target, address in (extra or {}).items()]

    def drop(self, name):
        """The name does not exist any more."""
        with self._lock:
            self._records = {key: value for key, value in self._records.items()
                             if key[0] != name.lower()}

    def asked(self, name=None, kind=None):
        return [q for q in list(self.queries)
                if (name is None or q.name == name) and (kind is None or q.type == kind)]

    def wait_asked(self, count, name=None, kind=None, seconds=20):
        runner.wait_for(lambda: len(self.asked(name, kind)) >= count, f"query {count}", seconds)

    # how it does so

    def answer(self, query, code=None):
        """The message that answers it: CNAMEs are followed within the tables."""
        with self._lock:
            records, name, found = self._records, query.name, []
            exists = any(key[0] == name for key in records)
            for _ in range(20):
                if query.type == CNAME or (name, CNAME) not in records:
                    break
                ttl, data = records[name, CNAME][0]
                found.append(record(name, CNAME, ttl, data))
                name = Query(b"\0" * 12 + data + b"\0\1\0\1", "").name
            found += [record(name, query.type, ttl, data)
                      for ttl, data in records.get((name, query.type), [])]
            extra = self._extra.get(name, []) if query.type == SRV else []
        if code is None:
            code = 0 if exists else NXDOMAIN
        if code:
            found, extra = [], []
        return struct.pack("!HHHHHH", query.id, 0x8580 | code, 1, len(found), 0,
                           len(extra)) + query.question + b"".join(found + extra)

    def _packets(self, message, transport):
        query = Query(message, transport)
        self.queries.append(query)
        if self.silent:
            return []
        answer = self.answer(query, self.code)
        if self.mangle is not None:
            return self.mangle(query, answer)
        if transport == "udp" and len(answer) > self.udp_limit:
            return [answer[:2] + bytes([answer[2] | 2]) + answer[3:6] + b"\0\0\0\0\0\0"
                    + query.question]
        return [answer]

    def _serve_udp(self):
        while True:
            try:
                message, peer = self._udp.recvfrom(65535)
                for packet in self._packets(message, "udp"):
                    self._udp.sendto(packet, peer)
            except (OSError, IndexError, struct.error):
                if self._udp.fileno() < 0:
                    return

    def _serve_tcp(self):
        while True:
            try:
                conn, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(conn,), daemon=True).start()

    def _talk(self, conn):
        conn.settimeout(30)
        try:
            with conn, conn.makefile("rb") as stream:
                while True:
                    head = stream.read(2)
                    if len(head) < 2:
                        return
                    message = stream.read(struct.unpack("!H", head)[0])
                    for packet in self._packets(message, "tcp"):
                        conn.sendall(struct.pack("!H", len(packet)) + packet)
        except (OSError, IndexError, struct.error):
            pass
