"""Reminders: a basket is still free, a request waits for its owner, the taker's day is near.

Nobody gets more than one about a basket in a day.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, settings
from amapress_py.accounts import queries as accounts_queries
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange import letters, rules
from amapress_py.exchange.models import BasketOffer, OfferRequest, Reminder
from amapress_py.exchange.queries.wishes import candidates, fits, listeners
from amapress_py.exchange.rules import EVE_HOURS, UNANSWERED_HOURS, OfferState, Pace, RequestState
from amapress_py.exchange.steps import locked_offer
from amapress_py.mail import outbox
from amapress_py.mail.outbox import Personal

AVAILABLE, UNANSWERED, EVE = "available", "unanswered", "eve"
KIND = {
    OfferState.OPEN: AVAILABLE,
    OfferState.REQUESTED: UNANSWERED,
    OfferState.EXCHANGED: EVE,
}


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
    return [row.id for row in rows if _is_due(row.state, row.reminded_at, row.starts_at, now)]


def _is_due(
    state: OfferState, reminded_at: datetime | None, starts_at: datetime, now: datetime
) -> bool:
    threshold = rules.last_threshold(now, starts_at, _hours(state))
    return threshold is not None and (reminded_at is None or reminded_at < threshold)


def write(session: Session, offer_id: int) -> int:
    """Write the reminders about one offer, once per threshold; return how many mails."""
    offer = locked_offer(session, offer_id)
    now, starts_at = clock.now(), offer.delivery.starts_at
    if offer.state not in KIND or not _is_due(offer.state, offer.reminded_at, starts_at, now):
        return 0
    threshold = rules.last_threshold(now, starts_at, _hours(offer.state))
    assert threshold is not None  # noqa: S101  it is due
    offer.reminded_at = now
    said = {AVAILABLE: _still_free, UNANSWERED: _unanswered, EVE: _eve}[KIND[offer.state]]
    return said(session, offer, threshold)


def _hours(state: OfferState) -> Iterable[int]:
    if state is OfferState.OPEN:
        return available_hours()
    if not settings.current().remind_people:
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
    """Tell again who wants such baskets, unless they have just been told.

    Who wants one mail a day finds it in the next digest.
    """
    if offer.offered_at >= threshold:
        return 0
    asked, today = candidates(session, offer.id), clock.today()
    people = {
        one.person_id: one
        for one in listeners(session)
        if one.wishes.pace is Pace.AT_ONCE
        and one.wishes.listens(today)
        and fits(offer, one)
        and one.person_id not in asked
    }
    fresh = _claim(session, offer, people, AVAILABLE)
    mails = [
        Personal(recipient, **letters.personal(offer, people[person_id], recipient.name))
        for person_id, recipients in accounts_queries.recipients(session, sorted(fresh)).items()
        for recipient in recipients
    ]
    return outbox.post_many(
        session,
        "exchange/still_free",
        mails,
        topic=f"{letters.ALERT_TOPIC}free:{offer.id}:{threshold:%Y%m%d%H}",
        reply_to=settings.current().exchange_email,
        **letters.offer_values(offer, ""),
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
    request = _taker(offer)
    if request is None or request.settled_at is None or request.settled_at >= threshold:
        return 0
    if not _claim(session, offer, [request.person_id], EVE):
        return 0
    return letters.remind_taker(session, offer, request)


def _taker(offer: BasketOffer) -> OfferRequest | None:
    accepted = (one for one in offer.requests if one.state is RequestState.ACCEPTED)
    return next(accepted, None)
