"""What is asked about mails: what is due, and what the log screens show."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.i18n import search_key
from amapress_py.mail.models import MailState, OutboxMail
from amapress_py.web import Paging

LATELY = timedelta(days=3)
TRIAL = "mail/trial"  # the mail by which an administrator tries the server


def is_due(now: datetime) -> ColumnElement[bool]:
    """Tell rows whose turn it is and that no worker holds."""
    return and_(
        OutboxMail.state == MailState.QUEUED,
        OutboxMail.next_try_at <= now,
        or_(OutboxMail.lease_by == "", OutboxMail.lease_until <= now),
    )


def failed_lately(now: datetime) -> ColumnElement[bool]:
    """Tell rows that were given up in the last days."""
    tried = func.coalesce(OutboxMail.lease_until, OutboxMail.created_at)
    is_failed = OutboxMail.state == MailState.FAILED
    return and_(is_failed, OutboxMail.event != TRIAL, tried > now - LATELY)


def is_anything_due(session: Session) -> bool:
    """Tell whether a worker has something to send."""
    due = select(OutboxMail.id).where(is_due(clock.now())).limit(1)
    return session.scalar(due) is not None


def next_due(now: datetime) -> Select[Any]:
    """Choose the mail whose turn it is: answers to somebody's click go before mail to many."""
    return (
        select(OutboxMail)
        .where(is_due(now))
        .order_by(OutboxMail.topic.is_not(None), OutboxMail.next_try_at, OutboxMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def tries_since(session: Session, since: datetime) -> Sequence[datetime]:
    """Return when the leases end of the mails that were tried and whose lease ends after `since`.

    (A lease's end stays on the row after its use, for this.)
    """
    ends = select(OutboxMail.lease_until).where(OutboxMail.lease_until > since)
    return [end for end in session.scalars(ends.order_by(OutboxMail.lease_until)) if end]


def log(
    session: Session,
    page: int,
    *,
    events: str = "",
    states: Collection[MailState] = (),
    words: str = "",
    address: str = "",
) -> tuple[Sequence[Any], Paging]:
    """Return a page of the mails, newest first; `events` is how an event's name must begin."""
    wanted = [OutboxMail.event.startswith(events, autoescape=True)] if events else []
    if states:
        wanted.append(OutboxMail.state.in_(states))
    if words:
        wanted.append(OutboxMail.search_text.contains(search_key(words), autoescape=True))
    if address:
        wanted.append(func.lower(OutboxMail.to_address) == address.lower())
    total = session.scalar(select(func.count(OutboxMail.id)).where(*wanted)) or 0
    paging = Paging(min(page, Paging(1, total).pages), total)
    rows = session.execute(
        select(
            OutboxMail.id,
            OutboxMail.created_at,
            OutboxMail.to_address,
            OutboxMail.to_name,
            OutboxMail.subject,
            OutboxMail.state,
            OutboxMail.attempts,
            OutboxMail.error,
            OutboxMail.sent_at,
            OutboxMail.next_try_at,
        )
        .where(*wanted)
        .order_by(OutboxMail.id.desc())
        .limit(paging.size)
        .offset(paging.offset)
    )
    return rows.all(), paging


def readers(session: Session) -> Sequence[str]:
    """Return the addresses that ever got a mail, at most a hundred."""
    addresses = select(OutboxMail.to_address).distinct().order_by(OutboxMail.to_address)
    return session.scalars(addresses.limit(100)).all()
