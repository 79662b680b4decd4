"""A service manager's ear: the datagram socket that NOTIFY_SOCKET names (sd_notify(3))."""
import os
import socket
import struct

from . import runner

_abstract = [0]


class Manager:
    """Listens at a path in a new directory, or at an abstract name. `environment` is for the
    process; `lines` are all that came, datagram by datagram."""

    def __init__(self, abstract=False):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        runner.cleanup(self._socket.close)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        if abstract:
            _abstract[0] += 1
            self.name = f"@sluice-test-{os.getpid()}-{_abstract[0]}"
            self._socket.bind("\0" + self.name[1:])
        else:
            directory = runner.scratch()
            os.chmod(directory, 0o755)
            self.name = os.path.join(directory, "notify")
            self._socket.bind(self.name)
            os.chmod(self.name, 0o777)
        self._socket.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": self.name}
        self.close = self._socket.close
        self.lines = []
        self.senders = set()

    def read(self):
        """Takes what has come; gives all lines so far."""
        while True:
            try:
                data, control, _, _ = self._socket.recvmsg(4096, socket.CMSG_SPACE(12))
            except BlockingIOError:
                return self.lines
            for _, _, credentials in control:
                self.senders.add(struct.unpack("3i", credentials)[0])
            self.lines += data.decode().splitlines()

    def count(self, line):
        return self.read().count(line)

    def wait(self, line, times=1, seconds=20):
        """Until that line came so often."""
        runner.wait_for(lambda: self.count(line) >= times, f"{line} to the service manager",
                        seconds)

    def value(self, name):
        """The last value of that name."""
        found = [line.partition("=")[2] for line in self.read() if line.startswith(name + "=")]
        return found[-1] if found else None
