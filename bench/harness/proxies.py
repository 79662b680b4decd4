"""The proxies that are compared: how each is started, and where it listens."""

from dataclasses import dataclass
from pathlib import Path

from . import programs, variants

PEERS = ("floor", "haproxy", "nginx")


@dataclass(frozen=True)
class Place:
    """Ports and folders of one run; every proxy gets the same ones, in turn. `origins` are
    ADDRESS:PORT or ports of 127.0.0.1."""
    port: int
    stats_port: int
    origins: tuple
    temp: Path
    nginx_module: str = ""  # the directive that loads nginx's stream module

    @property
    def certificate(self):
        """Certificate and key."""
        return self.temp / "bench.pem"

    @property
    def log_socket(self):
        return self.temp / "log.socket"

    @property
    def runtime_socket(self):
        return self.temp / "admin.socket"

    def servers(self, count):
        """So many addresses of servers; beyond what the origin listens on they come again."""
        return [programs.address(self.origins[i % len(self.origins)]) for i in range(count)]

    def write(self, file, variant=variants.PLAIN):
        """A file of bench/conf, filled in, in the run's folder."""
        path = self.temp / file
        text = programs.fill(programs.template(file), variants.values(variant, self))
        path.write_text(text if variant.checks else text.replace(" check inter 2s", ""))
        return path


@dataclass(frozen=True)
class Proxy:
    """One row of the comparison."""
    name: str
    version: str
    command: object  # (Place, Variant) -> list of words


def all_of(haproxy=None, nginx=None):
    """sluice first: the others are its peers. Leaves out what is not installed."""
    sluice, floor = programs.BUILT["sluice"], programs.BUILT["floor"]
    found = [
        Proxy("sluice", programs.version([str(sluice), "-v"]),
              lambda place, v: [sluice, "-db", "-f", place.write(v.file_of("haproxy"), v)]),
        Proxy("floor", "libuv + llhttp + OpenSSL",
              lambda place, v: [floor, *(("--tls", place.certificate) if v.tls else ()),
                                place.port, *place.servers(v.servers)]),
    ]
    haproxy = programs.locate("haproxy", haproxy)
    if haproxy:
        found.append(Proxy(
            "haproxy", programs.version([haproxy, "-v"]),
            lambda place, v: [haproxy, "-db", "-f", place.write("haproxy.cfg", v),
                              "-f", place.write(v.file_of("haproxy"), v)]))
    nginx = programs.locate("nginx", nginx)
    if nginx:
        found.append(Proxy(
            "nginx", programs.version([nginx, "-v"]),
            lambda place, v: [nginx, "-p", place.temp, "-c", place.write(v.file_of("nginx"), v)]))
    return found
