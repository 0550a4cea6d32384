"""The baskets that a person may ask for."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache, partial

from sqlalchemy import (
    ColumnElement,
    case,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session, aliased

from amapress_py import db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.models import Contract
from amapress_py.contracts.queries import Statement
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.exchange.models import (
    BasketOffer,
    OfferItem,
    OfferRequest,
    Turn,
)
from amapress_py.exchange.queries.rows import (
    COLUMNS,
    COMING,
    HOUSEHOLD,
    NOW,
    PERSON,
    Row,
    chosen,
    escaped,
    fill_items,
    matching,
    offer_columns,
    page_of,
    read_page,
    row_values,
)
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.i18n import search_key
from amapress_py.web import Listing, key_of


@dataclass
class BookableRow(Row):
    """An offer as an intermittent sees it."""

    candidates: int = 0
    mine: RequestState | None = None
    mine_id: int | None = None
    is_promised: bool = False


@dataclass(frozen=True)
class BookableFilter:
    """How a page narrows the bookable list; empty means everything."""

    delivery: str = ""  # a delivery's id, or an ISO date
    contract: str = ""  # a part of the name
    place: str = ""  # an id, or a short name
    show_waiting: bool = False
    fair_turn: bool = False  # what is another's turn is left out
    pinned: int = 0  # the offer that a mail's link asked for: first, whatever the order


def bookable_offers(
    session: Session, viewer: Viewer, now: dt.datetime, narrow: BookableFilter, listing: Listing
) -> tuple[list[BookableRow], int]:
    """Return a page of the offers that a person may ask for, and how many there are."""
    values = {"now": now, "household_id": viewer.household_id, "person_id": viewer.person_id}
    found, count = read_page(session, partial(_statement, narrow), listing, values)
    rows: dict[int, BookableRow] = {}
    for columns in found:
        candidates, state, mine_id = columns[COLUMNS:]
        rows[columns[0]] = BookableRow(
            **row_values(columns[:COLUMNS]),
            candidates=candidates % PROMISE,
            mine=state,
            mine_id=mine_id,
            is_promised=candidates >= PROMISE,
        )
    fill_items(session, rows)
    return list(rows.values()), count


PROMISE = 100_000  # what a designated candidate adds to the number of candidates
PENDING = (
    select(func.count() + func.coalesce(func.sum(case((OfferRequest.is_designated, PROMISE))), 0))
    .where(
        OfferRequest.offer_id == BasketOffer.id,
        OfferRequest.state == RequestState.PENDING,
    )
    .correlate(BasketOffer)
    .scalar_subquery()
)
ANOTHERS_TURN = exists().where(
    Turn.offer_id == BasketOffer.id,
    Turn.ended_at.is_(None),
    Turn.until > NOW,
    Turn.person_id != PERSON,
)
LAST_OF_MINE = (
    select(func.max(OfferRequest.id))
    .where(OfferRequest.offer_id == BasketOffer.id, OfferRequest.person_id == PERSON)
    .correlate(BasketOffer)
    .scalar_subquery()
)


@lru_cache(maxsize=256)
def _statement(narrow: BookableFilter, listing: Listing) -> Statement:
    """Return the statement that reads one page of the offers."""
    conditions = bookable_conditions(narrow)
    if listing.words:
        conditions.append(matching(listing.words))
    mine = aliased(OfferRequest)
    columns = (
        offer_columns()
        .add_columns(PENDING, mine.state, mine.id)
        .outerjoin(mine, mine.id == LAST_OF_MINE)
    )
    return page_of(columns, conditions, listing, narrow.pinned)


def bookable_conditions(narrow: BookableFilter) -> list[ColumnElement[bool]]:
    """Return what a page shows of the coming offers of other households."""
    states = [OfferState.OPEN, OfferState.REQUESTED]
    if narrow.show_waiting:
        states.append(OfferState.EXCHANGED)
    conditions = [
        BasketOffer.state.in_(states),
        BasketOffer.household_id != HOUSEHOLD,
        COMING,
    ]
    if narrow.fair_turn:
        conditions.append(~ANOTHERS_TURN)
    if narrow.delivery:
        conditions.append(_at_delivery(narrow.delivery))
    if narrow.place:
        conditions.append(_at_place(narrow.place))
    if narrow.contract:
        like = f"%{escaped(search_key(narrow.contract))}%"
        conditions.append(
            exists().where(
                OfferItem.offer_id == BasketOffer.id,
                Contract.id == OfferItem.contract_id,
                Contract.sort_key.like(like, escape="\\"),
            )
        )
    return conditions


def _at_delivery(asked: str) -> ColumnElement[bool]:
    key = key_of(asked)
    if key is not None:
        return BasketOffer.delivery_id == key
    try:
        return Delivery.date == dt.date.fromisoformat(asked)
    except ValueError:
        return literal(False)


def _at_place(asked: str) -> ColumnElement[bool]:
    key = key_of(asked)
    if key is not None:
        return Delivery.place_id == key
    return func.lower(Place.short_name) == func.lower(asked)


def bookable_count(
    session: Session, viewer: Viewer, now: dt.datetime, fair_turn: bool = False
) -> int:
    """Return how many baskets a person may ask for."""
    values = {"now": now, "household_id": viewer.household_id, "person_id": viewer.person_id}
    narrow = BookableFilter(fair_turn=fair_turn)
    return int(db.read(session, _count(narrow), values).scalar_one())


@lru_cache(maxsize=2)
def _count(narrow: BookableFilter) -> Statement:
    return chosen(func.count(BasketOffer.id)).where(*bookable_conditions(narrow))
