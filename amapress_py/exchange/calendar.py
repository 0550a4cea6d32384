"""The appointment of a fetched basket, as an .ics part of a mail."""

from datetime import datetime


def appointment(
    *,
    uid: str,
    sequence: int,
    starts_at: datetime,
    ends_at: datetime,
    stamp: datetime,
    summary: str,
    place: str,
    description: str,
    organizer: str,
    attendee: str,
    cancelled: bool,
) -> str:
    """Return iCalendar text (RFC 5546: REQUEST, or CANCEL with the same uid)."""
    # Late: it takes a tenth of a second, and most processes never write an appointment.
    from icalendar import Calendar, Event, vCalAddress, vText

    calendar = Calendar()
    calendar.add("prodid", "-//amapress_py//panier//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "REQUEST")
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", stamp)
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", summary)
    event.add("location", vText(place))
    event.add("description", vText(description))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    event.add("attendee", vCalAddress(f"mailto:{attendee}"))
    calendar.add_component(event)
    return bytes(calendar.to_ical()).decode()
