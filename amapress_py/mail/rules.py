"""When a mail is tried again, when it is given up, and how long one may be busy with it."""

import os
import smtplib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from amapress_py.i18n import _

PAUSES_MINUTES = (1, 5, 15, 60, 180, 360)  # after the first refusal, the second …; then the last
MOST_ATTEMPTS = 25  # about five days
LEASE = timedelta(minutes=2)
WINDOW = timedelta(minutes=1)  # of "mails per minute"
COMMANDS = 6  # how many answers of the server one mail may wait for, at most


@cache
def _hurry() -> float:
    """How many times faster leases and pauses end, honoured only when testing."""
    if os.environ.get("AMAPRESS_TESTING") != "1":
        return 1.0
    return float(os.environ.get("AMAPRESS_MAIL_HURRY", "1"))


def lease() -> timedelta:
    """Return for how long a worker has a mail to itself."""
    return LEASE / _hurry()


def smtp_timeout() -> float:
    """Return how many seconds a server may take to answer: a mail is done before its lease ends."""
    return lease().total_seconds() / COMMANDS


def pause(attempts: int) -> timedelta:
    """Return how long to wait after the refusal of attempt number `attempts` (from 1)."""
    minutes = PAUSES_MINUTES[min(attempts, len(PAUSES_MINUTES)) - 1]
    return timedelta(minutes=minutes) / _hurry()


@dataclass(frozen=True)
class Refusal:
    """Why a mail did not leave; final if trying again makes no sense."""

    reason: str
    is_final: bool


def refusal(error: Exception) -> Refusal:
    """Read what went wrong: a 5xx about recipient or content is final, all else may pass."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return Refusal(_answer(code, said), code >= 500)
    if isinstance(error, smtplib.SMTPResponseException):
        about_us = isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPAuthenticationError)
        return Refusal(
            _answer(error.smtp_code, error.smtp_error), error.smtp_code >= 500 and not about_us
        )
    if isinstance(error, UnicodeError | ValueError):
        return Refusal(_("Adresse ou contenu impossible à envoyer : %(what)s", what=error), True)
    return Refusal(f"{type(error).__name__}: {error}".rstrip(": "), False)


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {text}".strip()
