"""The reference model of server states: what operators asked for, what checks and agents find, and
who tracks whom. Written from HAProxy's manuals and from watching it; knows no times."""

UP, NOLB, DOWN = "up", "stopping", "down"


class Server:
    def __init__(self, name, backend, check=False, agent=False, rise=2, fall=2, weight=1,
                 track=None, disabled=False, backup=False):
        self.name, self.backend, self.rise, self.fall = name, backend, rise, fall
        self.checked = self.check_on = check
        self.has_agent = self.agent_on = agent
        self.weight = self.initial = weight
        self.track, self.backup, self.trackers = track, backup, []
        if track:
            track.trackers.append(self)
        self.by_config, self.own_maint, self.own_drain = disabled, disabled, False
        self.was_out = self.out()
        self.op = DOWN if self.was_out else UP
        self.health = 0 if self.was_out else rise
        self.agent_up = True
        self.line = None                    # of a backend whose queues are watched
        self.answer, self.word = 200, ""

    def full(self):
        return self.rise + self.fall - 1

    def out(self):
        return self.own_maint or bool(self.track and self.track.out())

    def draining(self):
        return self.own_drain or bool(self.track and self.track.draining())

    def admin(self):
        return (self.own_maint + 2 * bool(self.track and self.track.out()) + 4 * self.by_config
                + 8 * self.own_drain + 16 * bool(self.track and self.track.draining()))

    def set_op(self, op):
        if self.out() or self.op == op:
            return
        self.op = op
        self.tell_line()
        for tracker in self.trackers:
            tracker.set_op(op)

    def set_admin(self, state):
        self.own_maint, self.own_drain = state == "maint", state == "drain"
        self.moved()

    def moved(self):
        """MAINT was entered or left, here or above."""
        if self.out() and not self.was_out:
            if self.check_on or self.op != DOWN:
                self.health = 0
            self.op = DOWN
        elif self.was_out and not self.out():
            if self.check_on:
                self.health = self.rise
            above = self.track.op if self.track else UP
            if self.agent_on and not self.agent_up:
                above = DOWN
            self.op = above
        self.was_out = self.out()
        self.tell_line()
        for tracker in self.trackers:
            tracker.moved()

    def tell_line(self):
        if self.line:
            self.line.moved(self)

    def set_health(self, op):
        self.health = 0 if op == DOWN else self.full()
        self.set_op(op)

    def set_agent(self, up):
        self.agent_up = up
        self.set_op(UP if up else DOWN)

    def set_weight(self, text):
        number = int(text.rstrip("%"))
        self.weight = self.initial * number // 100 if text.endswith("%") else number

    def hear_agent(self):
        words = self.word.split() if self.agent_on else []
        if "up" in words or "down" in words:
            self.agent_up = "up" in words
        for word in words:
            if word in ("ready", "drain", "maint") and word != self.asked():
                self.set_admin(word)
            elif word.endswith("%"):
                self.set_weight(word)
        if "up" in words:
            if self.op != NOLB and not (self.check_on and self.health < self.rise):
                self.set_op(UP)
        elif "down" in words:
            self.set_op(DOWN)

    def asked(self):
        return "maint" if self.own_maint else "drain" if self.own_drain else "ready"

    def see_check(self):
        """All the results that follow one another until nothing moves any more."""
        if not self.check_on or self.out():
            return
        passed = self.answer == 200 or (self.answer == 404 and self.op != DOWN)
        self.health = self.full() if passed else 0
        if not passed:
            self.set_op(DOWN)
        elif not (self.agent_on and not self.agent_up):
            self.set_op(NOLB if self.answer == 404 else UP)


def settle(servers):
    for _ in range(3):
        for server in servers:
            server.hear_agent()
            server.see_check()
