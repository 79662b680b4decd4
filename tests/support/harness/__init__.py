"""Whole-program tests: a proxy, an origin, a client in one line each.

A test file puts tests/support on its path, imports from here, registers functions by @test and
ends in main(). SLUICE_BINARY names the program; with SLUICE_ORACLE=1 the same file runs against
Debian's haproxy instead, which proves the test itself. Everything that a test opens is closed
when it ends, however it ends. No test sleeps where it can wait for an event.
"""
from .client import WEBSOCKET, Client, get, request, response_of
from .dns import Dns
from .logs import HttpLine, TcpLine, UdpLog, UnixLog
from .manager import Manager
from .metrics import Metrics
from .origin import (Blackhole, Gate, Origin, chunked, close_delimited, early, echo, informational,
                     raw, reset, reset_unread, respond, silent, tunnel_echo, upgrade_echo)
from .ports import free_port, free_ports, listening
from .process import DEFAULTS, HAProxy, Sluice, is_oracle, is_sanitized, proxy, run_config
from .runner import cleanup, eq, holds, main, on_failure, scratch, test, wait_for
from .runtime import SOCKET, say, stat
from .sockets import listening_socket, peer_socket, sockets_of
from .tls import Certificates, TlsClient
from .tools import Heap, curl, openssl, preloaded, wrk

__all__ = [
    "Blackhole", "Certificates", "Client", "DEFAULTS", "Dns", "Gate", "HAProxy", "Heap",
    "HttpLine", "Manager", "Metrics", "Origin", "SOCKET", "Sluice", "TcpLine", "TlsClient",
    "UdpLog", "UnixLog", "WEBSOCKET", "chunked", "cleanup", "close_delimited", "curl", "early",
    "echo", "eq", "free_port", "free_ports", "get", "holds", "informational", "is_oracle",
    "is_sanitized", "listening", "listening_socket", "main", "on_failure", "openssl", "peer_socket",
    "preloaded", "proxy", "raw", "request", "reset", "reset_unread", "respond", "response_of",
    "run_config", "say", "scratch", "silent", "sockets_of", "stat", "test", "tunnel_echo",
    "upgrade_echo", "wait_for", "wrk",
]
