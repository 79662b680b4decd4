# labels: quick
"""agent-check (manual §5.2): what an agent says and what becomes of its server; on-marked-down and
on-marked-up."""
import sys
import threading

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from checked import *
from harness import *
from harness import wire


class Agent(Origin):
    """Says its line to everybody who comes, after it heard so many bytes."""

    def __init__(self, line, hears=0, host="127.0.0.1"):
        self.line, self.hears, self.heard = line, hears, []
        super().__init__(script=self.speak, host=host)

    def speak(self, conn):
        data = b""
        while len(data) < self.hears:
            got = conn.sock.recv(100)
            if not got:
                break
            data += got
        self.heard.append(data)
        conn.sock.sendall(self.line)
        conn.fin()
        conn.wait_peer_end()


def asked(agent, more="", **options):
    return start(server=f"agent-check agent-port {agent.port} agent-inter 100ms {more}", **options)


@test("an agent's weight is a share of the configured one")
def _():
    agent = Agent(b"50%\n")
    p = asked(agent, "weight 100")
    becomes(p, weight="50", status="no check")
    agent.line = b"100%\n"
    becomes(p, weight="100")


@test("an agent's maxconn is the server's")
def _():
    becomes(asked(Agent(b"maxconn:7\n"), "maxconn 100"), slim="7")


@test("drain, maint and ready are what an operator would ask")
def _():
    agent = Agent(b"drain\n")
    p = asked(agent)
    becomes(p, status="DRAIN")
    agent.line = b"maint\n"
    becomes(p, status="MAINT")
    agent.line = b"ready\n"
    becomes(p, status="no check")


@test("down, fail and stopped take a server out, up brings it back")
def _():
    agent = Agent(b"up\n")
    p = asked(agent)
    becomes(p, status="no check", agent_status="L7OK", last_agt="via agent : up")
    for word in ("down", "fail", "stopped"):
        agent.line = word.encode() + b" # no disk\n"
        becomes(p, status="DOWN (agent)", agent_status="L7STS",
                last_agt=f"via agent : {word} (no disk)", agent_health="0")
        eq(get(p.fe).status, 503)
        agent.line = b"ready up\n"
        becomes(p, status="no check", agent_status="L7OK", agent_health="1")
        eq(get(p.fe).status, 200)


@test("a server that its agent says is down stays so, whatever its checks find")
def _():
    origin, agent = Origin(), Agent(b"down\n")
    p = asked(agent, "check inter 50ms", check="option httpchk", a=origin)
    becomes(p, status="DOWN (agent)")
    origin.wait_requests(len(origin.requests) + 4)
    becomes(p, status="DOWN (agent)", check_status="L7OK")
    agent.line = b"up\n"
    becomes(p, status="UP")


@test("an agent that can't be asked, or says nothing of use, changes nothing")
def _():
    p = start(server="agent-check agent-port 1 agent-inter 100ms")
    becomes(p, status="no check", agent_status="L4CON", last_agt="Connection refused")
    agent = Agent(b"up")
    p = asked(agent)
    becomes(p, status="no check", last_agt="Ignoring incomplete line from agent")
    agent.line = b"frob\n"
    becomes(p, status="no check", last_agt="agent reports an error : frob")
    agent.line = b"x" * 200000
    before = len(agent.heard)
    wait_for(lambda: len(agent.heard) > before + 3, "the agent is asked on")
    eq(get(p.fe).status, 200)


@test("an agent that never ends its line is given up after its time, and bounded till then")
def _():
    def drip(conn):
        agent.heard.append(b"")
        try:
            while not stopped.wait(agent.pause):
                conn.sock.sendall(b"x" * agent.size)
        except OSError:
            pass                            # it has heard enough
    stopped = threading.Event()
    agent = Agent(b"")
    agent.script = drip
    for agent.size, agent.pause in ((1, 0.05), (65536, 0)):
        before = len(agent.heard)
        p = proxy(CONFIG.replace("timeout check 5s", "timeout check 300ms"), a=Origin(), check="",
                  default="", server=f"agent-check agent-port {agent.port} agent-inter 300ms")
        wait_for(lambda: len(agent.heard) >= before + 3, "the agent to be asked on")
        eq(get(p.fe).status, 200)
        becomes(p, status="no check")
        assert is_sanitized() or p.memory_kb() < 100_000, p.memory_kb()
        p.finish()
    stopped.set()


@test("agent-send is sent before the agent speaks, agent-addr says where it is")
def _():
    agent = Agent(b"75%\n", hears=6, host="127.0.0.3")
    p = asked(agent, "weight 100 agent-addr 127.0.0.3 agent-send \"hello\\n\"")
    becomes(p, weight="75")
    eq(agent.heard[0], b"hello\n")


@test("agent-inter is the time between two questions, inter without it")
def _():
    agent = Agent(b"up\n")
    start(default="default-server inter 60s", server=f"agent-check agent-port {agent.port} "
          "agent-inter 100ms")
    wait_for(lambda: len(agent.heard) > 3, "the agent is asked again")


@test("no-agent-check asks nobody")
def _():
    agent = Agent(b"down\n")
    other = Agent(b"down\n")
    text = f"default-server agent-check agent-port {agent.port} agent-inter 50ms"
    p = start(default=text,
              server=f"no-agent-check\n    server b 127.0.0.1:1 agent-port {other.port}")
    wait_for(lambda: len(other.heard) > 2, "the other server's agent is asked")
    eq((agent.heard, row(p)["status"]), ([], "no check"))


def status_of(client):
    """0: the connection ended without a response, as Sluice ends what it shuts down."""
    try:
        return client.response().status
    except wire.Closed:
        return 0


@test("set server agent up and down stand in for the agent's word")
def _():
    text = "global\n    stats socket @dir@/admin.sock level admin\n" + CONFIG
    agent = Agent(b"ready\n")
    p = proxy(text, check="", default="", a=Origin(),
              server=f"agent-check agent-port {agent.port} agent-inter 100ms")
    becomes(p, agent_status="CHECKED")
    say(p, "set server be/a agent down")
    becomes(p, status="DOWN (agent)")
    say(p, "set server be/a agent up")
    becomes(p, status="no check")
    p = proxy(text, check="", default="", a=Origin(), server="")
    assert "agent checks are not enabled on this server" in say(p, "set server be/a agent up")


@test("on-marked-down shutdown-sessions ends what a dead server serves")
def _():
    for option, status in (("on-marked-down shutdown-sessions", (0, 502, 503)), ("", (200,))):
        held = Gate()
        origin, agent = Origin(respond(200, "late", before=held)), Agent(b"up\n")
        p = asked(agent, option, a=origin)
        becomes(p, agent_status="L7OK")
        client = Client(p.fe)
        client.send(request())
        origin.wait_requests(1)
        agent.line = b"down\n"
        becomes(p, status="DOWN")
        if not option:
            held.open()
        assert status_of(client) in status
        held.open()


@test("on-marked-up shutdown-backup-sessions ends what backups serve when a server comes back")
def _():
    for option, status in (("on-marked-up shutdown-backup-sessions", (0, 502, 503)), ("", (200,))):
        held = Gate()
        backup, agent = Origin(respond(200, "late", before=held)), Agent(b"down\n")
        p = asked(agent, f"{option}\n    server b {backup} backup")
        becomes(p, status="DOWN")
        client = Client(p.fe)
        client.send(request())
        backup.wait_requests(1)
        agent.line = b"up\n"
        becomes(p, status="no check")
        if not option:
            held.open()
        assert status_of(client) in status
        held.open()


WITH_SOCKET = "global\n    stats socket @dir@/admin.sock level admin\n" + CONFIG.replace(
    "stats uri /stats", "stats uri /stats\n    stats admin if TRUE")


def commanded(agent, more="", **options):
    options = {"check": "", "default": "", "a": Origin(), **options}
    words = f"agent-check agent-port {agent.port} agent-inter 100ms {more}"
    return proxy(WITH_SOCKET, server=words, **options)


def state(p):
    """The row of `show servers state`, by its column names."""
    head, line = say(p, "show servers state be").splitlines()[1:3]
    return dict(zip(head.removeprefix("# ").split(), line.split()))


@test("disable agent stops asking, enable agent goes on, and a server without one has none")
def _():
    agent = Agent(b"up\n")
    p = commanded(agent)
    becomes(p, agent_status="L7OK")
    eq(state(p)["srv_agent_state"] in ("22", "23"), True)
    say(p, "disable agent be/a")
    eq((row(p)["agent_status"], int(state(p)["srv_agent_state"]) & 4), ("", 0))
    before = len(agent.heard) + 1                       # one may be on its way
    holds(lambda: len(agent.heard) <= before, 0.5, "no question")
    say(p, "enable agent be/a")
    wait_for(lambda: len(agent.heard) > before, "a question")
    p = proxy(WITH_SOCKET, check="", default="", a=Origin(), server="")
    eq(say(p, "enable agent be/a"), "Agent was not configured on this server, cannot enable.")
    eq(say(p, "disable agent be/a"), "")
    eq(state(p)["srv_agent_state"], "0")


@test("a server that an agent held down comes back by its checks when the agent is disabled")
def _():
    agent = Agent(b"down\n")
    p = commanded(agent, "check inter 100ms rise 1")
    becomes(p, status="DOWN (agent)")
    say(p, "disable agent be/a")
    becomes(p, status="UP")


@test("agent-addr, agent-port and agent-send are moved at run time")
def _():
    here, there = Agent(b"10%\n"), Agent(b"20%\n", hears=3, host="127.0.0.4")
    p = commanded(here, "weight 100")
    becomes(p, weight="10")
    say(p, "set server be/a agent-send hi\\ ")
    eq(say(p, f"set server be/a agent-addr 127.0.0.4 port {there.port}"), "")
    becomes(p, weight="20")
    eq(there.heard[0], b"hi ")
    eq((state(p)["srv_agent_addr"], state(p)["srv_agent_port"]), ("127.0.0.4", str(there.port)))
    third = Agent(b"30%\n", host="127.0.0.4")
    say(p, f"set server be/a agent-port {third.port}")
    becomes(p, weight="30")
    for command, words in (
            ("agent-addr", "set server <b>/<s> agent-addr requires an address and optionally a "
                           "port."),
            ("agent-port", "set server <b>/<s> agent-port requires a port."),
            ("agent-port x", "provided port is not an integer"),
            ("agent-port 70000", "provided port is invalid"),
            ("check-port 80", "health checks are not enabled on this server")):
        eq(say(p, f"set server be/a {command}"), words)
    p = proxy(WITH_SOCKET, check="", default="", a=Origin(), server="")
    eq(say(p, "set server be/a agent-addr 127.0.0.1"),
       "agent checks are not enabled on this server")
    eq(say(p, "set server be/a agent-send x"), "agent checks are not enabled on this server.")


@test("check-addr and check-port are moved at run time")
def _():
    p = proxy(WITH_SOCKET, check="", default="", a="127.0.0.1:1", server="check inter 100ms")
    becomes(p, status="DOWN")
    there = Origin(host="127.0.0.5")
    eq(say(p, f"set server be/a check-addr 127.0.0.5 port {there.port}"), "")
    becomes(p, status="UP", check_status="L4OK")
    eq((state(p)["srv_check_addr"], state(p)["srv_check_port"]), ("127.0.0.5", str(there.port)))
    say(p, "set server be/a check-port 1")
    becomes(p, status="DOWN", check_status="L4CON")


def act(p, action):
    answer = get(p.fe, "/stats", [("Content-Type", "application/x-www-form-urlencoded")], "POST",
                 f"s=a&action={action}&b=be")
    return answer.get("location").partition(";st=")[2]


@test("the page turns agents off and on, and speaks for them")
def _():
    agent = Agent(b"ready\n")
    p = commanded(agent)
    becomes(p, agent_status="CHECKED")
    eq(act(p, "adown"), "DONE")
    becomes(p, status="DOWN (agent)")
    eq(act(p, "arunn"), "DONE")
    becomes(p, status="no check")
    eq(act(p, "dagent"), "DONE")
    eq(row(p)["agent_status"], "")
    eq(act(p, "eagent"), "DONE")
    becomes(p, agent_status="CHECKED")


if __name__ == "__main__":
    main()
