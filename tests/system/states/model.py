"""Random sequences of what moves the states of servers: haproxy, sluice and a reference model agree
after each step. --sequences N (40) and --seed N (1) choose; a failing sequence is shrunk."""
import argparse
import faulthandler
import random
import sys
import threading
import time
import traceback

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from state_model import settle
from state_rig import Answers, Pair

STEPS, AT_ONCE, SHRINK_S, TRIES = 40, 8, 60, 3
PAIRS = {(admin, op) for admin in ("ready", "drain") for op in ("up", "stopping", "down")} | \
    {("maint", "down")}

options = argparse.ArgumentParser(add_help=False)
options.add_argument("--sequences", type=int, default=40)
options.add_argument("--seed", type=int, default=1)
chosen, sys.argv[1:] = options.parse_known_args()

CHECKED, AGENTS = ("a", "b", "d", "h", "i"), ("c", "d")
OWN, LINE = ("a", "b", "c", "d", "z", "h", "i"), ("h", "i")
ALL = {"a": "be", "b": "be", "c": "be", "d": "be", "e": "be", "z": "be", "f": "other", "g": "other",
       "h": "held", "i": "held"}
MOST_HELD = 8


def random_step(rng):
    """(what, server, argument)."""
    what = rng.choices(
        ("state", "answer", "word", "health", "weight", "admin", "checks", "agent checks", "agent",
         "maxconn", "tracker's health", "request", "let go", "line"),
        (26, 26, 14, 9, 8, 4, 4, 3, 3, 2, 1, 16, 8, 8))[0]
    if what == "request":
        return what, rng.choice((*LINE, "")), ""
    if what == "let go":
        return what, rng.choice(LINE), ""
    if what == "line":                      # what moves those that wait
        what, name = rng.choice(("state", "answer", "health", "maxconn")), rng.choice(LINE)
        return what, name, rng.choice({"state": ("ready", "drain", "maint"),
                                       "answer": (200, 503, 404), "health": ("up", "down"),
                                       "maxconn": ("1", "2", "3")}[what])
    if what == "answer":
        return what, rng.choice(CHECKED), rng.choices((200, 503, 404), (4, 4, 2))[0]
    if what == "word":
        name = rng.choice(AGENTS)
        words = ["", "ready", "drain", "50%", "100%", "ready 25%", "up", "down", "ready up",
                 "up 50%", "down 25%"]
        if name == "c":                     # it has no checks that its agent could run into
            words += ["maint"]
        return what, name, rng.choice(words)
    if what == "state":
        return what, rng.choice(list(ALL)), rng.choice(("ready", "ready", "drain", "maint"))
    if what == "admin":
        return what, rng.choice(list(ALL)), rng.choice(("enable", "disable"))
    if what == "health":
        return what, rng.choice(OWN), rng.choice(("up", "stopping", "down"))
    if what == "tracker's health":
        return "health", "e", "down"
    if what == "weight":
        name = rng.choice([name for name in ALL if name not in LINE])
        return what, name, rng.choice(("0", "1", "2", "0%", "50%", "100%", "200%"))
    if what == "checks":
        return what, rng.choice(CHECKED), rng.choice(("enable", "enable", "disable"))
    if what == "agent checks":
        return what, rng.choice(AGENTS), rng.choice(("enable", "enable", "disable"))
    if what == "agent":
        return what, rng.choice(AGENTS), rng.choice(("up", "down"))
    name = rng.choice(list(ALL))
    return what, name, str(rng.randrange(1, 4 if name in LINE else 50))


def command_of(what, name, argument):
    path = f"{ALL[name]}/{name}"
    return {"state": f"set server {path} state {argument}",
            "admin": f"{argument} server {path}",
            "health": f"set server {path} health {argument}",
            "weight": f"set server {path} weight {argument}",
            "checks": f"{argument} health {path}",
            "agent checks": f"{argument} agent {path}",
            "agent": f"set server {path} agent {argument}",
            "maxconn": f"set maxconn server {path} {argument}"}[what]


def apply_to_model(server, what, argument):
    if what == "state":
        server.set_admin(argument)
    elif what == "admin":
        server.set_admin("ready" if argument == "enable" else "maint")
    elif what == "health":
        server.set_health(argument)
    elif what == "weight":
        server.set_weight(argument)
    elif what == "checks":
        server.check_on = argument == "enable"
    elif what == "agent checks":
        server.agent_on = argument == "enable"
    elif what == "agent":
        server.set_agent(argument == "up")
    elif what == "maxconn" and server.line:
        server.maxconn = int(argument)
        server.line.hand_over(server)


class Sequence:
    """One run of steps on a fresh pair of programs."""

    def __init__(self, answers, steps):
        self.answers, self.steps = answers, steps
        self.commands = self.refused = self.met_checks = 0
        self.visited = set()

    def note(self, model):
        for server in model:
            admin = "maint" if server.out() else "drain" if server.draining() else "ready"
            self.visited.add((admin, server.op))

    def take(self, pair, step):
        what, name, argument = step
        if what in ("request", "let go"):
            return self.take_held(pair, what, name)
        server = pair.server(name)
        # Whether checks go on in MAINT or stay away after it hangs on this order in haproxy.
        out = argument == "maint" or (what, argument) == ("admin", "disable")
        if (what == "checks" and server.out()) or (
                what in ("state", "admin") and server.checked and not server.check_on
                and (out or server.out())):
            return
        # Which comes first to a server that is brought up, its agent's "down" or a check whose 404
        # passes while it is up, decides how many of its checks fail.
        if (what, argument) == ("agent", "up") and server.checked and server.answer == 404 \
                and "down" in server.word:
            return
        if what == "answer":
            server.answer = pair.places[name].status = argument
            if server.check_on and not server.out():
                pair.wait_heard(name)
        elif what == "word":
            place = name + "a"
            server.word = pair.places[place].word = argument
            if server.agent_on:
                pair.wait_heard(place)
        else:
            taken = pair.command(name, command_of(*step))
            self.commands += 1
            self.refused += not taken
            if taken:
                apply_to_model(server, what, argument)
                pair.see_to_waiting(server)
        self.note(pair.model)
        settle(pair.model)
        self.note(pair.model)

    @staticmethod
    def take_held(pair, what, name):
        if what == "request" and pair.line.outstanding() < MOST_HELD:
            pair.held.send(name)
        elif what == "let go" and pair.line.running[name]:
            pair.held.let_go(pair.server(name), pair.line.running[name][0])

    def run(self):
        """The first step after which something did not agree, with what; or None."""
        pair = Pair(self.answers)
        try:
            settle(pair.model)
            problem = pair.agree(20)
            if problem:
                return -1, problem
            for i, step in enumerate(self.steps):
                self.take(pair, step)
                problem = pair.agree()
                if problem is None and pair.free_uncounted():
                    problem = pair.agree()
                if problem is None and (i % 4 == 3 or i + 1 == len(self.steps)):
                    problem = pair.check_traffic()
                if problem:
                    return i, problem
            return None
        finally:
            self.met_checks = pair.met_checks
            pair.close()


def shrink(answers, steps, found):
    """A shorter sequence that fails too, and what it fails with."""
    deadline = time.monotonic() + SHRINK_S
    i = len(steps) - 1
    while i >= 0 and time.monotonic() < deadline:
        fewer = steps[:i] + steps[i + 1:]
        again = Sequence(answers, fewer).run()
        if again:
            steps, found = fewer[:again[0] + 1], again
        i = min(i, len(steps)) - 1
    return steps, found


class Run:
    """All sequences, some at a time."""

    def __init__(self, count, seed):
        self.answers = Answers()
        self.left = list(range(seed, seed + count))
        self.commands = self.refused = 0
        self.visited, self.failures = set(), []
        self.void = self.once = 0           # sequences that told nothing, and that differed once
        self.lock = threading.Lock()

    def work(self):
        while True:
            with self.lock:
                if not self.left or self.failures:
                    return
                seed = self.left.pop(0)
            try:
                self.one(seed)
            except Exception:  # of a thread: the test tells of it
                self.failures.append(f"sequence {seed}: {traceback.format_exc()}")

    def one(self, seed):
        rng = random.Random(seed)
        steps = [random_step(rng) for _ in range(STEPS)]
        for _ in range(TRIES):
            sequence = Sequence(self.answers, steps)
            found = sequence.run()
            if not (found and sequence.met_checks):
                break                       # else a check met a command: that tells nothing
        with self.lock:
            self.commands += sequence.commands
            self.refused += sequence.refused
            self.visited |= sequence.visited
            self.void += bool(found and sequence.met_checks)
        if found is None or sequence.met_checks:
            return
        steps = steps[:found[0] + 1]
        if Sequence(self.answers, steps).run() is None:
            print(f"sequence {seed} differed once, and not again: {found[1]}", flush=True)
            with self.lock:
                self.once += 1
            return
        with self.lock:
            if self.failures:               # one is shrunk, the others wait for their turn
                return
            self.failures.append("")
        steps, found = shrink(self.answers, steps, found)
        self.failures[0] = f"sequence {seed}, shrunk to {steps}:\n  {found[1]}"


@test("haproxy, sluice and the model agree on states, statistics, log lines and traffic",
      only="sluice")
def _():
    # By far longer than one test may run otherwise.
    faulthandler.dump_traceback_later(500 + 15 * chosen.sequences, exit=True)
    run = Run(chosen.sequences, chosen.seed)
    workers = [threading.Thread(target=run.work) for _ in range(AT_ONCE)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not run.failures, "\n".join(run.failures)
    print(f"{run.commands} commands, {run.refused} refused; {run.void} sequences void, "
          f"{run.once} that differed once", flush=True)
    few = max(1, chosen.sequences // 100)
    assert run.once <= few, "what differs once is by chance only where it is rare"
    assert run.void <= 5 * few, "commands met checks too often: the run is void"
    assert run.refused * 20 <= run.commands, "haproxy refused too many commands: the run is void"
    eq(PAIRS - run.visited, set(), "states that were not visited: the run is void")


if __name__ == "__main__":
    main()
