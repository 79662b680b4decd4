"""Free loopback ports, and which ports somebody listens on."""
import random
import socket

_random = random.SystemRandom()
_given = set()


def _lowest_ephemeral():
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        return int(f.read().split()[0])


def free_port():
    """A port below the ephemeral range, so that no outgoing connection can take it meanwhile."""
    top = max(_lowest_ephemeral(), 20000)
    for _ in range(1000):
        port = _random.randrange(10000, top)
        if port in _given:
            continue
        try:
            for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
                with socket.socket(family, socket.SOCK_STREAM) as probe:
                    if family == socket.AF_INET6:
                        probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    probe.bind((host, port))
        except OSError:
            continue
        _given.add(port)
        return port
    raise AssertionError("no free port found")


def free_ports(count):
    return [free_port() for _ in range(count)]


def listening():
    """The TCP ports that are being listened on in this network namespace."""
    ports = set()
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(name, encoding="ascii") as f:
                rows = f.read().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == "0A":
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports
