"""What Sluice is held to: at most this, as the median of the ratios of a run. They are set against
Debian's haproxy 2.6 and nginx 1.22."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """Sluice's figure divided by a peer's, in the same scenario."""
    scenario: str
    peer: str
    limit: float
    figure: str = "total_us"


@dataclass(frozen=True)
class Across:
    """Sluice's CPU time per request in one scenario divided by its own in another."""
    title: str
    scenario: str
    against: str
    limit: float
    figure: str = "total_us"


@dataclass(frozen=True)
class Best:
    """Sluice's figure divided by that of whichever peer is best."""
    title: str
    scenario: str
    figure: str
    peers: tuple
    limit: float


@dataclass(frozen=True)
class Most:
    """A figure of Sluice's as it is."""
    title: str
    scenario: str
    figure: str
    limit: float


def against(scenario, figure="total_us", **peers):
    return [Bound(scenario, peer, limit, figure) for peer, limit in peers.items()]


BOUNDS = [
    *against("keepalive-100b", haproxy=0.82, nginx=0.93, floor=1.08),
    *against("keepalive-10k", haproxy=0.88, nginx=0.85, floor=1.08),
    *against("keepalive-1m", haproxy=0.60, nginx=0.62, floor=1.05),
    *against("upload-1m", haproxy=0.80, nginx=0.80),
    *against("close-100b", haproxy=0.80, nginx=0.95),
    *against("tls-100b", haproxy=0.84, nginx=0.93, floor=1.08),
    *against("tls-1m", haproxy=0.70, nginx=0.60, floor=1.10),
    *against("tls-handshake", haproxy=1.00, nginx=1.00),
    *against("httplog", haproxy=0.82),
    *against("tcp-1m", haproxy=0.80, nginx=0.80),
    *against("keepalive-100b", "user_us", haproxy=0.40, nginx=0.70),
    *against("idle-10000", "bytes_each", haproxy=0.62),
]

RUN_BOUNDS = [
    Most("bytes of each idle connection", "idle-10000", "bytes_each", 700),
    Most("ms to reload with 10,000 servers", "reload-10000", "reload_ms", 1000),
    *(Most(title + of, f"reload-{key}", figure, 5)
      for key, of in (("10000", ""), ("threads-2", ", 2 threads"), ("checked", ", all checked"))
      for title, figure in (("ms of a worker's longest turn beside that", "worst_turn_cpu_ms"),
                            ("ms that a request waits longer beside that", "stall_ms"))),
    Best("p99 at 64 connections, of the better peer's", "keepalive-100b", "p99_ms",
         ("haproxy", "nginx"), 1.10),
    Across("2 threads, CPU per request, of one thread's", "threads-2", "threads-1", 1.11),
    Across("200 servers, CPU per request, of one's", "servers-200", "servers-1", 1.05),
    Across("1,000 servers checked, CPU per request, of none's", "checked-1000", "servers-1", 1.05),
]

IDLE_NEEDED = 0.01  # of the load's core: less, and the load was what limited
FLOOR_LIMIT = 0.85  # floor ÷ haproxy: above it, the machine hides what is measured
FLOOR_SCENARIOS = ("keepalive-100b", "keepalive-10k")  # with larger bodies haproxy splices
KEPT_NEEDED = 0.97  # of the requests that a fixed rate asked for
FAILED_ALLOWED = 0.001  # of the requests
