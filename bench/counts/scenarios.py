"""What is asked of the proxy while it is counted: one row each."""

from dataclasses import dataclass

HEAD = ("Host: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
        "Accept: text/html,application/xhtml+xml\r\nAccept-Encoding: gzip, deflate\r\n"
        "Cookie: session=0123456789abcdef\r\n")


@dataclass(frozen=True)
class Scenario:
    key: str
    title: str
    frontend: str = "plain"  # of proxy.cfg
    method: str = "GET"
    body: int = 0            # bytes of the request's
    answer: int = 100        # bytes of the answer's
    close: bool = False      # a connection per request

    def request(self):
        length = f"Content-Length: {self.body}\r\n" if self.body else ""
        close = "Connection: close\r\n" if self.close else ""
        head = f"{self.method} /{self.answer} HTTP/1.1\r\n{HEAD}{length}{close}\r\n"
        return head.encode() + b"x" * self.body

    def response(self):
        return (f"HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\n"
                f"Cache-Control: no-store\r\nContent-Length: {self.answer}\r\n\r\n"
                ).encode() + b"y" * self.answer


INSTRUCTIONS = [
    Scenario("get", "GET, 100 B"),
    Scenario("post", "POST of 1 KiB", method="POST", body=1024),
    Scenario("close", "a connection per request", close=True),
    Scenario("log", "GET with httplog to a local socket", frontend="logged"),
    Scenario("rules", "GET through 50 rules", frontend="ruled"),
]

ALLOCATIONS = [
    Scenario("get", "GET, 100 B"),
    Scenario("get-10k", "GET, 10 KiB", answer=10240),
    Scenario("post", "POST of 10 KiB", method="POST", body=10240),
    Scenario("log", "GET with httplog", frontend="logged"),
]
