"""What a scenario changes in the configurations: the values of their ${BENCH_…}."""

from dataclasses import dataclass

LEAST_KEEPALIVE = 1024  # idle connections to servers that nginx keeps: one per client connection


@dataclass(frozen=True)
class Variant:
    """The same change for every proxy."""
    servers: int = 2        # in use
    checked: int = 0        # further ones, in a backend that gets no requests
    threads: int = 1
    maxconn: int = 4096
    balance: str = "roundrobin"
    rules: int = 0          # that never apply, before the three that do
    tls: bool = False
    log: bool = False
    websocket: bool = False
    socket: bool = False    # a runtime socket
    tcp: bool = False
    checks: bool = True     # of the servers in use
    first: int = 1          # number of the first of them, which they are named by
    ping: bool = False      # a worker answers /ping by itself

    def file_of(self, family):
        """The file in bench/conf that a family of proxies, "haproxy" or "nginx", runs."""
        if family == "haproxy":
            return "tcp.cfg" if self.tcp else "proxy.cfg"
        return "nginx-tcp.conf" if self.tcp else "nginx.conf"


PLAIN = Variant()
PING = "http-request return status 200 if { path /ping }"


def rules(count):
    """Conditions of the usual kinds, each for another path, header or method; none ever holds."""
    kinds = ("{{ path_beg /section-{0}/ }}", "{{ hdr(host) -i shop-{0}.example }}",
             "{{ path_end .type-{0} }}", "{{ method PURGE }} {{ path /purge-{0} }}",
             "{{ hdr_sub(user-agent) robot-{0} }}")
    return "\n    ".join(
        f"http-request set-header X-Rule-{i} yes if " + kinds[i % len(kinds)].format(i)
        for i in range(count))


def checked_backend(servers):
    lines = [f"    server c{i} {server} check inter 2s maxconn 1000"
             for i, server in enumerate(servers)]
    return "\n".join(["backend checked", "    option httpchk GET /0", *lines]) if lines else ""


def haproxy_values(variant, place):
    """For proxy.cfg and tcp.cfg."""
    tls = (f'ssl crt "{place.certificate}" ssl-min-ver TLSv1.3 '
           "ciphersuites TLS_AES_128_GCM_SHA256 no-tls-tickets")
    return {"BENCH_LOG_TARGET": f'log "{place.log_socket}" local0' if variant.log else "",
            "BENCH_SOCKET": (f'stats socket "{place.runtime_socket}" level admin'
                             if variant.socket else ""),
            "BENCH_LOG_FORMAT": "log global\n    option httplog" if variant.log else "",
            "BENCH_BIND_TLS": tls if variant.tls else "",
            "BENCH_RULES": PING if variant.ping else rules(variant.rules),
            "BENCH_BALANCE": variant.balance,
            "BENCH_CHECKED": checked_backend(place.servers(variant.checked)),
            "BENCH_SCHEME": "https" if variant.tls else "http"}


def nginx_values(variant, place):
    """For nginx.conf and nginx-tcp.conf."""
    tls = "\n        ".join((
        f"ssl_certificate {place.certificate};", f"ssl_certificate_key {place.certificate};",
        "ssl_protocols TLSv1.3;", "ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;",
        "ssl_session_tickets off;", "ssl_session_cache off;", "ssl_buffer_size 16k;"))
    upgrade = "proxy_set_header Upgrade $http_upgrade;"
    log = f"access_log syslog:server=unix:{place.log_socket} combined;"
    return {"BENCH_NGINX_TLS": "ssl" if variant.tls else "",
            "BENCH_NGINX_TLS_FILES": tls if variant.tls else "",
            "BENCH_NGINX_CONNECTION": "upgrade" if variant.websocket else '""',
            "BENCH_NGINX_UPGRADE": upgrade if variant.websocket else "",
            "BENCH_NGINX_LOG": log if variant.log else "access_log off;",
            "BENCH_NGINX_BALANCE": "least_conn;" if variant.balance == "leastconn" else "",
            "BENCH_NGINX_KEEPALIVE": max(LEAST_KEEPALIVE, 64 * variant.servers),
            "BENCH_NGINX_MODULE": place.nginx_module or ""}


def values(variant, place):
    return {"BENCH_THREADS": variant.threads, "BENCH_MAXCONN": variant.maxconn,
            "BENCH_PORT": place.port, "BENCH_STATS_PORT": place.stats_port,
            "BENCH_TEMP": place.temp, "BENCH_SERVERS": place.servers(variant.servers),
            "BENCH_FIRST": variant.first,
            **haproxy_values(variant, place), **nginx_values(variant, place)}
