"""What the tests of names share: a scripted name server, servers found by it, and what the runtime
socket says of them."""
from harness import *

TEXT = f"""
global
    {SOCKET}
    log @log@ local0
defaults
    mode http
    log global
    timeout connect 3s
    timeout client 20s
    timeout server 20s
    retries 1
    option redispatch
resolvers dns
    nameserver n1 @dns@
    timeout resolve 200ms
    timeout retry 2s
    hold nx 0s
    hold refused 0s
    hold other 0s
    hold timeout 0s
    @section@
frontend fe
    bind 127.0.0.1:@fe@
    default_backend be
backend be
    @backend@
    @servers@
"""
ONE = "server s1 app.local:@port@ resolvers dns resolve-prefer ipv4 init-addr none"


class Names:
    """A proxy whose servers are found by a name server of the test's. `pair` gives two origins on
    one port of two addresses that say A and B."""

    def __init__(self, servers=ONE, section="", backend="", dns=None, text=TEXT, **more):
        self.dns = dns or Dns()
        self.log = UdpLog()
        port = free_port()
        self.a = Origin(port=port, answer=respond(body=b"A"))
        self.b = Origin(host="127.0.0.2", port=port, answer=respond(body=b"B"))
        text = text.replace("@servers@", servers).replace("@section@", section)
        self.p = proxy(text.replace("@backend@", backend), dns=self.dns, log=self.log,
                       port=port, **more)

    def state(self, server="s1"):
        """The fields of `show servers state`, by name."""
        lines = say(self.p, "show servers state be").splitlines()
        names = lines[1].removeprefix("# ").split()
        for line in lines[2:]:
            fields = dict(zip(names, line.split(" ")))
            if fields["srv_name"] == server:
                return fields
        raise AssertionError(f"no server {server}")

    def address(self, server="s1"):
        """"127.0.0.1", or None while it is in maintenance by resolution."""
        fields = self.state(server)
        return None if int(fields["srv_admin_state"]) & 0x20 else fields["srv_addr"]

    def addresses(self):
        """Of all servers, in their order."""
        rows = [line.split(" ") for line in say(self.p, "show servers state be").splitlines()[2:]]
        return [None if int(row[6]) & 0x20 else row[4] for row in rows]

    def becomes(self, wanted, server="s1", seconds=20):
        wait_for(lambda: self.address(server) == wanted, f"{server} to be {wanted}", seconds)

    def all_become(self, wanted, seconds=20):
        try:
            wait_for(lambda: sorted(map(str, self.addresses())) == sorted(map(str, wanted)),
                     f"{wanted}", seconds)
        except AssertionError:
            raise AssertionError(f"{self.addresses()}, not {wanted}") from None

    def counts(self, server="n1", section="dns"):
        """Of `show resolvers`."""
        out, here = {}, False
        for line in say(self.p, f"show resolvers {section}").splitlines():
            if line.startswith(" nameserver"):
                here = line == f" nameserver {server}:"
            elif here and ":" in line:
                name, _, value = line.partition(":")
                out[name.strip()] = int(value)
        return out

    def counted(self, name, least=1, seconds=20):
        wait_for(lambda: self.counts()[name] >= least, f"{name} to be counted", seconds)

    def body(self):
        return get(self.p.fe).body


def stream_of(rig):
    """Sends requests one after the other until told to end; gives (bodies, end). Every one must be
    answered 200."""
    import threading
    bodies, problems, over = [], [], threading.Event()

    def work():
        client = Client(rig.p.fe)
        while not over.is_set():
            try:
                # haproxy keeps a client on its connection to the old address.
                answer = get(rig.p.fe) if is_oracle() else client.get()
                bodies.append(answer.body)
                if answer.status != 200:
                    problems.append(answer.status)
            except Exception as error:  # whatever it is, the request failed
                problems.append(error)
                return
    thread = threading.Thread(target=work, daemon=True)
    thread.start()

    def end():
        over.set()
        thread.join(30)
        eq(problems, [], "requests that failed")
    cleanup(over.set)
    return bodies, end
