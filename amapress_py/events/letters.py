"""What mails about events say, with the appointment beside them; rows of the outbox."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, settings, web
from amapress_py.accounts import queries as accounts
from amapress_py.events import queries, rules
from amapress_py.events.models import Event
from amapress_py.i18n import hours, long_date, short_date
from amapress_py.mail import outbox, rendering
from amapress_py.mail.appointments import Appointment, host, published
from amapress_py.mail.models import OutboxMail
from amapress_py.mail.outbox import Recipient
from amapress_py.mail.rendering import Draft

PATH = "/evenement"


def announce(session: Session, event: Event) -> int:
    """Write to all whom an event is for; return how many mails."""
    return outbox.post(
        session,
        "events/announced",
        addresses(session, queries.audience(session, event.contract_id or 0)),
        topic=_topic(event),
        reply_to=settings.current().contact_email,
        calendar=appointment(event),
        **_values(event),
    )


def addresses(session: Session, persons: Sequence[int]) -> list[Recipient]:
    """Return the addresses of who is told, in their order."""
    found = accounts.recipients(session, persons)
    return [address for one in persons for address in found.get(one, ())]


def preview(event: Event) -> Draft:
    """Return what an announcement says."""
    return rendering.draft("events/announced", _values(event))


def tell_again(session: Session, event: Event, mail: str, *, cancelled: bool = False) -> int:
    """Write to those to whom the event was announced; return how many mails."""
    told = select(OutboxMail.to_address, OutboxMail.to_name, OutboxMail.person_id).where(
        OutboxMail.topic == _topic(event)
    )
    return outbox.post(
        session,
        mail,
        [Recipient(*row) for row in session.execute(told.order_by(OutboxMail.id))],
        reply_to=settings.current().contact_email,
        calendar=appointment(event, cancelled=cancelled),
        **_values(event),
    )


def _topic(event: Event) -> str:
    return f"event:{event.id}"


def uid(event_id: int) -> str:
    """Return what calendars know an event by, in mails and feeds."""
    return f"evenement-{event_id}@{host()}"


def _values(event: Event) -> dict[str, Any]:
    return {
        "kind": str(rules.KINDS[event.kind]),
        "title": event.title,
        "date": short_date(event.date),
        "when": f"{long_date(event.date)}, {hours(event.opens, event.closes)}",
        "where": event.place,
        "note": event.note,
        "what": event.contract.name if event.contract else "",
        "event_url": web.absolute(f"{PATH}/{event.id}"),
    }


def appointment(event: Event, *, cancelled: bool = False) -> str:
    """Return an event as iCalendar text."""
    made = Appointment(
        uid(event.id),
        event.version,
        clock.at(event.date, event.opens),
        clock.at(event.date, event.closes),
        event.title,
        event.place,
        event.note,
    )
    return published([made], cancelled=cancelled)
