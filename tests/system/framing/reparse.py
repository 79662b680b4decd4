"""What is forwarded is parsed again by real servers, nginx and node: they count as many requests as
the proxy says that it forwarded, the same ones, with bodies of the same length. Pipelined, with
bodies that look like requests, with fields that look like framing."""
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = "global\n    log stdout format raw local0\n" + DEFAULTS + """
    log global
    option httplog
    timeout http-request 10s
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    server s 127.0.0.1:@port@
"""

NODE = """
const http = require("http");
const server = http.createServer((request, answer) => {
  let bytes = 0;
  request.on("data", (data) => { bytes += data.length; });
  request.on("end", () => {
    console.log(`SAW ${request.method} ${request.url} ${bytes}`);
    answer.end("ok");
  });
});
server.on("clientError", (error, socket) => {
  if (error.code !== "ECONNRESET") console.log(`ERROR ${error.code} ${error.message}`);
  socket.destroy();
});
server.listen(0, "127.0.0.1", () => console.log(`PORT ${server.address().port}`));
"""

NGINX = """
daemon off;
master_process off;
user root;
pid {dir}/pid;
error_log {dir}/error;
events {{ worker_connections 512; }}
http {{
  log_format seen 'SAW $request_method $request_uri $status';
  access_log {dir}/seen seen;
  keepalive_requests 1000000;
  client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c;
  uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e;
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 200 "ok"; }}
  }}
}}
"""


class Peer:
    """A real server in a process of its own, and what it says that it saw."""

    def __init__(self, command, directory, output):
        self._output = os.path.join(directory, output)
        with open(os.path.join(directory, "out"), "wb") as out:
            self._child = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *command],
                                           stdout=out, stderr=out, cwd=directory)
        cleanup(self.stop)
        on_failure(lambda: self.text()[-3000:])

    def stop(self):
        self._child.kill()
        self._child.wait()

    def text(self):
        if not os.path.exists(self._output):
            return ""
        with open(self._output, encoding="latin-1") as f:
            return f.read()

    def seen(self):
        return re.findall(r"^SAW (\S+) (\S+) (\d+)$", self.text(), re.M)


def node():
    directory = scratch()
    path = os.path.join(directory, "server.js")
    with open(path, "w", encoding="ascii") as f:
        f.write(NODE)
    peer = Peer(["node", path], directory, "out")
    peer.port = wait_for(lambda: re.search(r"^PORT (\d+)$", peer.text(), re.M), "node", 30).group(1)
    return peer


def nginx():
    directory = scratch()
    port = free_port()
    path = os.path.join(directory, "conf")
    with open(path, "w", encoding="ascii") as f:
        f.write(NGINX.format(dir=directory, port=port))
    peer = Peer(["/usr/sbin/nginx", "-p", directory, "-e", directory + "/error", "-c", path],
                directory, "seen")
    peer.port = port
    wait_for(lambda: port in listening(), "nginx to listen", 30)
    return peer


METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "REPORT"]
# Bodies that are requests for who loses count; /smuggled must never be seen.
BODIES = [b"", b"a", b"hello world", b"\r\n\r\n", b"0\r\n\r\n", b"x" * 3000,
          b"GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n",
          b"\r\n0\r\n\r\nPOST /smuggled HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n"]
# Fields that look like framing, or ask for it to be removed.
FIELDS = ["", "Content_Length: 5\r\n", "Transfer_Encoding: chunked\r\n", "X-Content-Length: 7\r\n",
          "Connection: content-length\r\n", "Connection: transfer-encoding, host\r\n",
          "X: \xe9\xff\r\n", "X:\r\nY: \t\r\n", "X: a, chunked\r\nTE: trailers, chunked\r\n",
          "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQ\r\n",
          "Proxy-Connection: close\r\nKeep-Alive: timeout=1\r\n", "X: " + "v" * 2000 + "\r\n",
          "Cookie: a=b\r\nCookie: c=d\r\n", "Host2: x\r\n"]
# Heads that must end the connection, with what would be smuggled behind them.
HOSTILE = ["Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding:\r\n chunked\r\n", "Transfer-Encoding : chunked\r\n",
           "Content-Length: 3\r\nContent-Length: 40\r\n", "Content-Length: +5\r\n",
           "X: a\rTransfer-Encoding: chunked\r\n", "X: a\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: \x0bchunked\r\n",
           "Content-Length: 0x5\r\n", " Content-Length: 5\r\n", "Content-Length\x00: 5\r\n"]
TARGETS = ["/{}", "/{}?a=b&c=/../x", "/{}/%2e%2e/%20x", "http://t/{}", "/{};a=b//c",
           "/{}?http://t/smuggled"]


def chunks(chance, body):
    """The body in chunks of any size, with extensions, leading zeros and trailers."""
    out = b""
    while body:
        size = chance.randint(1, len(body))
        piece, body = body[:size], body[size:]
        extension = chance.choice([b"", b"", b";a", b';name="v w"', b";a=b;c"])
        digits = chance.choice([b"%x", b"%X", b"000%x"]) % size
        out += digits + extension + b"\r\n" + piece + b"\r\n"
    trailers = chance.choice([b"", b"", b"X-Sum: 1\r\n",
                              b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n"])
    return out + chance.choice([b"0", b"000"]) + b"\r\n" + trailers + b"\r\n"


class Sequence:
    """What one connection sends, and the requests of it that are to be forwarded."""

    def __init__(self, seed):
        chance = random.Random(seed)
        self.data, self.forwarded, self.refused = b"", [], 0
        for number in range(chance.randint(1, 9)):
            name = f"r{seed}-{number}"
            if chance.random() < 0.08:
                head = f"POST /{name} HTTP/1.1\r\nHost: t\r\n" + chance.choice(HOSTILE) + "\r\n"
                self.data += head.encode("latin-1") + \
                    b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"
                self.refused = 1
                return
            last = self._add(chance, name)
            if last:
                return

    def _add(self, chance, name):
        method = chance.choice(METHODS)
        target = chance.choice(TARGETS).format(name)
        old = chance.random() < 0.05
        close = chance.random() < 0.05
        body = chance.choice(BODIES)
        framing = chance.choice(["none", "length", "length"] + ([] if old else ["chunked"] * 2))
        head = f"{method} {target} HTTP/1.{0 if old else 1}\r\nHost: t\r\n" + chance.choice(FIELDS)
        if close:
            head += "Connection: close\r\n"
        if framing == "none":
            body, sent = b"", b""
        elif framing == "length":
            head += f"Content-Length: {chance.choice(['', '00'])}{len(body)}\r\n"
            sent = body
        else:
            head += f"Transfer-Encoding: {chance.choice(['chunked', 'Chunked'])}\r\n"
            sent = chunks(chance, body)
        self.data += chance.choice([b"", b"", b"\r\n"]) + head.encode("latin-1") + b"\r\n" + sent
        self.forwarded.append((method, name, len(body)))
        return close or old


def forwarded(p, count):
    """Log lines of requests that went to the server; waits until all `count` lines are there."""
    lines = wait_for(lambda: (found := re.findall(r" be/s | fe/<NOSRV> ", p.out())) and
                     len(found) >= count and found, f"{count} log lines", 20)
    eq(len(lines), count, "log lines")
    return lines.count(" be/s ")


def name_of(url):
    return re.search(r"r\d+-\d+|smuggled", url).group(0)


def run(peer, with_lengths):
    p = proxy(TEXT, port=peer.port)
    sequences = [Sequence(seed) for seed in range(300)]
    for sequence in sequences:
        client = Client(p.fe)
        client.try_send(sequence.data)
        for method, name, _ in sequence.forwarded:
            answer = client.response(method)
            assert answer.status not in (400, 501), f"{name} was refused: {sequence.data!r}"
        if sequence.refused:
            answer = client.response()
            assert answer.status in (400, 501), f"got {answer} for {sequence.data!r}"
        client.close()
    wanted = [row for sequence in sequences for row in sequence.forwarded]
    refused = sum(sequence.refused for sequence in sequences)
    assert len(wanted) > 500 and refused > 30, (len(wanted), refused)
    eq(forwarded(p, len(wanted) + refused), len(wanted), "requests that were forwarded")
    seen = wait_for(lambda: (rows := peer.seen()) and len(rows) >= len(wanted) and rows,
                    "the server to have seen all", 20)
    assert "/smuggled" not in [url.split("?")[0] for _, url, _ in seen]
    assert "ERROR" not in peer.text(), peer.text()
    if with_lengths:
        eq([(m, name_of(url), int(n)) for m, url, n in seen], wanted, "what the server saw")
    else:
        eq([(m, name_of(url)) for m, url, _ in seen], [row[:2] for row in wanted],
           "what the server saw")
        assert not any(status == "400" for _, _, status in seen), seen


@test("node counts the requests that were forwarded, and their bytes",
      differs="haproxy 2.6 is laxer: see docs/differences.md")
def _():
    run(node(), True)


@test("nginx counts the requests that were forwarded",
      differs="haproxy 2.6 is laxer: see docs/differences.md")
def _():
    run(nginx(), False)


if __name__ == "__main__":
    main()
