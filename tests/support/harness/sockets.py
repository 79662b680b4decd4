"""The sockets of a running proxy, as copies of its descriptors: what options they were given."""
import ctypes
import os
import socket

from . import runner

_libc = ctypes.CDLL(None, use_errno=True)
_PIDFD_GETFD = 438          # the same number on every machine that Linux runs on today


def _copy(pidfd, number):
    descriptor = _libc.syscall(_PIDFD_GETFD, pidfd, number, 0)
    return socket.socket(fileno=descriptor) if descriptor >= 0 else None


def sockets_of(p):
    """Copies of the proxy's TCP sockets; closed when the test ends."""
    pidfd = os.pidfd_open(p.pid)
    found = []
    try:
        for name in os.listdir(f"/proc/{p.pid}/fd"):
            try:
                if not os.readlink(f"/proc/{p.pid}/fd/{name}").startswith("socket:"):
                    continue
            except OSError:     # closed meanwhile
                continue
            copy = _copy(pidfd, int(name))
            if copy is None:
                continue
            if copy.family in (socket.AF_INET, socket.AF_INET6) and \
                    copy.type & 0xF == socket.SOCK_STREAM:
                found.append(copy)
            else:
                copy.close()
    finally:
        os.close(pidfd)
    for each in found:
        runner.cleanup(each.close)
    return found


def _peer_port(sock):
    try:
        return sock.getpeername()[1]
    except OSError:
        return None


def listening_socket(p, port):
    """One that listens on the port."""
    for each in sockets_of(p):
        if each.getsockname()[1] == port and each.getsockopt(socket.SOL_SOCKET,
                                                             socket.SO_ACCEPTCONN):
            return each
    raise AssertionError(f"the proxy does not listen on {port}")


def peer_socket(p, port):
    """The one whose peer has the port: a client's, or a server's."""
    for each in sockets_of(p):
        if _peer_port(each) == port:
            return each
    raise AssertionError(f"the proxy has no connection to port {port}")
