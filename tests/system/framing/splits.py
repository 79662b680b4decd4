"""However the bytes of a conversation are cut, the same comes of it: at both ends, at every
position, and byte by byte. One thread, so that a probe tells when a piece has been read."""
import sys
import threading

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

TEXT = "global\n    nbthread 1\n" + DEFAULTS + """
    timeout http-request 30s
    timeout http-keep-alive 30s
    timeout client 60s
    timeout server 60s
frontend fe
    bind 127.0.0.1:@fe@
    monitor-uri /alive
    default_backend be
backend be
    server s @origin@
"""

POST = "POST /#/{} HTTP/1.1\r\nHost: t\r\n"
GET = "GET /#/{} HTTP/1.1\r\nHost: t\r\n\r\n"
CHUNKS = "Transfer-Encoding: chunked\r\n\r\n"

# What a client sends on one connection, and how many answers it gets; # becomes the number of
# the cut.
REQUESTS = [
    ("a GET", 1, GET.format("a")),
    ("an empty line before it", 1, "\r\n" + GET.format("a")),
    ("two GETs", 2, GET.format("a") + GET.format("b")),
    ("a length, then a GET", 2,
     POST.format("a") + "Content-Length: 5\r\n\r\nhello" + GET.format("b")),
    ("chunks, then a length", 2, POST.format("a") + CHUNKS + "3;x=y\r\nabc\r\nA\r\n0123\r\n6789\r\n"
     "0\r\nX-Sum: 1\r\n\r\n" + POST.format("b") + "Content-Length: 2\r\n\r\nxy"),
    ("two chunked bodies", 2, (POST.format("a") + CHUNKS + "1\r\na\r\n0\r\n\r\n") * 2),
    ("absolute-form and 1.0", 2, "GET http://t/#/a HTTP/1.1\r\nHost: t\r\n\r\n"
     "GET /#/b HTTP/1.0\r\nX: y\r\n\r\n"),
    ("close, and one more that is not served", 1,
     "GET /#/a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n" + GET.format("b")),
    ("a folded field", 1, "GET /#/a HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n"),
    ("a bare LF", 1, "GET /#/a HTTP/1.1\r\nHost: t\nX: a\r\n\r\n"),
    ("a method that is no token", 1, "G@T /#/a HTTP/1.1\r\nHost: t\r\n\r\n"),
    ("a GET, then two lengths", 2, GET.format("a") + POST.format("b") +
     "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    ("a length and a coding", 1, POST.format("a") + "Content-Length: 5\r\n" + CHUNKS + "0\r\n\r\n"),
]

OK = "HTTP/1.1 200 OK\r\n"
# What a server sends; the last value is how the client asks.
RESPONSES = [
    ("a length", OK + "Content-Length: 5\r\nX: y\r\n\r\nhello", "GET"),
    ("chunks", OK + CHUNKS + "3;x=y\r\nabc\r\nA\r\n0123\r\n6789\r\n0\r\nX-Sum: 1\r\n\r\n", "GET"),
    ("until it closes", OK + "X: y\r\n\r\nall of it", "GET"),
    ("a 103 first", "HTTP/1.1 103 Early\r\nLink: a\r\n\r\n" + OK + "Content-Length: 2\r\n\r\nok",
     "GET"),
    ("204", "HTTP/1.1 204 None\r\nX: y\r\n\r\n", "GET"),
    ("304 with a length", "HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n", "GET"),
    ("to HEAD", OK + "Content-Length: 5\r\n\r\n", "HEAD"),
    ("1.0", "HTTP/1.0 200 Fine\r\nContent-Length: 2\r\n\r\nok", "GET"),
    ("no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "GET"),
    ("two lengths", OK + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nokx", "GET"),
    ("a folded field", OK + "X: a\r\n b\r\nContent-Length: 2\r\n\r\nok", "GET"),
]
TOGETHER = 100      # connections at a time


def barrier(p):
    """What was sent before has been read: a loop comes back to what is new when it has gone
    through what was there."""
    probe = Client(p.fe)
    for _ in range(4):
        eq(probe.get("/alive").status, 200)
    probe.close()


def seen(origin):
    """What the origin saw, by the number in the target."""
    out = {}
    for r in origin.requests:
        number = r.target.split("/", 2)[1]
        if r.whole:
            out.setdefault(number, []).append((r.method, r.target.split("/", 2)[2], r.version,
                                               r.framing, r.body, r.trailers,
                                               sorted(r.head.fields)))
    return {number: sorted(rows) for number, rows in out.items()}


def numbered(data, cut):
    return data.replace("#", f"{cut:04d}").encode("latin-1")


def answers(client, count):
    """So many responses, and then nothing more."""
    got = [client.response() for _ in range(count)]
    try:
        client.half_close()
    except OSError:
        pass        # the proxy has closed already, by right
    client.ends()
    client.close()
    return [(r.status, r.version, r.reason, r.head.fields, r.framing, r.body) for r in got]


def converse(p, data, count, cuts):
    """One connection for each cut (a list of positions); what each of them got."""
    clients = []
    for number, _ in cuts:
        clients.append((Client(p.fe), numbered(data, number)))
    most = max(len(cut) for _, cut in cuts)
    for piece in range(most + 1):
        for (client, whole), (_, cut) in zip(clients, cuts):
            bounds = [0, *cut, len(whole)]
            if piece < len(bounds) - 1:
                client.try_send(whole[bounds[piece]:bounds[piece + 1]])
        if piece < most:
            barrier(p)
    return [answers(client, count) for client, _ in clients]


def check_requests(what, count, data):
    origin = Origin(echo)
    p = proxy(TEXT, origin=origin)
    length = len(numbered(data, 0))
    cuts = [(0, [])] + [(at, [at]) for at in range(1, length)] + \
        [(length, list(range(1, length)))]
    got = []
    for start in range(0, len(cuts) - 1, TOGETHER):
        got += converse(p, data, count, cuts[start:min(start + TOGETHER, len(cuts) - 1)])
    got += converse(p, data, count, cuts[-1:])
    for (number, _), answer in zip(cuts, got):
        eq(answer, got[0], f"{what}, cut at {number}")
    whole = seen(origin)
    for number, _ in cuts:
        eq(whole.get(f"{number:04d}"), whole.get("0000"), f"{what}, at the server, cut at {number}")
    assert not origin.errors, origin.errors


def check_responses(what, data, method):
    data = data.encode("latin-1")
    gate = [threading.Event()]
    reached = threading.Semaphore(0)

    def answer(conn, request):
        cut = int(request.target[1:])
        conn.send(data[:cut])
        reached.release()
        gate[0].wait(60)
        conn.send(data[cut:])
        conn.fin()
        conn.wait_peer_end()
    p = proxy(TEXT, origin=Origin(answer))
    results = []
    for start in range(1, len(data), TOGETHER):
        gate[0] = threading.Event()
        clients = [Client(p.fe, seconds=60).request(method, f"/{cut:04d}")
                   for cut in range(start, min(start + TOGETHER, len(data)))]
        for _ in clients:
            assert reached.acquire(timeout=60), "a request did not arrive"
        barrier(p)
        gate[0].set()
        for client in clients:
            r = client.response(method)
            results.append((r.status, r.reason, r.head.fields, r.framing, r.body, r.trailers,
                            [head.raw for head in r.interim]))
            client.close()
    for cut, result in enumerate(results, 1):
        eq(result, results[-1], f"{what}, cut at {cut}")


def register():
    for what, count, data in REQUESTS:
        test(f"a client's bytes, cut anywhere: {what}", only="sluice")(
            lambda what=what, count=count, data=data: check_requests(what, count, data))
    for what, data, method in RESPONSES:
        test(f"a server's bytes, cut anywhere: {what}", only="sluice")(
            lambda what=what, data=data, method=method: check_responses(what, data, method))


register()

if __name__ == "__main__":
    main()
