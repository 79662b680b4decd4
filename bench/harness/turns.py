"""How long the turns of a running program's event loops take, by bench_turn_meter."""

import mmap
import os
import struct
from dataclasses import dataclass

from . import programs

METER = programs.BUILT["turn meter"]
RECORD = struct.Struct("@QQQQ")  # a Turns of support/turn_meter.cc
THREADS = 64


@dataclass
class Turns:
    """Of one thread since the last take()."""
    count: int = 0
    longest_ms: float = 0.0      # by the clock: with what other threads took of its core
    longest_cpu_ms: float = 0.0  # of the thread itself


class Meter:
    """Environment for a program to start with, and what its threads' turns took."""

    def __init__(self, path):
        self.env = {"LD_PRELOAD": str(METER), "TURN_METER": str(path)}
        with open(path, "w+b") as file:
            file.truncate(THREADS * RECORD.size)
            self.table = mmap.mmap(file.fileno(), 0)

    def take(self):
        """Turns by thread; what comes next is counted anew."""
        taken = {}
        for at in range(0, len(self.table), RECORD.size):
            thread, count, longest_ns, longest_cpu_ns = RECORD.unpack_from(self.table, at)
            if thread == 0:
                break
            self.table[at + 8:at + RECORD.size] = bytes(RECORD.size - 8)
            taken[thread] = Turns(count, longest_ns / 1e6, longest_cpu_ns / 1e6)
        return taken

    def close(self):
        self.table.close()
        os.unlink(self.env["TURN_METER"])
