"""What the comparison leaves out or weakens, and why. Nothing else is ignored."""

# Log fields: (field, what is done with it, why).
LOG = [
    ("client_port", "left out", "the kernel chooses it"),
    ("date", "left out", "the two runs happen at different times"),
    ("tq", "only whether it is -1", "milliseconds of this run"),
    ("tw", "only whether it is -1", "milliseconds of this run"),
    ("tc", "only whether it is -1", "milliseconds of this run"),
    ("tr", "only whether it is -1", "milliseconds of this run"),
    ("tt", "only whether it is -1", "milliseconds of this run"),
    ("actconn", "left out", "an earlier case's connection may still be closing"),
    ("feconn", "left out", "an earlier case's connection may still be closing"),
]

# The syslog header in front of a line (priority, date, tag, pid) is cut off before: its date
# and pid differ between any two runs.

# Ports of the proxies and of the origins differ by nature; in every text they are replaced by
# the names that the configuration gives them.

# (pattern, replacement, why): applied to header values, bodies and log lines.
TEXT = [
    (r"127\.0\.0\.1:(?:3[2-9]|[4-6]\d)\d{3}\b", "127.0.0.1:PORT", "a client's ephemeral port"),
    (r"(?<=\|)[A-Za-z0-9+/]{5}(?=[|;])", "DATE", "the time of this run in a persistence cookie"),
]

# Fields of different names may stand in any order (RFC 9110 §5.3); the order of those of one
# name is compared. The spelling of names is compared too, and is a row of the document.

# How a connection ended: FIN or RST is a race between our bytes and the peer's close, so only
# open, closed are told apart.


def timer(value):
    """A log timer without its milliseconds."""
    return value if value.lstrip("+") == "-1" else "n"


def log_fields(line):
    """The fields of a parsed log line that are compared."""
    treated = {name: what for name, what, _ in LOG}
    fields = {}
    for name, value in line.__dict__.items():
        if name == "line" or treated.get(name) == "left out":
            continue
        fields[name] = timer(value) if name in treated else value
    return fields
