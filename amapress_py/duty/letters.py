"""What mails about duty say, with the appointment beside them; rows of the outbox."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import settings, web
from amapress_py.accounts import queries as accounts_queries
from amapress_py.accounts.models import Person
from amapress_py.deliveries.models import Delivery
from amapress_py.duty import tokens
from amapress_py.duty.models import DutyEvent, DutySeat, DutySwap
from amapress_py.i18n import _, hours, long_date, short_date
from amapress_py.mail import outbox
from amapress_py.mail.appointments import Appointment, host, published

TAG = "inscription-distrib"


def uid(delivery_id: int, person_id: int) -> str:
    """Return what calendars know a turn by, in mails and feeds."""
    return f"permanence-{delivery_id}-{person_id}@{host()}"


def summary(role: str) -> str:
    """Return the title of the appointment."""
    return _("Permanence AMAP : %(role)s", role=role)


def when(delivery: Delivery) -> str:
    """Return "jeudi 1er octobre 2026, de 18 h à 19 h 30"."""
    return f"{long_date(delivery.date)}, {hours(delivery.real_opens, delivery.real_closes)}"


def where(delivery: Delivery) -> str:
    """Return place and address."""
    place = delivery.real_place
    return ", ".join(filter(None, (place.name, place.address)))


def _line(seat: DutySeat) -> dict[str, str]:
    return {
        "date": short_date(seat.delivery.date),
        "when": when(seat.delivery),
        "where": where(seat.delivery),
        "role": seat.role,
    }


def post(
    session: Session,
    event: str,
    person: Person,
    seats: Sequence[DutySeat],
    *,
    cancelled: bool = False,
    **values: Any,
) -> int:
    """Write a mail about seats to one person, each seat as an appointment; return how many."""
    readers = accounts_queries.recipients(session, [person.id]).get(person.id, [])
    return outbox.post(
        session,
        f"duty/{event}",
        readers,
        reply_to=settings.current().contact_email,
        calendar=_calendar(session, person, seats, cancelled) if readers else "",
        person=person,
        seats=[_line(one) for one in seats],
        page_url=web.absolute(web.page_of_tag(TAG)),
        **values,
    )


def asked(session: Session, swap: DutySwap) -> None:
    """Ask somebody to take a seat, or to exchange his own, by a link."""
    answer_url = web.absolute(f"/permanences/reponse/{tokens.swap_token(swap)}")
    post(
        session,
        "asked",
        swap.asked,
        [],
        asker=swap.asker,
        seat=_line(swap.seat),
        wanted=_line(swap.wanted) if swap.wanted else None,
        answer_url=answer_url,
    )


def _calendar(session: Session, person: Person, seats: Sequence[DutySeat], cancelled: bool) -> str:
    """Return iCalendar text (RFC 5546: PUBLISH, or CANCEL with the same uid)."""
    if not seats:
        return ""
    session.flush()
    steps = session.scalar(select(func.count()).select_from(DutyEvent)) or 0
    made = (
        Appointment(
            uid(one.delivery_id, person.id),
            steps,
            one.delivery.starts_at,
            one.delivery.ends_at,
            summary(one.role),
            where(one.delivery),
        )
        for one in seats
    )
    return published(made, cancelled=cancelled)
