"""Writing mails: one row per address, in the transaction of the change that causes them."""

import re
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from markupsafe import escape
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, jobs, web
from amapress_py.i18n import search_key
from amapress_py.mail.models import MailState, OutboxMail
from amapress_py.mail.rendering import MOST_SUBJECT, Draft, draft, one_line

SEND = "mail.send"  # the job that the worker is rung for
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


@dataclass(frozen=True)
class Recipient:
    """Where a mail goes; `person_id` links it to somebody's file."""

    address: str
    name: str
    person_id: int | None = None


@dataclass(frozen=True)
class Attached:
    """A PDF that goes with a mail; its name is plain letters, digits and dashes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Personal:
    """One reader of a mail to many: what is different for him.

    `values` replace `{{ name }}` in the template as they are (no filter, no condition on them).
    """

    recipient: Recipient
    values: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Letter:
    """What some addresses read alone: `values` of the template, with its conditions and lists."""

    to: Sequence[Recipient]
    values: Mapping[str, Any]


def post(
    session: Session,
    event: str,
    to: Sequence[Recipient],
    *,
    topic: str | None = None,
    reply_to: str = "",
    headers: Mapping[str, str] | None = None,
    calendar: str = "",
    file: Attached | None = None,
    **values: Any,
) -> int:
    """Write the mail `event` to each address; return how many rows that made.

    With a `topic` an address gets it once, however often this is called.  `calendar` is an .ics.
    """
    if not to:
        return 0
    said = draft(event, values)
    rows = [_row(event, topic, one, said, headers or {}, reply_to, calendar, file) for one in to]
    return _write(session, topic, rows)


def post_many(
    session: Session,
    event: str,
    to: Sequence[Personal],
    *,
    topic: str,
    reply_to: str = "",
    **values: Any,
) -> int:
    """Write a mail to many: the template is rendered once, then filled in for each reader."""
    if not to:
        return 0
    blanks = _Blanks(to[0].values)
    said = draft(event, {**values, **blanks.names})
    rows = [
        _row(event, topic, one.recipient, blanks.filled(said, one.values), one.headers, reply_to)
        for one in to
    ]
    return _write(session, topic, rows)


def post_each(
    session: Session,
    event: str,
    letters: Iterable[Letter],
    *,
    topic: str,
    reply_to: str = "",
    calendar: str = "",
    **values: Any,
) -> int:
    """Write a mail to many who each read something else; the rows are inserted together."""
    rows = []
    for one in letters:
        if one.to:
            said = draft(event, {**values, **one.values})
            rows += [_row(event, topic, to, said, {}, reply_to, calendar) for to in one.to]
    return _write(session, topic, rows)


def post_draft(session: Session, event: str, to: Recipient, said: Draft) -> int:
    """Write a mail whose text is ready: an admin tries his own words."""
    return _write(session, None, [_row(event, None, to, said, {}, "")])


def written(session: Session, topics: Collection[str]) -> set[str]:
    """Return those of some topics about which a mail was written, whatever became of it."""
    if not topics:
        return set()
    mine = OutboxMail.topic.in_(list(topics))
    return {one for one in session.scalars(select(OutboxMail.topic).where(mine).distinct()) if one}


def pending(session: Session) -> list[OutboxMail]:
    """Return the mails that still wait to be sent, oldest first."""
    waiting = select(OutboxMail).where(OutboxMail.state == MailState.QUEUED).order_by(OutboxMail.id)
    return list(session.scalars(waiting))


def ring_after_commit(session: Session) -> None:
    """Let the worker know, once the transaction is committed."""
    db.after_commit(session, SEND, partial(jobs.ring, SEND))


class _Blanks:
    """Stand-ins for personal values, which nobody can guess and therefore nobody can type."""

    def __init__(self, example: Mapping[str, str]) -> None:
        mark = secrets.token_hex(8)
        home = web.config().base_url
        self.names = {
            name: (f"{home}/" if value.startswith(f"{home}/") else "") + f"{mark}.{name}."
            for name, value in example.items()
        }  # a link stays one, so that it becomes a link or a button
        self.pattern = re.compile(rf"(?:{re.escape(home)}/)?{mark}\.(\w+)\.")

    def filled(self, said: Draft, values: Mapping[str, str]) -> Draft:
        """Return the draft for one reader."""
        typed = {name: one_line(value, 2000) for name, value in values.items()}
        escaped = {name: str(escape(value)) for name, value in typed.items()}
        return Draft(
            one_line(self.pattern.sub(lambda m: typed[m[1]], said.subject), MOST_SUBJECT),
            self.pattern.sub(lambda m: typed[m[1]], said.text),
            self.pattern.sub(lambda m: escaped[m[1]], said.html),
        )


def new_message_id() -> str:
    """Return a Message-ID of this site; a mail keeps it however often it is tried."""
    _name, _at, domain = web.config().mail_from.rpartition("@")
    return f"<{secrets.token_hex(16)}@{one_line(domain, 60).rstrip('>') or 'localhost'}>"


def _row(
    event: str,
    topic: str | None,
    to: Recipient,
    said: Draft,
    headers: Mapping[str, str],
    reply_to: str,
    calendar: str = "",
    file: Attached | None = None,
) -> dict[str, Any]:
    address, name = one_line(to.address, 254), one_line(to.name, 210)
    return {
        "event": event,
        "topic": topic,
        "person_id": to.person_id,
        "to_address": address,
        "to_name": name,
        "reply_to": one_line(reply_to, 500),
        "subject": said.subject,
        "text": said.text,
        "html": said.html,
        "headers": _checked(headers),
        "calendar": calendar,
        "file_name": file.name if file else "",
        "file": file.content if file else None,
        "message_id": new_message_id(),
        "search_text": search_key(f"{name} {address} {said.subject}")[:600],
    }


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers whose values hold on one line; a strange name is a bug."""
    for name in headers:
        if not HEADER_NAME.fullmatch(name):
            raise ValueError(name)
    return {name: one_line(value, 2000) for name, value in headers.items()}


def _write(session: Session, topic: str | None, rows: Iterable[dict[str, Any]]) -> int:
    """Insert the rows but those whose address has the topic already; ring after the commit."""
    known = set[str]()
    if topic is not None:
        has_it = select(OutboxMail.to_address).where(OutboxMail.topic == topic)
        known = {address.casefold() for address in session.scalars(has_it)}
    now = clock.now()
    fresh = list[dict[str, Any]]()
    for row in rows:
        if row["to_address"].casefold() not in known:
            known.add(row["to_address"].casefold())
            fresh.append({**row, "created_at": now, "next_try_at": now})
    if fresh:
        session.execute(insert(OutboxMail), fresh)
        ring_after_commit(session)
    return len(fresh)
