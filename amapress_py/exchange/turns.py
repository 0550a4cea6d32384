"""The fair turn: a freed basket is proposed to the least recently served first."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, jobs, settings
from amapress_py.accounts import queries as accounts_queries
from amapress_py.exchange import letters, rules
from amapress_py.exchange.models import Alert, BasketOffer, OfferRequest, Turn
from amapress_py.exchange.queries.wishes import Listener, interested
from amapress_py.exchange.rules import LIVE_REQUESTS, RequestState
from amapress_py.i18n import instant
from amapress_py.mail import outbox
from amapress_py.membership import queries as memberships

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def take_turns(session: Session, alert: Alert, offer: BasketOffer) -> bool:
    """Propose an offer to whose turn it is; False when it is everybody's.

    True: the alert waits for the end of the turn, or is done since somebody asked.
    """
    running = _running(session, offer.id)
    if running is not None and running.until > clock.now():
        alert.due_at = running.until
        return True
    if running is not None:
        running.ended_at = clock.now()
    if any(one.state in LIVE_REQUESTS for one in offer.requests):
        alert.done_at = clock.now()  # if the owner refuses, the basket is announced again
        return True
    until = rules.turn_ends(clock.now(), offer.delivery.starts_at)
    if until is None:
        return False
    listener = next((one for one in _queue(session, offer) if _may_ask(session, one)), None)
    if listener is None:
        return False
    session.add(Turn(offer_id=offer.id, person_id=listener.person_id, until=until))
    _tell(session, offer, listener, until)
    alert.due_at = until
    return True


def pass_on(session: Session, offer_id: int, person_id: int) -> None:
    """End somebody's turn before its time: he can't, or he has asked; harmless if it is over."""
    running = _running(session, offer_id)
    if running is None or running.person_id != person_id:
        return
    running.ended_at = clock.now()
    alert = session.scalar(
        select(Alert).where(Alert.offer_id == offer_id, Alert.done_at.is_(None)).with_for_update()
    )
    if alert is not None:
        alert.due_at = clock.now()
        db.after_commit(session, "alerts", lambda: jobs.ring("alerts"))


def give_up(session: Session, person_id: int) -> None:
    """End all turns of somebody who leaves: nobody waits for an answer that cannot come."""
    running = select(Turn.offer_id).where(Turn.person_id == person_id, Turn.ended_at.is_(None))
    for offer_id in session.scalars(running.order_by(Turn.offer_id)).all():
        pass_on(session, offer_id, person_id)


def reserved_for(session: Session, offer_id: int) -> Turn | None:
    """Return the turn that keeps an offer from all others now."""
    running = _running(session, offer_id)
    return running if running is not None and running.until > clock.now() else None


def _running(session: Session, offer_id: int) -> Turn | None:
    return session.scalar(
        select(Turn).where(Turn.offer_id == offer_id, Turn.ended_at.is_(None)).order_by(Turn.id)
    )


def _queue(session: Session, offer: BasketOffer) -> list[Listener]:
    """Return who has not had his turn, the least recently served first."""
    had = set(session.scalars(select(Turn.person_id).where(Turn.offer_id == offer.id)))
    wanting = [one for one in interested(session, offer) if one.person_id not in had]
    reachable = accounts_queries.recipients(session, [one.person_id for one in wanting])
    served = _last_served(session)
    return sorted(
        (one for one in wanting if one.person_id in reachable),
        key=lambda one: (served.get(one.person_id, NEVER), one.person_id),
    )


def _may_ask(session: Session, listener: Listener) -> bool:
    """Tell whether the AMAP would let him ask: nobody waits for who cannot."""
    if not settings.current().membership_to_ask:
        return True
    return memberships.standing(session, listener.household_id).is_enough


def _last_served(session: Session) -> dict[int, datetime]:
    """Return when each person last got a basket, or was last given a turn."""
    taken = session.execute(
        select(OfferRequest.person_id, func.max(OfferRequest.settled_at))
        .where(OfferRequest.state == RequestState.ACCEPTED)
        .group_by(OfferRequest.person_id)
    )
    served = {person_id: at for person_id, at in taken if at is not None}
    turns = session.execute(
        select(Turn.person_id, func.max(Turn.opened_at)).group_by(Turn.person_id)
    )
    for person_id, at in turns:
        served[person_id] = max(at, served.get(person_id, NEVER))
    return served


def _tell(session: Session, offer: BasketOffer, listener: Listener, until: datetime) -> None:
    recipients = accounts_queries.recipients(session, [listener.person_id])[listener.person_id]
    personal = letters.personal(offer, listener, recipients[0].name)
    outbox.post(
        session,
        "exchange/your_turn",
        recipients,
        topic=f"{letters.ALERT_TOPIC}turn:{offer.id}:{listener.person_id}",
        headers=personal["headers"],
        until=instant(until),
        **personal["values"],
        **letters.offer_values(offer, ""),
    )
