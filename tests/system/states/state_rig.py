"""Two programs side by side on one configuration: haproxy and sluice, with servers and agents whose
answers the test chooses, and what the two can be compared by."""
import collections
import csv
import io
import queue
import re
import selectors
import socket
import threading
import time

from harness import *
from harness import runtime
from held import HeldRequests, Holding
from queue_model import Line
from state_model import DOWN, NOLB, Server

# One thread: those that a server leaves behind come in their order wherever they go.
TEXT = """
global
    nbthread 1
    stats socket @dir@/admin.sock mode 600 level admin
    log @log@ local0
defaults
    mode http
    log global
    timeout connect 5s
    timeout check 10s
    timeout client 10s
    timeout server 10s
    default-server inter 50ms rise 2 fall 2
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
frontend hold
    bind 127.0.0.1:@hold@
    timeout client 10m
    default_backend held
backend be
    option httpchk
    http-check send meth GET uri /health hdr X-Who @who@
    http-check disable-on-404
    server a 127.0.0.1:@a@ weight 2 check
    server b 127.0.0.1:@b@ check rise 1 fall 3 slowstart 1s
    server c 127.0.0.1:@c@ weight 4 agent-check agent-inter 50ms agent-port @ca@ agent-send @who@\\n
    server d 127.0.0.1:@d@ check agent-check agent-inter 50ms agent-port @da@ agent-send @who@\\n
    server e 127.0.0.1:@e@ track a
    server z 127.0.0.1:@z@ backup disabled
backend other
    http-check disable-on-404
    server f 127.0.0.1:@e@ track be/e
    server g 127.0.0.1:@e@ track be/c
backend held
    timeout server 10m
    timeout queue 10m
    balance first
    cookie S
    option redispatch
    option httpchk
    http-check send meth GET uri /health hdr X-Who @who@
    http-check disable-on-404
    server h 127.0.0.1:@h@ check maxconn 1 cookie h
    server i 127.0.0.1:@i@ check maxconn 1 cookie i
"""
INTER_S = 0.05
PLACES = ("a", "b", "c", "d", "e", "z", "h", "i")
AGENTS = ("ca", "da")


def new_model():
    """The servers of TEXT, in its order."""
    a = Server("a", "be", check=True, weight=2)
    c = Server("c", "be", agent=True, weight=4)
    e = Server("e", "be", track=a)
    return [a, Server("b", "be", check=True, rise=1, fall=3), c,
            Server("d", "be", check=True, agent=True), e,
            Server("z", "be", disabled=True, backup=True),
            Server("f", "other", track=e), Server("g", "other", track=c),
            Server("h", "held", check=True), Server("i", "held", check=True)]


class Patience:
    """Seconds in which this program itself ran: none pass where the machine stands still."""
    MOST_AT_ONCE = 0.3

    def __init__(self, seconds):
        self.left, self.last = seconds, time.monotonic()

    def over(self):
        now = time.monotonic()
        self.left -= min(now - self.last, self.MOST_AT_ONCE)
        self.last = now
        return self.left <= 0


class Place:
    """A listening port: a server that answers its checks with a status, or an agent its word."""

    def __init__(self, name, is_agent, answered):
        self.answered = answered            # a condition: told of each answer
        self.name, self.is_agent, self.status, self.word = name, is_agent, 200, ""
        self.done = {}                      # who asked: when what was last answered began
        self.times = collections.Counter()  # … and how often
        self.holding = Holding()
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.sock.setblocking(False)
        self.port = self.sock.getsockname()[1]

    def answer(self, data):
        """(who, reply) to a question that is whole, or None."""
        if self.is_agent:
            if not data.endswith(b"\n"):
                return None
            return data.strip().decode(), self.word.encode() + b"\n"
        if b"\r\n\r\n" not in data:
            return None
        who = re.search(rb"(?i)x-who: *(\w+)", data)
        status = self.status if who else 200
        reply = (f"HTTP/1.1 {status} Status\r\nContent-Length: 1\r\nConnection: close\r\n\r\n"
                 f"{self.name}").encode()
        return who.group(1).decode() if who else "", reply


class Question(bytearray):
    """What came on a connection, and when that began."""

    def __init__(self):
        super().__init__()
        self.since = time.monotonic()


class Answers(threading.Thread):
    """Serves all the places in one thread."""

    def __init__(self):
        super().__init__(daemon=True)
        self._selector = selectors.DefaultSelector()
        self._closing = queue.SimpleQueue()
        self.start()

    def open(self, place):
        self._selector.register(place.sock, selectors.EVENT_READ, (place, None))

    def close(self, place):
        """Soon: by the thread that uses it."""
        self._closing.put(place.sock)

    def run(self):
        while True:
            for key, _ in self._selector.select(0.1):
                self._serve(key.fileobj, *key.data)
            while not self._closing.empty():
                sock = self._closing.get()
                self._selector.unregister(sock)
                sock.close()

    def _serve(self, sock, place, data):
        if data is None:
            try:
                peer, _ = sock.accept()
            except OSError:
                return
            peer.setblocking(False)
            self._selector.register(peer, selectors.EVENT_READ, (place, Question()))
            return
        try:
            got = sock.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            got = b""
        data += got
        answer = place.answer(bytes(data))
        if got and answer is None:
            return
        self._selector.unregister(sock)
        if answer is not None and place.holding.take(bytes(data), sock):
            with place.answered:
                place.answered.notify_all()
            return
        try:
            if answer is not None:
                sock.sendall(answer[1])
        except OSError:
            pass                            # it went meanwhile
        sock.close()
        if answer is not None:
            with place.answered:
                place.done[answer[0]] = data.since
                place.times[answer[0]] += 1
                place.answered.notify_all()


class Program:
    """One of the two, with what it says."""

    def __init__(self, kind, who, places):
        self.who, self.log = who, UdpLog()
        ports = {name: place.port for name, place in places.items()}
        self.proxy = kind(TEXT, who=who, log=self.log, **ports)
        self.seen_lines = 0

    def say(self, command):
        return runtime.say(self.proxy, command)

    def rows(self):
        """{(backend, server): columns} of `show servers state` without times, and without what a
        check that is under way or a slow start shows."""
        head, *lines = self.say("show servers state").splitlines()[1:]
        columns = head.removeprefix("# ").split()
        out = {}
        for line in lines:
            row = dict(zip(columns, line.split(" ")))
            del row["srv_time_since_last_change"]
            if row["srv_check_result"] == "0" and int(row["srv_check_state"]) & 1:
                row["srv_check_result"] = None      # haproxy forgets the last one meanwhile
            row["srv_check_state"] = str(int(row["srv_check_state"]) & ~1)
            row["srv_agent_state"] = str(int(row["srv_agent_state"]) & ~1)
            row["srv_op_state"] = row["srv_op_state"].replace("1", "2")
            # A check that was under way as MAINT came counts in haproxy.
            if int(row["srv_admin_state"]) & 3 and row["srv_check_health"] == "1":
                row["srv_check_health"] = "0"
            out[row["be_name"], row["srv_name"]] = row
        return out

    def asks(self, server, column):
        """Is a check of it under way (column 13), or its agent being asked (14)?"""
        for line in self.say("show servers state").splitlines()[2:]:
            columns = line.split(" ")
            if (columns[1], columns[3]) == (server.backend, server.name):
                return int(columns[column]) & 1
        raise AssertionError(f"no {server.name}")

    def statistics(self):
        out = {}
        for row in csv.DictReader(io.StringIO(self.say("show stat -1 6 -1")[2:])):
            if row["check_status"].startswith("* "):
                row["check_code"] = ""      # haproxy forgets the last one meanwhile
            kept = {name: row[name].removeprefix("* ") for name in (
                "status", "act", "bck", "chkfail", "chkdown", "tracked", "check_status",
                "check_desc", "check_rise", "check_fall", "check_health", "check_code", "slim",
                "agent_status", "agent_desc", "agent_rise", "agent_fall", "agent_health",
                "last_agt")}
            if row["pxname"] == "held":
                kept.update({name: row[name] for name in ("qcur", "scur")})
            if row["svname"] == "BACKEND":
                del kept["slim"]            # a share of how many connections the process may have
            out[row["pxname"], row["svname"]] = kept
        return out

    def lines(self):
        """The lines about states since the last step, in any order and without durations. Those
        that haproxy repeats for each word of an agent on a weight are left out, and those of the
        end of b's slow start. Where several servers moved, which was first and is counted by the
        others' lines is left to chance, and
        so is whether d was brought back, or taken down, by its checks or by its agent."""
        lines = [re.sub(r"check duration: \d+ms", "check duration", line)
                 for line in self.log.lines if re.match(r"(Backup )?Server |backend ", line)
                 and not re.search(r"/[cdg] (remains in forced|is leaving forced) drain", line)
                 and not re.search(r"/b is UP\. |/b remains in forced drain", line)]
        lines = [re.sub(r"(/d is (UP|DOWN)), reason.*check duration", r"\1", line)
                 for line in lines[self.seen_lines:]]
        if len(lines) > 1:
            lines = [re.sub(r"\d+ active and \d+ backup servers \w+\.( Running on backup\.)?",
                            "servers.", line) for line in lines]
        return sorted(lines)

    def step(self):
        self.seen_lines += len(self.lines())


class Pair:
    """haproxy and sluice, and the model that both must follow."""

    def __init__(self, answers):
        self.answers, self.answered = answers, threading.Condition()
        self.met_checks = 0                 # commands that a check may have met
        self.places = {name: Place(name, name in AGENTS, self.answered)
                       for name in (*PLACES, *AGENTS)}
        for place in self.places.values():
            answers.open(place)
        self.model = new_model()
        self.programs = [Program(HAProxy, "haproxy", self.places),
                         Program(Sluice, "sluice", self.places)]
        self.line = Line([server for server in self.model if server.backend == "held"])
        self.held = HeldRequests(self.programs,
                                 {s.name: self.places[s.name].holding for s in self.line.servers},
                                 self.line)

    def server(self, name):
        return next(server for server in self.model if server.name == name)

    def close(self):
        for program in self.programs:
            program.proxy.finish()
            program.log.close()
        self.held.close()
        for place in self.places.values():
            self.answers.close(place)

    def asked_by(self, name, text):
        """(place, column) of the check, or of the agent, that a command must not meet; or None."""
        server = self.server(name)
        if " agent " in text and server.agent_on:
            return self.places[name + "a"], 14
        checked = " agent " not in text and server.check_on and not server.out()
        return (self.places[name], 13) if checked else None

    def at_rest(self, program, name, place, column):
        """Waits for the moment after it was asked. Gives whether there is time for a command
        before the next one."""
        patience = Patience(5)
        while not patience.over():
            self.wait_asked(program, place, 1, patience)
            while program.asks(self.server(name), column) and not patience.over():
                pass
            if time.monotonic() - place.done.get(program.who, 0) < INTER_S / 2:
                return True
        return False

    def wait_asked(self, program, place, times, patience):
        """Waits until it was answered so many times more."""
        wanted = place.times[program.who] + times
        with self.answered:
            while place.times[program.who] < wanted and not patience.over():
                self.answered.wait(0.1)

    def wait_heard(self, name):
        """Waits until both programs have had the present answer of that place: a check may have
        been under way with the one before. Who asks nothing now is not waited for long."""
        for program in self.programs:
            self.wait_asked(program, self.places[name], 2, Patience(1))

    def command(self, name, text):
        """The same to both; true where haproxy took it."""
        answers = []
        asked = self.asked_by(name, text)
        for program in self.programs:
            in_time = asked is None or self.at_rest(program, name, *asked)
            answers.append(program.say(text))
            if asked and not (in_time and
                              time.monotonic() - asked[0].done[program.who] < INTER_S):
                self.met_checks += 1
        eq(answers[1], answers[0], f"the answer to {text!r}")
        return answers[0] == ""

    def see_to_waiting(self, server):
        """A server that leaves DRAIN takes up who waits for any; haproxy's does so when its limit
        is set."""
        if self.line.left_drain:
            self.programs[0].say(f"set maxconn server held/{server.name} {server.maxconn}")
        self.line.left_drain = False

    def free_uncounted(self):
        """Those that a server takes up as it opens do not count for its limit in haproxy: they are
        let go before that shows. False: there were none."""
        requests, self.line.uncounted = self.line.uncounted, []
        for server, request in requests:
            self.held.let_go(server, request)
        return bool(requests)

    def expected(self):
        op = {DOWN: "0", NOLB: "3"}
        return {(s.backend, s.name): (op.get(s.op, "2"), str(s.admin()), str(s.weight),
                                      str(s.health)) for s in self.model}

    def problem(self):
        """What does not agree yet, in words; None: all does."""
        ours = [program.rows() for program in self.programs]
        for program, rows in zip(self.programs, ours):
            for key, wanted in self.expected().items():
                row = rows[key]
                found = tuple(row[name] for name in ("srv_op_state", "srv_admin_state",
                                                     "srv_uweight", "srv_check_health"))
                if found != wanted:
                    return f"{program.who} {key}: (op, admin, weight, health) {found}, " \
                           f"the model {wanted}"
        for key, row in ours[0].items():
            if row["srv_check_result"] is None:
                row["srv_check_result"] = ours[1][key]["srv_check_result"]
        if ours[0] != ours[1]:
            return "show servers state: " + difference(*ours)
        stats = [program.statistics() for program in self.programs]
        for program, rows in zip(self.programs, stats):
            for server in self.model:
                found = rows[server.backend, server.name]["agent_health"]
                if server.agent_on and found != str(int(server.agent_up)):
                    return f"{program.who} {server.name}: the agent's health is {found}"
        problem = self.held.problem(stats)
        if problem:
            return problem
        for key, row in stats[0].items():
            if "" in (row["check_code"], stats[1][key]["check_code"]):
                row["check_code"] = stats[1][key]["check_code"] = ""
        if stats[0] != stats[1]:
            return "show stat: " + difference(*stats)
        lines = [program.lines() for program in self.programs]
        if lines[0] != lines[1]:
            return f"log lines:\n  haproxy {lines[0]}\n  sluice  {lines[1]}"
        return None

    def agree(self, seconds=6):
        """Waits until both programs and the model say the same; gives what does not."""
        patience = Patience(seconds)
        while True:
            problem = self.problem()
            if problem is None or patience.over():
                break
            with self.answered:             # nothing moves before a check or an agent answers
                self.answered.wait(0.1)
        for program in self.programs:
            program.step()
        return problem

    def eligible(self):
        """Who is to answer requests to the frontend; empty: nobody."""
        usable = [s for s in self.model if s.backend == "be" and s.op == "up" and not s.out()
                  and not s.draining() and s.weight > 0]
        active = [s for s in usable if not s.backup]
        return active or usable

    def check_traffic(self):
        """Each program sends requests to just those servers."""
        servers = self.eligible()
        if not servers:
            answers = [get(program.proxy.fe).status for program in self.programs]
            return None if answers == [503, 503] else f"without a server: {answers}"
        wanted = {s.name for s in servers}
        rounds = sum(s.weight for s in servers)
        for program in self.programs:
            found = set()
            for _ in range(3 * rounds + 3):  # who has just come back waits for the next round
                found.add(get(program.proxy.fe).body.decode())
                if found >= wanted:
                    break
            # One warms up, and haproxy puts off others for the weight that an agent repeats.
            needed = wanted - {"b"} if program.who == "sluice" else set()
            if not found <= wanted or not found >= needed:
                return f"{program.who} sends requests to {found}, not {wanted}"
        return None


def difference(first, second):
    out = []
    for key in sorted(set(first) | set(second)):
        one, two = first.get(key, {}), second.get(key, {})
        out += [f"{key} {name}: haproxy {one.get(name)!r}, sluice {two.get(name)!r}"
                for name in one if one.get(name) != two.get(name)]
    return "; ".join(out)
