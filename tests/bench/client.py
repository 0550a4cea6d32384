"""A browser of a few lines, so that it is not what is measured: one connection per request."""

import socket
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlencode

from bs4 import BeautifulSoup

from amapress_py.bench import HEADER
from amapress_py.demo import PASSWORD


@dataclass(frozen=True)
class Reply:
    """An answer, and how long it took from connecting to the last byte."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    milliseconds: float

    @property
    def sql_count(self) -> int:
        """Statements that the page took."""
        return int(dict(self.headers)[HEADER.lower()])


class Client:
    """Somebody at a browser: a visitor, or a person after `log_in`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Reply:
        """Ask for a page."""
        return self._ask(f"GET {path} HTTP/1.1\r\n{self._common()}\r\n".encode())

    def post(self, path: str, data: dict[str, str], page: str) -> Reply:
        """Send a form that stood on `page`."""
        body = urlencode(data).encode()
        head = (
            f"POST {path} HTTP/1.1\r\n{self._common()}"
            f"Referer: http://127.0.0.1:{self.port}{page}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        reply = self._ask(head.encode() + body)
        self._keep_cookies(reply)
        return reply

    def form(self, page: str, action: str) -> dict[str, str]:
        """Return the hidden fields of the first form of a page that goes to `action`."""
        reply = self.get(page)
        self._keep_cookies(reply)
        found = BeautifulSoup(reply.body, "html.parser").find("form", action=action)
        assert found is not None, f"no form for {action} on {page}"
        fields = found.find_all("input", type="hidden")
        return {str(field["name"]): str(field.get("value", "")) for field in fields}

    def log_in(self, email: str) -> "Client":
        """Open a session as anybody would."""
        fields = self.form("/connexion", "/connexion")
        reply = self.post(
            "/connexion", {**fields, "email": email, "password": PASSWORD}, "/connexion"
        )
        assert reply.status == 303, f"{email} cannot log in: {reply.status}"
        return self

    def _common(self) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        told = f"Cookie: {cookies}\r\n" if cookies else ""
        return f"Host: 127.0.0.1:{self.port}\r\nConnection: close\r\n{told}"

    def _ask(self, message: bytes) -> Reply:
        start = perf_counter()
        with socket.create_connection(("127.0.0.1", self.port), 60) as connection:
            connection.sendall(message)
            parts = []
            while part := connection.recv(1 << 16):
                parts.append(part)
        took = (perf_counter() - start) * 1000
        head, _blank, body = b"".join(parts).partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(": ") for line in lines)
        headers = [(name.lower(), value) for name, _colon, value in pairs]
        return Reply(int(status.split()[1]), headers, body, took)

    def _keep_cookies(self, reply: Reply) -> None:
        for name, value in reply.headers:
            if name == "set-cookie":
                key, _equals, kept = value.partition(";")[0].partition("=")
                self.cookies[key] = kept
