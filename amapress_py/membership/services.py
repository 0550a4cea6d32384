"""What a treasurer does: periods, promises and receipts noted, the last note undone."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts.models import Household, Role
from amapress_py.accounts.viewer import check_role
from amapress_py.errors import NotFound
from amapress_py.i18n import _
from amapress_py.membership import refusals
from amapress_py.membership.models import Membership, MembershipEvent, MembershipPeriod
from amapress_py.membership.rules import MembershipState
from amapress_py.money import Cents


@dataclass(frozen=True)
class PeriodValues:
    """What a period says."""

    name: str
    starts_on: date
    ends_on: date
    minimum_cents: Cents = 0
    suggested_cents: Cents = 0


@dataclass(frozen=True)
class Note:
    """What is noted of a household's membership."""

    state: MembershipState
    cents: Cents
    means: str = ""
    received_on: date | None = None


def locked_period(session: Session, period_id: int) -> MembershipPeriod:
    """Load a period for a change; raise NotFound."""
    period = db.locked(session, MembershipPeriod, period_id)
    if period is None:
        raise NotFound(_("Cette période n’existe plus."))
    return period


def save_period(session: Session, by: int, period_id: int | None, values: PeriodValues) -> int:
    """Make or correct a period; return its id; raise SameName."""
    check_role(session, by, Role.TREASURER, Role.ADMIN)
    period = MembershipPeriod() if period_id is None else locked_period(session, period_id)
    with db.unless_keys_forbid(session, refusals.SameName()):
        for name, value in vars(values).items():
            setattr(period, name, value)
        session.add(period)
        session.flush()
    return period.id


def delete_period(session: Session, by: int, period_id: int) -> None:
    """Delete a period of which nothing was ever noted; raise NotEmpty."""
    check_role(session, by, Role.TREASURER, Role.ADMIN)
    locked_period(session, period_id)
    of_it = MembershipEvent.period_id == period_id
    if session.scalar(select(MembershipEvent.id).where(of_it).limit(1)) is not None:
        raise refusals.NotEmpty
    session.execute(delete(MembershipPeriod).where(MembershipPeriod.id == period_id))


def note(session: Session, by: int, period_id: int, household_id: int, said: Note) -> int:
    """Note a promise or a receipt; return the event's id, a receipt's number.

    Raise AlreadyReceived or TooLittle.
    """
    check_role(session, by, Role.TREASURER, Role.ADMIN)
    period = locked_period(session, period_id)
    if session.get(Household, household_id) is None:
        raise NotFound(_("Ce foyer n’existe plus."))
    kept = _membership(session, period_id, household_id)
    if kept is not None and kept.state is MembershipState.RECEIVED:
        raise refusals.AlreadyReceived
    if said.cents < period.minimum_cents:
        raise refusals.TooLittle(period.minimum_cents)
    event = MembershipEvent(
        period_id=period_id,
        household_id=household_id,
        noted_at=clock.now(),
        noted_by_id=by,
        **vars(said),
    )
    session.add(event)
    session.flush()
    _set(session, kept, event)
    return event.id


def undo(session: Session, by: int, period_id: int, household_id: int, event_id: int) -> None:
    """Take the last note back: what was noted before holds again; raise NothingToUndo."""
    check_role(session, by, Role.TREASURER, Role.ADMIN)
    locked_period(session, period_id)
    standing = session.scalars(
        select(MembershipEvent)
        .where(
            MembershipEvent.period_id == period_id,
            MembershipEvent.household_id == household_id,
            MembershipEvent.undone_at.is_(None),
        )
        .order_by(MembershipEvent.id.desc())
        .limit(2)
        .with_for_update()
    ).all()
    if not standing or standing[0].id != event_id:
        raise refusals.NothingToUndo
    standing[0].undone_at, standing[0].undone_by_id = clock.now(), by
    kept = _membership(session, period_id, household_id)
    if len(standing) > 1:
        _set(session, kept, standing[1])
    elif kept is not None:
        session.delete(kept)


def _membership(session: Session, period_id: int, household_id: int) -> Membership | None:
    return session.scalar(
        select(Membership)
        .where(Membership.period_id == period_id, Membership.household_id == household_id)
        .with_for_update()
    )


def _set(session: Session, kept: Membership | None, event: MembershipEvent) -> None:
    """Let a membership be what an event says."""
    row = kept or Membership(period_id=event.period_id, household_id=event.household_id)
    row.state, row.cents, row.means = event.state, event.cents, event.means
    row.received_on = event.received_on
    row.noted_at, row.noted_by_id = event.noted_at, event.noted_by_id
    session.add(row)
