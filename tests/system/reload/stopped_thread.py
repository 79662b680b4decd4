"""One thread of a process that does nothing for a while."""
import ctypes
import os

from harness import wait_for


class Stopped:
    """By ptrace: the others go on. SEIZE, INTERRUPT and the like are of linux/ptrace.h. The thread
    is stopped as it waits for events: elsewhere it may hold what others need (libuv's wake-up has
    its receiver spin until the sender is through)."""
    SEIZE, INTERRUPT, CONT, DETACH, WALL = 0x4206, 0x4207, 7, 17, 0x40000000
    WAITS = {"x86_64": ("232", "281")}.get(os.uname().machine, ("22",))  # epoll_wait, epoll_pwait

    def __init__(self, p, name):
        self.process = p.pid
        self.thread = next(int(tid) for tid in os.listdir(f"/proc/{p.pid}/task")
                           if self.name_of(p, tid) == name)

    @staticmethod
    def name_of(p, tid):
        try:
            with open(f"/proc/{p.pid}/task/{tid}/comm", encoding="ascii") as f:
                return f.read().strip()
        except FileNotFoundError:
            return ""

    def ask(self, request):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes = [ctypes.c_long] * 4
        libc.ptrace.restype = ctypes.c_long
        if libc.ptrace(request, self.thread, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def stops_waiting(self):
        """Stops it; lets it go on where it did not wait for events."""
        self.ask(self.INTERRUPT)
        _, status = os.waitpid(self.thread, self.WALL)
        assert os.WIFSTOPPED(status), f"the thread has ended: {status:#x}"
        with open(f"/proc/{self.process}/task/{self.thread}/syscall", encoding="ascii") as f:
            if f.read().split()[0] in self.WAITS:
                return True
        self.ask(self.CONT)
        return False

    def __enter__(self):
        self.ask(self.SEIZE)
        try:
            wait_for(self.stops_waiting, "the thread to wait for events", 30)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        try:
            self.ask(self.DETACH)
        except OSError:     # it runs, or has died; while it is ours nobody else learns of its end
            try:
                self.ask(self.INTERRUPT)
                os.waitpid(self.thread, self.WALL)
                self.ask(self.DETACH)
            except OSError:
                pass
