"""Reminders: a basket is still free, a request waits for its owner, the taker's day is near.

Nobody gets more than one about a basket in a day.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, settings
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange import letters, rules, turns
from amapress_py.exchange.models import BasketOffer, Reminder
from amapress_py.exchange.queries.wishes import interested
from amapress_py.exchange.rules import EVE_HOURS, UNANSWERED_HOURS, OfferState, Pace, RequestState
from amapress_py.exchange.steps import locked_offer, taker

AVAILABLE, UNANSWERED, EVE = "available", "unanswered", "eve"


def available_hours() -> list[int]:
    """Return the hours before the start at which a free basket is told again."""
    site = settings.current()
    every = (
        site.remind_available_1,
        site.remind_available_2,
        site.remind_available_3,
        site.remind_available_4,
    )
    return [one for one in every if one]


def due(session: Session) -> list[int]:
    """Return the offers about which somebody may have to be reminded now."""
    now = clock.now()
    rows = session.execute(
        select(BasketOffer.id, BasketOffer.state, BasketOffer.reminded_at, Delivery.starts_at)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .where(BasketOffer.state.in_(rules.LIVE_STATES), Delivery.starts_at > now)
        .order_by(BasketOffer.id)
    )
    return [row.id for row in rows if _threshold(row.state, row.reminded_at, row.starts_at)]


def _threshold(
    state: OfferState, reminded_at: datetime | None, starts_at: datetime
) -> datetime | None:
    """Return since when a reminder is due that was not worked out yet, or None."""
    found = rules.last_threshold(clock.now(), starts_at, _hours(state))
    is_done = found is None or (reminded_at is not None and reminded_at >= found)
    return None if is_done else found


def write(session: Session, offer_id: int) -> int:
    """Write the reminders about one offer, once per threshold; return how many mails."""
    offer = locked_offer(session, offer_id)
    threshold = _threshold(offer.state, offer.reminded_at, offer.delivery.starts_at)
    if threshold is None:
        return 0
    offer.reminded_at = clock.now()
    return SAY[offer.state](session, offer, threshold)


def _hours(state: OfferState) -> Iterable[int]:
    if state is OfferState.OPEN:
        return available_hours()
    if state not in SAY or not settings.current().remind_people:
        return ()
    return UNANSWERED_HOURS if state is OfferState.REQUESTED else (EVE_HOURS,)


def _claim(session: Session, offer: BasketOffer, people: Iterable[int], kind: str) -> set[int]:
    """Write down who is reminded today, and return those who were not yet."""
    today = clock.today()
    had = set(
        session.scalars(
            select(Reminder.person_id).where(Reminder.offer_id == offer.id, Reminder.day == today)
        )
    )
    fresh = set(people) - had
    session.add_all(
        Reminder(offer_id=offer.id, person_id=one, day=today, kind=kind) for one in sorted(fresh)
    )
    session.flush()
    return fresh


def _still_free(session: Session, offer: BasketOffer, threshold: datetime) -> int:
    """Tell again who wants such baskets, unless they have just been told, or it is one's turn.

    Who wants one mail a day finds it in the next digest.
    """
    if offer.offered_at >= threshold or turns.reserved_for(session, offer.id) is not None:
        return 0
    told = {
        one.person_id: one for one in interested(session, offer) if one.wishes.pace is Pace.AT_ONCE
    }
    fresh = _claim(session, offer, told, AVAILABLE)
    return letters.tell_all(
        session,
        "exchange/still_free",
        offer,
        [told[one] for one in sorted(fresh)],
        topic=f"{letters.ALERT_TOPIC}free:{offer.id}:{threshold:%Y%m%d%H}",
    )


def _unanswered(session: Session, offer: BasketOffer, threshold: datetime) -> int:
    """Tell the owner that somebody waits since before the threshold."""
    waiting = [
        one
        for one in offer.requests
        if one.state is RequestState.PENDING and one.asked_at < threshold and not one.is_designated
    ]
    if not waiting or not _claim(session, offer, [offer.offered_by_id], UNANSWERED):
        return 0
    return letters.remind_owner(session, offer, len(waiting))


def _eve(session: Session, offer: BasketOffer, threshold: datetime) -> int:
    """Tell the taker, who was accepted before the threshold, that it is tomorrow."""
    request = taker(offer)
    if request is None or request.settled_at is None or request.settled_at >= threshold:
        return 0
    if not _claim(session, offer, [request.person_id], EVE):
        return 0
    return letters.remind_taker(session, offer, request)


SAY = {OfferState.OPEN: _still_free, OfferState.REQUESTED: _unanswered, OfferState.EXCHANGED: _eve}
