"""One thread of a process that does nothing for a while."""
import ctypes
import os

from harness import wait_for


class Stopped:
    """By ptrace: the others go on. SEIZE, INTERRUPT and the like are of linux/ptrace.h. The thread
    is stopped as it waits for events: elsewhere it may hold what others need (libuv's wake-up has
    its receiver spin until the sender is through)."""
    SEIZE, INTERRUPT, DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000
    WAITS = {"x86_64": ("232", "281")}.get(os.uname().machine, ("22",))  # epoll_wait, epoll_pwait

    def __init__(self, p, name):
        self.process = p.pid
        self.name = name
        self.thread = None

    def threads(self):
        """Those of that name: one, or for a moment another one that is ending."""
        found = []
        for tid in os.listdir(f"/proc/{self.process}/task"):
            try:
                with open(f"/proc/{self.process}/task/{tid}/comm", encoding="ascii") as f:
                    if f.read().strip() == self.name:
                        found.append(int(tid))
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found

    @staticmethod
    def ask(request, thread):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes = [ctypes.c_long] * 4
        libc.ptrace.restype = ctypes.c_long
        if libc.ptrace(request, thread, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def stops(self, thread):
        """Stops it; lets it go again where it does not wait for events."""
        try:
            self.ask(self.SEIZE, thread)
            self.ask(self.INTERRUPT, thread)
            _, status = os.waitpid(thread, self.WALL)
            if not os.WIFSTOPPED(status):
                return False
            with open(f"/proc/{self.process}/task/{thread}/syscall", encoding="ascii") as f:
                if f.read().split()[0] in self.WAITS:
                    return True
            self.ask(self.DETACH, thread)
        except OSError:     # it has ended
            pass
        return False

    def __enter__(self):
        self.thread = wait_for(lambda: next(filter(self.stops, self.threads()), None),
                               f"{self.name} to wait for events", 30)
        return self

    def __exit__(self, *unused):
        try:
            self.ask(self.DETACH, self.thread)
        except OSError:     # it has died: nobody else may learn of its end while it is ours
            try:
                os.waitpid(self.thread, self.WALL | os.WNOHANG)
            except OSError:
                pass
