"""What is asked of a proxy: one row each. A later scenario is a row here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    key: str
    title: str
    path: str
    connections: int = 64
    load: tuple = ()  # further words for bench_load


QUICK = [
    Scenario("keepalive-100b", "keep-alive, 100 B", "/100"),
    Scenario("keepalive-10k", "keep-alive, 10 KiB", "/10240"),
    Scenario("keepalive-1m", "keep-alive, 1 MiB", "/1048576"),
    Scenario("close-100b", "a connection per request, 100 B", "/100",
             load=("--close",)),
]
