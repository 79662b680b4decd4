"""The reference model of a backend's queues: who is served where, who waits for one server and who
for any, and what moves them (manual §5.2 maxconn, §4.2 option redispatch; watched at HAProxy).
Servers are taken in their order (balance first), and a waiting request goes in that of arrival."""
from state_model import DOWN, UP


class Line:
    def __init__(self, servers):
        self.servers = servers
        self.running = {s.name: [] for s in servers}
        self.bound = {s.name: [] for s in servers}  # (arrival, request)
        self.any = []
        self.answers = {}                   # request: the server that answered it, or a status
        self.arrivals = 0
        self.uncounted = []                 # (server, request): taken up as the server opened
        self.left_drain = False             # a server did, of which HAProxy takes no notice
        self.before = {}
        for server in servers:
            server.line, server.maxconn = self, 1
            self.before[server.name] = self.doors(server)

    @staticmethod
    def doors(server):
        """Who may come: new requests, and those that its cookie leads to it."""
        known = server.op != DOWN and not server.out()
        up = known and server.op == UP
        return up and not server.draining(), known, server.draining(), up

    def has_room(self, server):
        return len(self.running[server.name]) < server.maxconn

    def waiting(self):
        return len(self.any) + sum(map(len, self.bound.values()))

    def outstanding(self):
        return self.waiting() + sum(map(len, self.running.values()))

    def arrive(self, request, cookie):
        """`cookie` names a server, or nobody."""
        for server in self.servers:
            if server.name == cookie and self.doors(server)[1]:
                if self.has_room(server) and not self.bound[server.name]:
                    self.running[server.name].append(request)
                else:
                    self.bound[server.name].append((self.number(), request))
                return
        self.balance(request)

    def number(self):
        self.arrivals += 1
        return self.arrivals

    def balance(self, request):
        usable = [s for s in self.servers if self.doors(s)[0]]
        if not usable:
            self.answers[request] = 503
            return
        for server in usable:
            if self.has_room(server) and not self.bound[server.name]:
                self.running[server.name].append(request)
                return
        self.any.append((self.number(), request))

    def release(self, server, request):
        """One of its requests is answered."""
        self.running[server.name].remove(request)
        self.answers[request] = server.name
        self.hand_over(server)

    def hand_over(self, server):
        """Gives who took its room."""
        taken = []
        while self.has_room(server):
            lists = [self.bound[server.name]] + [self.any] * self.doors(server)[0]
            lists = [line for line in lists if line]
            if not lists:
                break
            taken.append(min(lists, key=lambda line: line[0]).pop(0)[1])
            self.running[server.name].append(taken[-1])
        return taken

    def moved(self, server):
        """Its state may have changed."""
        new, known, draining, up = self.doors(server)
        was_new, was_known, was_draining, was_up = self.before[server.name]
        self.before[server.name] = new, known, draining, up
        if (was_known and not known) or (was_up and not up) or (draining and not was_draining):
            gone, self.bound[server.name] = self.bound[server.name], []
            for _, request in gone:
                self.balance(request)
        if new and not was_new:
            taken = self.hand_over(server)
            if was_draining:
                self.left_drain = True
            else:
                self.uncounted += [(server, request) for request in taken]
