"""What duty does when a delivery changes; app.py plugs it in."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.contracts.queries import is_named
from amapress_py.deliveries.models import Delivery
from amapress_py.duty import letters, seats
from amapress_py.duty.models import DutySeat
from amapress_py.duty.rules import Act


class Seats:
    """A watcher of `deliveries.watcher`: seats follow, and who sits there is told."""

    def delivery_changed(self, session: Session, delivery_id: int) -> None:
        """Tell who sits there the new hours or place."""
        delivery_changed(session, delivery_id)

    def deliveries_moved(
        self,
        session: Session,
        moves: Mapping[date, date | None],
        place_ids: Collection[int],
        person_id: int,
    ) -> None:
        """Let seats follow to the new day; free those of a day that is given up."""
        deliveries_moved(session, moves, place_ids, person_id)


def delivery_changed(session: Session, delivery_id: int) -> None:
    """Tell who sits at a delivery its new hours or place, and ask whether he still can."""
    for seat in _seats_ahead(session, DutySeat.delivery_id == delivery_id):
        if seat.person is not None:
            seat.reminded_at = None
            letters.moved(session, seat, seat.person, "")


def deliveries_moved(
    session: Session,
    moves: Mapping[date, date | None],
    place_ids: Collection[int],
    by: int,
) -> None:
    """Let seats follow a delivery to its new day, and tell who sits there.

    Where a contract still delivers, seats stay.  Who sits at a delivery that goes, or whose new day
    has seats of its own, is told that it does not take place; his seat is free.
    """
    gone = (Delivery.date.in_(list(moves)), Delivery.place_id.in_(place_ids), ~is_named())
    by_delivery: dict[Delivery, list[DutySeat]] = {}
    for seat in _seats_ahead(session, *gone):
        by_delivery.setdefault(seat.delivery, []).append(seat)
    for old, there in by_delivery.items():
        new = _new_delivery(session, moves[old.date], old.place_id)
        if new is not None:
            _follow(session, old, new, by)
        else:
            _call_off(session, there, by)


def _seats_ahead(session: Session, *which: ColumnElement[bool]) -> Sequence[DutySeat]:
    """Return the seats of some deliveries ahead, their periods locked first."""
    chosen = (
        select(DutySeat)
        .join(Delivery, Delivery.id == DutySeat.delivery_id)
        .where(Delivery.starts_at > clock.now(), *which)
        .order_by(DutySeat.delivery_id, DutySeat.id)
    )
    for period_id in sorted({one.period_id for one in session.scalars(chosen)}):
        seats.locked_period(session, period_id)
    return session.scalars(chosen.execution_options(populate_existing=True)).all()


def _new_delivery(session: Session, day: date | None, place_id: int) -> Delivery | None:
    """Return the delivery of a new day if it is ahead, held, and has no seats of its own."""
    if day is None:
        return None
    return session.scalar(
        select(Delivery).where(
            Delivery.date == day,
            Delivery.place_id == place_id,
            Delivery.starts_at > clock.now(),
            is_named(),
            ~select(DutySeat.id).where(DutySeat.delivery_id == Delivery.id).exists(),
        )
    )


def _follow(session: Session, old: Delivery, new: Delivery, by: int) -> None:
    """Move every seat of a delivery to another one."""
    before = letters.when(old)
    there = session.scalars(select(DutySeat).where(DutySeat.delivery_id == old.id)).all()
    for seat in there:
        seats.ask_no_more(session, seat)
        seat.delivery, seat.reminded_at = new, None
    session.flush()
    for seat in there:
        seats.note(session, by, Act.MOVED, seat.period_id, seat, person_id=seat.person_id)
        if seat.person is not None:
            letters.moved(session, seat, seat.person, before)


def _call_off(session: Session, there: Sequence[DutySeat], by: int) -> None:
    """Free the seats of a delivery that does not take place, and tell who sat there."""
    for seat in there:
        person = seat.person
        if person is not None:
            seats.sit(session, seat, None, by)
            seats.note(session, by, Act.FREED, seat.period_id, seat, person_id=person.id)
            letters.called_off(session, seat, person)
