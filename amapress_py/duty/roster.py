"""What treasurers and administrators do about duty; the period's row is locked first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts import viewer as viewers
from amapress_py.accounts.models import Household, Person, Role
from amapress_py.duty import letters, planning, queries, refusals, rules, seats
from amapress_py.duty.models import DutyEvent, DutyPeriod, DutySeat, DutyShare, DutySwap
from amapress_py.duty.rules import Act
from amapress_py.errors import NotFound
from amapress_py.i18n import _


@dataclass(frozen=True)
class PeriodValues:
    """What a period says; `roles` are the seats of a new date."""

    name: str
    starts_on: date
    ends_on: date
    roles: str
    owed: int = 1
    lock_days: int = 2
    is_open: bool = False


def _check_manager(session: Session, by: int) -> None:
    viewers.check_role(session, by, Role.TREASURER, Role.ADMIN)


def save_period(session: Session, by: int, period_id: int | None, values: PeriodValues) -> int:
    """Make or correct a period; return its id; raise SameName."""
    _check_manager(session, by)
    period = DutyPeriod() if period_id is None else seats.locked_period(session, period_id)
    with db.unless_keys_forbid(session, refusals.SameName()):
        for name, value in vars(values).items():
            setattr(period, name, value)
        session.add(period)
        session.flush()
    return period.id


def delete_period(session: Session, by: int, period_id: int) -> None:
    """Delete a period in which nobody sits; raise SomebodySits."""
    _check_manager(session, by)
    seats.locked_period(session, period_id)
    _delete_seats(session, DutySeat.period_id == period_id)
    session.execute(delete(DutyEvent).where(DutyEvent.period_id == period_id))
    session.execute(delete(DutyShare).where(DutyShare.period_id == period_id))
    session.execute(delete(DutyPeriod).where(DutyPeriod.id == period_id))


def _delete_seats(session: Session, *which: ColumnElement[bool]) -> None:
    chosen = session.scalars(select(DutySeat).where(*which).with_for_update(of=DutySeat)).all()
    if any(one.person_id is not None for one in chosen):
        raise refusals.SomebodySits
    keys = [one.id for one in chosen]
    about = or_(DutySwap.seat_id.in_(keys), DutySwap.wanted_id.in_(keys))
    session.execute(delete(DutySwap).where(about))
    session.execute(delete(DutySeat).where(DutySeat.id.in_(keys)))


def fill(session: Session, by: int, period_id: int) -> int:
    """Make seats at each delivery of the period that has none; return how many dates."""
    _check_manager(session, by)
    period = seats.locked_period(session, period_id)
    found, roles = queries.fillable(session, period), rules.roles_of(period.roles)
    if len(found) > rules.MOST_DATES:
        raise refusals.TooMany
    for key in found:
        session.add_all(
            DutySeat(period_id=period.id, delivery_id=key, position=number, role=role)
            for number, role in enumerate(roles)
        )
    if found:
        seats.note(session, by, Act.FILLED, period.id)
    return len(found)


def add_seat(session: Session, by: int, period_id: int, delivery_id: int, role: str) -> None:
    """Make one more seat at a date; raise TooMany."""
    _check_manager(session, by)
    seats.locked_period(session, period_id)
    there = _seats_of(session, period_id, delivery_id)
    if len(there) >= rules.MOST_SEATS:
        raise refusals.TooMany
    seat = DutySeat(
        period_id=period_id,
        delivery_id=delivery_id,
        position=max(one.position for one in there) + 1,
        role=role,
    )
    session.add(seat)
    session.flush()
    seats.note(session, by, Act.SEAT_ADDED, period_id, seat)


def _seats_of(session: Session, period_id: int, delivery_id: int) -> Sequence[DutySeat]:
    found = session.scalars(
        select(DutySeat).where(DutySeat.period_id == period_id, DutySeat.delivery_id == delivery_id)
    ).all()
    if not found:
        raise NotFound(_("Cette date n’est plus dans la période."))
    return found


def delete_seat(session: Session, by: int, period_id: int, seat_id: int) -> int:
    """Delete a free seat; return its delivery; raise SomebodySits."""
    _check_manager(session, by)
    seat = seats.locked(session, seat_id, period_id)
    seats.note(session, by, Act.SEAT_DELETED, period_id, seat)
    delivery_id = seat.delivery_id
    _delete_seats(session, DutySeat.id == seat_id)
    return delivery_id


def delete_date(session: Session, by: int, period_id: int, delivery_id: int) -> None:
    """Take a date out of a period; raise SomebodySits."""
    _check_manager(session, by)
    seats.locked_period(session, period_id)
    _seats_of(session, period_id, delivery_id)
    _delete_seats(session, DutySeat.period_id == period_id, DutySeat.delivery_id == delivery_id)
    seats.note(session, by, Act.DATE_DELETED, period_id, delivery_id=delivery_id)


def place(session: Session, by: int, period_id: int, seat_id: int, person_id: int) -> int:
    """Put a member on a seat, whatever quota and limit say; return the delivery."""
    _check_manager(session, by)
    seat = seats.locked(session, seat_id, period_id)
    if seat.person_id == person_id:
        return seat.delivery_id
    if seat.person_id is not None:
        raise refusals.SeatTaken
    if not seats.is_member(session, person_id):
        raise refusals.CannotAsk
    if seats.sits(session, seat.delivery_id, person_id):
        raise refusals.SitsAlready
    with db.unless_keys_forbid(session, refusals.SitsAlready()):
        seats.sit(session, seat, person_id, by)
    seats.note(session, by, Act.PLACED, period_id, seat, person_id=person_id)
    if clock.now() < seat.delivery.starts_at:
        letters.post(session, "placed", session.get_one(Person, person_id), [seat])
    return seat.delivery_id


def free(session: Session, by: int, period_id: int, seat_id: int) -> int:
    """Free a seat at any time, also after the limit; return the delivery."""
    _check_manager(session, by)
    seat = seats.locked(session, seat_id, period_id)
    if seat.person_id is None:
        return seat.delivery_id
    person = session.get_one(Person, seat.person_id)
    seats.sit(session, seat, None, by)
    seats.note(session, by, Act.FREED, period_id, seat, person_id=person.id)
    if clock.now() < seat.delivery.starts_at:
        letters.post(session, "freed", person, [seat], cancelled=True)
    return seat.delivery_id


def set_share(
    session: Session, by: int, period_id: int, household_id: int, owed: int | None
) -> None:
    """Let a household owe another number than the rest; None: as the rest."""
    _check_manager(session, by)
    seats.locked_period(session, period_id)
    if session.get(Household, household_id) is None:
        raise NotFound(_("Ce foyer n’existe plus."))
    own = session.get(DutyShare, (period_id, household_id))
    if own is not None and owed is None:
        session.delete(own)
    elif own is not None and owed is not None:
        own.owed = owed
    elif owed is not None:
        session.add(DutyShare(period_id=period_id, household_id=household_id, owed=owed))


def apply_plan(session: Session, by: int, period_id: int, mark: str) -> int:
    """Do what the preview of that mark showed, and tell each; return how many seats are filled.

    Raise PlanChanged when it would be something else by now.
    """
    _check_manager(session, by)
    period = seats.locked_period(session, period_id)
    answer = planning.plan(queries.question(session, period)[0])
    if not answer or planning.mark(answer) != mark:
        raise refusals.PlanChanged
    given: dict[int, list[DutySeat]] = {}
    locked = select(DutySeat).where(DutySeat.id.in_(answer)).with_for_update(of=DutySeat)
    for seat in session.scalars(locked.order_by(DutySeat.id)):
        person_id = answer[seat.id]
        seats.sit(session, seat, person_id, by)
        seats.note(session, by, Act.PLANNED, period_id, seat, person_id=person_id)
        given.setdefault(person_id, []).append(seat)
    for person_id, own in sorted(given.items()):
        own.sort(key=lambda one: one.delivery.starts_at)
        letters.post(session, "placed", session.get_one(Person, person_id), own)
    return len(answer)
