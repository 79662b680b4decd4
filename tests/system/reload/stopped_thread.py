"""One thread of a process that does nothing for a while."""
import ctypes
import os


class Stopped:
    """By ptrace: the others go on. SEIZE, INTERRUPT and the like are of linux/ptrace.h."""
    SEIZE, INTERRUPT, DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000

    def __init__(self, p, name):
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

    def __enter__(self):
        self.ask(self.SEIZE)
        self.ask(self.INTERRUPT)
        os.waitpid(self.thread, self.WALL)
        return self

    def __exit__(self, *unused):
        self.ask(self.DETACH)
