"""The baskets to be had as other sites show them: no person, no message is even read."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from amapress_py.contracts.queries import Statement
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.exchange import rules
from amapress_py.exchange.models import BasketOffer, OfferRequest
from amapress_py.exchange.queries.bookable import BookableFilter, bookable_conditions
from amapress_py.exchange.queries.rows import (
    Item,
    Snapshot,
    Substitute,
    fill_items,
    page_of,
    read_page,
)
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.web import Listing

NOBODY = 0  # a visitor, and his household
SOONEST = Listing("reserver", sort="date")
PROMISED = exists().where(
    OfferRequest.offer_id == BasketOffer.id,
    OfferRequest.state == RequestState.PENDING,
    OfferRequest.is_designated,
)


@dataclass
class PublicOffer(Snapshot):
    """An offered basket without its people."""

    id: int
    state: OfferState
    date: dt.date
    place: str
    is_promised: bool  # only the designated person can say yes now
    items: list[Item] = field(default_factory=list)

    @property
    def label(self) -> str:
        """State in the users' words."""
        return str(rules.OFFER_LABELS[self.state])


def public_offers(
    session: Session, now: dt.datetime, narrow: BookableFilter
) -> tuple[Sequence[PublicOffer], int]:
    """Return the soonest offers (a page of them), and how many there are."""
    values = {"now": now, "household_id": NOBODY, "person_id": NOBODY}
    found, count = read_page(session, partial(_statement, narrow), SOONEST, values)
    rows = {columns[0]: PublicOffer(*columns) for columns in found}
    fill_items(session, rows)
    return list(rows.values()), count


@lru_cache(maxsize=64)
def _statement(narrow: BookableFilter, listing: Listing) -> Statement:
    columns: Any = (
        select(
            BasketOffer.id,
            BasketOffer.state,
            Delivery.date,
            func.coalesce(Substitute.short_name, Place.short_name),
            PROMISED,
        )
        .select_from(BasketOffer)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .join(Place, Place.id == Delivery.place_id)
        .outerjoin(Substitute, Substitute.id == Delivery.substitute_place_id)
    )
    return page_of(columns, bookable_conditions(narrow), listing)
