"""What is asked of a proxy: one row each. A later scenario is a row here. Resumed TLS sessions,
HTTP/2 and maps have no row yet: Sluice does not offer them all so far."""

from dataclasses import dataclass, replace

from .proxies import PEERS
from .variants import PLAIN, Variant

CLOSED = "closed"  # as fast as it goes; in bursts where that fills the load's core
BURSTS = "bursts"  # at a rate that is the same for all; all connections ask at once
SPREAD = "spread"  # the same rate, evenly in time

# Of what the slowest reaches, the rate of bursts: large ones fill the machine's caches and cost
# more than the same bodies did as fast as they went.
SMALL, LARGE = 0.75, 0.6

KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True)
class Scenario:
    key: str
    title: str
    path: str = "/100"
    connections: int = 64
    load: tuple = ()          # further words for bench_load
    peers: tuple = PEERS
    variant: Variant = PLAIN
    kind: str = "load"        # a function of visits.py
    payload: int = 0          # bytes of a body: then what counts as a request is so many bytes
    pace: str = CLOSED
    share: float = SMALL      # of what the slowest reaches, where the rate is the same for all
    group: str = ""           # scenarios that have one rate together
    two_cores: bool = False   # of the proxy
    idle_seconds: int = 0     # the proxy is watched for so long before the load comes
    figure: str = "total_us"  # what the ratios compare
    quick: object = None      # peers in a quick run; None: none, not even sluice

    @property
    def rate_group(self):
        return self.group or self.key


TLS = Variant(tls=True)
RELOAD = Variant(servers=10_000, maxconn=1000, socket=True, checks=False, ping=True)
HTTP_PEERS = ("haproxy", "nginx")

ALL = [
    Scenario("keepalive-100b", "keep-alive, 100 B", quick=PEERS),
    Scenario("keepalive-10k", "keep-alive, 10 KiB", f"/{10 * KIB}", quick=PEERS),
    Scenario("keepalive-1m", "keep-alive, 1 MiB", f"/{MIB}", payload=MIB, share=LARGE, quick=PEERS),
    Scenario("keepalive-100m", "keep-alive, 100 MiB", f"/{100 * MIB}", connections=4,
             payload=100 * MIB, share=LARGE),
    Scenario("upload-1m", "1 MiB up, with its length", "/upload", load=("--body", MIB),
             payload=MIB, share=LARGE, quick=HTTP_PEERS),
    Scenario("upload-1m-chunked", "1 MiB up, in chunks", "/upload",
             load=("--body", MIB, "--chunked"), payload=MIB, share=LARGE),
    Scenario("close-100b", "a connection per request, 100 B", load=("--close",),
             quick=HTTP_PEERS),
    Scenario("connections-1024", "1,024 connections, 100 B", connections=1024),
    Scenario("idle-10000", "10,000 idle connections", kind="idle", peers=HTTP_PEERS,
             variant=Variant(maxconn=10_200), load=("--sources", 4), figure="bytes_each",
             quick=HTTP_PEERS),
    Scenario("tls-100b", "TLS keep-alive, 100 B", load=("--tls",), variant=TLS, quick=PEERS),
    Scenario("tls-handshake", "TLS handshake and request", load=("--tls", "--close"),
             variant=TLS, quick=HTTP_PEERS),
    Scenario("tls-1m", "TLS, 1 MiB", f"/{MIB}", load=("--tls",), variant=TLS, payload=MIB,
             share=LARGE, quick=PEERS),
    Scenario("tcp-1m", "TCP mode, 1 MiB", f"/{MIB}", variant=Variant(tcp=True), payload=MIB,
             share=LARGE, quick=HTTP_PEERS),
    Scenario("websocket", "WebSocket echo, 100 B", "/echo", load=("--websocket", 100),
             peers=HTTP_PEERS, variant=Variant(websocket=True)),
    Scenario("threads-1", "1 thread on two cores, 100 B", peers=HTTP_PEERS, pace=BURSTS, share=0.6,
             group="threads", two_cores=True, quick=()),
    Scenario("threads-2", "2 threads on two cores, 100 B", peers=HTTP_PEERS, pace=BURSTS, share=0.6,
             group="threads", two_cores=True, variant=Variant(threads=2), quick=()),
    Scenario("response-time", "response time at half the rate", pace=SPREAD, share=0.5,
             figure="p99_ms"),
    Scenario("httplog", "httplog to a local socket, 100 B", peers=HTTP_PEERS,
             variant=Variant(log=True), quick=("haproxy",)),
    Scenario("servers-1", "1 server, 100 B", peers=HTTP_PEERS, group="servers",
             variant=Variant(servers=1), quick=()),
    Scenario("servers-10", "10 servers, 100 B", peers=HTTP_PEERS, group="servers",
             variant=Variant(servers=10)),
    Scenario("servers-200", "200 servers, 100 B", peers=HTTP_PEERS, group="servers",
             variant=Variant(servers=200), quick=()),
    Scenario("checked-1000", "1,000 further servers checked", peers=("haproxy",), group="servers",
             variant=Variant(servers=1, checked=1000), idle_seconds=2, quick=()),
    Scenario("leastconn", "10 servers by leastconn, 100 B", peers=HTTP_PEERS,
             variant=Variant(servers=10, balance="leastconn")),
    Scenario("rules-50", "50 rules that do not apply, 100 B", peers=("haproxy",),
             variant=Variant(rules=50)),
    Scenario("start-10000", "start with 10,000 servers", kind="start", peers=("haproxy",),
             variant=Variant(servers=10_000, maxconn=1000), figure="ready_ms"),
    # haproxy reloads by another process: there is nothing to compare.
    Scenario("reload-10000", "reload with 10,000 servers", kind="reload", peers=(), two_cores=True,
             variant=RELOAD, figure="reload_ms", quick=()),
    Scenario("reload-threads-2", "the same by 2 threads", kind="reload", peers=(), two_cores=True,
             variant=replace(RELOAD, threads=2), figure="reload_ms"),
    Scenario("reload-checked", "the same, all checked every 2 s", kind="reload", peers=(),
             two_cores=True, variant=replace(RELOAD, checks=True), figure="reload_ms"),
]

QUICK = [s for s in ALL if s.quick is not None]
