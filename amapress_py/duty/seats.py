"""What every act on a seat begins and ends with; the period's row is locked before the seat's."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts import viewer as viewers
from amapress_py.duty import refusals
from amapress_py.duty.models import DutyEvent, DutyPeriod, DutySeat, DutySwap
from amapress_py.duty.rules import Act, SwapState
from amapress_py.errors import NotFound
from amapress_py.i18n import _


def locked_period(session: Session, period_id: int) -> DutyPeriod:
    period = db.locked(session, DutyPeriod, period_id)
    if period is None:
        raise NotFound(_("Cette période n’existe plus."))
    return period


def locked(session: Session, seat_id: int, period_id: int | None = None) -> DutySeat:
    """Return a seat (of a period, if one is named), the period's row locked before it."""
    found = session.scalar(select(DutySeat.period_id).where(DutySeat.id == seat_id))
    if found is None or period_id not in (None, found):
        raise NotFound(_("Cette place n’existe plus."))
    locked_period(session, found)
    seat = db.locked(session, DutySeat, seat_id)
    if seat is None:
        raise NotFound(_("Cette place n’existe plus."))
    return seat


def sit(session: Session, seat: DutySeat, person_id: int | None, by: int) -> None:
    """Give a seat to somebody, or to nobody; what was asked about it is no longer asked."""
    seat.person_id, seat.by_id = person_id, by
    seat.since = None if person_id is None else clock.now()
    seat.reminded_at = None
    ask_no_more(session, seat)
    session.flush()


def ask_no_more(session: Session, seat: DutySeat) -> None:
    about = (DutySwap.seat_id == seat.id, DutySwap.wanted_id == seat.id)
    pending = select(DutySwap).where(or_(*about), DutySwap.state == SwapState.PENDING)
    for swap in session.scalars(pending):
        swap.state, swap.answered_at = SwapState.CANCELLED, clock.now()


def sits(session: Session, delivery_id: int, person_id: int) -> bool:
    return (
        session.scalar(
            select(DutySeat.id).where(
                DutySeat.delivery_id == delivery_id, DutySeat.person_id == person_id
            )
        )
        is not None
    )


def is_member(session: Session, person_id: int) -> bool:
    found = viewers.load(session, person_id)
    return found is not None and found.is_member


def check_ahead(seat: DutySeat) -> None:
    if clock.now() >= seat.delivery.starts_at:
        raise refusals.Over


def note(
    session: Session,
    by: int,
    act: Act,
    period_id: int,
    seat: DutySeat | None = None,
    *,
    person_id: int | None = None,
    delivery_id: int | None = None,
) -> None:
    session.add(
        DutyEvent(
            period_id=period_id,
            by_id=by,
            act=act,
            delivery_id=seat.delivery_id if seat else delivery_id,
            person_id=person_id,
            role=seat.role if seat else "",
        )
    )
