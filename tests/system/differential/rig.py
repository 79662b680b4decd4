"""One configuration text through Sluice and through haproxy at once: both get the same bytes and
equal origins, and what each did is compared field by field.

A Case is what a client sends. Its transcript is a flat dictionary (status, headers, body, …, what
the origins saw, the log line). A difference passes only where the case names the row of
docs/differences.md that tells it, with the keys that may differ; a named row whose keys are equal
fails the case too, so that the document cannot outlive the behaviour."""
import fnmatch
import re
import time

from harness import Client, HAProxy, HttpLine, Origin, Sluice, TcpLine, UdpLog
from harness import is_oracle, wire
from harness.runner import wait_for as poll

import ignored

MET = set()             # the rows that some case met
COUNT = [0]             # cases that ran
# Differs in nearly every case, so no case names it: the keys and their row.
EVERYWHERE = {"spelling": "header-spelling", "origin.spelling": "header-spelling",
              "log.*.bytes": "log-bytes"}
PROBE = b"GET /__probe HTTP/1.1\r\nHost: probe\r\n\r\n"


class Case:
    """`send` is bytes or a list of bytes; between two of them the answer is awaited. `methods`
    are those of the responses to read. `rows` maps a row's id to the keys (patterns) that may
    differ. `probe`: ask again on the same connection to learn whether it stayed open."""

    def __init__(self, name, send, methods=("GET",), to="fe", rows=None, probe=True, lines=None,
                 half_close=False):
        self.name = name
        self.send = [send] if isinstance(send, bytes) else list(send)
        self.methods = list(methods)
        self.to = to
        self.rows = rows or {}
        self.probe = probe
        self.lines = lines
        self.half_close = half_close


class Side:
    """A proxy with its own origins and log."""

    def __init__(self, kind, text, answers, values, args=()):
        self.log = UdpLog()
        self.origins = {name: Origin(answer, name=name) for name, answer in answers.items()}
        self.proxy = kind(text, log=self.log, args=("-db", *args), **self.origins, **values)
        self.names = [(str(port), f"@{name}@") for name, port in self.proxy._ports.items()]
        self.names += [(str(o.port), f"@{name}@") for name, o in self.origins.items()]
        self.seen = 0           # log lines of earlier cases
        self.begin = {}

    def port(self, name):
        return getattr(self.proxy, name)

    def plain(self, text):
        """The text with ports replaced by their names."""
        for number, name in self.names:
            text = re.sub(rf"(?<!\d){number}(?!\d)", name, text)
        for pattern, replacement, _ in ignored.TEXT:
            text = re.sub(pattern, replacement, text)
        return text

    def start(self):
        self.begin = {name: len(o.requests) for name, o in self.origins.items()}

    def lines(self):
        """The log lines of this case, those of probes left out."""
        return [line for line in self.log.lines[self.seen:] if "/__" not in line]

    def requests(self):
        """(server, request) of this case in order of arrival at each server."""
        return [(name, r) for name, o in self.origins.items()
                for r in o.requests[self.begin[name]:] if not r.target.startswith("/__")]


def _read(client, method):
    """A response, or how the connection ended instead."""
    try:
        return client.response(method)
    except wire.Closed:
        return "cut short" if client.reader.partial else "closed"
    except (AssertionError, ValueError, IndexError) as error:
        return f"unreadable: {type(error).__name__}"


class _Reader(wire.Reader):
    """Knows whether the peer closed in the middle of a response, and that one's head."""
    partial = False
    last_head = None

    def head(self):
        self.partial = False
        self.last_head = super().head()
        self.partial = True
        return self.last_head


def _talk(side, case):
    """Plays the client; gives its part of the transcript and the number of responses."""
    client = Client(side.port(case.to), seconds=6)
    client.reader = _Reader(client.sock)
    answers = []
    pieces = list(case.send)
    together = len(pieces) < len(case.methods)
    client.try_send(pieces.pop(0))
    if case.half_close:
        client.half_close()
    for number, method in enumerate(case.methods):
        if number and not together and pieces:
            if not client.try_send(pieces.pop(0)):
                answers.append("closed")
                break
        answers.append(_read(client, method))
        if isinstance(answers[-1], str):
            break
    out = _client_keys(side, answers, client)
    out["end"] = _end(client, answers, case)
    client.close()
    return out, sum(not isinstance(a, str) or a == "cut short" for a in answers)


def _end(client, answers, case):
    if answers and isinstance(answers[-1], str):
        return "closed"
    if not case.probe:
        return "not asked"
    if not client.try_send(PROBE):
        return "closed"
    return "closed" if isinstance(_read(client, "GET"), str) else "open"


def _fields(side, head):
    """The fields by name, those of one name in their order."""
    named = [(n.lower(), side.plain(v)) for n, v in head.fields]
    return sorted(named, key=lambda field: field[0])


def _client_keys(side, answers, client):
    whole = [a for a in answers if not isinstance(a, str)]
    heads = [a.head for a in whole]
    if answers and answers[-1] == "cut short":
        heads.append(client.reader.last_head)
    return {
        "outcome": [a if isinstance(a, str) else "whole" for a in answers],
        "status": [int(h.start_line.split(" ")[1]) for h in heads],
        "version": [h.start_line.split(" ")[0] for h in heads],
        "reason": [h.start_line.split(" ", 2)[2:] for h in heads],
        "headers": [_fields(side, h) for h in heads],
        "spelling": [sorted(n for n, _ in h.fields) for h in heads],
        "framing": [a.framing for a in whole],
        "body": [side.plain(a.body.decode("latin-1")) for a in whole],
        "trailers": [a.trailers for a in whole],
        "interim": [[(i.start_line, _fields(side, i)) for i in a.interim] for a in whole],
    }


def _origin_keys(side):
    found = side.requests()
    return {
        "origin.servers": [name for name, _ in found],
        "origin.line": [r.head.start_line for _, r in found],
        "origin.headers": [_fields(side, r.head) for _, r in found],
        "origin.spelling": [sorted(n for n, _ in r.head.fields) for _, r in found],
        "origin.framing": [r.framing for _, r in found],
        "origin.body": [r.body for _, r in found],
        "origin.trailers": [r.trailers for _, r in found],
        "origin.connections": len({(name, r.conn_id) for name, r in found}),
    }


def _log_keys(side):
    lines = side.lines()
    side.seen = len(side.log.lines)
    keys = {"log.count": len(lines)}
    for number, line in enumerate(lines):
        for kind in (HttpLine, TcpLine):
            if kind.pattern.match(line):
                for name, value in ignored.log_fields(kind(line)).items():
                    keys[f"log.{number}.{name}"] = side.plain(value)
                break
        else:
            keys[f"log.{number}.line"] = side.plain(line)
    return keys


class Pair:
    """Both proxies on one text. Under the oracle both are haproxy: the comparison then finds
    nothing at all, or it is the comparison that is wrong."""

    def __init__(self, text, answers, args=(), **values):
        ours = HAProxy if is_oracle() else Sluice
        self.sides = [Side(ours, text, answers, values, args),
                      Side(HAProxy, text, answers, values, args)]

    def run(self, case):
        """Plays the case on both; gives the list of complaints."""
        COUNT[0] += 1
        keys, wanted = [], []
        for side in self.sides:
            side.start()
            out, answered = _talk(side, case)
            keys.append(out)
            wanted.append(answered if case.lines is None else case.lines)
        self._settle(wanted)
        for side, out in zip(self.sides, keys):
            out.update(_origin_keys(side))
            out.update(_log_keys(side))
        return judge(case, *keys)

    def _settle(self, wanted):
        """Waits for the log lines, as many as the other side has if it has more."""
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline:
            counts = [len(side.lines()) for side in self.sides]
            if counts[0] == counts[1] and all(c >= w for c, w in zip(counts, wanted)):
                return
            try:
                poll(lambda: [len(s.lines()) for s in self.sides] != counts, "a line", 0.1)
            except AssertionError:
                if counts[0] == counts[1]:
                    return


def judge(case, ours, theirs):
    """The complaints about one case: differences without a row, rows without a difference."""
    differing = {k for k in ours.keys() | theirs.keys() if ours.get(k) != theirs.get(k)}
    for pattern, row in EVERYWHERE.items():
        for key in fnmatch.filter(differing, pattern):
            MET.add(row)
            differing.discard(key)
    if is_oracle():
        return [f"{case.name}: haproxy differs from itself in {k}: {theirs.get(k)!r} and "
                f"{ours.get(k)!r}" for k in sorted(differing)]
    complaints = []
    left = set(differing)
    for row, patterns in case.rows.items():
        hit = {k for k in differing for p in patterns if fnmatch.fnmatch(k, p)}
        if hit:
            MET.add(row)
        else:
            complaints.append(f"{case.name}: row {row} is not met; nothing differs in {patterns}")
        left -= hit
    return complaints + [f"{case.name}: {k}: sluice {ours.get(k)!r}, haproxy {theirs.get(k)!r}"
                         for k in sorted(left)]


def run_all(pair, cases):
    """Runs the cases and fails with everything that was wrong."""
    complaints = []
    for case in cases:
        complaints += pair.run(case)
    assert not complaints, f"{len(complaints)} complaints\n" + "\n".join(complaints)
