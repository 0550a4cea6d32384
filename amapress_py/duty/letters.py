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
from amapress_py.duty.queries import Seat
from amapress_py.i18n import _, hours, long_date, short_date
from amapress_py.mail import outbox
from amapress_py.mail.appointments import Appointment, host, published

TAG = "inscription-distrib"


def uid(delivery_id: int, person_id: int) -> str:
    """Return what calendars know a turn by, in mails and feeds."""
    return f"permanence-{delivery_id}-{person_id}@{host()}"


def summary(role: str) -> str:
    """Return the title of the appointment."""
    return _("Permanence AMAP : %(role)s", role=role)


def when(delivery: Delivery) -> str:
    """Return "jeudi 1er octobre 2026, de 18 h à 19 h 30"."""
    return f"{long_date(delivery.date)}, {hours(delivery.real_opens, delivery.real_closes)}"


def where(delivery: Delivery) -> str:
    """Return place and address."""
    place = delivery.real_place
    return ", ".join(filter(None, (place.name, place.address)))


def _turn(seat: DutySeat) -> list[str]:
    """Return what, when and where, a line each."""
    return [seat.role, when(seat.delivery), where(seat.delivery)]


def _values(seats: Sequence[DutySeat]) -> dict[str, Any]:
    """Return what a mail says of the seats that it is about, in the words of `duty.wording`."""
    if not seats:
        return {}
    first = seats[0]
    return {
        "date": short_date(first.delivery.date),
        "when": when(first.delivery),
        "where": where(first.delivery),
        "role": first.role,
        "turn": _turn(first),
        "turns": [
            f"{when(one.delivery)}\N{NO-BREAK SPACE}: {one.role}, {where(one.delivery)}"
            for one in seats
        ],
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
        **{
            "first_name": person.first_name or person.name,
            "page_url": web.absolute(web.page_of_tag(TAG)),
            **_values(seats),
            **values,
        },
    )


def remind(session: Session, seat: DutySeat, person: Person, others: Sequence[Seat]) -> int:
    """Remind somebody of his turn, and with whom it is; return how many mails."""
    said = [
        f"{one.name} ({one.role}), {one.phone}" if one.phone else f"{one.name} ({one.role})"
        for one in others
    ]
    return post(session, "reminder", person, [seat], others=said)


def asked(session: Session, swap: DutySwap) -> None:
    """Ask somebody to take a seat, or to exchange his own, by a link."""
    name, wanted = swap.asker.short_name, swap.wanted
    if wanted is None:
        question = _("%(name)s ne peut pas venir et vous demande de prendre sa place :", name=name)
    else:
        question = _("%(name)s vous propose un échange. Vous prendriez sa place :", name=name)
    post(
        session,
        "asked",
        swap.asked,
        [],
        asker=swap.asker,
        question=question,
        date=short_date(swap.seat.delivery.date),
        turn=_turn(swap.seat),
        exchange=_("En échange, %(name)s prend la vôtre :", name=name) if wanted else "",
        wanted=_turn(wanted) if wanted else [],
        answer_url=web.absolute(f"/permanences/reponse/{tokens.swap_token(swap)}"),
    )


def moved(session: Session, seat: DutySeat, person: Person, before: str) -> int:
    """Tell who sits at a delivery that changed what holds now, and ask whether he still can."""
    url = web.absolute(f"/permanences/nouvelle-date/{tokens.seat_token(seat, person)}")
    return post(session, "moved", person, [seat], before=before, answer_url=url)


def called_off(session: Session, seat: DutySeat, person: Person) -> int:
    """Tell who sat at a delivery that does not take place any more."""
    return post(session, "called_off", person, [seat], cancelled=True)


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
