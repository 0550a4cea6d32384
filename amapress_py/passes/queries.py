"""What a pass shows: what is left to fetch, where and when; nobody's contacts."""

from collections import defaultdict
from dataclasses import dataclass, replace

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.contracts.queries import BasketLine, basket_lines
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange.instructions import Meeting
from amapress_py.exchange.models import BasketOffer, OfferItem, OfferRequest
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.passes import rules
from amapress_py.passes.models import BasketPass


def kept_lines(session: Session, household_id: int, delivery_id: int) -> list[BasketLine]:
    """Return what a household still has to fetch: its basket less what a taker fetches."""
    gone: defaultdict[tuple[int, int], int] = defaultdict(int)
    rows = session.execute(
        select(
            OfferItem.contract_date_id,
            OfferItem.contract_product_id,
            func.sum(OfferItem.quantity),
        )
        .join(BasketOffer, BasketOffer.id == OfferItem.offer_id)
        .where(
            BasketOffer.household_id == household_id,
            BasketOffer.delivery_id == delivery_id,
            BasketOffer.state != OfferState.CANCELLED,
            exists().where(
                OfferRequest.offer_id == BasketOffer.id,
                OfferRequest.state == RequestState.ACCEPTED,
            ),
        )
        .group_by(OfferItem.contract_date_id, OfferItem.contract_product_id)
    )
    for date_id, product_id, quantity in rows:
        gone[date_id, product_id] = quantity
    lines = basket_lines(session, [delivery_id], [household_id])
    left = [
        replace(one, quantity=one.quantity - gone[one.contract_date_id, one.contract_product_id])
        for one in lines
    ]
    return [one for one in left if one.quantity > 0]


def meeting(delivery: Delivery) -> Meeting:
    """Return when and where a delivery takes place."""
    place = delivery.real_place
    return Meeting(
        delivery.date, delivery.real_opens, delivery.real_closes, place.name, place.address
    )


def live_pass(session: Session, household_id: int, delivery_id: int) -> BasketPass | None:
    """Return the one pass of a household for a delivery that is not revoked."""
    return session.scalar(
        select(BasketPass).where(
            BasketPass.household_id == household_id,
            BasketPass.delivery_id == delivery_id,
            BasketPass.revoked_at.is_(None),
        )
    )


def pass_of_token(session: Session, token: str) -> BasketPass | None:
    """Return the pass of a friend's address; None: unknown, revoked, or long over."""
    found = session.scalar(
        select(BasketPass).where(BasketPass.token == token, BasketPass.revoked_at.is_(None))
    )
    if found is None or rules.is_over(found.delivery.ends_at, clock.now()):
        return None
    return found


@dataclass(frozen=True)
class Friend:
    """Who comes for a household, as the sign-in sheet names him."""

    name: str
    phone: str
    code: str
