"""The way to the mail server: Flask-Mail, taught to give up waiting and to check certificates."""

import contextlib
import smtplib
import ssl
from typing import Any
from urllib.parse import unquote, urlsplit

import flask_mail

from amapress_py.config import ConfigurationError
from amapress_py.mail import rules

PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def options(smtp_url: str) -> dict[str, Any]:
    """Return Flask-Mail's settings for smtp://, smtp+tls:// or smtps://user:password@host:port."""
    parts = urlsplit(smtp_url)
    try:
        port = parts.port or PORTS[parts.scheme]
    except (KeyError, ValueError) as error:
        raise ConfigurationError(
            "AMAPRESS_SMTP_URL must look like smtp://host:25, smtp+tls://user:password@host:587"
            " or smtps://user:password@host:465"
        ) from error
    return {
        "MAIL_SERVER": parts.hostname or "127.0.0.1",
        "MAIL_PORT": port,
        "MAIL_USE_TLS": parts.scheme == "smtp+tls",
        "MAIL_USE_SSL": parts.scheme == "smtps",
        "MAIL_USERNAME": unquote(parts.username) if parts.username else None,
        "MAIL_PASSWORD": unquote(parts.password) if parts.password else None,
    }


class Connection(flask_mail.Connection):
    """One connection for many mails; every answer of the server is waited for a while only."""

    timeout: float | None = None  # seconds; None: as long as a lease allows

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt and log in; raise OSError or SMTPException."""
        mail, timeout = self.mail, self.timeout or rules.smtp_timeout()
        host: smtplib.SMTP
        if mail.use_ssl:
            host = smtplib.SMTP_SSL(
                mail.server, mail.port, timeout=timeout, context=ssl.create_default_context()
            )
        else:
            host = smtplib.SMTP(mail.server, mail.port, timeout=timeout)
        try:
            if mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if mail.username and mail.password:
                host.login(mail.username, mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def leave(self) -> None:
        """Say goodbye, unless the server is gone already."""
        if self.host is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self.host.quit()

    @property
    def is_lost(self) -> bool:
        """Tell whether the server hung up."""
        return self.host is not None and getattr(self.host, "sock", None) is None


class Mail(flask_mail.Mail):
    """Flask-Mail with our connection."""

    def connect(self) -> Connection:
        """Return a connection; `with` opens it."""
        # Its annotation says Mail, and its code wants the state of one.
        return Connection(self.state)  # type: ignore[arg-type]
