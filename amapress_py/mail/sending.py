"""The worker's part: claim a mail, hand it to the server, write down what became of it."""

import logging
import os
import secrets
import smtplib
import socket
import time
from collections.abc import Callable
from functools import partial

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, db, jobs, settings
from amapress_py.config import Config, ConfigurationError
from amapress_py.mail import messages, outbox, queries, rules, services, smtp
from amapress_py.mail.models import OutboxMail
from amapress_py.mail.outbox import SEND, Recipient
from amapress_py.mail.rules import Refusal
from amapress_py.mail.smtp import Connection, Mail

Check = Callable[[Session, OutboxMail], bool]
Change = Callable[[Session], None]

GUARDS = "amapress_mail_guards"
RUN_SECONDS = 20.0  # then other jobs have their turn
TRIAL_SECONDS = 5.0  # for each answer, while an administrator waits
LONGEST_WAIT_SECONDS = 5.0  # for the rate; a longer one is left to the sweep

logger = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Tell Flask-Mail the server; a demo that names none keeps its mails to itself."""
    config: Config = app.extensions["amapress_config"]
    if not messages.is_address(config.mail_from):
        raise ConfigurationError("AMAPRESS_MAIL_FROM must be an address such as amap@example.org")
    app.config.update(smtp.options(config.smtp_url), MAIL_SUPPRESS_SEND=stays_here(config))
    app.extensions["amapress_mail"] = Mail(app)
    app.extensions.setdefault(GUARDS, {})


def stays_here(config: Config) -> bool:
    """Tell a demo for which nobody set a mail server."""
    return config.demo and config.smtp_url == Config.smtp_url


def plug_guard(app: Flask, topic_prefix: str, check: Check) -> None:
    """Ask `check` just before a mail is sent whose topic starts so; False drops it."""
    app.extensions.setdefault(GUARDS, {})[topic_prefix] = check


def send_due(app: Flask, worker: str = "") -> int:
    """Send what is due, for a while; return how many mails left."""
    worker = worker or f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"
    with app.app_context():
        is_due = queries.is_anything_due(db.session())
        db.session().rollback()
        if not is_due:
            return 0
        mail: Mail = app.extensions["amapress_mail"]
        connection = mail.connect()
        try:
            connection.__enter__()
        except (OSError, smtplib.SMTPException) as error:
            _postpone(error)
            return 0
        try:
            return _Run(app, worker, connection).send()
        finally:
            connection.leave()


def try_out(app: Flask, to: Recipient) -> Refusal | None:
    """Send a mail at once, to see whether the server takes it; return why it does not.

    The mail is in the log like any other, and is not tried again.
    """
    with db.transaction() as session:
        outbox.post(session, queries.TRIAL, [to])
        mail = session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()
        mail.lease_by, mail.lease_until = "try_out", clock.now() + rules.lease()
        mail.attempts = 1
    told: Refusal | None = None
    outcome: Change = partial(services.mark_sent, mail_id=mail.id)
    connection = app.extensions["amapress_mail"].connect()
    connection.timeout = TRIAL_SECONDS
    try:
        connection.__enter__()
        connection.send(messages.Letter(mail))
    except (OSError, ValueError) as error:  # SMTPException is an OSError
        told = Refusal(rules.refusal(error).reason, is_final=True)
        outcome = partial(services.mark_refused, mail_id=mail.id, refusal=told)
    finally:
        connection.leave()
    _write(outcome)
    return told


def _postpone(error: Exception) -> None:
    reason = rules.refusal(error).reason
    logger.warning("The mail server cannot be reached: %s", reason)

    _write(partial(services.postpone_due, reason=reason))


class _Run:
    """What a worker does while it has a connection.

    What became of a mail and the claim of the next one are one transaction, which follows at once.
    """

    def __init__(self, app: Flask, worker: str, connection: Connection) -> None:
        self.app = app
        self.worker = worker
        self.connection = connection
        self.guards: dict[str, Check] = app.extensions[GUARDS]
        self.sent = 0

    def send(self) -> int:
        """Send one mail after the other; ring for what is left when the time is over."""
        outcome: Change = services.wake_postponed
        ends_at = time.monotonic() + RUN_SECONDS
        while not self._is_over(ends_at):
            mail, wait = self._claim_after(outcome)
            outcome = _nothing
            if mail is not None:
                outcome = self._deliver(mail)
            elif 0 < wait <= LONGEST_WAIT_SECONDS:
                time.sleep(wait)
            else:
                return self.sent
        _write(outcome)
        jobs.ring(SEND)
        return self.sent

    def _is_over(self, ends_at: float) -> bool:
        return self.connection.is_lost or time.monotonic() > ends_at or jobs.is_stopping(self.app)

    def _claim_after(self, outcome: Change) -> tuple[OutboxMail | None, float]:
        """Write down an outcome and take the next mail, or tell how long (s) the rate lets wait."""
        per_minute = settings.current().mails_per_minute
        wait, mail = 0.0, None

        def claim(session: Session) -> None:
            nonlocal wait, mail
            outcome(session)
            wait = services.wait_for_rate(session, per_minute).total_seconds()
            mail = None if wait > 0 else services.claim(session, self.worker)

        _write(claim)
        return mail, wait

    def _deliver(self, mail: OutboxMail) -> Change:
        """Hand a mail over and return the outcome; no mail stands in the way of the next."""
        try:
            if not self._is_wanted(mail):
                return partial(services.mark_dropped, mail_id=mail.id)
            self.connection.send(messages.Letter(mail))
        except Exception as error:
            if not isinstance(error, OSError | ValueError):  # SMTPException is an OSError
                logger.exception("Mail %s could not be made", mail.id)
            return partial(services.mark_refused, mail_id=mail.id, refusal=rules.refusal(error))
        self.sent += 1
        return partial(services.mark_sent, mail_id=mail.id)

    def _is_wanted(self, mail: OutboxMail) -> bool:
        topic, session = mail.topic or "", db.session()
        try:
            return all(
                check(session, mail)
                for prefix, check in self.guards.items()
                if topic.startswith(prefix)
            )
        finally:
            session.rollback()


def _nothing(_session: Session) -> None:
    """Change nothing."""


def _write(change: Change) -> None:
    """Make a change in a transaction of its own, again if the database is busy."""

    def write() -> None:
        with db.transaction() as session:
            change(session)

    db.retried(write)
