"""What happens to a mail after it was written: claimed, sent, refused, dropped, sent again."""

from datetime import timedelta

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import _l
from amapress_py.mail import outbox, queries, rules
from amapress_py.mail.models import MailState, OutboxMail
from amapress_py.mail.rendering import one_line
from amapress_py.mail.rules import Refusal
from amapress_py.settings.models import Setting

UNREACHABLE = _l("Le serveur de courriel ne répond pas")


class NoLongerWanted(DomainError):
    """The reader left in the meantime."""

    message = _l("Cette personne ne veut plus de ce courriel : il n’est pas renvoyé.")


class OnItsWay(DomainError):
    """A worker holds it at this moment."""

    message = _l("Ce courriel est en train de partir.")


def claim(session: Session, worker: str) -> OutboxMail | None:
    """Take the next due mail for the time of a lease; None if there is none."""
    now = clock.now()
    mail: OutboxMail | None = session.scalar(queries.next_due(now))
    if mail is not None:
        mail.lease_by = worker
        mail.lease_until = now + rules.lease()
        mail.attempts += 1
    return mail


def wait_for_rate(session: Session, per_minute: int) -> timedelta:
    """Return how long the next mail must wait so that a minute never sees more than `per_minute`.

    The setting's row is locked, so that several workers count one after the other.
    """
    if per_minute <= 0:
        return timedelta()
    session.scalar(select(Setting.key).where(Setting.key == "mails_per_minute").with_for_update())
    now = clock.now()
    ends = queries.tries_since(session, now + rules.lease() - rules.WINDOW)
    if len(ends) < per_minute:
        return timedelta()
    return ends[-per_minute] - rules.lease() + rules.WINDOW - now


def mark_sent(session: Session, mail_id: int) -> None:
    """Write down that the server took a mail."""
    mail = _mail(session, mail_id)
    mail.state, mail.error, mail.lease_by = MailState.SENT, "", ""
    mail.sent_at = clock.now()


def mark_dropped(session: Session, mail_id: int) -> None:
    """Write down that a mail is no longer wanted."""
    mail = _mail(session, mail_id)
    mail.state, mail.error, mail.lease_by = MailState.DROPPED, "", ""
    mail.lease_until = None  # it counts for no rate


def mark_refused(session: Session, mail_id: int, refusal: Refusal) -> None:
    """Write down why a mail did not leave, and when it is tried again if it is."""
    mail = _mail(session, mail_id)
    if mail.state is not MailState.QUEUED:
        return
    mail.error, mail.lease_by = one_line(refusal.reason, 500), ""
    if refusal.is_final or mail.attempts >= rules.MOST_ATTEMPTS:
        mail.state = MailState.FAILED
    else:
        mail.next_try_at = clock.now() + rules.pause(mail.attempts)


def postpone_due(session: Session, reason: str) -> None:
    """Let every due mail wait, each a little longer than before: the server cannot be reached."""
    now = clock.now()
    pauses = {tried: now + rules.pause(tried + 1) for tried in range(len(rules.PAUSES_MINUTES))}
    longest = pauses[max(pauses)]
    session.execute(
        update(OutboxMail)
        .where(queries.is_due(now))
        .values(
            attempts=OutboxMail.attempts + 1,
            next_try_at=case(pauses, value=OutboxMail.attempts, else_=longest),
            error=one_line(f"{UNREACHABLE} : {reason}", 500),
        )
    )


def wake_postponed(session: Session) -> None:
    """Let go at once what waited for the server to come back."""
    session.execute(
        update(OutboxMail)
        .where(
            OutboxMail.state == MailState.QUEUED,
            OutboxMail.error.startswith(str(UNREACHABLE), autoescape=True),
        )
        .values(next_try_at=clock.now(), error="")
    )


def resend(session: Session, mail_id: int, events: str = "") -> None:
    """Send a mail (whose event begins with `events`) again, or now; raise NoLongerWanted, OnItsWay.

    One that arrived before gets a new Message-ID, or mail programs would hide it.
    """
    mail = db.locked(session, OutboxMail, mail_id)
    if mail is None or not mail.event.startswith(events):
        raise NotFound
    now = clock.now()
    if mail.state is MailState.DROPPED:
        raise NoLongerWanted
    if mail.lease_by and mail.lease_until and mail.lease_until > now:
        raise OnItsWay
    if mail.state is MailState.SENT:
        mail.message_id = outbox.new_message_id()
    mail.state, mail.attempts, mail.next_try_at = MailState.QUEUED, 0, now
    mail.sent_at, mail.error, mail.lease_by = None, "", ""
    outbox.ring_after_commit(session)


def resend_failed(session: Session) -> int:
    """Send again what was given up in the last days; return how many mails that is."""
    now = clock.now()
    changed = session.execute(
        update(OutboxMail)
        .where(queries.failed_lately(now))
        .values(
            state=MailState.QUEUED,
            attempts=0,
            next_try_at=now,
            error="",
            lease_by="",
            lease_until=None,
        )
    )
    outbox.ring_after_commit(session)
    return int(changed.rowcount)  # type: ignore[attr-defined]


def _mail(session: Session, mail_id: int) -> OutboxMail:
    mail = db.locked(session, OutboxMail, mail_id)
    if mail is None:
        raise NotFound
    return mail
