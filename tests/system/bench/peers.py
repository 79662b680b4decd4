"""What the other configurations of the bench say: each is accepted by the program that runs it in
every scenario, and nginx does with its own what proxy.cfg asks of the others."""
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
import bench
from harness import *

programs, scenarios = bench.module("programs"), bench.module("scenarios")
variants, Place = bench.module("variants"), bench.module("proxies").Place
NGINX = programs.locate("nginx")
MODULE = programs.stream_module(NGINX) if NGINX else None


def place_of(*origins):
    folder = Path(scratch())
    folder.chmod(0o755)
    place = Place(free_port(), free_port(), tuple(origins), folder, MODULE or "")
    programs.make_certificate(place.certificate)
    return place


def without_equals():
    """One scenario for each variant."""
    return {s.variant: s for s in scenarios.ALL}.values()


def nginx_runs(variant, *origins):
    """nginx with the bench's file; gives its place."""
    return started(place_of(*(f"127.0.0.1:{o.port}" for o in origins)), variant)


def started(place, variant):
    child = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", "--", NGINX, "-p", place.temp, "-c",
         place.write(variant.file_of("nginx"), variant)], stdout=subprocess.DEVNULL)

    def end():
        child.terminate()
        child.wait()
    cleanup(end)
    wait_for(lambda: place.port in listening() or child.poll() is not None, "nginx to listen")
    return place


@test("the configuration of every scenario is accepted")
def _():
    place = place_of("127.0.1.1:9", "127.0.1.2:9")
    for scenario in without_equals():
        text = place.write(scenario.variant.file_of("haproxy"), scenario.variant).read_text()
        more = ("-f", str(place.write("haproxy.cfg"))) if is_oracle() else ()
        done = run_config(text, *more, "-c", seconds=60)
        eq((scenario.key, done.code), (scenario.key, 0), done.err)


def nginx_test(sentence, needs=NGINX):
    """Once is enough for what runs neither program; a machine without nginx has nothing to show."""
    if needs is not None and not is_oracle():
        return test(sentence)
    return lambda function: function


@nginx_test("nginx accepts its file of every scenario")
def _():
    place = place_of("127.0.1.1:9", "127.0.1.2:9")
    for scenario in without_equals():
        if scenario.variant.tcp and MODULE is None:
            continue
        file = place.write(scenario.variant.file_of("nginx"), scenario.variant)
        done = subprocess.run([NGINX, "-t", "-p", place.temp, "-c", file], capture_output=True,
                              text=True, check=False)
        eq((scenario.key, done.returncode), (scenario.key, 0), done.stderr)


@nginx_test("nginx sets the headers, in turn asks both servers, and keeps its connections to them")
def _():
    origins = [Origin(name="one"), Origin(name="two")]
    place = nginx_runs(variants.PLAIN, *origins)
    answers = [get(place.port) for _ in range(6)]
    eq(sorted(a.body for a in answers), [b"one"] * 3 + [b"two"] * 3)
    eq([a.get("X-Frame-Options") for a in answers], ["SAMEORIGIN"] * 6)
    for origin in origins:
        eq(len(origin.connections), 1)
        eq([origin.last().get(f"X-Forwarded-{name}") for name in ("For", "Port", "Proto")],
           ["127.0.0.1", str(place.port), "http"])
    assert b"Active connections" in get(place.stats_port).body


@nginx_test("nginx passes a body on as it comes")
def _():
    origin = Origin(read_body=False)
    place = nginx_runs(variants.Variant(servers=1), origin)
    client = Client(place.port)
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nthe first bytes")
    origin.wait_requests(1)


@nginx_test("nginx speaks the TLS that the others speak")
def _():
    place = nginx_runs(variants.Variant(servers=1, tls=True), Origin(name="one"))
    client = TlsClient(place.port)
    eq((client.sock.version(), client.sock.cipher()[0]), ("TLSv1.3", "TLS_AES_128_GCM_SHA256"))
    eq(client.get().body, b"one")


@nginx_test("nginx lets a WebSocket through and logs to the socket")
def _():
    origin = Origin(upgrade_echo())
    place = place_of(f"127.0.0.1:{origin.port}")
    log = UnixLog(str(place.log_socket))
    started(place, variants.Variant(servers=1, websocket=True, log=True))
    client = Client(place.port)
    client.request("GET", "/echo", WEBSOCKET)
    eq(client.head().start_line.split()[1], "101")
    client.send("there and back")
    eq(client.exactly(14), b"there and back")
    client.close()
    log.match("GET /echo")


@nginx_test("nginx in TCP mode reads nothing of what it passes on", MODULE)
def _():
    def script(conn):
        conn.send(conn.reader.exactly(7)[::-1])
        conn.wait_peer_end()
    place = nginx_runs(variants.Variant(servers=1, tcp=True), Origin(script=script))
    client = Client(place.port)
    client.send("no HTTP")
    eq(client.exactly(7), b"PTTH on")


main()
