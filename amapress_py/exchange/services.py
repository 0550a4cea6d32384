"""What is done with a basket offer; every act is one step of the table in rules.py.

Each function runs in a write transaction, takes ids, and locks delivery, then offer; it raises a
DomainError with the reason when the step is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.accounts import queries as accounts_queries
from amapress_py.accounts import services as accounts_services
from amapress_py.accounts.models import Person
from amapress_py.contracts import queries as contracts_queries
from amapress_py.contracts.models import Subscription
from amapress_py.contracts.queries import BasketLine
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import NotAllowed
from amapress_py.exchange import letters, queries, refusals, rules, turns
from amapress_py.exchange.models import BasketOffer, OfferEvent, OfferItem, OfferRequest
from amapress_py.exchange.rules import OfferState, RequestState, Step, Who
from amapress_py.exchange.steps import (
    JOB,
    Actor,
    announce,
    check,
    free_requests,
    journal,
    live,
    locked_offer,
    locked_request,
    move,
    others,
    roles,
    taker,
)
from amapress_py.membership import queries as memberships

Cell = tuple[int, int]  # contract date, contract product: a line of a household's basket
LONGEST_ABSENCE_DAYS = 366


def offer_basket(
    session: Session,
    actor: Actor,
    delivery_id: int,
    *,
    household_id: int | None = None,
    message: str = "",
    taker_id: int | None = None,
    parts: Mapping[Cell, int] | None = None,
) -> BasketOffer:
    """Cede what is left of a household's basket; tell the intermittents, or the chosen taker.

    A manager may act for another household, and gives the basket to a chosen taker at once;
    a member's chosen taker must confirm first.  `parts` says how many of which line are ceded,
    by (contract date, contract product); without it, all that no live offer holds.
    """
    household_id = household_id or actor.household_id
    delivery = db.locked(session, Delivery, delivery_id)
    if delivery is None:
        raise refusals.NoBasket
    offerer = _offerer(session, actor, household_id)
    offer = BasketOffer(
        delivery_id=delivery.id,
        delivery=delivery,
        household_id=household_id,
        offered_by_id=offerer,
        message=message,
        offered_at=clock.now(),
    )
    step = Step.OFFER
    if taker_id is not None:
        step = Step.ASSIGN if actor.is_manager else Step.DESIGNATE
        _check_taker(session, household_id, taker_id)
    line = check(None, offer, step, actor)
    lines = _free_lines(session, delivery.id, household_id)
    if parts is not None:
        lines = _parts(lines, parts)
    session.add(offer)
    session.flush()
    session.add_all(_item(offer, one) for one in lines)
    offer.state = line.to
    journal(session, offer, step, None, actor, taker_id)
    request = None
    if taker_id is not None:
        request = OfferRequest(offer_id=offer.id, person_id=taker_id, asked_at=clock.now())
        request.is_designated = step is Step.DESIGNATE
        if step is Step.ASSIGN:
            request.state = RequestState.ACCEPTED
            request.settled_at = clock.now()
        session.add(request)
        session.flush()
    letters.post(session, offer, line, request)
    if line.announces:
        announce(session, offer)
    return offer


def taker_by_address(
    session: Session, *, email: str, first_name: str = "", last_name: str = ""
) -> int:
    """Return who has an address, for a basket that is kept for him; make an unknown person.

    The caller says the same thing in both cases; nothing of a known person changes.
    """
    known = accounts_queries.person_by_email(session, email)
    if known is None:
        known = accounts_services.create_person(
            session, email=email, first_name=first_name, last_name=last_name
        )
    return known.id


@dataclass(frozen=True)
class Absence:
    """What became of a range of absence: the baskets offered, and why others were not."""

    offers: list[BasketOffer]
    refused: list[tuple[date, str]]  # day of the delivery, reason


def offer_absence(
    session: Session,
    actor: Actor,
    first: date,
    last: date,
    *,
    household_id: int | None = None,
    message: str = "",
) -> Absence:
    """Cede every basket of a household from one day to another, both included.

    What can't be ceded (too late, already on offer) is left and told.  Raise BadRange,
    NotAllowed, or NoBasketInRange where there is none at all.
    """
    if last < first or (last - first).days > LONGEST_ABSENCE_DAYS:
        raise refusals.BadRange
    household_id = household_id or actor.household_id
    _offerer(session, actor, household_id)
    absence = Absence([], [])
    for delivery in _deliveries_of(session, household_id, first, last):
        try:
            offer = offer_basket(
                session, actor, delivery.id, household_id=household_id, message=message
            )
        except (refusals.AlreadyOffered, rules.TooLate) as refusal:
            absence.refused.append((delivery.date, str(refusal)))
        else:
            absence.offers.append(offer)
    if not absence.offers and not absence.refused:
        raise refusals.NoBasketInRange
    return absence


def mark_paid(session: Session, actor: Actor, offer_id: int, *, paid: bool) -> None:
    """Tick "réglé" once the taker has paid, or take the tick away; nobody is told."""
    offer = locked_offer(session, offer_id)
    _check_side(offer, actor)
    if taker(offer) is None or offer.state not in (OfferState.EXCHANGED, OfferState.CLOSED):
        raise refusals.NobodyPays
    if paid and offer.paid_at is None:
        offer.paid_at = clock.now()
    elif not paid:
        offer.paid_at = None


def request_basket(session: Session, actor: Actor, offer_id: int) -> OfferRequest:
    """Queue a person for an offer and tell both sides."""
    offer = locked_offer(session, offer_id)
    if offer.state is OfferState.EXCHANGED:
        raise refusals.JustTaken
    return _queue(session, actor, offer, Step.REQUEST)


def join_waiting_list(session: Session, actor: Actor, offer_id: int) -> OfferRequest:
    """Queue a person behind the taker of an exchanged basket."""
    offer = locked_offer(session, offer_id)
    if offer.state in (OfferState.OPEN, OfferState.REQUESTED):
        raise refusals.NotTaken
    return _queue(session, actor, offer, Step.JOIN_WAITING_LIST)


def accept_request(session: Session, actor: Actor, request_id: int) -> OfferRequest:
    """Give the basket to one candidate; the others stay on the waiting list and are told."""
    offer, request = locked_request(session, request_id)
    _check_side(offer, actor)
    if offer.state is OfferState.EXCHANGED and request.state is RequestState.PENDING:
        raise refusals.JustTaken
    if request.is_designated:
        raise refusals.Promised
    return _take(session, offer, request, Step.ACCEPT, actor)


def confirm_designation(session: Session, actor: Actor, request_id: int) -> OfferRequest:
    """Let the person whom the owner chose take the basket."""
    offer, request = locked_request(session, request_id)
    _check_designated(request, actor)
    return _take(session, offer, request, Step.CONFIRM, actor)


def decline_designation(session: Session, actor: Actor, request_id: int) -> None:
    """Let the person whom the owner chose refuse: the basket is announced to everybody."""
    offer, request = locked_request(session, request_id)
    _check_designated(request, actor)
    _leave(session, offer, request, RequestState.WITHDRAWN, Step.DECLINE_DESIGNATION, actor)


def refuse_request(session: Session, actor: Actor, request_id: int, reason: str = "") -> None:
    """Decline a candidate; with nobody left the basket is free again and announced."""
    offer, request = locked_request(session, request_id)
    _check_side(offer, actor)
    if offer.state is OfferState.EXCHANGED:
        raise refusals.RequestSettled
    last = not others(offer, request)
    step = Step.REFUSE_LAST if last else Step.REFUSE
    if request.is_designated:
        step = Step.RECALL
    _leave(session, offer, request, RequestState.DECLINED, step, actor, reason)


def withdraw_request(session: Session, actor: Actor, request_id: int) -> None:
    """Leave the queue, the waiting list, or give the accepted basket back."""
    offer, request = locked_request(session, request_id)
    if actor.person_id != request.person_id and not actor.is_manager:
        raise NotAllowed
    after = others(offer, request)
    if request.is_designated and request.state is RequestState.PENDING:
        step = Step.DECLINE_DESIGNATION
    elif request.state is RequestState.ACCEPTED:
        step = Step.GIVE_BACK if after else Step.GIVE_BACK_LAST
    elif offer.state is OfferState.EXCHANGED:
        step = Step.LEAVE_WAITING_LIST
    else:
        step = Step.WITHDRAW if after else Step.WITHDRAW_LAST
    _leave(session, offer, request, RequestState.WITHDRAWN, step, actor)


def withdraw_pending(session: Session, actor: Actor) -> int:
    """Leave every queue and waiting list of what is still to come; return how many.

    What was accepted stays, and what an owner keeps for that person waits for his answer.
    """
    mine = _coming_requests(session, actor.person_id or 0, RequestState.PENDING)
    left = [key for key, is_designated in mine if not is_designated]
    for request_id in left:
        withdraw_request(session, actor, request_id)
    return len(left)


def withdraw_closed(session: Session, person_id: int, by: int) -> None:
    """Take a person whose account is closed out of every exchange to come: owners find others."""
    for request_id, _is_designated in _coming_requests(session, person_id, *rules.LIVE_REQUESTS):
        withdraw_request(session, Actor(by, is_manager=True), request_id)


def cancel_offer(session: Session, actor: Actor, offer_id: int, reason: str = "") -> None:
    """Keep the basket after all: taker and candidates are freed and told."""
    offer = locked_offer(session, offer_id)
    _check_side(offer, actor)
    line, before = move(offer, Step.CANCEL, actor)
    offer.cancel_reason = reason
    offer.paid_at = None
    journal(session, offer, Step.CANCEL, before, actor, reason=reason)
    letters.post(session, offer, line, taker(offer), reason=reason, calendar_cancelled=True)
    free_requests(offer)


def close_past_offers(session: Session, now: datetime) -> int:
    """Close what is over (the daily job); offers nobody took keep no taker."""
    past = session.scalars(
        select(BasketOffer)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .where(BasketOffer.state.in_(rules.LIVE_STATES), Delivery.ends_at <= now)
        .order_by(BasketOffer.id)
        .with_for_update(of=BasketOffer)
    ).all()
    for offer in past:
        _line, before = move(offer, Step.CLOSE, JOB)
        journal(session, offer, Step.CLOSE, before, JOB)
        free_requests(offer, but_taker=True)
    return len(past)


def expire_requests(session: Session, now: datetime) -> int:
    """Free requests that nobody answered in time (a setting, off by default).

    Who asks, or comes first on the waiting list, after the limit can be answered until the start.
    """
    hours = settings.current().request_expiry_hours
    if not hours:
        return 0
    given_back_at = (
        select(func.max(OfferEvent.at))
        .where(OfferEvent.offer_id == BasketOffer.id, OfferEvent.step == Step.GIVE_BACK)
        .scalar_subquery()
    )
    waiting = session.execute(
        select(OfferRequest.id, OfferRequest.asked_at, given_back_at, Delivery.starts_at)
        .join(BasketOffer, BasketOffer.id == OfferRequest.offer_id)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .where(
            BasketOffer.state == OfferState.REQUESTED,
            OfferRequest.state == RequestState.PENDING,
            Delivery.starts_at > now,
        )
        .order_by(OfferRequest.id)
    ).all()
    expired = [
        key
        for key, asked_at, freed_at, starts_at in waiting
        if max(asked_at, freed_at or asked_at) < clock.hours_before(starts_at, hours) <= now
    ]
    for key in expired:
        offer, request = locked_request(session, key)
        step = Step.EXPIRE if others(offer, request) else Step.EXPIRE_LAST
        if request.is_designated:
            step = Step.LAPSE
        _leave(session, offer, request, RequestState.EXPIRED, step, JOB)
    return len(expired)


def delivery_changed(session: Session, delivery_id: int) -> None:
    """Tell both sides of each live offer that hours, place or date of its delivery changed."""
    delivery = db.locked(session, Delivery, delivery_id)
    live = session.scalars(
        select(BasketOffer)
        .where(BasketOffer.delivery_id == delivery_id, BasketOffer.state.in_(rules.LIVE_STATES))
        .order_by(BasketOffer.id)
    ).all()
    for offer in live if delivery is not None and delivery.starts_at > clock.now() else ():
        line, before = move(offer, Step.UPDATE, JOB)
        journal(session, offer, Step.UPDATE, before, JOB)
        letters.post(session, offer, line, taker(offer))


def _coming_requests(
    session: Session, person_id: int, *states: RequestState
) -> Sequence[tuple[int, bool]]:
    """Return (id, designated or not) of a person's requests for what is still to come."""
    rows = session.execute(
        select(OfferRequest.id, OfferRequest.is_designated)
        .join(BasketOffer, BasketOffer.id == OfferRequest.offer_id)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .where(
            OfferRequest.person_id == person_id,
            OfferRequest.state.in_(states),
            Delivery.starts_at > clock.now(),
        )
        .order_by(Delivery.id, BasketOffer.id)
    )
    return [(key, is_designated) for key, is_designated in rows]


def _offerer(session: Session, actor: Actor, household_id: int) -> int:
    """Return whom mails about the offer go to: the member himself, or one of the household."""
    if actor.household_id == household_id and actor.person_id is not None:
        return actor.person_id
    if not actor.is_manager:
        raise NotAllowed
    first = session.scalar(
        select(Person.id)
        .where(Person.household_id == household_id, Person.is_active)
        .order_by(Person.email.is_(None), Person.id)
        .limit(1)
    )
    if first is None:
        raise refusals.NoBasket
    return first


def _deliveries_of(
    session: Session, household_id: int, first: date, last: date
) -> Sequence[Delivery]:
    """Return the coming deliveries of a range where a household has a basket, by their start."""
    coming = session.scalars(
        select(Delivery)
        .where(Delivery.date.between(first, last), Delivery.starts_at > clock.now())
        .order_by(Delivery.starts_at, Delivery.id)
    ).all()
    keys = [one.id for one in coming]
    lines = contracts_queries.basket_lines(session, keys, [household_id]) if keys else []
    with_basket = {line.delivery_id for line in lines}
    return [one for one in coming if one.id in with_basket]


def _check_taker(session: Session, household_id: int, taker_id: int) -> None:
    person = session.get(Person, taker_id)
    if person is None or not person.is_active or person.household_id == household_id:
        raise refusals.UnknownTaker


def _free_lines(session: Session, delivery_id: int, household_id: int) -> list[BasketLine]:
    """Return what of a basket no live offer holds; its signed contracts are locked."""
    basket = contracts_queries.basket_lines(session, [delivery_id], [household_id])
    if not basket:
        if contracts_queries.has_joker(session, delivery_id, household_id):
            raise refusals.JokerSet
        raise refusals.NoBasket
    keys = sorted({line.subscription_id for line in basket})
    session.execute(
        select(Subscription.id)
        .where(Subscription.id.in_(keys))
        .order_by(Subscription.id)
        .with_for_update()
    )
    held = queries.ceded_quantities(session, keys)
    free = [
        (line, line.quantity - held.get((line.subscription_id, *_cell(line)), 0)) for line in basket
    ]
    left = [_with_quantity(line, quantity) for line, quantity in free if quantity > 0]
    if not left:
        raise refusals.AlreadyOffered
    return left


def _parts(lines: Sequence[BasketLine], parts: Mapping[Cell, int]) -> list[BasketLine]:
    """Return what was chosen of the free lines; raise NothingChosen or PartGone."""
    wanted = {cell: quantity for cell, quantity in parts.items() if quantity > 0}
    if not wanted:
        raise refusals.NothingChosen
    free = {_cell(line): line for line in lines}
    if any(cell not in free or quantity > free[cell].quantity for cell, quantity in wanted.items()):
        raise refusals.PartGone
    return [_with_quantity(line, wanted[cell]) for cell, line in free.items() if cell in wanted]


def _cell(line: BasketLine) -> tuple[int, int]:
    return line.contract_date_id, line.contract_product_id


def _with_quantity(line: BasketLine, quantity: int) -> BasketLine:
    return BasketLine(**{**vars(line), "quantity": quantity})


def _item(offer: BasketOffer, line: BasketLine) -> OfferItem:
    """Return the snapshot of a line: contents, quantity and price as they are now."""
    return OfferItem(
        offer_id=offer.id,
        subscription_id=line.subscription_id,
        contract_date_id=line.contract_date_id,
        contract_product_id=line.contract_product_id,
        contract_id=line.contract_id,
        quantity=line.quantity,
        contract_label=line.contract_label,
        product_label=line.product_label,
        price_cents=line.price_cents,
    )


def _queue(session: Session, actor: Actor, offer: BasketOffer, step: Step) -> OfferRequest:
    if actor.household_id == offer.household_id:
        raise refusals.OwnBasket
    mine = [one for one in offer.requests if one.person_id == actor.person_id]
    if any(one.state in rules.LIVE_REQUESTS for one in mine):
        raise refusals.AlreadyAsked
    if any(one.state is RequestState.DECLINED for one in mine):
        raise refusals.AlreadyRefused
    if any(one.is_designated for one in live(offer.requests)) and step is Step.REQUEST:
        raise refusals.Promised
    assert actor.person_id is not None  # noqa: S101  nobody queues a job
    if not settings.current().allow_amapiens and not queries.is_enrolled(session, actor.person_id):
        raise refusals.NotEnrolled
    if settings.current().membership_to_ask:
        refusal = refusals.MembershipNeeded.of(memberships.standing(session, actor.household_id))
        if refusal is not None:
            raise refusal
    turn = turns.reserved_for(session, offer.id)
    if turn is not None and turn.person_id != actor.person_id:
        raise refusals.AnothersTurn(turn.until)
    line, before = move(offer, step, actor)
    request = OfferRequest(offer_id=offer.id, person_id=actor.person_id, asked_at=clock.now())
    session.add(request)
    session.flush()
    turns.pass_on(session, offer.id, actor.person_id)
    journal(session, offer, step, before, actor, actor.person_id)
    letters.post(session, offer, line, request)
    return request


def _take(
    session: Session, offer: BasketOffer, request: OfferRequest, step: Step, actor: Actor
) -> OfferRequest:
    if request.state is not RequestState.PENDING:
        raise refusals.RequestSettled
    line, before = move(offer, step, actor, request)
    request.state = RequestState.ACCEPTED
    request.settled_at = clock.now()
    journal(session, offer, step, before, actor, request.person_id)
    session.flush()
    letters.post(session, offer, line, request)
    return request


def _leave(
    session: Session,
    offer: BasketOffer,
    request: OfferRequest,
    state: RequestState,
    step: Step,
    actor: Actor,
    reason: str = "",
) -> None:
    if request.state not in rules.LIVE_REQUESTS:
        raise refusals.RequestSettled
    had_it = request.state is RequestState.ACCEPTED
    line, before = move(offer, step, actor, request)
    if had_it:
        offer.paid_at = None  # the next taker has not paid
    request.state = state
    request.reason = reason
    request.settled_at = clock.now()
    journal(session, offer, step, before, actor, request.person_id, reason)
    session.flush()
    letters.post(session, offer, line, request, reason=reason, calendar_cancelled=had_it)
    if line.announces:
        announce(session, offer)


def _check_side(offer: BasketOffer, actor: Actor) -> None:
    """Refuse who is neither of the household nor a manager, before anything is told."""
    if not roles(offer, actor) & {Who.HOUSEHOLD, Who.MANAGER}:
        raise NotAllowed


def _check_designated(request: OfferRequest, actor: Actor) -> None:
    if not request.is_designated or request.person_id != actor.person_id:
        raise NotAllowed
