"""What is done about duty; the period's row is locked first, so that seats never collide."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.accounts import viewer as viewers
from amapress_py.accounts.models import Household, Person, Role
from amapress_py.accounts.viewer import Viewer
from amapress_py.deliveries.models import Delivery
from amapress_py.duty import letters, planning, queries, refusals, rules
from amapress_py.duty.models import (
    DutyAbsence,
    DutyEvent,
    DutyPeriod,
    DutySeat,
    DutyShare,
    DutySwap,
)
from amapress_py.duty.rules import Act, SwapState, Wish
from amapress_py.errors import NotAllowed, NotFound
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


# ----- What every act begins and ends with


def _who(session: Session, by: int) -> Viewer:
    found = viewers.load(session, by)
    if found is None:
        raise NotAllowed
    return found


def _check_manager(session: Session, by: int) -> None:
    viewers.check_role(session, by, Role.TREASURER, Role.ADMIN)


def _locked_period(session: Session, period_id: int) -> DutyPeriod:
    period = db.locked(session, DutyPeriod, period_id)
    if period is None:
        raise NotFound(_("Cette période n’existe plus."))
    return period


def _locked_seat(session: Session, seat_id: int, period_id: int | None = None) -> DutySeat:
    """Return a seat (of a period, if one is named), the period's row locked before it."""
    found = session.scalar(select(DutySeat.period_id).where(DutySeat.id == seat_id))
    if found is None or period_id not in (None, found):
        raise NotFound(_("Cette place n’existe plus."))
    _locked_period(session, found)
    seat = db.locked(session, DutySeat, seat_id)
    if seat is None:
        raise NotFound(_("Cette place n’existe plus."))
    return seat


def _note(
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


def _sit(session: Session, seat: DutySeat, person_id: int | None, by: int) -> None:
    """Give a seat to somebody, or to nobody; what was asked about it is no longer asked."""
    seat.person_id, seat.by_id = person_id, by
    seat.since = None if person_id is None else clock.now()
    seat.reminded_at = None
    _ask_no_more(session, seat)
    session.flush()


def _ask_no_more(session: Session, seat: DutySeat) -> None:
    about = (DutySwap.seat_id == seat.id, DutySwap.wanted_id == seat.id)
    pending = select(DutySwap).where(or_(*about), DutySwap.state == SwapState.PENDING)
    for swap in session.scalars(pending):
        swap.state, swap.answered_at = SwapState.CANCELLED, clock.now()


def _sits(session: Session, delivery_id: int, person_id: int) -> bool:
    return (
        session.scalar(
            select(DutySeat.id).where(
                DutySeat.delivery_id == delivery_id, DutySeat.person_id == person_id
            )
        )
        is not None
    )


def _check_ahead(seat: DutySeat) -> None:
    if clock.now() >= seat.delivery.starts_at:
        raise refusals.Over


# ----- Members


def take(session: Session, by: int, seat_id: int) -> None:
    """« Je m’inscris »; raise the rule that forbids it."""
    who = _who(session, by)
    seat = _locked_seat(session, seat_id)
    if seat.person_id == by:
        return  # a double click
    _check_ahead(seat)
    share = queries.share(session, seat.period_id, who.household_id)
    rules.check_take(
        Wish(
            today=clock.today(),
            day=seat.delivery.date,
            lock_days=seat.period.lock_days,
            is_open=seat.period.is_open,
            is_member=who.is_member,
            is_free=seat.person_id is None,
            sits_that_day=_sits(session, seat.delivery_id, by),
            held=share.held,
            owed=share.owed,
        )
    )
    with db.unless_keys_forbid(session, refusals.SitsAlready()):
        _sit(session, seat, by, by)
    _note(session, by, Act.TOOK, seat.period_id, seat, person_id=by)
    letters.post(session, "took", session.get_one(Person, by), [seat])


def leave(session: Session, by: int, seat_id: int) -> None:
    """« Me désinscrire », until the limit; raise NotYours or TooLateToLeave."""
    _who(session, by)
    seat = _locked_seat(session, seat_id)
    if seat.person_id != by:
        raise refusals.NotYours
    _check_ahead(seat)
    rules.check_leave(clock.today(), seat.delivery.date, seat.period.lock_days)
    _sit(session, seat, None, by)
    _note(session, by, Act.LEFT, seat.period_id, seat, person_id=by)
    letters.post(session, "left", session.get_one(Person, by), [seat], cancelled=True)


def cannot_come(session: Session, seat_id: int) -> None:
    """« Je ne peux pas » at a new date, also after the limit: the seat is free again."""
    seat = _locked_seat(session, seat_id)
    _check_ahead(seat)
    if seat.person is None:
        return  # a double click
    person = seat.person
    _sit(session, seat, None, person.id)
    _note(session, person.id, Act.LEFT, seat.period_id, seat, person_id=person.id)
    letters.post(session, "left", person, [seat], cancelled=True)


def set_absent(session: Session, by: int, delivery_id: int, *, absent: bool) -> None:
    """« Je ne peux pas ce jour-là », or after all."""
    _who(session, by)
    if session.scalar(select(Delivery.id).where(Delivery.id == delivery_id)) is None:
        raise NotFound(_("Cette distribution n’existe plus."))
    session.execute(
        delete(DutyAbsence).where(
            DutyAbsence.person_id == by, DutyAbsence.delivery_id == delivery_id
        )
    )
    if absent:
        session.add(DutyAbsence(person_id=by, delivery_id=delivery_id))


def ask_to_take(session: Session, by: int, seat_id: int, person_id: int) -> None:
    """Ask somebody to take one's seat; he confirms by a link or on the site."""
    seat = _own_seat(session, by, seat_id)
    if person_id == by or not _is_member(session, person_id):
        raise refusals.CannotAsk
    if _sits(session, seat.delivery_id, person_id):
        raise refusals.SitsAlready
    _ask(session, seat, person_id, None)


def ask_to_swap(session: Session, by: int, seat_id: int, wanted_id: int) -> None:
    """Propose to exchange one's seat for somebody's at another date of the period."""
    seat = _own_seat(session, by, seat_id)
    wanted = session.get(DutySeat, wanted_id)
    if wanted is None or wanted.person_id in (None, by) or wanted.period_id != seat.period_id:
        raise refusals.CannotSwap
    if wanted.delivery_id == seat.delivery_id or clock.now() >= wanted.delivery.starts_at:
        raise refusals.CannotSwap
    assert wanted.person_id is not None  # noqa: S101  said above
    if _sits(session, seat.delivery_id, wanted.person_id) or _sits(session, wanted.delivery_id, by):
        raise refusals.SitsAlready
    _ask(session, seat, wanted.person_id, wanted)


def _own_seat(session: Session, by: int, seat_id: int) -> DutySeat:
    _who(session, by)
    seat = _locked_seat(session, seat_id)
    if seat.person_id != by:
        raise refusals.NotYours
    _check_ahead(seat)
    pending = select(DutySwap.id).where(
        DutySwap.seat_id == seat.id, DutySwap.state == SwapState.PENDING
    )
    if session.scalar(pending) is not None:
        raise refusals.AskedAlready
    return seat


def _is_member(session: Session, person_id: int) -> bool:
    found = viewers.load(session, person_id)
    return found is not None and found.is_member


def _ask(session: Session, seat: DutySeat, to: int, wanted: DutySeat | None) -> None:
    assert seat.person_id is not None  # noqa: S101  it is the asker's
    swap = DutySwap(seat=seat, wanted=wanted, from_id=seat.person_id, to_id=to)
    session.add(swap)
    session.flush()
    _note(session, seat.person_id, Act.ASKED, seat.period_id, seat, person_id=to)
    letters.asked(session, swap)


def _locked_swap(session: Session, swap_id: int) -> DutySwap:
    """Return a request that waits, its period locked; raise NotFound or Answered."""
    seat_id = session.scalar(select(DutySwap.seat_id).where(DutySwap.id == swap_id))
    if seat_id is None:
        raise NotFound(_("Cette demande n’existe plus."))
    _locked_seat(session, seat_id)
    swap = db.locked(session, DutySwap, swap_id)
    if swap is None or swap.state is not SwapState.PENDING:
        raise refusals.Answered
    return swap


def accept(session: Session, by: int, swap_id: int) -> None:
    """« J’accepte »: the seat, or both seats, change hands."""
    swap = _locked_swap(session, swap_id)
    if swap.to_id != by:
        raise NotAllowed
    if not _is_member(session, by):
        raise refusals.MembersOnly
    seat, wanted = swap.seat, swap.wanted
    _check_ahead(seat)
    if _sits(session, seat.delivery_id, by):
        raise refusals.SitsAlready
    if wanted is not None:
        _check_ahead(wanted)
        if _sits(session, wanted.delivery_id, swap.from_id):
            raise refusals.SitsAlready
    swap.state, swap.answered_at = SwapState.ACCEPTED, clock.now()
    session.flush()
    _sit(session, seat, by, by)
    if wanted is not None:
        _sit(session, wanted, swap.from_id, by)
        _note(session, by, Act.SWAPPED, wanted.period_id, wanted, person_id=swap.from_id)
    _note(session, by, Act.SWAPPED if wanted else Act.HANDED, seat.period_id, seat, person_id=by)
    given, got = [seat], [wanted] if wanted else []
    then = _("Un autre message vous donne votre nouvelle date.") if got else ""
    letters.post(
        session, "accepted", swap.asker, given, cancelled=True, other=swap.asked, then=then
    )
    letters.post(session, "took", swap.asked, given)
    if wanted is not None:
        letters.post(session, "took", swap.asker, [wanted])
        letters.post(session, "left", swap.asked, [wanted], cancelled=True)


def decline(session: Session, by: int, swap_id: int) -> None:
    """« Je ne peux pas »: the seat stays where it was, and its person is told."""
    swap = _locked_swap(session, swap_id)
    if swap.to_id != by:
        raise NotAllowed
    swap.state, swap.answered_at = SwapState.DECLINED, clock.now()
    _note(session, by, Act.DECLINED, swap.seat.period_id, swap.seat, person_id=swap.from_id)
    letters.post(session, "declined", swap.asker, [swap.seat], other=swap.asked)


def withdraw(session: Session, by: int, swap_id: int) -> None:
    """Take a request back."""
    swap = _locked_swap(session, swap_id)
    if swap.from_id != by:
        raise NotAllowed
    swap.state, swap.answered_at = SwapState.CANCELLED, clock.now()
    _note(session, by, Act.WITHDRAWN, swap.seat.period_id, swap.seat, person_id=swap.to_id)


# ----- Treasurers and administrators


def save_period(session: Session, by: int, period_id: int | None, values: PeriodValues) -> int:
    """Make or correct a period; return its id; raise SameName."""
    _check_manager(session, by)
    period = DutyPeriod() if period_id is None else _locked_period(session, period_id)
    with db.unless_keys_forbid(session, refusals.SameName()):
        for name, value in vars(values).items():
            setattr(period, name, value)
        session.add(period)
        session.flush()
    return period.id


def delete_period(session: Session, by: int, period_id: int) -> None:
    """Delete a period in which nobody sits; raise SomebodySits."""
    _check_manager(session, by)
    _locked_period(session, period_id)
    _delete_seats(session, DutySeat.period_id == period_id)
    session.execute(delete(DutyEvent).where(DutyEvent.period_id == period_id))
    session.execute(delete(DutyShare).where(DutyShare.period_id == period_id))
    session.execute(delete(DutyPeriod).where(DutyPeriod.id == period_id))


def _delete_seats(session: Session, *which: ColumnElement[bool]) -> None:
    seats = session.scalars(select(DutySeat).where(*which).with_for_update(of=DutySeat)).all()
    if any(one.person_id is not None for one in seats):
        raise refusals.SomebodySits
    keys = [one.id for one in seats]
    about = or_(DutySwap.seat_id.in_(keys), DutySwap.wanted_id.in_(keys))
    session.execute(delete(DutySwap).where(about))
    session.execute(delete(DutySeat).where(DutySeat.id.in_(keys)))


def fill(session: Session, by: int, period_id: int) -> int:
    """Make seats at each delivery of the period that has none; return how many dates."""
    _check_manager(session, by)
    period = _locked_period(session, period_id)
    found, roles = queries.fillable(session, period), rules.roles_of(period.roles)
    if len(found) > rules.MOST_DATES:
        raise refusals.TooMany
    for key in found:
        session.add_all(
            DutySeat(period_id=period.id, delivery_id=key, position=number, role=role)
            for number, role in enumerate(roles)
        )
    if found:
        _note(session, by, Act.FILLED, period.id)
    return len(found)


def add_seat(session: Session, by: int, period_id: int, delivery_id: int, role: str) -> None:
    """Make one more seat at a date; raise TooMany."""
    _check_manager(session, by)
    _locked_period(session, period_id)
    seats = _seats_of(session, period_id, delivery_id)
    if len(seats) >= rules.MOST_SEATS:
        raise refusals.TooMany
    seat = DutySeat(
        period_id=period_id,
        delivery_id=delivery_id,
        position=max(one.position for one in seats) + 1,
        role=role,
    )
    session.add(seat)
    session.flush()
    _note(session, by, Act.SEAT_ADDED, period_id, seat)


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
    seat = _locked_seat(session, seat_id, period_id)
    _note(session, by, Act.SEAT_DELETED, period_id, seat)
    delivery_id = seat.delivery_id
    _delete_seats(session, DutySeat.id == seat_id)
    return delivery_id


def delete_date(session: Session, by: int, period_id: int, delivery_id: int) -> None:
    """Take a date out of a period; raise SomebodySits."""
    _check_manager(session, by)
    _locked_period(session, period_id)
    _seats_of(session, period_id, delivery_id)
    _delete_seats(session, DutySeat.period_id == period_id, DutySeat.delivery_id == delivery_id)
    _note(session, by, Act.DATE_DELETED, period_id, delivery_id=delivery_id)


def place(session: Session, by: int, period_id: int, seat_id: int, person_id: int) -> int:
    """Put a member on a seat, whatever quota and limit say; return the delivery."""
    _check_manager(session, by)
    seat = _locked_seat(session, seat_id, period_id)
    if seat.person_id == person_id:
        return seat.delivery_id
    if seat.person_id is not None:
        raise refusals.SeatTaken
    if not _is_member(session, person_id):
        raise refusals.CannotAsk
    if _sits(session, seat.delivery_id, person_id):
        raise refusals.SitsAlready
    with db.unless_keys_forbid(session, refusals.SitsAlready()):
        _sit(session, seat, person_id, by)
    _note(session, by, Act.PLACED, period_id, seat, person_id=person_id)
    if clock.now() < seat.delivery.starts_at:
        letters.post(session, "placed", session.get_one(Person, person_id), [seat])
    return seat.delivery_id


def free(session: Session, by: int, period_id: int, seat_id: int) -> int:
    """Free a seat at any time, also after the limit; return the delivery."""
    _check_manager(session, by)
    seat = _locked_seat(session, seat_id, period_id)
    if seat.person_id is None:
        return seat.delivery_id
    person = session.get_one(Person, seat.person_id)
    _sit(session, seat, None, by)
    _note(session, by, Act.FREED, period_id, seat, person_id=person.id)
    if clock.now() < seat.delivery.starts_at:
        letters.post(session, "freed", person, [seat], cancelled=True)
    return seat.delivery_id


def set_share(
    session: Session, by: int, period_id: int, household_id: int, owed: int | None
) -> None:
    """Let a household owe another number than the rest; None: as the rest."""
    _check_manager(session, by)
    _locked_period(session, period_id)
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
    period = _locked_period(session, period_id)
    answer = planning.plan(queries.question(session, period)[0])
    if not answer or planning.mark(answer) != mark:
        raise refusals.PlanChanged
    seats: dict[int, list[DutySeat]] = {}
    locked = select(DutySeat).where(DutySeat.id.in_(answer)).with_for_update(of=DutySeat)
    for seat in session.scalars(locked.order_by(DutySeat.id)):
        person_id = answer[seat.id]
        _sit(session, seat, person_id, by)
        _note(session, by, Act.PLANNED, period_id, seat, person_id=person_id)
        seats.setdefault(person_id, []).append(seat)
    for person_id, own in sorted(seats.items()):
        own.sort(key=lambda one: one.delivery.starts_at)
        letters.post(session, "placed", session.get_one(Person, person_id), own)
    return len(answer)


# ----- When deliveries change


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
    gone = (Delivery.date.in_(list(moves)), Delivery.place_id.in_(place_ids), ~queries.is_held())
    by_delivery: dict[Delivery, list[DutySeat]] = {}
    for seat in _seats_ahead(session, *gone):
        by_delivery.setdefault(seat.delivery, []).append(seat)
    for old, seats in by_delivery.items():
        new = _new_delivery(session, moves[old.date], old.place_id)
        if new is not None:
            _follow(session, old, new, by)
        else:
            _call_off(session, seats, by)


def _seats_ahead(session: Session, *which: ColumnElement[bool]) -> Sequence[DutySeat]:
    """Return the seats of some deliveries ahead, their periods locked first."""
    chosen = (
        select(DutySeat)
        .join(Delivery, Delivery.id == DutySeat.delivery_id)
        .where(Delivery.starts_at > clock.now(), *which)
        .order_by(DutySeat.delivery_id, DutySeat.id)
    )
    for period_id in sorted({one.period_id for one in session.scalars(chosen)}):
        _locked_period(session, period_id)
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
            queries.is_held(),
            ~select(DutySeat.id).where(DutySeat.delivery_id == Delivery.id).exists(),
        )
    )


def _follow(session: Session, old: Delivery, new: Delivery, by: int) -> None:
    """Move every seat of a delivery to another one."""
    before = letters.when(old)
    seats = session.scalars(select(DutySeat).where(DutySeat.delivery_id == old.id)).all()
    for seat in seats:
        _ask_no_more(session, seat)
        seat.delivery, seat.reminded_at = new, None
    session.flush()
    for seat in seats:
        _note(session, by, Act.MOVED, seat.period_id, seat, person_id=seat.person_id)
        if seat.person is not None:
            letters.moved(session, seat, seat.person, before)


def _call_off(session: Session, seats: Sequence[DutySeat], by: int) -> None:
    """Free the seats of a delivery that does not take place, and tell who sat there."""
    for seat in seats:
        person = seat.person
        if person is not None:
            _sit(session, seat, None, by)
            _note(session, by, Act.FREED, seat.period_id, seat, person_id=person.id)
            letters.called_off(session, seat, person)


# ----- The worker


def remind(session: Session) -> int:
    """Remind who is on duty soon, once a seat; return how many mails."""
    days = settings.current().duty_reminder_days
    if not days:
        return 0
    due = (
        select(DutySeat)
        .join(Delivery, Delivery.id == DutySeat.delivery_id)
        .where(
            DutySeat.person_id.is_not(None),
            DutySeat.reminded_at.is_(None),
            Delivery.date <= clock.today() + timedelta(days=days),
            Delivery.starts_at > clock.now(),
            queries.is_held(),
        )
        .order_by(DutySeat.id)
        .with_for_update(of=DutySeat)
    )
    count = 0
    for seat in session.scalars(due).all():
        seat.reminded_at = clock.now()
        assert seat.person is not None  # noqa: S101  the condition above
        others = [
            one
            for one in queries.people_of(session, seat.delivery_id)
            if one.person_id != seat.person_id
        ]
        count += letters.remind(session, seat, seat.person, others)
    return count
