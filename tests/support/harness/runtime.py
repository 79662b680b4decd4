"""The runtime socket: commands, and rows of `show stat`. The configuration has the line SOCKET in
its global section."""
import csv
import io
import socket

SOCKET = "stats socket @dir@/admin.sock mode 600 level admin"


def ask(path, command, seconds=10):
    """One command on a connection of its own; gives the answer without its empty last line."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(seconds)
        s.connect(path)
        s.sendall(command.encode() + b"\n")
        answer = b""
        while True:
            data = s.recv(65536)
            if not data:
                break
            answer += data
    return answer.decode().rstrip("\n")


def say(p, command, seconds=10):
    """The same on the socket of the line SOCKET."""
    return ask(f"{p.directory}/admin.sock", command, seconds)


def stat(p, name, server="BACKEND"):
    """The row of that proxy and server, by field names."""
    for row in csv.DictReader(io.StringIO(say(p, "show stat")[2:])):
        if (row["pxname"], row["svname"]) == (name, server):
            return row
    raise AssertionError(f"show stat has no {name}/{server}")
