# labels: quick
"""Every tag of a log format has its value (manual §8.2.4): each is taken out in turn."""
import re
import socket
import ssl
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

CONFIG = DEFAULTS + """
frontend fe
    bind 127.0.0.1:@fe@ @bind@
    log @log@ local0
    log-format "@format@"
    unique-id-format id-%[path]
    capture request header X-In len 32
    capture response header X-Out len 32
    http-request deny if { path /denied }
    default_backend be
backend be
    server s @origin@
"""


def look(expected, client=None, bind="", origin=None, path="/dir/p?a=1"):
    """Logs `TAG=value` for every tag, of one request; compares with text, pattern or callable."""
    log = UdpLog()
    origin = origin or Origin(respond(200, "0123456789", [("X-Out", "out"),
                                                          ("Set-Cookie", "sess=abc")]))
    p = proxy(CONFIG, origin=origin, log=log, bind=bind,
              format=" ".join(f"{tag}=<%{tag}>" for tag in expected))
    connection = client(p) if client else Client(p.fe)
    connection.request("GET", path, [("X-In", "in")], host="h").response()
    line = log.match("=<").string
    values = {"PORT": str(p.fe), "CLIENT": str(connection.local_port),
              "ORIGIN": str(origin.port)}
    wrong = {}
    for tag, wanted in expected.items():
        found = re.search(rf"(?:^| ){tag}=<(.*?)>(?: |$)", line)
        value = found.group(1) if found else None
        wanted = values.get(wanted, wanted)
        if value is None or not re.fullmatch(wanted, value):
            wrong[tag] = (value, wanted)
    assert not wrong, f"got, wanted: {wrong} in {line}"
    return p, line


def quoted(text):
    return re.escape(text)


@test("tags of addresses, names and counters")
def _():
    look({
        "ci": "127.0.0.1", "cp": "CLIENT", "fi": "127.0.0.1", "fp": "PORT", "bi": "127.0.0.1",
        "bp": r"\d{2,5}", "si": "127.0.0.1", "sp": "ORIGIN", "f": "fe", "ft": "fe", "b": "be",
        "s": "s", "H": quoted(socket.gethostname()), "ID": "id-/dir/p", "ac": "1", "fc": "1",
        "bc": "0", "sc": "0", "rc": "0", "sq": "0", "bq": "0", "rt": r"\d+", "lc": r"\d+",
        "pid": r"\d+",
    })


@test("tags of the message")
def _():
    look({
        "HM": "GET", "HP": "/dir/p", "HPO": "/dir/p", "HQ": quoted("?a=1"),
        "HU": quoted("/dir/p?a=1"), "HV": "HTTP/1.1", "ST": "200", "r": quoted(
            "GET /dir/p?a=1 HTTP/1.1"), "ts": "--", "tsc": "----", "hr": quoted("{in}"),
        "hs": quoted("{out}"), "hrl": "in", "hsl": "out", "CC": "-", "CS": "-",
        "B": r"\d{2,3}", "U": r"\d{2,3}",
    })


@test("tags of dates")
def _():
    day = r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d"
    look({
        "t": day + r"\.\d{3}", "tr": day + r"\.\d{3}", "T": day + r" \+0000",
        "Tl": day + r" [-+]\d{4}", "trg": day + r" \+0000", "trl": day + r" [-+]\d{4}",
        "Ts": r"\d{10}", "ms": r"\d{1,3}",
    })


@test("tags of times")
def _():
    look({name: r"\d+" for name in
          ("Th", "Ti", "TR", "Tq", "Tw", "Tc", "Tr", "Td", "Ta", "Tt", "Tu")})


@test("tags of TLS")
def _():
    certificates = Certificates()
    look({"sslv": "TLSv1.2", "sslc": "ECDHE-ECDSA-AES256-GCM-SHA384", "ft": "fe~"},
         client=lambda p: TlsClient(p.fe, "a", version=ssl.TLSVersion.TLSv1_2,
                                    ciphers="ECDHE-ECDSA-AES256-GCM-SHA384"),
         bind=f"ssl crt {certificates.make('a')}")


if __name__ == "__main__":
    main()
