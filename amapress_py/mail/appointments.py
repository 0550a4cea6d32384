"""Appointments beside a mail, as iCalendar text (RFC 5546): published, or cancelled."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from amapress_py import clock, web


@dataclass(frozen=True)
class Appointment:
    """What a calendar keeps; `uid` stays the same as long as it is the same thing.

    A later word about it has a higher `sequence`.
    """

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    place: str
    description: str = ""


def host() -> str:
    """Return the part of a `uid` that no other site uses."""
    return web.config().base_url.partition("//")[2]


def published(appointments: Iterable[Appointment], *, cancelled: bool = False) -> str:
    """Return the text that goes with a mail."""
    # Late: it takes a tenth of a second, and most processes never write an appointment.
    from icalendar import Calendar, Event, vText

    made = Calendar()
    made.add("prodid", "-//amapress_py//courriel//FR")
    made.add("version", "2.0")
    made.add("method", "CANCEL" if cancelled else "PUBLISH")
    for one in appointments:
        event = Event()
        event.add("uid", one.uid)
        event.add("sequence", one.sequence)
        event.add("dtstamp", clock.now())
        event.add("dtstart", one.starts_at)
        event.add("dtend", one.ends_at)
        event.add("summary", vText(one.summary))
        event.add("location", vText(one.place))
        if one.description:
            event.add("description", vText(one.description))
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        event.add("organizer", f"mailto:{web.config().mail_from}")
        made.add_component(event)
    return bytes(made.to_ical()).decode()
