"""What members do about duty, and the reminders; the period's row is locked first."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.accounts import viewer as viewers
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.queries import is_named
from amapress_py.deliveries.models import Delivery
from amapress_py.duty import letters, queries, refusals, rules, seats
from amapress_py.duty.models import DutyAbsence, DutySeat, DutySwap
from amapress_py.duty.rules import Act, SwapState, Wish
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _


def _who(session: Session, by: int) -> Viewer:
    found = viewers.load(session, by)
    if found is None:
        raise NotAllowed
    return found


def take(session: Session, by: int, seat_id: int) -> None:
    """« Je m’inscris »; raise the rule that forbids it."""
    who = _who(session, by)
    seat = seats.locked(session, seat_id)
    if seat.person_id == by:
        return  # a double click
    seats.check_ahead(seat)
    share = queries.share(session, seat.period_id, who.household_id)
    rules.check_take(
        Wish(
            today=clock.today(),
            day=seat.delivery.date,
            lock_days=seat.period.lock_days,
            is_open=seat.period.is_open,
            is_member=who.is_member,
            is_free=seat.person_id is None,
            sits_that_day=seats.sits(session, seat.delivery_id, by),
            held=share.held,
            owed=share.owed,
        )
    )
    with db.unless_keys_forbid(session, refusals.SitsAlready()):
        seats.sit(session, seat, by, by)
    seats.note(session, by, Act.TOOK, seat.period_id, seat, person_id=by)
    letters.post(session, "took", session.get_one(Person, by), [seat])


def leave(session: Session, by: int, seat_id: int) -> None:
    """« Me désinscrire », until the limit; raise NotYours or TooLateToLeave."""
    _who(session, by)
    seat = seats.locked(session, seat_id)
    if seat.person_id != by:
        raise refusals.NotYours
    seats.check_ahead(seat)
    rules.check_leave(clock.today(), seat.delivery.date, seat.period.lock_days)
    seats.sit(session, seat, None, by)
    seats.note(session, by, Act.LEFT, seat.period_id, seat, person_id=by)
    letters.post(session, "left", session.get_one(Person, by), [seat], cancelled=True)


def cannot_come(session: Session, seat_id: int) -> None:
    """« Je ne peux pas » at a new date, also after the limit: the seat is free again."""
    seat = seats.locked(session, seat_id)
    seats.check_ahead(seat)
    if seat.person is None:
        return  # a double click
    person = seat.person
    seats.sit(session, seat, None, person.id)
    seats.note(session, person.id, Act.LEFT, seat.period_id, seat, person_id=person.id)
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
    if person_id == by or not seats.is_member(session, person_id):
        raise refusals.CannotAsk
    if seats.sits(session, seat.delivery_id, person_id):
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
    if seats.sits(session, seat.delivery_id, wanted.person_id) or seats.sits(
        session, wanted.delivery_id, by
    ):
        raise refusals.SitsAlready
    _ask(session, seat, wanted.person_id, wanted)


def _own_seat(session: Session, by: int, seat_id: int) -> DutySeat:
    _who(session, by)
    seat = seats.locked(session, seat_id)
    if seat.person_id != by:
        raise refusals.NotYours
    seats.check_ahead(seat)
    pending = select(DutySwap.id).where(
        DutySwap.seat_id == seat.id, DutySwap.state == SwapState.PENDING
    )
    if session.scalar(pending) is not None:
        raise refusals.AskedAlready
    return seat


def _ask(session: Session, seat: DutySeat, to: int, wanted: DutySeat | None) -> None:
    assert seat.person_id is not None  # noqa: S101  it is the asker's
    swap = DutySwap(seat=seat, wanted=wanted, from_id=seat.person_id, to_id=to)
    session.add(swap)
    session.flush()
    seats.note(session, seat.person_id, Act.ASKED, seat.period_id, seat, person_id=to)
    letters.asked(session, swap)


def _locked_swap(session: Session, swap_id: int) -> DutySwap:
    """Return a request that waits, its period locked; raise NotFound or Answered."""
    seat_id = session.scalar(select(DutySwap.seat_id).where(DutySwap.id == swap_id))
    if seat_id is None:
        raise NotFound(_("Cette demande n’existe plus."))
    seats.locked(session, seat_id)
    swap = db.locked(session, DutySwap, swap_id)
    if swap is None or swap.state is not SwapState.PENDING:
        raise refusals.Answered
    return swap


def accept(session: Session, by: int, swap_id: int) -> None:
    """« J’accepte »: the seat, or both seats, change hands."""
    swap = _locked_swap(session, swap_id)
    if swap.to_id != by:
        raise NotAllowed
    if not seats.is_member(session, by):
        raise refusals.MembersOnly
    seat, wanted = swap.seat, swap.wanted
    seats.check_ahead(seat)
    if seats.sits(session, seat.delivery_id, by):
        raise refusals.SitsAlready
    if wanted is not None:
        seats.check_ahead(wanted)
        if seats.sits(session, wanted.delivery_id, swap.from_id):
            raise refusals.SitsAlready
    swap.state, swap.answered_at = SwapState.ACCEPTED, clock.now()
    session.flush()
    seats.sit(session, seat, by, by)
    if wanted is not None:
        seats.sit(session, wanted, swap.from_id, by)
        seats.note(session, by, Act.SWAPPED, wanted.period_id, wanted, person_id=swap.from_id)
    seats.note(
        session, by, Act.SWAPPED if wanted else Act.HANDED, seat.period_id, seat, person_id=by
    )
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
    seats.note(session, by, Act.DECLINED, swap.seat.period_id, swap.seat, person_id=swap.from_id)
    letters.post(session, "declined", swap.asker, [swap.seat], other=swap.asked)


def withdraw(session: Session, by: int, swap_id: int) -> None:
    """Take a request back."""
    swap = _locked_swap(session, swap_id)
    if swap.from_id != by:
        raise NotAllowed
    swap.state, swap.answered_at = SwapState.CANCELLED, clock.now()
    seats.note(session, by, Act.WITHDRAWN, swap.seat.period_id, swap.seat, person_id=swap.to_id)


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
            is_named(),
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
