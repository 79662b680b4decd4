"""A proxy with a configuration of the bench, and rows of its lines with their effects. An effect is
looked for twice: with the line it is there, without it (or with its contrary, where it says what is
the default anyhow) it is not."""
from dataclasses import dataclass
from pathlib import Path

import bench
from harness import *
from harness.wire import Closed

programs, variants = bench.module("programs"), bench.module("variants")
Place = bench.module("proxies").Place
Variant, PLAIN = variants.Variant, variants.PLAIN

SERVER = "server s${BENCH_NUMBER} ${BENCH_SERVER} check inter 2s maxconn 1000"
ONE = Variant(servers=1)
PATIENCE = 20.0  # an effect that has to be there shows by then
NONE = 4.0       # one that must not be there has not shown by then
QUIET = 2.5      # what is held back has not come by then


class Rig:
    """A proxy with the bench's configuration, changed by (old, new) pairs of lines."""

    def __init__(self, row, changes):
        self.changes, self.variant = changes, row.variant
        file = row.variant.file_of("haproxy")
        self.origins = row.origins()
        self.place = Place("@fe@", "@stats@", tuple(str(o) for o in self.origins),
                           Path(scratch()))
        text = programs.template(file)
        for old, new in changes:
            assert old in text, f"{file} has no {old!r}"
            text = text.replace(old, new)
        if row.variant.log:
            self.log = UnixLog(str(self.place.log_socket))
        if row.variant.tls:
            programs.make_certificate(self.place.certificate)
        self.proxy = proxy(programs.fill(text, variants.values(row.variant, self.place)))

    def client(self, path="/"):
        return Client(self.proxy.fe, seconds=20).request("GET", path)

    def asked(self, number=0):
        """What came to an origin, without the checks."""
        return [r for r in self.origins[number].requests if r.target != "/0"]

    def checks(self, number=0):
        return [r for r in self.origins[number].requests if r.target == "/0"]


class Waiting:
    """How long an effect is waited for."""
    seconds = PATIENCE


def happens(predicate):
    try:
        wait_for(predicate, seconds=Waiting.seconds)
    except AssertionError:
        return False
    return True


def answer(client, seconds=None):
    """The status that comes by then, or None."""
    client.sock.settimeout(seconds or Waiting.seconds)
    try:
        return client.response().status
    except (OSError, AssertionError, Closed):
        return None


def two():
    return [Origin(name="one"), Origin(name="two")]


def one_is_dead():
    return [Origin(), f"127.0.0.1:{free_port()}"]


def busy_first():
    """The first request of each, checks apart, waits for ever; the later ones are answered."""
    return [Origin(held()) for _ in range(2)]


def held():
    gate, waits = Gate(), []

    def answer_one(conn, request):
        if request.target != "/0" and not waits:
            waits.append(request)
            gate()
        respond(200, "x")(conn, request)
    return answer_one


def silent_but_for_checks():
    def answer_one(conn, request):
        (respond(200) if request.target == "/0" else silent)(conn, request)
    return [Origin(answer_one), Origin(answer_one)]


@dataclass(frozen=True)
class Row:
    line: str                 # as the file has it
    check: object             # Rig -> whether the effect is there
    variant: Variant = PLAIN
    origins: object = two
    short: tuple = ()         # (old, new): for effects that would take long
    contrary: str = ""        # in place of the line
    alone: bool = True        # the effect is the line's alone: it goes with it


def timeout(name, value, short, check, origins=two, **more):
    line = f"timeout {name} {value}"
    return Row(line, check, origins=origins, short=((line, f"timeout {name} {short}"),
                                                    *more.pop("also", ())), **more)


def holds_and_goes(row):
    Waiting.seconds = PATIENCE
    assert row.check(Rig(row, row.short)), f"{row.line!r} has not its effect"
    if row.alone:
        line = dict(row.short).get(row.line, row.line)
        without = (*row.short, (line + "\n", row.contrary + "\n"))
        Waiting.seconds = NONE
        assert not row.check(Rig(row, without)), f"the effect is there without {row.line!r}"


def every_line(file, rows, sections):
    """Asserts that the rows are about all lines of a file, comments and sections apart."""
    lines = {line.strip() for line in programs.template(file).splitlines()
             if line.strip() and not line.startswith("#")}
    eq(sorted(lines - sections), sorted({row.line for row in rows}))


def register_rows(rows):
    for row in rows:
        what = row.check.__name__.replace("_", " ")
        sentence = f"a line of the bench's configuration has its effect: {row.line}: {what}"
        test(sentence)(lambda row=row: holds_and_goes(row))
