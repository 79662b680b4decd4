"""The proxies that are compared: how each is started, and where it listens."""

from dataclasses import dataclass
from pathlib import Path

from . import programs


@dataclass(frozen=True)
class Place:
    """Ports and folders of one run; every proxy gets the same ones, in turn."""
    port: int
    stats_port: int
    origins: tuple
    temp: Path

    def values(self):
        return {"BENCH_PORT": self.port, "BENCH_STATS_PORT": self.stats_port,
                "BENCH_ORIGIN_ONE": self.origins[0], "BENCH_ORIGIN_TWO": self.origins[1],
                "BENCH_TEMP": self.temp}

    def write(self, file):
        """A file of bench/conf, filled in, in the run's folder."""
        path = self.temp / file
        path.write_text(programs.expand(file, self.values()))
        return path


@dataclass(frozen=True)
class Proxy:
    """One row of the comparison."""
    name: str
    version: str
    command: object  # Place -> list of words


def all_of(haproxy=None, nginx=None):
    """sluice first: the others are its peers."""
    sluice = programs.BUILT["sluice"]
    floor = programs.BUILT["floor"]
    haproxy = programs.locate("haproxy", haproxy)
    nginx = programs.locate("nginx", nginx)
    return [
        Proxy("sluice", programs.version([str(sluice), "-v"]),
              lambda place: [sluice, "-db", "-f", place.write("proxy.cfg")]),
        Proxy("floor", "libuv + llhttp",
              lambda place: [floor, place.port, *place.origins]),
        Proxy("haproxy", programs.version([haproxy, "-v"]),
              lambda place: [haproxy, "-db", "-f", place.write("proxy.cfg")]),
        Proxy("nginx", programs.version([nginx, "-v"]),
              lambda place: [nginx, "-p", place.temp, "-c", place.write("nginx.conf")]),
    ]
