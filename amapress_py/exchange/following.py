"""Offers follow their baskets when a contract's dates move; those left with nothing are cancelled.

Each function runs in the write transaction of the contract's change, whose rows are written.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.contracts import queries as contracts
from amapress_py.contracts.claims import Promise
from amapress_py.contracts.models import ContractDate, ContractProduct, Subscription
from amapress_py.contracts.models import SubscriptionLine as Line
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange import letters, rules
from amapress_py.exchange.models import BasketOffer, OfferItem
from amapress_py.exchange.rules import Step
from amapress_py.exchange.steps import (
    JOB,
    Actor,
    free_requests,
    journal,
    locked_offer,
    move,
    taker,
)

Key = tuple[int, int, int]  # subscription, contract date, contract product


def promises(session: Session, contract_id: int) -> Sequence[Promise]:
    """Return what of a contract is in live offers of deliveries that have not begun."""
    another = OfferItem.__table__.alias("another")
    is_mixed = exists().where(
        and_(another.c.offer_id == OfferItem.offer_id, another.c.contract_id != contract_id)
    )
    rows = session.execute(
        select(
            OfferItem.offer_id,
            OfferItem.subscription_id,
            OfferItem.contract_date_id,
            OfferItem.contract_product_id,
            OfferItem.quantity,
            ~is_mixed,
        )
        .join(BasketOffer, BasketOffer.id == OfferItem.offer_id)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .where(
            OfferItem.contract_id == contract_id,
            BasketOffer.state.in_(rules.LIVE_STATES),
            Delivery.starts_at > clock.now(),
        )
        .order_by(OfferItem.offer_id, OfferItem.id)
    )
    return [Promise(a, b, c, d, quantity, bool(whole)) for a, b, c, d, quantity, whole in rows]


def contract_changed(
    session: Session, date_ids: Collection[int], reason: str, person_id: int
) -> None:
    """Carry live offers along with their baskets on some contract dates.

    A delivery that is put off once it has begun takes its offers along; nothing else of it changes.
    """
    offers = session.scalars(
        select(BasketOffer.id)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .where(
            BasketOffer.state.in_(rules.LIVE_STATES),
            Delivery.ends_at > clock.now(),
            BasketOffer.id.in_(
                select(OfferItem.offer_id).where(OfferItem.contract_date_id.in_(date_ids))
            ),
        )
        .order_by(Delivery.id, BasketOffer.id)
    ).all()
    for offer_id in offers:
        offer = locked_offer(session, offer_id)
        if offer.state in rules.LIVE_STATES:
            _follow(session, offer, reason, Actor(person_id))


def _follow(session: Session, offer: BasketOffer, reason: str, actor: Actor) -> None:
    """Keep in the offer what is still handed out at one delivery, the present one or a new one."""
    session.refresh(offer, ["items"])
    where = _where(session, offer)
    alive = [one for one in offer.items if _key(one) in where]
    places = {where[_key(one)] for one in alive}
    if len(places) == 1:
        stays, delivery_id = alive, places.pop()
    else:
        stays = [one for one in alive if where[_key(one)] == offer.delivery_id]
        delivery_id = offer.delivery_id
    has_gone = session.get_one(Delivery, delivery_id).starts_at <= clock.now()
    if not stays or has_gone:
        if offer.delivery.starts_at > clock.now():
            _cancel(session, offer, reason, actor)
        return
    if len(stays) == len(offer.items) and delivery_id == offer.delivery_id:
        return
    for gone in offer.items:
        if gone not in stays:
            session.delete(gone)
    offer.delivery_id = delivery_id
    session.flush()
    session.refresh(offer, ["delivery", "items"])
    line, before = move(offer, Step.UPDATE, JOB)
    journal(session, offer, Step.UPDATE, before, actor, reason=reason)
    letters.post(session, offer, line, taker(offer), reason=reason)


def _cancel(session: Session, offer: BasketOffer, reason: str, actor: Actor) -> None:
    line, before = move(offer, Step.CANCEL, JOB)
    offer.cancel_reason = reason
    journal(session, offer, Step.CANCEL, before, actor, reason=reason)
    letters.post(session, offer, line, taker(offer), reason=reason, calendar_cancelled=True)
    free_requests(offer)


def _where(session: Session, offer: BasketOffer) -> dict[Key, int]:
    """Return at which delivery each ceded line is handed out now, as many as are ceded."""
    rows = session.execute(
        contracts.basket_statement()
        .with_only_columns(
            Subscription.id, ContractDate.id, ContractProduct.id, Line.quantity, Delivery.id
        )
        .where(
            Subscription.id.in_({one.subscription_id for one in offer.items}),
            ContractDate.id.in_({one.contract_date_id for one in offer.items}),
        )
        .order_by(None)
    )
    there = {(a, b, c): (quantity, delivery) for a, b, c, quantity, delivery in rows}
    return {
        _key(one): there[_key(one)][1]
        for one in offer.items
        if _key(one) in there and there[_key(one)][0] >= one.quantity
    }


def _key(item: OfferItem) -> Key:
    return item.subscription_id, item.contract_date_id, item.contract_product_id
