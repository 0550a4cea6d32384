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
    host = web.config().base_url.partition("//")[2]
    return f"evenement-{event_id}@{host}"


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
    """Return iCalendar text (RFC 5546: PUBLISH, or CANCEL with the same uid)."""
    # Late: it takes a tenth of a second, and most processes never write an appointment.
    from icalendar import Calendar
    from icalendar import Event as Appointment

    made = Calendar()
    made.add("prodid", "-//amapress_py//evenement//FR")
    made.add("version", "2.0")
    made.add("method", "CANCEL" if cancelled else "PUBLISH")
    one = Appointment()
    one.add("uid", uid(event.id))
    one.add("sequence", event.version)
    one.add("dtstamp", clock.now())
    one.add("dtstart", clock.at(event.date, event.opens))
    one.add("dtend", clock.at(event.date, event.closes))
    one.add("summary", event.title)
    one.add("location", event.place)
    if event.note:
        one.add("description", event.note)
    one.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    one.add("organizer", f"mailto:{web.config().mail_from}")
    made.add_component(one)
    return bytes(made.to_ical()).decode()
