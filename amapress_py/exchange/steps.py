"""How an offer takes one step of the table: locked, checked, moved, written down, announced."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, jobs, settings
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import Viewer
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import NotAllowed
from amapress_py.exchange import refusals, rules
from amapress_py.exchange.models import Alert, BasketOffer, OfferEvent, OfferRequest
from amapress_py.exchange.rules import OfferState, RequestState, Step, Transition, Who
from amapress_py.i18n import _, instant


@dataclass(frozen=True)
class Actor:
    """Who acts: a person of a household, perhaps a manager; JOB is nobody."""

    person_id: int | None
    household_id: int = 0
    is_manager: bool = False

    @classmethod
    def of(cls, person: Person | Viewer, is_manager: bool = False) -> Self:
        """Return a person as an actor; a viewer brings his role along."""
        if isinstance(person, Viewer):
            return cls(person.person_id, person.household_id, person.can_manage_exchange)
        return cls(person.id, person.household_id, is_manager)


JOB = Actor(None)


def locked_offer(session: Session, offer_id: int) -> BasketOffer:
    """Lock delivery, then offer; what was read before may be stale by then."""
    delivery_id = session.scalar(select(BasketOffer.delivery_id).where(BasketOffer.id == offer_id))
    if delivery_id is None:
        raise refusals.OfferGone
    db.locked(session, Delivery, delivery_id)
    offer = db.locked(session, BasketOffer, offer_id)
    if offer is None:
        raise refusals.OfferGone
    session.refresh(offer, ["requests"])
    return offer


def locked_request(session: Session, request_id: int) -> tuple[BasketOffer, OfferRequest]:
    offer_id = session.scalar(select(OfferRequest.offer_id).where(OfferRequest.id == request_id))
    if offer_id is None:
        raise refusals.OfferGone
    offer = locked_offer(session, offer_id)
    request = next(one for one in offer.requests if one.id == request_id)
    session.refresh(request)
    return offer, request


def roles(offer: BasketOffer, actor: Actor, request: OfferRequest | None = None) -> set[Who]:
    """Return what an actor is to an offer."""
    if actor is JOB:
        return {Who.JOB}
    own = actor.household_id == offer.household_id
    roles = {Who.HOUSEHOLD if own else Who.OTHERS}
    if actor.is_manager:
        roles.add(Who.MANAGER)
    if request is not None and request.person_id == actor.person_id:
        roles.add(Who.CANDIDATE)
    return roles


def check(
    state: OfferState | None,
    offer: BasketOffer,
    step: Step,
    actor: Actor,
    request: OfferRequest | None = None,
) -> Transition:
    """Return the line of the table if this actor may take the step now."""
    if state is OfferState.CANCELLED:
        raise refusals.OfferCancelled
    line = rules.transition(state, step)
    held = roles(offer, actor, request)
    if not line.who & held:
        raise NotAllowed
    starts_at, now = offer.delivery.starts_at, clock.now()
    if line.until is rules.Until.AFTER_END:
        if now < offer.delivery.ends_at:
            raise rules.StepRefused
        return line
    hours = settings.current().cede_deadline_hours
    limit = rules.limit(line.until, starts_at, hours, Who.MANAGER in held)
    if now >= limit:
        if now >= starts_at:
            raise rules.TooLate
        raise rules.TooLate(
            _("Trop tard pour céder ce panier (limite : %(limit)s).", limit=instant(limit))
        )
    return line


def move(
    offer: BasketOffer, step: Step, actor: Actor, request: OfferRequest | None = None
) -> tuple[Transition, OfferState]:
    """Move an offer along the table; return the line and the state it left."""
    before = offer.state
    line = check(before, offer, step, actor, request)
    offer.state = line.to
    return line, before


def journal(
    session: Session,
    offer: BasketOffer,
    step: Step,
    before: OfferState | None,
    actor: Actor,
    person_id: int | None = None,
    reason: str = "",
) -> None:
    """Add a line to the offer's journal."""
    session.add(
        OfferEvent(
            offer_id=offer.id,
            at=clock.now(),
            step=step,
            from_state=before or "",
            to_state=offer.state,
            actor_id=actor.person_id,
            person_id=person_id,
            reason=reason,
        )
    )


def announce(session: Session, offer: BasketOffer) -> None:
    """Have the worker tell the intermittents; a freed basket not more often than the setting."""
    waits = session.scalar(
        select(func.count()).where(Alert.offer_id == offer.id, Alert.done_at.is_(None))
    )
    if waits:
        return
    told_at = case((Alert.recipients > 0, Alert.done_at), else_=Alert.due_at)  # the job may be late
    told = select(func.max(told_at)).where(Alert.offer_id == offer.id)
    if settings.current().fair_turn:  # a turn tells one person: the next one's begins at once
        told = told.where(Alert.recipients > 0)
    last = session.scalar(told)
    due = rules.next_announcement(clock.now(), last, settings.current().announce_interval_hours)
    session.add(Alert(offer_id=offer.id, created_at=clock.now(), due_at=due))
    db.after_commit(session, "alerts", lambda: jobs.ring("alerts"))


def live(requests: Collection[OfferRequest]) -> list[OfferRequest]:
    return [one for one in requests if one.state in rules.LIVE_REQUESTS]


def others(offer: BasketOffer, request: OfferRequest) -> list[OfferRequest]:
    return [one for one in live(offer.requests) if one.id != request.id]


def taker(offer: BasketOffer) -> OfferRequest | None:
    accepted = (one for one in offer.requests if one.state is RequestState.ACCEPTED)
    return next(accepted, None)


def free_requests(offer: BasketOffer, but_taker: bool = False) -> None:
    for request in live(offer.requests):
        if not (but_taker and request.state is RequestState.ACCEPTED):
            request.state = RequestState.FREED
            request.settled_at = clock.now()
