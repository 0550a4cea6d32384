"""A real SMTP server in this process: it keeps what it is sent, and refuses what a test says."""

import asyncio
import contextlib
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Refusal = str | None  # "450 try later", or None for "fine"


@dataclass(frozen=True)
class Received:
    """A message as it came in, with its envelope."""

    sender: str
    to: str
    message: EmailMessage
    raw: bytes

    @property
    def id(self) -> str:
        """The Message-ID."""
        return str(self.message["Message-ID"])

    def part(self, kind: str) -> str:
        """Return the text of the part of a content type ("text/html"), with our line ends."""
        for part in self.message.walk():
            if part.get_content_type() == kind:
                return str(part.get_content()).replace("\r\n", "\n")
        raise LookupError(kind)


def nobody_refused(_text: str) -> Refusal:
    """Refuse nothing."""
    return None


class SmtpServer:
    """A server on a free port of this machine, for the time of a `with`.

    `refuse_recipient(address)` and `refuse_content(address)` answer with a refusal or None;
    a refusal that begins with 421 hangs up.  `login` asks for a name and a password.
    """

    def __init__(self, login: tuple[str, str] | None = None, port: int = 0) -> None:
        self.messages: list[Received] = []
        self.refusals = 0
        self.connections = 0
        self.refuse_recipient: Callable[[str], Refusal] = nobody_refused
        self.refuse_content: Callable[[str], Refusal] = nobody_refused
        self.port = port
        self._login = login
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        """The address as AMAPRESS_SMTP_URL wants it."""
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[Received]:
        """Return what one address got, in order."""
        return [one for one in self.messages if one.to == address]

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(self._loop.create_server(self._protocol, "127.0.0.1", self.port))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_exc: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        for task in others:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    def _protocol(self) -> SMTP:
        self.connections += 1
        asked = self._login is not None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a password without encryption: it stays in here
            return SMTP(
                self,
                loop=self._loop,
                enable_SMTPUTF8=False,
                authenticator=self._authenticate if asked else None,
                auth_required=asked,
                auth_require_tls=False,
            )

    def _authenticate(self, *about: Any) -> AuthResult:
        given = about[-1]
        known = isinstance(given, LoginPassword) and self._login == (
            given.login.decode(),
            given.password.decode(),
        )
        return AuthResult(success=known, handled=False)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refused = self.refuse_recipient(address)
        if refused is not None:
            return self._refuse(server, refused)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        address = envelope.rcpt_tos[0]
        refused = self.refuse_content(address)
        if refused is not None:
            return self._refuse(server, refused)
        raw = envelope.content
        assert isinstance(raw, bytes)
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(Received(str(envelope.mail_from), address, message, raw))
        return "250 OK"

    def _refuse(self, server: SMTP, answer: str) -> str:
        self.refusals += 1
        if answer.startswith("421") and server.transport is not None:
            self._loop.call_later(0.05, server.transport.close)
        return answer
